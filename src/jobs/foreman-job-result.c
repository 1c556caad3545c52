/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-result.h"

#include "engine/foreman-backoff.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"

/* What goes with the end itself; a longer answer goes before, in pieces, one after the other. */
#define MAX_LAST (1024 * 1024)
#define PIECE    (256 * 1024)

/* How soon a full disk is tried again. */
#define FIRST_RETRY   G_USEC_PER_SEC
#define LONGEST_RETRY (30 * G_USEC_PER_SEC)

/**
 * ForemanJobResult:
 *
 * The end of an attempt that is written until it is on disk. A store that cannot take it now is
 * waited for: the answer is kept meanwhile, and the job runs no second time.
 *
 * A write that failed may still have happened. So after one it is looked at what is there.
 */
typedef struct
{
  ForemanJobContext *context; /* (owned) */
  ForemanAttemptEnd *end;     /* (owned) */
  ForemanSpool *answer;       /* (owned) (nullable) */
  gint64 written;             /* bytes of the answer */
  gboolean is_doubtful;       /* the last piece may be there or not */
  gboolean was_refused;       /* once, for which there can be a reason that can be mended */
  GError *refusal;            /* (owned) (nullable): while that is looked for */
  ForemanBackoff backoff;
  guint timer;
  gulong available_id;
  GSource *cancelled; /* (owned) (nullable): while it waits for the store */
} ForemanJobResult;

static void result_write (GTask *task);
static void result_resume (GTask *task);

static void
result_stop_waiting (ForemanJobResult *self)
{
  foreman_clock_clear_timer (self->context->clock, &self->timer);
  g_clear_signal_handler (&self->available_id, self->context->store);
  if (self->cancelled != NULL)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
}

static void
result_free (ForemanJobResult *self)
{
  result_stop_waiting (self);
  foreman_attempt_end_free (self->end);
  g_clear_pointer (&self->answer, foreman_spool_free);
  g_clear_error (&self->refusal);
  foreman_job_context_unref (self->context);
  g_free (self);
}

static void
on_retry_due (gpointer data)
{
  GTask *task = data;
  ForemanJobResult *self = g_task_get_task_data (task);

  self->timer = 0;
  result_stop_waiting (self);
  result_resume (task);
}

static void
on_available (ForemanStore *store, GParamSpec *pspec, GTask *task)
{
  if (!foreman_store_is_available (store))
    return;
  result_stop_waiting (g_task_get_task_data (task));
  result_resume (task);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  g_autoptr (GTask) task = data;

  result_stop_waiting (g_task_get_task_data (task));
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

/* A store that is there but did not take it is tried again; one that is not will say when it is. */
static void
result_wait (GTask *task /* (transfer full) */)
{
  ForemanJobResult *self = g_task_get_task_data (task);
  ForemanClock *clock = self->context->clock;
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (foreman_store_is_available (self->context->store))
    self->timer = foreman_clock_add_timer (clock,
                                           foreman_clock_get_monotonic (clock) +
                                               foreman_backoff_next (&self->backoff),
                                           on_retry_due, task, NULL);
  else
    self->available_id = g_signal_connect (self->context->store, "notify::available",
                                           G_CALLBACK (on_available), task);
  if (cancellable == NULL)
    return;
  self->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), task, NULL);
  g_source_attach (self->cancelled, g_task_get_context (task));
}

static gboolean
is_passing (const GError *error)
{
  return g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE) ||
         g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL);
}

/* Takes @error and @task. That the attempt was begun may have been lost, of which nobody knew when
 * the end was sent. */
static void
result_fail (GTask *task, GError *error)
{
  ForemanJobResult *self = g_task_get_task_data (task);

  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT) && !self->was_refused)
    {
      self->was_refused = TRUE;
      self->refusal = error;
      result_resume (task);
      return;
    }
  if (!is_passing (error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_message ("the end of job %s is kept in memory: %s", self->end->id, error->message);
  g_error_free (error);
  result_wait (task);
}

static gsize
next_piece_size (ForemanJobResult *self)
{
  gint64 left = self->answer != NULL ? foreman_spool_get_size (self->answer) - self->written : 0;

  return left > MAX_LAST ? PIECE : (gsize) left;
}

static gboolean
is_last_piece (ForemanJobResult *self)
{
  return self->answer == NULL || foreman_spool_get_size (self->answer) - self->written <= MAX_LAST;
}

static void
on_appended (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  ForemanJobResult *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (foreman_store_append_finish (FOREMAN_STORE (source), result, &error))
    {
      self->written += PIECE;
      result_write (task);
      return;
    }
  self->is_doubtful = TRUE;
  result_fail (task, error);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  ForemanJobRecord *job = foreman_store_end_finish (FOREMAN_STORE (source), result, &error);

  if (job == NULL)
    {
      result_fail (task, error);
      return;
    }
  g_task_return_pointer (task, job, (GDestroyNotify) foreman_job_record_unref);
  g_object_unref (task);
}

/* The next piece, or the end with what is left. */
static void
result_write (GTask *task)
{
  ForemanJobResult *self = g_task_get_task_data (task);
  ForemanJobContext *context = self->context;
  g_autoptr (GBytes) piece = NULL;
  GError *error = NULL;

  if (self->answer != NULL)
    {
      piece = foreman_spool_read (self->answer, self->written, next_piece_size (self), &error);
      if (piece == NULL)
        {
          result_fail (task, error);
          return;
        }
    }
  if (!is_last_piece (self))
    {
      foreman_store_append_async (context->store, self->end->id, self->end->claim, context->owner,
                                  "completion", self->end->content_type, piece, NULL, on_appended,
                                  task);
      return;
    }
  g_clear_pointer (&self->end->completion, g_bytes_unref);
  self->end->completion = g_steal_pointer (&piece);
  foreman_failpoint ("result-before");
  foreman_store_end_async (context->store, self->end, foreman_clock_get_real (context->clock), NULL,
                           on_ended, task);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  ForemanJobResult *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) there = foreman_store_read_finish (FOREMAN_STORE (source), result, &error);

  if (error != NULL && is_passing (error))
    {
      result_wait (task);
      return;
    }
  self->is_doubtful = FALSE;
  if (there != NULL && g_bytes_get_size (there) > 0)
    self->written += PIECE;
  result_write (task);
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  ForemanJobResult *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gboolean is_begun = foreman_store_begin_finish (FOREMAN_STORE (source), result, &error);

  if (!is_begun && is_passing (error))
    {
      result_wait (task);
      return;
    }
  /* That it cannot be begun says that it is on record already, or that another has taken its place.
   * The end finds out, or has found out. */
  if (!is_begun && self->refusal != NULL)
    {
      g_task_return_error (task, g_steal_pointer (&self->refusal));
      g_object_unref (task);
      return;
    }
  g_clear_error (&self->refusal);
  if (self->is_doubtful)
    foreman_store_read_async (self->context->store, self->end->id, "completion", self->written, 1,
                              NULL, on_looked, task);
  else
    result_write (task);
}

/* After a failure: the attempt's beginning may be what is missing. */
static void
result_resume (GTask *task)
{
  ForemanJobResult *self = g_task_get_task_data (task);
  ForemanJobContext *context = self->context;

  foreman_store_begin_async (context->store, self->end->id, self->end->claim, context->owner,
                             FOREMAN_JOB_WORKING, foreman_clock_get_real (context->clock), NULL,
                             on_begun, task);
}

/**
 * foreman_job_result_write_async: (skip)
 * @context: where to
 * @end: (transfer full): how the attempt ended, without `completion`
 * @answer: (transfer full) (nullable): of a done one
 * @begin_is_lost: whether the store may not know that the attempt was begun
 * @cancellable: (nullable): ends the waiting for a store that cannot take it, and no more
 * @callback: called when it is on disk, or never will be
 * @data: for @callback
 *
 * Writes how an attempt ended, however long that takes. Main thread.
 */
void
foreman_job_result_write_async (ForemanJobContext *context,
                                ForemanAttemptEnd *end,
                                ForemanSpool *answer,
                                gboolean begin_is_lost,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data)
{
  GTask *task = g_task_new (context->store, cancellable, callback, data);
  ForemanJobResult *self = g_new0 (ForemanJobResult, 1);

  g_task_set_source_tag (task, foreman_job_result_write_async);
  g_task_set_check_cancellable (task, FALSE);
  self->context = foreman_job_context_ref (context);
  self->end = end;
  self->answer = answer;
  self->backoff.first = FIRST_RETRY;
  self->backoff.max = LONGEST_RETRY;
  g_task_set_task_data (task, self, (GDestroyNotify) result_free);
  if (begin_is_lost)
    result_resume (task);
  else
    result_write (task);
}

/**
 * foreman_job_result_write_finish: (skip)
 * @store: the store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_CONFLICT or %FOREMAN_ERROR_NOT_FOUND if the attempt came
 *   too late, %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the job as it is now
 */
ForemanJobRecord *
foreman_job_result_write_finish (ForemanStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

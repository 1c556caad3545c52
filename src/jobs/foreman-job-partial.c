/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-partial.h"

#define INTERVAL  G_USEC_PER_SEC
#define MAX_PIECE (64 * 1024)

/* What a store that does not keep up may owe; past that the rest of the text is not kept. */
#define MAX_UNWRITTEN (4 * 1024 * 1024)

#define CONTENT_TYPE "text/plain; charset=utf-8"

struct _ForemanJobPartial
{
  ForemanJobContext *context; /* (owned) */
  ForemanJobRecord *job;      /* (owned) */
  GString *text;              /* (owned): still to be written */
  guint timer;
  gboolean is_writing;
  gboolean is_given_up; /* a piece is missing, so that what follows would be wrong */
};

/**
 * foreman_job_partial_new: (skip)
 * @context: where it is kept
 * @job: a job, with the claim of this attempt
 *
 * Returns: (transfer full): nothing yet
 */
ForemanJobPartial *
foreman_job_partial_new (ForemanJobContext *context, const ForemanJobRecord *job)
{
  ForemanJobPartial *self = g_rc_box_new0 (ForemanJobPartial);

  self->context = foreman_job_context_ref (context);
  self->job = foreman_job_record_ref ((ForemanJobRecord *) job);
  self->text = g_string_new (NULL);
  return self;
}

static void
partial_clear (ForemanJobPartial *self)
{
  g_string_free (self->text, TRUE);
  foreman_job_record_unref (self->job);
  foreman_job_context_unref (self->context);
}

static void
partial_unref (ForemanJobPartial *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) partial_clear);
}

/**
 * foreman_job_partial_free: (skip)
 * @self: (transfer full): a partial text
 *
 * Lets go of it. What was not flushed is not written any more.
 */
void
foreman_job_partial_free (ForemanJobPartial *self)
{
  foreman_clock_clear_timer (self->context->clock, &self->timer);
  g_string_truncate (self->text, 0);
  self->is_given_up = TRUE;
  partial_unref (self);
}

static void partial_write (ForemanJobPartial *self);

static void
on_due (gpointer data)
{
  ForemanJobPartial *self = data;

  self->timer = 0;
  partial_write (self);
}

static void
partial_schedule (ForemanJobPartial *self)
{
  ForemanClock *clock = self->context->clock;

  if (self->is_writing || self->text->len == 0)
    return;
  if (self->text->len >= MAX_PIECE)
    partial_write (self);
  else if (self->timer == 0)
    self->timer = foreman_clock_add_timer (clock, foreman_clock_get_monotonic (clock) + INTERVAL,
                                           on_due, self, NULL);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  ForemanJobPartial *self = data;
  g_autoptr (GError) error = NULL;

  self->is_writing = FALSE;
  if (!foreman_store_append_finish (FOREMAN_STORE (source), result, &error))
    {
      g_debug ("the text of job %s is not kept any more: %s", self->job->id, error->message);
      self->is_given_up = TRUE;
      g_string_truncate (self->text, 0);
    }
  if (!self->is_given_up)
    partial_schedule (self);
  partial_unref (self);
}

static void
partial_write (ForemanJobPartial *self)
{
  g_autoptr (GBytes) piece = NULL;

  foreman_clock_clear_timer (self->context->clock, &self->timer);
  if (self->text->len == 0)
    return;
  piece = g_bytes_new (self->text->str, self->text->len);
  g_string_truncate (self->text, 0);
  self->is_writing = TRUE;
  foreman_store_append_async (self->context->store, self->job->id, self->job->claim,
                              self->context->owner, "partial", CONTENT_TYPE, piece, NULL,
                              on_written, g_rc_box_acquire (self));
}

/**
 * foreman_job_partial_append: (skip)
 * @self: a partial text
 * @text: what has come
 *
 * Keeps @text, soon. Main thread.
 */
void
foreman_job_partial_append (ForemanJobPartial *self, const char *text)
{
  if (self->is_given_up)
    return;
  g_string_append (self->text, text);
  if (self->text->len > MAX_UNWRITTEN)
    {
      self->is_given_up = TRUE;
      g_string_truncate (self->text, 0);
      return;
    }
  partial_schedule (self);
}

/**
 * foreman_job_partial_flush: (skip)
 * @self: a partial text
 *
 * Hands what is left to the store now, before anything that is given to it later.
 */
void
foreman_job_partial_flush (ForemanJobPartial *self)
{
  if (!self->is_given_up)
    partial_write (self);
}

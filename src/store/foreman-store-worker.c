/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-worker-private.h"

#include <string.h>

#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"
#include "store/foreman-store-job-private.h"

/* How long nothing has to come before the log is copied into the database, if it is worth it. */
#define IDLE_TIME   (100 * G_TIME_SPAN_MILLISECOND)
#define IDLE_FRAMES 256
#define MOST_FRAMES 2048

/* A database that cannot be used is looked at again after the one, then ever more rarely. */
#define FIRST_RETRY (100 * G_TIME_SPAN_MILLISECOND)
#define LAST_RETRY  (10 * G_TIME_SPAN_SECOND)

/* For the planted bug: what was said too early is heard while it is not true. */
#define EARLY_BY (10 * G_TIME_SPAN_MILLISECOND)

struct _ForemanStoreWorker
{
  ForemanStoreThread *thread;
  char *path; /* (owned) */
  ForemanStoreLimits limits;
  ForemanStoreDatabase *database; /* (owned) (nullable): none while it is not available */
  char *problem;                  /* (owned) (nullable): why not */
  char *trouble;                  /* (owned) (nullable): what the main thread is to log */
  gboolean is_damaged;            /* whether all of it must be looked at before it is used again */
  gint64 retry_at;                /* monotonic; 0: not */
  gint64 retry_after;             /* µs: the wait for the last retry */
};

/* @requests: (transfer full) (nullable): the first ones in it are told, the others go on */
static void
worker_post (ForemanStoreWorker *self, GQueue *requests)
{
  ForemanStoreNews *news = foreman_store_news_new ();
  ForemanStoreDatabase *database = self->database;
  GList *link;

  while (requests != NULL && (link = g_queue_pop_head_link (requests)) != NULL)
    {
      ForemanStoreRequest *request = link->data;

      if (request->again && request->error == NULL)
        {
          request->again = FALSE;
          foreman_store_thread_push (self->thread, request);
        }
      else
        {
          g_queue_push_tail_link (&news->answered, link);
        }
    }
  news->available = database != NULL;
  news->problem = g_strdup (self->problem);
  news->trouble = g_steal_pointer (&self->trouble);
  if (database != NULL)
    {
      memcpy (news->counts, database->committed_counts, sizeof news->counts);
      if (database->changed->len > 0)
        {
          news->changed = g_steal_pointer (&database->changed);
          database->changed =
              g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_record_unref);
        }
      news->wanted = database->wanted;
      database->wanted = FALSE;
    }
  foreman_store_thread_post (self->thread, news);
}

static void
fail_all (GQueue *requests, const GError *error)
{
  for (GList *link = requests->head; link != NULL; link = link->next)
    {
      ForemanStoreRequest *request = link->data;

      foreman_store_request_forget (request);
      request->error = g_error_copy (error);
    }
}

/* Opening and closing */

static void
worker_retry_later (ForemanStoreWorker *self, const char *problem)
{
  g_free (self->problem);
  self->problem = g_strdup (problem);
  self->retry_after = CLAMP (2 * self->retry_after, FIRST_RETRY, LAST_RETRY);
  self->retry_at = g_get_monotonic_time () + self->retry_after;
}

static gboolean
worker_open (ForemanStoreWorker *self, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (self->database == NULL)
    self->database = foreman_store_database_open (self->path, &self->limits, &problem);
  if (self->database != NULL && self->is_damaged &&
      !foreman_store_database_is_sound (self->database, &problem))
    g_clear_pointer (&self->database, foreman_store_database_abandon);
  if (self->database == NULL)
    {
      worker_retry_later (self, problem->message);
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  g_clear_pointer (&self->problem, g_free);
  self->is_damaged = FALSE;
  self->retry_at = 0;
  return TRUE;
}

static void
worker_close (ForemanStoreWorker *self)
{
  if (self->database != NULL)
    foreman_store_mark_clean (self->database);
  g_clear_pointer (&self->database, foreman_store_database_close);
  g_clear_pointer (&self->problem, g_free);
  self->retry_at = 0;
  self->retry_after = 0;
}

/* After an error whose extent is not known: what is on disk decides, read anew. An fsync that
 * failed is never tried again on the same file: the kernel may have forgotten the pages. So the log
 * is left as it is, and copied into the database by another connection. */
static void
worker_reopen (ForemanStoreWorker *self)
{
  g_autofree char *problem = NULL;

  if (self->database != NULL && self->database->is_damaged)
    self->is_damaged = TRUE;
  g_clear_pointer (&self->database, foreman_store_database_abandon);
  if (!worker_open (self, NULL) || foreman_store_database_checkpoint (self->database))
    return;
  problem = g_strdup_printf ("%s cannot be used: %s", self->path, self->database->failure_message);
  worker_retry_later (self, problem);
  g_clear_pointer (&self->database, foreman_store_database_abandon);
}

/* Transactions */

static void
worker_run_one (ForemanStoreWorker *self, ForemanStoreRequest *request)
{
  int before = sqlite3_total_changes (self->database->handle);

  foreman_store_request_remember (request);
  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (request->task),
                                            &request->error))
    return;
  if (request->work (self->database, request, &request->error))
    {
      foreman_store_job_settle (self->database, request->now);
      return;
    }
  /* Requests share a transaction without savepoints: who fails must not have begun. */
  if (self->database->failure == 0 && sqlite3_total_changes (self->database->handle) != before)
    {
      g_critical ("a request that failed has changed something: %s",
                  request->error != NULL ? request->error->message : "no error");
      self->database->failure = SQLITE_ABORT;
    }
}

static GError *
new_failure (ForemanStoreDatabase *database, gboolean unknown)
{
  if (foreman_store_database_is_full (database))
    return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL,
                        "the disk of the job store is full");
  return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE, "%s%s",
                      unknown ? "outcome unknown: the job store could not commit: "
                              : "the job store failed: ",
                      database->failure_message != NULL ? database->failure_message : "?");
}

static void
worker_checkpoint (ForemanStoreWorker *self)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = foreman_store_database_checkpoint (self->database);
  gboolean is_full = !is_done && foreman_store_database_is_full (self->database);

  /* Without room for it the log just stays as it is. */
  if (is_done || (is_full && foreman_store_database_rollback (self->database)))
    return;
  error = new_failure (self->database, FALSE);
  g_free (self->trouble);
  self->trouble = g_strdup (error->message);
  worker_reopen (self);
  worker_post (self, NULL);
}

static void worker_run_together (ForemanStoreWorker *self, GQueue *requests, gboolean is_last);

/* Where one was too large for the disk, the others need not be. */
static void
worker_run_apart (ForemanStoreWorker *self, GQueue *requests)
{
  GList *link;

  while ((link = g_queue_pop_head_link (requests)) != NULL)
    {
      GQueue alone = G_QUEUE_INIT;

      foreman_store_request_forget (link->data);
      g_queue_push_tail_link (&alone, link);
      worker_run_together (self, &alone, FALSE);
    }
}

static void
worker_fail (ForemanStoreWorker *self, GQueue *requests, gboolean is_unknown)
{
  g_autoptr (GError) error = new_failure (self->database, is_unknown);
  gboolean is_full = foreman_store_database_is_full (self->database);
  gboolean is_usable = foreman_store_database_rollback (self->database) && is_full;

  if (is_usable && requests->length > 1)
    {
      worker_run_apart (self, requests);
      return;
    }
  fail_all (requests, error);
  if (!is_usable)
    {
      g_free (self->trouble);
      self->trouble = g_strdup (error->message);
      worker_reopen (self);
    }
  worker_post (self, requests);
  /* What was removed has left room in the database, which the log can be copied to. */
  if (is_usable && self->database->wal_frames > 0)
    worker_checkpoint (self);
}

static void
worker_refuse (ForemanStoreWorker *self, GQueue *requests)
{
  g_autoptr (GError) error =
      g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE, "%s",
                   self->problem != NULL ? self->problem : "the job store is closed");

  fail_all (requests, error);
  worker_post (self, requests);
}

/* Does them in order, until one of SQLite's errors; those that write begin the transaction. @done:
 * those that were begun, the last of them perhaps half done */
static void
worker_run_all (ForemanStoreWorker *self, GQueue *requests, GQueue *done)
{
  ForemanStoreDatabase *database = self->database;
  GList *link;

  while (database->failure == 0 && (link = g_queue_pop_head_link (requests)) != NULL)
    {
      ForemanStoreRequest *request = link->data;

      if (request->kind == FOREMAN_STORE_WRITES && !foreman_store_database_is_writing (database))
        {
          /* What has only been read so far waits for no commit. */
          if (done->length > 0)
            worker_post (self, done);
          foreman_store_database_begin (database);
        }
      worker_run_one (self, request);
      g_queue_push_tail_link (done, link);
    }
}

/* Whether there is a transaction that goes on, with what has come since it began. */
static gboolean
worker_is_joined (ForemanStoreWorker *self, GQueue *requests)
{
  if (foreman_store_database_is_writing (self->database))
    foreman_store_thread_take_more (self->thread, requests);
  return requests->length > 0;
}

/* @requests: (transfer full). @is_last: none of those that were taken are left behind them, so that
 * later ones may join */
static void
worker_run_together (ForemanStoreWorker *self, GQueue *requests, gboolean is_last)
{
  ForemanStoreDatabase *database = self->database;
  gboolean is_unknown = FALSE;
  GQueue done = G_QUEUE_INIT;
  GList *link;

  if (database == NULL)
    {
      worker_refuse (self, requests);
      return;
    }
  do
    worker_run_all (self, requests, &done);
  while (is_last && database->failure == 0 && worker_is_joined (self, requests));
  if (foreman_planted ("early-ack"))
    {
      worker_post (self, &done);
      g_usleep (EARLY_BY);
    }
  if (database->failure == 0 && foreman_store_database_is_writing (database))
    is_unknown = !foreman_store_database_commit (database);
  while ((link = g_queue_pop_head_link (requests)) != NULL)
    g_queue_push_tail_link (&done, link);
  if (database->failure == 0)
    worker_post (self, &done);
  else
    worker_fail (self, &done, is_unknown);
}

static void
worker_run_special (ForemanStoreWorker *self, ForemanStoreRequest *request)
{
  GQueue alone = G_QUEUE_INIT;

  if (request->kind == FOREMAN_STORE_OPENS)
    {
      self->limits = *(const ForemanStoreLimits *) request->value;
      if (worker_open (self, &request->error))
        self->database->limits = self->limits;
    }
  else
    {
      worker_close (self);
    }
  g_queue_push_tail_link (&alone, &request->link);
  worker_post (self, &alone);
}

/* Those in front that are neither to open nor to close. */
static void
worker_run_ordinary (ForemanStoreWorker *self, GQueue *requests)
{
  GQueue batch = G_QUEUE_INIT;

  while (requests->length > 0 &&
         ((ForemanStoreRequest *) requests->head->data)->kind <= FOREMAN_STORE_WRITES)
    g_queue_push_tail_link (&batch, g_queue_pop_head_link (requests));
  if (batch.length > 0)
    worker_run_together (self, &batch, requests->length == 0);
}

/* @requests: (transfer full) of each of them */
void
foreman_store_worker_run (ForemanStoreWorker *self, GQueue *requests)
{
  while (requests->length > 0)
    {
      worker_run_ordinary (self, requests);
      if (requests->length > 0)
        worker_run_special (self, g_queue_pop_head_link (requests)->data);
    }
  if (self->database != NULL && self->database->wal_frames >= MOST_FRAMES)
    worker_checkpoint (self);
}

/* Nothing came for as long as foreman_store_worker_get_patience() said. */
void
foreman_store_worker_idle (ForemanStoreWorker *self)
{
  if (self->database != NULL)
    {
      if (self->database->wal_frames >= IDLE_FRAMES)
        worker_checkpoint (self);
      return;
    }
  if (self->retry_at == 0 || self->retry_at > g_get_monotonic_time ())
    return;
  worker_reopen (self);
  if (self->database != NULL)
    {
      self->retry_after = 0;
      self->database->wanted = TRUE;
    }
  worker_post (self, NULL);
}

/* Returns: µs after which to call foreman_store_worker_idle(); -1: never */
gint64
foreman_store_worker_get_patience (ForemanStoreWorker *self)
{
  if (self->database != NULL)
    return self->database->wal_frames >= IDLE_FRAMES ? IDLE_TIME : -1;
  if (self->retry_at != 0)
    return MAX (0, self->retry_at - g_get_monotonic_time ());
  return -1;
}

ForemanStoreWorker *
foreman_store_worker_new (ForemanStoreThread *thread, const char *path)
{
  ForemanStoreWorker *self = g_new0 (ForemanStoreWorker, 1);

  self->thread = thread;
  self->path = g_strdup (path);
  return self;
}

void
foreman_store_worker_free (ForemanStoreWorker *self)
{
  g_clear_pointer (&self->database, foreman_store_database_close);
  g_free (self->problem);
  g_free (self->trouble);
  g_free (self->path);
  g_free (self);
}

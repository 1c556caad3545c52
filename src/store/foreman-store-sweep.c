/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

/* A step ends after this time, so that nobody waits long for the writer. */
#define STEP_TIME (10 * G_TIME_SPAN_MILLISECOND)

#define JOBS_AT_ONCE  50
#define PAGES_AT_ONCE 64

/* So much room in the file is kept for what comes next, in pages. */
#define SPARE_PAGES 256

/* When to look again for what has expired and could not be removed yet. */
#define RETRY_TIME (60 * G_USEC_PER_SEC)

/* Who waits for it, or is still to be told of it, may look at it. */
#define IS_FREE " AND webhook_pending = 0" FOREMAN_STORE_NOT_WAITED_FOR

static gboolean
is_over (gint64 deadline)
{
  return g_get_monotonic_time () >= deadline;
}

/* Each of these returns whether there is more of it to do. */

static gboolean
remove_expired (ForemanStoreDatabase *database, gint64 now, gint64 deadline)
{
  g_autoptr (GArray) keys = foreman_store_query_keys (
      database,
      "SELECT key FROM jobs INDEXED BY jobs_expiring WHERE expires_at > 0 AND expires_at <= ?"
      " AND state IN (6, 7, 8)" IS_FREE " LIMIT ?",
      SQL_INT (now), SQL_INT (JOBS_AT_ONCE));

  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr (ForemanStoreJob) job =
          foreman_store_job_load (database, g_array_index (keys, gint64, i));

      if (job != NULL)
        foreman_store_purge (database, job);
      if (is_over (deadline))
        return TRUE;
    }
  return keys->len == JOBS_AT_ONCE;
}

/* Returns: FALSE if that job has none left */
static gboolean
remove_piece (ForemanStoreDatabase *database, gint64 job)
{
  g_autofree char *name = NULL;
  gint64 start;

  {
    g_autoptr (ForemanStoreRows) rows =
        foreman_store_query (database, "SELECT name, start FROM pieces WHERE job = ? LIMIT 1",
                             SQL_INT (job));

    if (!foreman_store_rows_next (database, rows))
      return FALSE;
    name = foreman_store_rows_dup_text (rows, 0);
    start = sqlite3_column_int64 (rows, 1);
  }
  foreman_store_run (database, "DELETE FROM pieces WHERE job = ? AND name = ? AND start = ?",
                     SQL_INT (job), SQL_TEXT (name), SQL_INT (start));
  return TRUE;
}

static gboolean
empty_trash (ForemanStoreDatabase *database, gint64 deadline)
{
  gint64 job;

  while ((job = foreman_store_query_int (database, "SELECT min(job) FROM trash")) != 0)
    {
      while (remove_piece (database, job))
        if (is_over (deadline))
          return TRUE;
      foreman_store_run (database, "DELETE FROM trash WHERE job = ?", SQL_INT (job));
    }
  return FALSE;
}

static gboolean
give_up_parked (ForemanStoreDatabase *database, gint64 now, gint64 model_wait)
{
  g_autoptr (GArray) keys = foreman_store_query_keys (
      database,
      "SELECT key FROM jobs INDEXED BY jobs_queued WHERE state = 2 AND parked_at > 0"
      " AND parked_at <= ? LIMIT ?",
      SQL_INT (now - model_wait), SQL_INT (JOBS_AT_ONCE));

  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr (ForemanStoreJob) job =
          foreman_store_job_load (database, g_array_index (keys, gint64, i));

      if (job == NULL)
        continue;
      g_clear_pointer (&job->record->reason, g_free);
      g_free (job->record->error);
      g_free (job->record->error_code);
      job->record->error =
          g_strdup_printf ("the model %s was not installed in time", job->record->model);
      job->record->error_code = g_strdup (FOREMAN_STORE_MODEL_MISSING);
      foreman_store_job_move (database, job, FOREMAN_JOB_FAILED, now, NULL);
    }
  return keys->len == JOBS_AT_ONCE;
}

static gboolean
shrink_file (ForemanStoreDatabase *database, gint64 deadline)
{
  while (database->failure == 0 &&
         foreman_store_query_int (database, "PRAGMA freelist_count") > SPARE_PAGES + PAGES_AT_ONCE)
    {
      if (is_over (deadline))
        return TRUE;
      foreman_store_run (database, "PRAGMA incremental_vacuum(" G_STRINGIFY (PAGES_AT_ONCE) ")");
    }
  return FALSE;
}

/* Returns: the earlier of both times, of which 0 is never */
static gint64
earlier (gint64 a, gint64 b)
{
  return a == 0 || b == 0 ? MAX (a, b) : MIN (a, b);
}

static gint64
find_next (ForemanStoreDatabase *database, gint64 now, gint64 model_wait)
{
  gint64 expiring = foreman_store_query_int (
      database, "SELECT min(expires_at) FROM jobs INDEXED BY jobs_expiring WHERE expires_at > 0");
  gint64 parked = 0;

  if (model_wait > 0 && g_hash_table_size (database->parked) > 0)
    parked =
        foreman_store_query_int (database, "SELECT min(parked_at) FROM jobs INDEXED BY jobs_queued"
                                           " WHERE state = 2 AND parked_at > 0");
  if (expiring != 0 && expiring <= now)
    expiring = now + RETRY_TIME;
  return earlier (expiring, parked != 0 ? parked + model_wait : 0);
}

static gboolean
sweep (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  gint64 now = request->now, model_wait = request->number;
  gint64 deadline = g_get_monotonic_time () + STEP_TIME;

  request->again = remove_expired (database, now, deadline) || empty_trash (database, deadline) ||
                   (model_wait > 0 && g_hash_table_size (database->parked) > 0 &&
                    give_up_parked (database, now, model_wait)) ||
                   shrink_file (database, deadline);
  if (!request->again)
    request->result_number = find_next (database, now, model_wait);
  return TRUE;
}

/**
 * foreman_store_sweep_async:
 * @self: a store
 * @now: µs UTC
 * @model_wait: µs that a job waits for its model to be installed; 0: for ever
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Removes finished jobs that have expired, gives the disk its room back, and fails what has waited
 * for its model too long; all in short steps, between which others get their turn. What others wait
 * for, or are still to be told of, stays.
 */
void
foreman_store_sweep_async (ForemanStore *self,
                           gint64 now,
                           gint64 model_wait,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, sweep, foreman_store_sweep_async,
                                       cancellable, callback, data);
  request->now = now;
  request->number = model_wait;
  foreman_store_send (self, request);
}

/**
 * foreman_store_sweep_finish:
 * @self: a store
 * @result: what the callback got
 * @next: (out) (optional): when there will be something to do next, µs UTC; 0: never, as it is now
 * @error: return location
 *
 * Returns: whether it was done
 */
gboolean
foreman_store_sweep_finish (ForemanStore *self, GAsyncResult *result, gint64 *next, GError **error)
{
  if (next != NULL)
    *next = foreman_store_request_of (result)->result_number;
  return foreman_store_finish_boolean (self, result, foreman_store_sweep_async, error);
}

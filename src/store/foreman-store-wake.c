/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

/* Rows of a step, so that others get in between. */
#define STEP 500

static GPtrArray *
list_due (ForemanStoreDatabase *database, gint64 now)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_store_job_free);
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database,
                           FOREMAN_STORE_SELECT_JOB
                           "INDEXED BY jobs_due WHERE not_before > 0 AND state IN (0, 2)"
                           " AND not_before <= ? ORDER BY not_before LIMIT ?",
                           SQL_INT (now), SQL_INT (STEP));

  while (foreman_store_rows_next (database, rows))
    g_ptr_array_add (jobs, foreman_store_job_from_row (rows));
  return jobs;
}

/* From a backoff to claimable: it stays queued. */
static void
end_backoff (ForemanStoreDatabase *database, const ForemanStoreJob *job, gint64 now)
{
  foreman_store_run (database,
                     "UPDATE jobs SET not_before = 0, is_relative = 0, queued_at = ?,"
                     " reason = CASE WHEN parked_at = 0 THEN NULL ELSE reason END WHERE key = ?",
                     SQL_INT (now), SQL_INT (job->key));
  database->wanted = TRUE;
}

static gboolean
wake (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (GPtrArray) due = list_due (database, request->now);

  for (guint i = 0; i < due->len; i++)
    {
      ForemanStoreJob *job = g_ptr_array_index (due, i);

      if (job->record->state == FOREMAN_JOB_SCHEDULED)
        foreman_store_job_move (database, job, FOREMAN_JOB_QUEUED, request->now, NULL);
      else
        end_backoff (database, job, request->now);
    }
  request->again = due->len == STEP;
  request->result_number =
      foreman_store_query_int (database, "SELECT min(not_before) FROM jobs INDEXED BY jobs_due"
                                         " WHERE not_before > 0 AND state IN (0, 2)");
  return TRUE;
}

static void
shift_clock_offset (ForemanStoreDatabase *database, gint64 by)
{
  foreman_store_run (database, "UPDATE meta SET value = value + ? WHERE name = 'clock_offset'",
                     SQL_INT (by));
}

/* One step: those whose keys are above the last one's. */
static gboolean
shift_delays (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  gint64 last = foreman_store_query_int (
      database,
      "SELECT max(key) FROM (SELECT key FROM jobs WHERE key > ? AND not_before > 0"
      " AND is_relative = 1 ORDER BY key LIMIT ?)",
      SQL_INT (request->cursor), SQL_INT (STEP));

  if (request->cursor == 0)
    shift_clock_offset (database, request->number);
  if (last == 0)
    return TRUE;
  foreman_store_run (database,
                     "UPDATE jobs SET not_before = max (1, not_before + ?1),"
                     " run_at = CASE WHEN run_at = not_before THEN run_at + ?1 ELSE run_at END"
                     " WHERE key > ?2 AND key <= ?3 AND not_before > 0 AND is_relative = 1",
                     SQL_INT (request->number), SQL_INT (request->cursor), SQL_INT (last));
  request->cursor = last;
  request->again = TRUE;
  return TRUE;
}

/**
 * foreman_store_wake_async:
 * @self: a store
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Queues what was scheduled and is due, and ends backoffs, a few hundred in a transaction.
 */
void
foreman_store_wake_async (ForemanStore *self,
                          gint64 now,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, wake, foreman_store_wake_async,
                                       cancellable, callback, data);
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_wake_finish:
 * @self: a store
 * @result: what the callback got
 * @next: (out) (optional): when something is due next, µs UTC; 0: nothing ever
 * @error: return location
 *
 * Returns: whether it was done
 */
gboolean
foreman_store_wake_finish (ForemanStore *self, GAsyncResult *result, gint64 *next, GError **error)
{
  if (next != NULL)
    *next = foreman_store_request_of (result)->result_number;
  return foreman_store_finish_boolean (self, result, foreman_store_wake_async, error);
}

/**
 * foreman_store_shift_delays_async:
 * @self: a store
 * @by: µs that the wall clock was stepped by
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Moves what follows elapsed time, delays and backoffs, so that a step of the wall clock makes it
 * neither early nor late. What was to run at a time of day stays. The offset that
 * foreman_store_recover_async() remembers moves, too.
 */
void
foreman_store_shift_delays_async (ForemanStore *self,
                                  gint64 by,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));

  request =
      foreman_store_request_new (self, FOREMAN_STORE_WRITES, shift_delays,
                                 foreman_store_shift_delays_async, cancellable, callback, data);
  request->number = by;
  foreman_store_send (self, request);
}

/**
 * foreman_store_shift_delays_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: whether it was done
 */
gboolean
foreman_store_shift_delays_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_shift_delays_async, error);
}

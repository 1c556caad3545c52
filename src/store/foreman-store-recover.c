/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"
#include "store/foreman-store-worker-private.h"

/* So often may the process die over a job until the job is taken for the cause. */
#define MAX_CRASHES 3

/* Whether the last process ended as it should, so that what it left running is not to blame. */
static gboolean
take_clean_mark (ForemanStoreDatabase *database)
{
  return foreman_store_run (database, "DELETE FROM meta WHERE name = 'clean'") > 0;
}

/* Called when the store is closed. An error is of no consequence: then it was no clean end. */
void
foreman_store_mark_clean (ForemanStoreDatabase *database)
{
  foreman_store_database_begin (database);
  foreman_store_run (database, "INSERT OR REPLACE INTO meta (name, value) VALUES ('clean', 1)");
  if (database->failure == 0)
    foreman_store_database_commit (database);
  foreman_store_database_rollback (database);
}

static gboolean
is_same_boot (ForemanStoreDatabase *database, const char *boot_id)
{
  gboolean is_same =
      foreman_store_query_int (database, "SELECT 1 FROM meta WHERE name = 'boot_id' AND value = ?",
                               SQL_TEXT (boot_id)) != 0;

  if (!is_same)
    foreman_store_run (database, "INSERT OR REPLACE INTO meta (name, value) VALUES ('boot_id', ?)",
                       SQL_TEXT (boot_id));
  return is_same;
}

/* Returns: the offset between the clocks that delays go by: that of the last process, as long as
 * its clocks run on; otherwise today's, which is kept from now on */
static gint64
take_clock_offset (ForemanStoreDatabase *database, gboolean is_same_boot, gint64 offset)
{
  gint64 known = is_same_boot ? foreman_store_query_int (database, "SELECT value FROM meta"
                                                                   " WHERE name = 'clock_offset'")
                              : 0;

  if (known != 0)
    return known;
  foreman_store_run (database,
                     "INSERT OR REPLACE INTO meta (name, value) VALUES ('clock_offset', ?)",
                     SQL_INT (offset));
  return offset;
}

static void
requeue (ForemanStoreDatabase *database, ForemanStoreJob *job, gboolean has_crashed, gint64 now)
{
  ForemanJobRecord *record = job->record;
  ForemanJobState state = FOREMAN_JOB_QUEUED;

  record->crashes += has_crashed;
  record->reason = g_strdup (has_crashed ? "crashed" : "drained");
  if (record->crashes >= MAX_CRASHES)
    {
      state = FOREMAN_JOB_FAILED;
      g_clear_pointer (&record->reason, g_free);
      g_free (record->error);
      g_free (record->error_code);
      record->error = g_strdup_printf ("foreman died %d times while it ran", record->crashes);
      record->error_code = g_strdup ("poison");
    }
  foreman_store_run (database,
                     "UPDATE attempts SET ended_at = ?, outcome = ? WHERE job = ? AND ended_at = 0",
                     SQL_INT (now), SQL_TEXT (has_crashed ? "crashed" : "drained"),
                     SQL_INT (job->key));
  foreman_store_remove_artifact (database, job->key, "completion");
  foreman_store_job_move (database, job, state, now, NULL);
}

static gboolean
recover (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  gboolean was_clean = take_clean_mark (database);
  gboolean is_same = is_same_boot (database, request->text);
  gboolean has_crashed = is_same && !was_clean;
  g_autoptr (GArray) keys =
      foreman_store_query_keys (database,
                                "SELECT key FROM jobs INDEXED BY jobs_owned WHERE owner IS NOT NULL"
                                " AND (owner <> ? OR state = 2)",
                                SQL_TEXT (request->owner));

  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr (ForemanStoreJob) job =
          foreman_store_job_load (database, g_array_index (keys, gint64, i));

      if (job == NULL)
        continue;
      if (foreman_job_state_is_running (job->record->state))
        requeue (database, job, has_crashed, request->now);
      else
        foreman_store_run (database, "UPDATE jobs SET owner = NULL WHERE key = ?",
                           SQL_INT (job->key));
    }
  request->result_number = take_clock_offset (database, is_same, request->number);
  database->wanted = TRUE;
  return TRUE;
}

/**
 * foreman_store_recover_async:
 * @self: a store
 * @owner: the process of now, a ULID
 * @boot_id: what distinguishes this boot of the machine from others
 * @clock_offset: of the wall clock against time elapsed since then, in µs
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Queues again what an earlier process left claimed or running. It is a crash of the job, unless
 * the machine has booted since or that process closed the store; the third one fails it as
 * `poison`. What @owner itself has claimed and not begun is given back, too: after a failure of the
 * store it does not know of all its claims.
 */
void
foreman_store_recover_async (ForemanStore *self,
                             const char *owner,
                             const char *boot_id,
                             gint64 clock_offset,
                             gint64 now,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (owner != NULL && boot_id != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, recover,
                                       foreman_store_recover_async, cancellable, callback, data);
  request->owner = g_strdup (owner);
  request->text = g_strdup (boot_id);
  request->number = clock_offset;
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_recover_finish:
 * @self: a store
 * @result: what the callback got
 * @clock_offset: (out) (optional): the one that delays go by; another than today's if the clock was
 *   set while no process ran. foreman_store_shift_delays_async() makes up for it
 * @error: return location
 *
 * Returns: whether it was done
 */
gboolean
foreman_store_recover_finish (ForemanStore *self,
                              GAsyncResult *result,
                              gint64 *clock_offset,
                              GError **error)
{
  if (clock_offset != NULL)
    *clock_offset = foreman_store_request_of (result)->result_number;
  return foreman_store_finish_boolean (self, result, foreman_store_recover_async, error);
}

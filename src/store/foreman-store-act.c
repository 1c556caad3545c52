/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-act-private.h"

#include "libforeman/foreman-error.h"
#include "store/foreman-store-request-private.h"

static gboolean
set_conflict (const ForemanStoreJob *job, const char *why, GError **error)
{
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT, "job %s %s", job->record->id, why);
  return FALSE;
}

static gboolean
cancel (ForemanStoreDatabase *database, ForemanStoreJob *job, gint64 now, GError **error)
{
  ForemanJobRecord *record = job->record;
  gboolean was_running = foreman_job_state_is_running (record->state);

  /* What an earlier attempt ran into is not why it ends. */
  g_clear_pointer (&record->reason, g_free);
  g_clear_pointer (&record->error, g_free);
  g_clear_pointer (&record->error_code, g_free);
  if (!foreman_store_job_move (database, job, FOREMAN_JOB_CANCELLED, now, error))
    return FALSE;
  if (was_running)
    foreman_store_run (database,
                       "UPDATE attempts SET ended_at = ?, outcome = 'cancelled'"
                       " WHERE job = ? AND ended_at = 0",
                       SQL_INT (now), SQL_INT (job->key));
  foreman_store_remove_artifact (database, job->key, "completion");
  return TRUE;
}

static gboolean
retry (ForemanStoreDatabase *database, ForemanStoreJob *job, gint64 now, GError **error)
{
  ForemanJobRecord *record = job->record;

  /* The machine lets others become queued too, but not because somebody retries them. */
  if (record->state != FOREMAN_JOB_FAILED && record->state != FOREMAN_JOB_CANCELLED &&
      record->state != FOREMAN_JOB_HELD)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
                   "job %s is %s and cannot be retried", record->id,
                   foreman_job_state_to_string (record->state));
      return FALSE;
    }
  record->attempt = 0;
  record->crashes = 0;
  record->not_before = 0;
  record->http_status = 0;
  g_clear_pointer (&record->reason, g_free);
  g_clear_pointer (&record->error, g_free);
  g_clear_pointer (&record->error_code, g_free);
  return foreman_store_job_move (database, job, FOREMAN_JOB_QUEUED, now, error);
}

static gboolean
purge (ForemanStoreDatabase *database, ForemanStoreJob *job, GError **error)
{
  if (!foreman_job_state_is_terminal (job->record->state))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
                   "job %s is %s and cannot be removed yet", job->record->id,
                   foreman_job_state_to_string (job->record->state));
      return FALSE;
    }
  if (foreman_store_is_waited_for (database, job->key))
    return set_conflict (job, "cannot be removed while others wait for it", error);
  foreman_store_purge (database, job);
  return TRUE;
}

static gboolean
redeliver (ForemanStoreDatabase *database, ForemanStoreJob *job, GError **error)
{
  if (job->record->webhook_url == NULL)
    return set_conflict (job, "has no webhook", error);
  foreman_store_redeliver (database, job->key);
  job->record->webhook_pending =
      (int) foreman_store_query_int (database, "SELECT webhook_pending FROM jobs WHERE key = ?",
                                     SQL_INT (job->key));
  return TRUE;
}

/* Does it, in the transaction. FOREMAN_ERROR_CONFLICT where the job's state does not allow it; then
 * nothing was done. */
gboolean
foreman_store_job_act (ForemanStoreDatabase *database,
                       ForemanStoreJob *job,
                       ForemanJobAction action,
                       gint64 now,
                       GError **error)
{
  switch (action)
    {
    case FOREMAN_JOB_CANCEL:
      return cancel (database, job, now, error);
    case FOREMAN_JOB_RETRY:
      return retry (database, job, now, error);
    case FOREMAN_JOB_PURGE:
      return purge (database, job, error);
    case FOREMAN_JOB_REDELIVER:
      return redeliver (database, job, error);
    default:
      g_return_val_if_reached (FALSE);
    }
}

static gboolean
act (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreJob) job =
      foreman_store_job_find_of (database, request->id, request->submitter, error);

  if (job == NULL ||
      !foreman_store_job_act (database, job, (ForemanJobAction) request->code, request->now, error))
    return FALSE;
  foreman_store_load_artifacts (database, job, FALSE);
  foreman_store_request_set_result (request, foreman_store_job_to_record (g_steal_pointer (&job)),
                                    (GDestroyNotify) foreman_job_record_unref);
  return TRUE;
}

/**
 * foreman_store_act_async:
 * @self: a store
 * @id: a job
 * @submitter: (nullable): only if it is theirs; %NULL: whosever it is
 * @action: what to do
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Cancels, retries, removes or tells of a job again. What runs is taken away from who runs it,
 * whose later writes are refused.
 */
void
foreman_store_act_async (ForemanStore *self,
                         const char *id,
                         const char *submitter,
                         ForemanJobAction action,
                         gint64 now,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (id != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, act, foreman_store_act_async,
                                       cancellable, callback, data);
  request->id = g_strdup (id);
  request->submitter = g_strdup (submitter);
  request->code = action;
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_act_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_NOT_FOUND, %FOREMAN_ERROR_CONFLICT
 *
 * Returns: (transfer full) (nullable): the job as it is now, or as it was when it was removed
 */
ForemanJobRecord *
foreman_store_act_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_act_async, error);
}

/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

static void
patch_free (gpointer data)
{
  ForemanJobPatch *patch = data;

  g_free ((char *) patch->model);
  g_free ((char *) patch->model_key);
  g_strfreev ((char **) patch->labels);
  g_free (patch);
}

static ForemanJobPatch *
patch_copy (const ForemanJobPatch *patch)
{
  ForemanJobPatch *copy = g_memdup2 (patch, sizeof *patch);

  copy->model = g_strdup (patch->model);
  copy->model_key = g_strdup (patch->model_key);
  copy->labels = (const char *const *) g_strdupv ((char **) patch->labels);
  return copy;
}

static gboolean
check (const ForemanStoreJob *job, const ForemanJobPatch *patch, GError **error)
{
  ForemanJobState state = job->record->state;

  if (!patch->has_priority && !patch->has_run_at && patch->model == NULL && !patch->has_labels)
    return TRUE;
  if (state == FOREMAN_JOB_SCHEDULED || state == FOREMAN_JOB_BLOCKED || state == FOREMAN_JOB_QUEUED)
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
               "job %s is %s and can no longer be changed, but for its ttl", job->record->id,
               foreman_job_state_to_string (state));
  return FALSE;
}

static void
apply (ForemanStoreJob *job, const ForemanJobPatch *patch, gint64 now)
{
  ForemanJobRecord *record = job->record;

  if (patch->has_priority)
    record->priority = patch->priority;
  if (patch->has_run_at)
    {
      record->run_at = patch->run_at;
      record->not_before = patch->run_at > now ? patch->run_at : 0;
      job->is_relative = FALSE;
    }
  if (patch->model != NULL)
    {
      g_free (record->model);
      g_free (record->model_key);
      record->model = g_strdup (patch->model);
      record->model_key = g_strdup (patch->model_key);
      /* Whether that one is missing is looked up when the job enters the queue again. */
      g_clear_pointer (&record->reason, g_free);
    }
  if (patch->has_labels)
    {
      g_strfreev (record->labels);
      record->labels = g_strdupv ((char **) patch->labels);
    }
  if (patch->has_ttl)
    {
      record->ttl = patch->ttl;
      if (record->finished_at > 0)
        record->expires_at = patch->ttl > 0 ? record->finished_at + patch->ttl : 0;
    }
}

static void
write_row (ForemanStoreDatabase *database, const ForemanStoreJob *job)
{
  const ForemanJobRecord *record = job->record;
  g_autoptr (GByteArray) labels = foreman_store_strings_pack (record->labels);

  foreman_store_run (database,
                     "UPDATE jobs SET priority = ?, run_at = ?, not_before = ?, is_relative = ?,"
                     " model = ?, model_key = ?, labels = ?, ttl = ?, expires_at = ?"
                     " WHERE key = ?",
                     SQL_INT (record->priority), SQL_INT (record->run_at),
                     SQL_INT (record->not_before), SQL_INT (job->is_relative),
                     SQL_TEXT (record->model), SQL_TEXT (record->model_key),
                     SQL_BLOB (labels ? labels->data : NULL, labels ? labels->len : 0),
                     SQL_INT (record->ttl), SQL_INT (record->expires_at), SQL_INT (job->key));
}

/* It enters the queue again, under its new name and at its new time; a claim is lost by that. */
static void
requeue (ForemanStoreDatabase *database,
         ForemanStoreJob *job,
         const ForemanJobPatch *patch,
         gint64 now)
{
  gboolean is_early = job->record->not_before > now;

  if (job->record->state == FOREMAN_JOB_QUEUED && patch->has_run_at && is_early)
    foreman_store_job_move (database, job, FOREMAN_JOB_SCHEDULED, now, NULL);
  else if (job->record->state == FOREMAN_JOB_QUEUED ||
           (job->record->state == FOREMAN_JOB_SCHEDULED && !is_early))
    foreman_store_job_move (database, job, FOREMAN_JOB_QUEUED, now, NULL);
}

static gboolean
patch_job (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  const ForemanJobPatch *patch = request->value;
  g_autoptr (ForemanStoreJob) job =
      foreman_store_job_find_of (database, request->id, request->submitter, error);

  if (job == NULL || !check (job, patch, error))
    return FALSE;
  if (patch->has_labels)
    foreman_store_remove_labels (database, job);
  apply (job, patch, request->now);
  write_row (database, job);
  if (patch->has_labels)
    foreman_store_insert_labels (database, job);
  if (patch->has_run_at || patch->model != NULL || patch->has_priority)
    requeue (database, job, patch, request->now);
  foreman_store_load_artifacts (database, job, FALSE);
  foreman_store_request_set_result (request, foreman_store_job_to_record (g_steal_pointer (&job)),
                                    (GDestroyNotify) foreman_job_record_unref);
  return TRUE;
}

/**
 * foreman_store_patch_async:
 * @self: a store
 * @id: a job
 * @submitter: (nullable): only if it is theirs; %NULL: whosever it is
 * @patch: what to change; copied
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Changes a job that has not started. One that was picked already is no longer.
 */
void
foreman_store_patch_async (ForemanStore *self,
                           const char *id,
                           const char *submitter,
                           const ForemanJobPatch *patch,
                           gint64 now,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (id != NULL);
  g_return_if_fail (patch != NULL);
  g_return_if_fail ((patch->model == NULL) == (patch->model_key == NULL));

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, patch_job,
                                       foreman_store_patch_async, cancellable, callback, data);
  request->id = g_strdup (id);
  request->submitter = g_strdup (submitter);
  request->value = patch_copy (patch);
  request->free_value = patch_free;
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_patch_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_NOT_FOUND, %FOREMAN_ERROR_CONFLICT if it has started
 *
 * Returns: (transfer full) (nullable): the job as it is now
 */
ForemanJobRecord *
foreman_store_patch_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_patch_async, error);
}

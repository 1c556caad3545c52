/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"
#include "store/foreman-job-machine.h"
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

/**
 * Awaited:
 * @keys: (owned): of the jobs to wait for
 * @n_open: how many of them are not done yet
 * @has_failed: whether one of them never will be
 */
typedef struct
{
  GArray *keys;
  gint64 n_open;
  gboolean has_failed;
} Awaited;

/* Whether it may be taken */

static gboolean
check_room (ForemanStoreDatabase *database, GError **error)
{
  guint64 jobs = 0;

  for (guint state = 0; state < FOREMAN_N_JOB_STATES; state++)
    if (!foreman_job_state_is_terminal (state))
      jobs += database->counts[state];
  if (database->limits.max_jobs > 0 && jobs >= database->limits.max_jobs)
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL,
                 "there are %" G_GUINT64_FORMAT " jobs waiting already", jobs);
  else if (foreman_store_database_get_free (database) < database->limits.min_free)
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL,
                 "the disk of the job store has less than %" G_GUINT64_FORMAT " MiB left",
                 database->limits.min_free >> 20);
  else
    return TRUE;
  return FALSE;
}

/* Returns: whether the idempotency key was used before; then with the job or an error */
static gboolean
find_repeated (ForemanStoreDatabase *database,
               const ForemanSubmission *submission,
               ForemanStoreJob **job,
               GError **error)
{
  g_autoptr (ForemanStoreRows) rows = NULL;
  gint64 key;
  gboolean is_same;

  if (submission->idempotency_key == NULL)
    return FALSE;
  rows = foreman_store_query (database,
                              "SELECT key, request_hash = ? FROM jobs"
                              " WHERE submitter = ? AND idempotency_key = ?",
                              SQL_TEXT (submission->request_hash), SQL_TEXT (submission->submitter),
                              SQL_TEXT (submission->idempotency_key));
  if (!foreman_store_rows_next (database, rows))
    return FALSE;
  key = sqlite3_column_int64 (rows, 0);
  is_same = sqlite3_column_int (rows, 1);
  if (is_same)
    *job = foreman_store_job_load (database, key);
  else
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
                 "the idempotency key was used for another request");
  return TRUE;
}

static gboolean
find_awaited (ForemanStoreDatabase *database,
              const ForemanSubmission *submission,
              Awaited *awaited,
              GError **error)
{
  for (guint i = 0; submission->after != NULL && submission->after[i] != NULL; i++)
    {
      g_autoptr (ForemanStoreRows) rows =
          foreman_store_query (database,
                               "SELECT key, state FROM jobs WHERE id = ? AND (? OR submitter = ?)",
                               SQL_TEXT (submission->after[i]), SQL_INT (submission->sees_all),
                               SQL_TEXT (submission->submitter));
      ForemanJobState state;
      gint64 key;

      if (!foreman_store_rows_next (database, rows))
        {
          g_propagate_error (error, foreman_error_new_field ("after", "there is no job %s",
                                                             submission->after[i]));
          return FALSE;
        }
      key = sqlite3_column_int64 (rows, 0);
      state = sqlite3_column_int (rows, 1);
      g_array_append_val (awaited->keys, key);
      awaited->n_open += state != FOREMAN_JOB_DONE;
      awaited->has_failed |= state == FOREMAN_JOB_FAILED || state == FOREMAN_JOB_CANCELLED;
    }
  return TRUE;
}

/* Its rows */

static ForemanStoreJob *
new_job (ForemanStoreDatabase *database, const ForemanSubmission *submission, gint64 now)
{
  ForemanStoreJob *job = g_new0 (ForemanStoreJob, 1);
  ForemanJobRecord *record = foreman_job_record_new ();

  job->key = ++database->last_job;
  job->record = record;
  job->is_relative = submission->delay > 0;
  record->id = foreman_ulid_generator_next (&database->ulids, now);
  record->submitter = g_strdup (submission->submitter);
  record->endpoint = g_strdup (submission->endpoint);
  record->model = g_strdup (submission->model);
  record->model_key = g_strdup (submission->model_key);
  record->group = g_strdup (submission->group);
  record->custom_id = g_strdup (submission->custom_id);
  record->idempotency_key = g_strdup (submission->idempotency_key);
  record->labels = g_strdupv (submission->labels);
  record->after = g_strdupv (submission->after);
  record->priority = submission->priority;
  record->max_attempts = submission->max_attempts;
  record->attempts_given = submission->attempts_given;
  record->created_at = now;
  record->run_at = submission->delay > 0 ? now + submission->delay : submission->run_at;
  record->not_before = record->run_at > now ? record->run_at : 0;
  record->timeout = submission->timeout;
  record->ttl = submission->ttl;
  record->webhook_url = g_strdup (submission->webhook_url);
  record->webhook_events = submission->webhook_events;
  record->waits_for_model = submission->waits_for_model;
  return job;
}

static void
insert_job (ForemanStoreDatabase *database,
            const ForemanStoreJob *job,
            const ForemanSubmission *submission)
{
  const ForemanJobRecord *record = job->record;
  g_autoptr (GByteArray) labels = foreman_store_strings_pack (record->labels);
  g_autoptr (GByteArray) after = foreman_store_strings_pack (record->after);

  foreman_store_run (
      database,
      "INSERT INTO jobs (key, id, submitter, endpoint, model, model_key, job_group, custom_id,"
      " idempotency_key, request_hash, labels, after, state, previous_state, reason, priority,"
      " max_attempts, attempts_given, created_at, run_at, not_before, is_relative, queued_at,"
      " parked_at, timeout, ttl, webhook_url, webhook_events, webhook_pending, waits_for_model,"
      " waits_for) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
      " ?, ?, ?, ?, ?, ?, ?)",
      SQL_INT (job->key), SQL_TEXT (record->id), SQL_TEXT (record->submitter),
      SQL_TEXT (record->endpoint), SQL_TEXT (record->model), SQL_TEXT (record->model_key),
      SQL_TEXT (record->group), SQL_TEXT (record->custom_id), SQL_TEXT (record->idempotency_key),
      SQL_TEXT (submission->request_hash != NULL ? submission->request_hash : ""),
      SQL_BLOB (labels ? labels->data : NULL, labels ? labels->len : 0),
      SQL_BLOB (after ? after->data : NULL, after ? after->len : 0), SQL_INT (record->state),
      SQL_INT (record->previous_state), SQL_TEXT (record->reason), SQL_INT (record->priority),
      SQL_INT (record->max_attempts), SQL_INT (record->attempts_given),
      SQL_INT (record->created_at), SQL_INT (record->run_at), SQL_INT (record->not_before),
      SQL_INT (job->is_relative), SQL_INT (job->queued_at), SQL_INT (job->parked_at),
      SQL_INT (record->timeout), SQL_INT (record->ttl), SQL_TEXT (record->webhook_url),
      SQL_INT (record->webhook_events), SQL_INT (record->webhook_pending),
      SQL_INT (record->waits_for_model), SQL_INT (job->waits_for));
}

static void
insert_dependencies (ForemanStoreDatabase *database, gint64 key, const Awaited *awaited)
{
  for (guint i = 0; i < awaited->keys->len; i++)
    foreman_store_run (database, "INSERT OR IGNORE INTO dependencies (job, needs) VALUES (?, ?)",
                       SQL_INT (key), SQL_INT (g_array_index (awaited->keys, gint64, i)));
}

static ForemanJobState
choose_state (const ForemanStoreJob *job)
{
  if (job->waits_for > 0)
    return FOREMAN_JOB_BLOCKED;
  return job->record->not_before > 0 ? FOREMAN_JOB_SCHEDULED : FOREMAN_JOB_QUEUED;
}

/* (transfer full) */
static ForemanStoreJob *
insert (ForemanStoreDatabase *database,
        const ForemanSubmission *submission,
        const Awaited *awaited,
        gint64 now)
{
  g_autoptr (ForemanStoreJob) job = new_job (database, submission, now);

  foreman_failpoint ("insert-before");
  job->waits_for = awaited->n_open;
  job->record->state = choose_state (job);
  foreman_store_job_enter (database, job);
  insert_job (database, job, submission);
  insert_dependencies (database, job->key, awaited);
  foreman_store_insert_labels (database, job);
  foreman_store_write_request (database, job->key, submission->request);
  /* What is left is asked for once a second, in which much can be submitted. */
  database->free_bytes -= MIN (database->free_bytes, g_bytes_get_size (submission->request));
  if (awaited->has_failed)
    {
      /* Loaded anew: the record with which it was submitted has been handed out. */
      g_autoptr (ForemanStoreJob) failed = foreman_store_job_load (database, job->key);

      if (failed != NULL)
        foreman_store_job_fail_dependent (database, failed, now);
      g_clear_pointer (&job, foreman_store_job_free);
      job = g_steal_pointer (&failed);
    }
  foreman_failpoint ("insert-after");
  return g_steal_pointer (&job);
}

static gboolean
submit (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  const ForemanSubmission *submission = request->value;
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (gint64));
  Awaited awaited = { .keys = keys };
  ForemanStoreJob *job = NULL;

  if (find_repeated (database, submission, &job, error))
    request->result_flag = TRUE;
  else if (check_room (database, error) && find_awaited (database, submission, &awaited, error))
    job = insert (database, submission, &awaited, request->now);
  if (job == NULL)
    return database->failure != 0;
  foreman_store_request_set_result (request, foreman_store_job_to_record (job),
                                    (GDestroyNotify) foreman_job_record_unref);
  return TRUE;
}

/**
 * foreman_store_submit_async:
 * @self: a store
 * @submission: what is to become a job
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when the job is on disk
 * @data: for @callback
 *
 * Makes a job. Main thread, as are all calls of the store.
 */
void
foreman_store_submit_async (ForemanStore *self,
                            ForemanSubmission *submission,
                            gint64 now,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (submission != NULL);
  g_return_if_fail (submission->submitter != NULL && submission->endpoint != NULL);
  g_return_if_fail (submission->model != NULL && submission->model_key != NULL);
  g_return_if_fail (submission->request != NULL);
  g_return_if_fail (submission->request_hash != NULL || submission->idempotency_key == NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, submit,
                                       foreman_store_submit_async, cancellable, callback, data);
  request->value = foreman_submission_ref (submission);
  request->free_value = (GDestroyNotify) foreman_submission_unref;
  request->weight = g_bytes_get_size (submission->request);
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_submit_finish:
 * @self: a store
 * @result: what the callback got
 * @is_repeated: (out) (optional): whether the idempotency key had made this job before
 * @error: return location: %FOREMAN_ERROR_CONFLICT if the key was used for another request,
 *   %FOREMAN_ERROR_INVALID_REQUEST for an unknown job in `after`, %FOREMAN_ERROR_STORAGE_FULL,
 *   %FOREMAN_ERROR_STORE_UNAVAILABLE
 *
 * Returns: (transfer full) (nullable): the job
 */
ForemanJobRecord *
foreman_store_submit_finish (ForemanStore *self,
                             GAsyncResult *result,
                             gboolean *is_repeated,
                             GError **error)
{
  if (is_repeated != NULL)
    *is_repeated = foreman_store_request_of (result)->result_flag;
  return foreman_store_finish (self, result, foreman_store_submit_async, error);
}

static gboolean
find_submitted (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  ForemanStoreJob *job = NULL;
  gboolean is_repeated = find_repeated (database, request->value, &job, error);

  if (job != NULL)
    foreman_store_request_set_result (request, foreman_store_job_to_record (job),
                                      (GDestroyNotify) foreman_job_record_unref);
  return !is_repeated || job != NULL || database->failure != 0;
}

/**
 * foreman_store_find_submitted_async:
 * @self: a store
 * @submission: what would become a job
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is known
 * @data: for @callback
 *
 * Asks whether a submission is the repetition of an earlier one, by its idempotency key.
 */
void
foreman_store_find_submitted_async (ForemanStore *self,
                                    ForemanSubmission *submission,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (submission != NULL);

  request =
      foreman_store_request_new (self, FOREMAN_STORE_READS, find_submitted,
                                 foreman_store_find_submitted_async, cancellable, callback, data);
  request->value = foreman_submission_ref (submission);
  request->free_value = (GDestroyNotify) foreman_submission_unref;
  foreman_store_send (self, request);
}

/**
 * foreman_store_find_submitted_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_CONFLICT if the key was used for another request,
 *   %FOREMAN_ERROR_STORE_UNAVAILABLE
 *
 * Returns: (transfer full) (nullable): the job; %NULL without an error if there is none
 */
ForemanJobRecord *
foreman_store_find_submitted_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_find_submitted_async, error);
}

/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

#define COMPLETION "completion"
#define PARTIAL    "partial"

static void
set_text (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

/* Beginning */

static void
insert_attempt (ForemanStoreDatabase *database, gint64 key, gint64 now)
{
  foreman_store_run (database,
                     "INSERT INTO attempts (job, number, started_at) VALUES (?1,"
                     " (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE job = ?1), ?2)",
                     SQL_INT (key), SQL_INT (now));
}

/* What an earlier attempt ran into is in its own row; this one has not failed. */
static void
take_begin (ForemanStoreJob *job, gint64 now)
{
  ForemanJobRecord *record = job->record;

  record->started_at = now;
  record->http_status = 0;
  set_text (&record->error, NULL);
  set_text (&record->error_code, NULL);
}

static gboolean
begin (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreJob) job =
      foreman_store_job_find_claimed (database, request->id, request->claim, request->owner, error);
  gboolean is_first;

  if (job == NULL)
    return FALSE;
  is_first = job->record->state == FOREMAN_JOB_QUEUED;
  set_text (&job->record->reason, NULL);
  if (is_first)
    take_begin (job, request->now);
  if (!foreman_store_job_move (database, job, (ForemanJobState) request->code, request->now, error))
    return FALSE;
  if (is_first)
    insert_attempt (database, job->key, request->now);
  return TRUE;
}

/* Going on */

static gboolean
append (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreJob) job =
      foreman_store_job_find_claimed (database, request->id, request->claim, request->owner, error);

  if (job == NULL)
    return FALSE;
  foreman_store_append_piece (database, job->key, request->claim, request->name, request->text,
                              request->value);
  return TRUE;
}

/* Ending */

static void
store_answer (ForemanStoreDatabase *database, const ForemanAttemptEnd *end, gint64 key)
{
  if (end->state != FOREMAN_JOB_DONE)
    {
      foreman_store_remove_artifact (database, key, COMPLETION);
      return;
    }
  if (end->completion != NULL)
    foreman_store_append_piece (database, key, end->claim, COMPLETION,
                                end->content_type != NULL ? end->content_type : "application/json",
                                end->completion);
  else if (foreman_store_get_artifact_claim (database, key, COMPLETION) != end->claim)
    foreman_store_remove_artifact (database, key, COMPLETION);
  foreman_store_remove_artifact (database, key, PARTIAL);
}

static void
close_attempt (ForemanStoreDatabase *database, const ForemanAttemptEnd *end, gint64 key, gint64 now)
{
  foreman_store_run (database,
                     "UPDATE attempts SET ended_at = ?, outcome = ?, error = ?, http_status = ?"
                     " WHERE job = ? AND ended_at = 0",
                     SQL_INT (now), SQL_TEXT (end->outcome), SQL_TEXT (end->error),
                     SQL_INT (end->http_status), SQL_INT (key));
}

static void
take_end (ForemanStoreJob *job, const ForemanAttemptEnd *end)
{
  ForemanJobRecord *record = job->record;

  record->attempt += end->counts;
  set_text (&record->reason, end->state == FOREMAN_JOB_QUEUED ? end->reason : NULL);
  set_text (&record->error, end->error);
  set_text (&record->error_code, end->error_code);
  record->http_status = end->http_status;
  record->prompt_tokens = end->prompt_tokens;
  record->completion_tokens = end->completion_tokens;
  record->load_time = end->load_time;
  record->run_time = end->run_time;
  record->not_before = end->state == FOREMAN_JOB_QUEUED ? end->not_before : 0;
  job->is_relative = record->not_before != 0;
}

static gboolean
finish_attempt (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  const ForemanAttemptEnd *end = request->value;
  g_autoptr (ForemanStoreJob) job =
      foreman_store_job_find_claimed (database, end->id, end->claim, end->owner, error);

  if (job == NULL)
    return FALSE;
  take_end (job, end);
  if (!foreman_store_job_move (database, job, end->state, request->now, error))
    return FALSE;
  close_attempt (database, end, job->key, request->now);
  store_answer (database, end, job->key);
  foreman_store_load_artifacts (database, job, FALSE);
  foreman_failpoint ("result-before-commit");
  foreman_store_request_set_result (request, foreman_store_job_to_record (g_steal_pointer (&job)),
                                    (GDestroyNotify) foreman_job_record_unref);
  return TRUE;
}

static ForemanAttemptEnd *
end_copy (const ForemanAttemptEnd *end)
{
  ForemanAttemptEnd *copy = g_new (ForemanAttemptEnd, 1);

  *copy = *end;
  copy->id = g_strdup (end->id);
  copy->owner = g_strdup (end->owner);
  copy->reason = g_strdup (end->reason);
  copy->error = g_strdup (end->error);
  copy->error_code = g_strdup (end->error_code);
  copy->outcome = g_strdup (end->outcome);
  copy->completion = end->completion != NULL ? g_bytes_ref (end->completion) : NULL;
  copy->content_type = g_strdup (end->content_type);
  return copy;
}

/**
 * foreman_store_begin_async:
 * @self: a store
 * @id: a job
 * @claim: the claim it was picked with
 * @owner: who picked it
 * @state: %FOREMAN_JOB_LOADING, or %FOREMAN_JOB_WORKING, also after that
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Begins an attempt, or says that its model is loaded now.
 */
void
foreman_store_begin_async (ForemanStore *self,
                           const char *id,
                           gint64 claim,
                           const char *owner,
                           ForemanJobState state,
                           gint64 now,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (id != NULL && owner != NULL);
  g_return_if_fail (foreman_job_state_is_running (state));

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, begin, foreman_store_begin_async,
                                       cancellable, callback, data);
  request->id = g_strdup (id);
  request->claim = claim;
  request->owner = g_strdup (owner);
  request->code = state;
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_begin_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_CONFLICT if the job is no longer of that claim
 *
 * Returns: whether it was begun
 */
gboolean
foreman_store_begin_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_begin_async, error);
}

/**
 * foreman_store_append_async:
 * @self: a store
 * @id: a job
 * @claim: the claim it was picked with
 * @owner: who picked it
 * @name: of the artifact, `completion` or `partial`
 * @content_type: what the artifact is
 * @piece: what comes next of it
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Adds to an artifact. What an earlier claim had left under that name goes.
 */
void
foreman_store_append_async (ForemanStore *self,
                            const char *id,
                            gint64 claim,
                            const char *owner,
                            const char *name,
                            const char *content_type,
                            GBytes *piece,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (id != NULL && owner != NULL && name != NULL && content_type != NULL);
  g_return_if_fail (piece != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, append,
                                       foreman_store_append_async, cancellable, callback, data);
  request->id = g_strdup (id);
  request->claim = claim;
  request->owner = g_strdup (owner);
  request->name = g_strdup (name);
  request->text = g_strdup (content_type);
  request->value = g_bytes_ref (piece);
  request->free_value = (GDestroyNotify) g_bytes_unref;
  request->weight = g_bytes_get_size (piece);
  foreman_store_send (self, request);
}

/**
 * foreman_store_append_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_CONFLICT if the job is no longer of that claim
 *
 * Returns: whether it was added
 */
gboolean
foreman_store_append_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_append_async, error);
}

/**
 * foreman_store_end_async:
 * @self: a store
 * @end: how the attempt ended; copied
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Ends an attempt, or a claim that did not come to one. The answer, the state, the deliveries and
 * what becomes of the jobs that wait for this one are one transaction.
 */
void
foreman_store_end_async (ForemanStore *self,
                         const ForemanAttemptEnd *end,
                         gint64 now,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (end != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, finish_attempt,
                                       foreman_store_end_async, cancellable, callback, data);
  request->value = end_copy (end);
  request->free_value = (GDestroyNotify) foreman_attempt_end_free;
  request->weight = end->completion != NULL ? g_bytes_get_size (end->completion) : 0;
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_end_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_CONFLICT if the job is no longer of that claim, because
 * it was cancelled, or somebody else has it
 *
 * Returns: (transfer full) (nullable): the job as it is now
 */
ForemanJobRecord *
foreman_store_end_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_end_async, error);
}

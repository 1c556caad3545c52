/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"

#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"

/* In the order of FOREMAN_STORE_JOB_COLUMNS. */
enum
{
  KEY,
  ID,
  SUBMITTER,
  ENDPOINT,
  MODEL,
  MODEL_KEY,
  GROUP,
  CUSTOM_ID,
  IDEMPOTENCY_KEY,
  LABELS,
  AFTER,
  STATE,
  PREVIOUS_STATE,
  REASON,
  PRIORITY,
  ATTEMPT,
  MAX_ATTEMPTS,
  ATTEMPTS_GIVEN,
  CRASHES,
  CLAIM,
  OWNER,
  CREATED_AT,
  RUN_AT,
  NOT_BEFORE,
  IS_RELATIVE,
  QUEUED_AT,
  PARKED_AT,
  STARTED_AT,
  FINISHED_AT,
  EXPIRES_AT,
  TIMEOUT,
  TTL,
  ERROR_TEXT,
  ERROR_CODE,
  HTTP_STATUS,
  PROMPT_TOKENS,
  COMPLETION_TOKENS,
  QUEUE_TIME,
  LOAD_TIME,
  RUN_TIME,
  WEBHOOK_URL,
  WEBHOOK_EVENTS,
  WEBHOOK_PENDING,
  WEBHOOK_LAST_STATUS,
  WAITS_FOR_MODEL,
  WAITS_FOR,
};

void
foreman_store_job_free (ForemanStoreJob *self)
{
  g_clear_pointer (&self->record, foreman_job_record_unref);
  g_free (self->owner);
  g_free (self);
}

/* (transfer full) self; (transfer full): only what everybody may know */
ForemanJobRecord *
foreman_store_job_to_record (ForemanStoreJob *self)
{
  ForemanJobRecord *record = g_steal_pointer (&self->record);

  foreman_store_job_free (self);
  return record;
}

static void
read_submitted (ForemanJobRecord *record, ForemanStoreRows *rows)
{
  record->id = foreman_store_rows_dup_text (rows, ID);
  record->submitter = foreman_store_rows_dup_text (rows, SUBMITTER);
  record->endpoint = foreman_store_rows_dup_text (rows, ENDPOINT);
  record->model = foreman_store_rows_dup_text (rows, MODEL);
  record->model_key = foreman_store_rows_dup_text (rows, MODEL_KEY);
  record->group = foreman_store_rows_dup_text (rows, GROUP);
  record->custom_id = foreman_store_rows_dup_text (rows, CUSTOM_ID);
  record->idempotency_key = foreman_store_rows_dup_text (rows, IDEMPOTENCY_KEY);
  record->labels = foreman_store_rows_dup_strings (rows, LABELS);
  record->after = foreman_store_rows_dup_strings (rows, AFTER);
  record->priority = sqlite3_column_int (rows, PRIORITY);
  record->max_attempts = sqlite3_column_int (rows, MAX_ATTEMPTS);
  record->attempts_given = sqlite3_column_int (rows, ATTEMPTS_GIVEN);
  record->created_at = sqlite3_column_int64 (rows, CREATED_AT);
  record->run_at = sqlite3_column_int64 (rows, RUN_AT);
  record->timeout = sqlite3_column_int64 (rows, TIMEOUT);
  record->ttl = sqlite3_column_int64 (rows, TTL);
  record->webhook_url = foreman_store_rows_dup_text (rows, WEBHOOK_URL);
  record->webhook_events = sqlite3_column_int (rows, WEBHOOK_EVENTS);
  record->waits_for_model = sqlite3_column_int (rows, WAITS_FOR_MODEL);
}

static void
read_progress (ForemanJobRecord *record, ForemanStoreRows *rows)
{
  record->state = sqlite3_column_int (rows, STATE);
  record->previous_state = sqlite3_column_int (rows, PREVIOUS_STATE);
  record->reason = foreman_store_rows_dup_text (rows, REASON);
  record->attempt = sqlite3_column_int (rows, ATTEMPT);
  record->crashes = sqlite3_column_int (rows, CRASHES);
  record->claim = sqlite3_column_int64 (rows, CLAIM);
  record->not_before = sqlite3_column_int64 (rows, NOT_BEFORE);
  record->started_at = sqlite3_column_int64 (rows, STARTED_AT);
  record->finished_at = sqlite3_column_int64 (rows, FINISHED_AT);
  record->expires_at = sqlite3_column_int64 (rows, EXPIRES_AT);
  record->error = foreman_store_rows_dup_text (rows, ERROR_TEXT);
  record->error_code = foreman_store_rows_dup_text (rows, ERROR_CODE);
  record->http_status = sqlite3_column_int (rows, HTTP_STATUS);
  record->prompt_tokens = sqlite3_column_int64 (rows, PROMPT_TOKENS);
  record->completion_tokens = sqlite3_column_int64 (rows, COMPLETION_TOKENS);
  record->queue_time = sqlite3_column_int64 (rows, QUEUE_TIME);
  record->load_time = sqlite3_column_int64 (rows, LOAD_TIME);
  record->run_time = sqlite3_column_int64 (rows, RUN_TIME);
  record->webhook_pending = sqlite3_column_int (rows, WEBHOOK_PENDING);
  record->webhook_last_status = sqlite3_column_int (rows, WEBHOOK_LAST_STATUS);
}

/* (transfer full): of a row of FOREMAN_STORE_JOB_COLUMNS */
ForemanStoreJob *
foreman_store_job_from_row (ForemanStoreRows *rows)
{
  ForemanStoreJob *self = g_new0 (ForemanStoreJob, 1);

  self->key = sqlite3_column_int64 (rows, KEY);
  self->record = foreman_job_record_new ();
  read_submitted (self->record, rows);
  read_progress (self->record, rows);
  self->owner = foreman_store_rows_dup_text (rows, OWNER);
  self->queued_at = sqlite3_column_int64 (rows, QUEUED_AT);
  self->parked_at = sqlite3_column_int64 (rows, PARKED_AT);
  self->is_relative = sqlite3_column_int (rows, IS_RELATIVE);
  self->waits_for = sqlite3_column_int64 (rows, WAITS_FOR);
  return self;
}

/* (transfer full) (nullable) */
ForemanStoreJob *
foreman_store_job_load (ForemanStoreDatabase *database, gint64 key)
{
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database, FOREMAN_STORE_SELECT_JOB "WHERE key = ?", SQL_INT (key));

  return foreman_store_rows_next (database, rows) ? foreman_store_job_from_row (rows) : NULL;
}

/* (transfer full) (nullable): FOREMAN_ERROR_NOT_FOUND */
ForemanStoreJob *
foreman_store_job_find (ForemanStoreDatabase *database, const char *id, GError **error)
{
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database, FOREMAN_STORE_SELECT_JOB "WHERE id = ?", SQL_TEXT (id));

  if (foreman_store_rows_next (database, rows))
    return foreman_store_job_from_row (rows);
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND, "there is no job %s", id);
  return NULL;
}

/* @submitter: (nullable): for all others it is as if there was no such job */
ForemanStoreJob *
foreman_store_job_find_of (ForemanStoreDatabase *database,
                           const char *id,
                           const char *submitter,
                           GError **error)
{
  g_autoptr (ForemanStoreJob) self = foreman_store_job_find (database, id, error);

  if (self == NULL || submitter == NULL || g_str_equal (self->record->submitter, submitter))
    return g_steal_pointer (&self);
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND, "there is no job %s", id);
  return NULL;
}

/* The fence: FOREMAN_ERROR_CONFLICT for who has lost the job to somebody else, or to its end. */
ForemanStoreJob *
foreman_store_job_find_claimed (ForemanStoreDatabase *database,
                                const char *id,
                                gint64 claim,
                                const char *owner,
                                GError **error)
{
  g_autoptr (ForemanStoreJob) self = foreman_store_job_find (database, id, error);

  if (self == NULL || foreman_planted ("no-fence") ||
      (self->record->claim == claim && g_strcmp0 (self->owner, owner) == 0 &&
       (foreman_job_state_is_running (self->record->state) ||
        self->record->state == FOREMAN_JOB_QUEUED)))
    return g_steal_pointer (&self);
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
               "job %s is %s and no longer of claim %" G_GINT64_FORMAT, id,
               foreman_job_state_to_string (self->record->state), claim);
  return NULL;
}

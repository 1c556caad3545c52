/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

/* Rows of a step, so that others get in between. */
#define STEP 500

/* Which models are waited for */

/* The distinct keys, one seek each, however many jobs wait for one model. */
#define SELECT_MODELS                                                                              \
  "WITH RECURSIVE models (name) AS ("                                                              \
  " SELECT min(model_key) FROM jobs INDEXED BY jobs_queued WHERE state = 2"                        \
  " UNION ALL SELECT (SELECT min(model_key) FROM jobs INDEXED BY jobs_queued"                      \
  " WHERE state = 2 AND model_key > name) FROM models WHERE name IS NOT NULL)"                     \
  " SELECT name FROM models WHERE name IS NOT NULL"

/* (transfer full) (nullable) */
static ForemanQueuedModel *
look_at_model (ForemanStoreDatabase *database, const char *model_key)
{
  g_autoptr (ForemanStoreRows) rows = foreman_store_query (
      database,
      "SELECT model, parked_at FROM jobs INDEXED BY jobs_queued WHERE state = 2"
      " AND model_key = ? ORDER BY parked_at DESC LIMIT 1",
      SQL_TEXT (model_key));
  ForemanQueuedModel *model;

  if (!foreman_store_rows_next (database, rows))
    return NULL;
  model = g_new0 (ForemanQueuedModel, 1);
  model->model_key = g_strdup (model_key);
  model->model = foreman_store_rows_dup_text (rows, 0);
  model->parked = sqlite3_column_int64 (rows, 1) > 0;
  return model;
}

static gboolean
list_models (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  GPtrArray *models = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_queued_model_free);
  g_autoptr (ForemanStoreRows) rows = foreman_store_query (database, SELECT_MODELS);

  while (foreman_store_rows_next (database, rows))
    {
      ForemanQueuedModel *model =
          look_at_model (database, (const char *) sqlite3_column_text (rows, 0));

      if (model != NULL)
        g_ptr_array_add (models, model);
    }
  foreman_store_request_set_result (request, models, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

/* Waiting for a model */

/* One step of parking. Who is at the gate already finds out there. */
static int
park_some (ForemanStoreDatabase *database, ForemanStoreRequest *request)
{
  if (!g_hash_table_contains (database->parked, request->name))
    g_hash_table_add (database->parked, g_strdup (request->name));
  return foreman_store_run (
      database,
      "UPDATE jobs SET parked_at = ?1, reason = ?2,"
      " queue_time = queue_time + max (0, ?1 - queued_at) WHERE key IN"
      " (SELECT key FROM jobs INDEXED BY jobs_queued WHERE state = 2 AND model_key = ?3"
      " AND parked_at = 0 AND owner IS NULL LIMIT ?4)",
      SQL_INT (request->now), SQL_TEXT (request->text), SQL_TEXT (request->name), SQL_INT (STEP));
}

static int
unpark_some (ForemanStoreDatabase *database, ForemanStoreRequest *request)
{
  int count = foreman_store_run (
      database,
      "UPDATE jobs SET parked_at = 0, queued_at = max (?1, not_before),"
      " reason = CASE WHEN not_before > 0 THEN 'backoff' END WHERE key IN"
      " (SELECT key FROM jobs INDEXED BY jobs_queued WHERE state = 2 AND model_key = ?2"
      " AND parked_at > 0 LIMIT ?3)",
      SQL_INT (request->now), SQL_TEXT (request->name), SQL_INT (STEP));

  if (count > 0)
    database->wanted = TRUE;
  return count;
}

static gboolean
park (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  int count =
      request->text != NULL ? park_some (database, request) : unpark_some (database, request);

  request->again = count == STEP;
  return TRUE;
}

/* Holding back what would fail as others of its kind did */

static void
hold_one (ForemanStoreDatabase *database, ForemanStoreJob *job, ForemanStoreRequest *request)
{
  ForemanJobRecord *record = job->record;

  g_clear_pointer (&record->reason, g_free);
  g_free (record->error);
  g_free (record->error_code);
  record->error = g_strdup (request->text);
  record->error_code = g_strdup (request->error_code);
  foreman_store_job_move (database, job, FOREMAN_JOB_HELD, request->now, NULL);
}

static gboolean
hold (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (GArray) keys = foreman_store_query_keys (
      database,
      "SELECT key FROM jobs INDEXED BY jobs_queued WHERE state = 2 AND model_key = ?"
      " AND submitter = ? AND job_group IS ? LIMIT ?",
      SQL_TEXT (request->name), SQL_TEXT (request->submitter), SQL_TEXT (request->group),
      SQL_INT (STEP));

  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr (ForemanStoreJob) job =
          foreman_store_job_load (database, g_array_index (keys, gint64, i));

      if (job != NULL)
        hold_one (database, job, request);
    }
  request->again = keys->len == STEP;
  return TRUE;
}

/**
 * foreman_store_list_models_async:
 * @self: a store
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Asks which models queued jobs are for.
 */
void
foreman_store_list_models_async (ForemanStore *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data)
{
  g_return_if_fail (FOREMAN_IS_STORE (self));

  foreman_store_send (self, foreman_store_request_new (self, FOREMAN_STORE_READS, list_models,
                                                       foreman_store_list_models_async, cancellable,
                                                       callback, data));
}

/**
 * foreman_store_list_models_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer container) (element-type ForemanQueuedModel) (nullable): the models, each once
 */
GPtrArray *
foreman_store_list_models_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_list_models_async, error);
}

/**
 * foreman_store_park_async:
 * @self: a store
 * @model_key: a model
 * @reason: (nullable): `model_missing`; %NULL: it is there again
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Marks the queued jobs of a model, so that none is picked, or lets them be picked again. A job of
 * that model that is queued later is marked too, as long as others are.
 */
void
foreman_store_park_async (ForemanStore *self,
                          const char *model_key,
                          const char *reason,
                          gint64 now,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (model_key != NULL);
  g_return_if_fail (now > 0);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, park, foreman_store_park_async,
                                       cancellable, callback, data);
  request->name = g_strdup (model_key);
  request->text = g_strdup (reason);
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_park_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: whether it was done
 */
gboolean
foreman_store_park_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_park_async, error);
}

/**
 * foreman_store_hold_async:
 * @self: a store
 * @submitter: whose jobs
 * @group: (nullable): of which group; %NULL: those of none
 * @model_key: of which model
 * @error_message: one line: what others of them ended with
 * @error_code: the same as a word
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Makes queued jobs held, which wait for somebody to look.
 */
void
foreman_store_hold_async (ForemanStore *self,
                          const char *submitter,
                          const char *group,
                          const char *model_key,
                          const char *error_message,
                          const char *error_code,
                          gint64 now,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (submitter != NULL && model_key != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, hold, foreman_store_hold_async,
                                       cancellable, callback, data);
  request->submitter = g_strdup (submitter);
  request->group = g_strdup (group);
  request->name = g_strdup (model_key);
  request->text = g_strdup (error_message);
  request->error_code = g_strdup (error_code);
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_hold_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: whether it was done
 */
gboolean
foreman_store_hold_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_hold_async, error);
}

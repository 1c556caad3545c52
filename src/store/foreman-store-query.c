/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-query-private.h"

#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

/* Conditions of a query */

static void
add (ForemanStoreConditions *self, ForemanStoreValue value, const char *sql)
{
  g_return_if_fail (self->n_values < FOREMAN_STORE_MAX_CONDITIONS);

  g_string_append (self->sql, sql);
  self->values[self->n_values++] = value;
}

static void
add_states (ForemanStoreConditions *self, guint states)
{
  const char *separator = "";

  /* In words that the planner needs for the partial indexes. */
  if (states == 1u << FOREMAN_JOB_QUEUED)
    {
      g_string_append (self->sql, " AND state = 2");
      return;
    }
  g_string_append (self->sql, " AND state IN (");
  for (guint state = 0; state < FOREMAN_N_JOB_STATES; state++)
    if ((states & 1u << state) != 0)
      {
        g_string_append_printf (self->sql, "%s%u", separator, state);
        separator = ", ";
      }
  g_string_append (self->sql, ")");
  if ((states & 1u << FOREMAN_JOB_QUEUED) == 0)
    g_string_append (self->sql, " AND state <> 2");
}

static void
add_submitter (ForemanStoreConditions *self, const ForemanJobQuery *query)
{
  gboolean is_all = query->states == 0 && query->group == NULL && query->label_name == NULL;

  /* The plus keeps the planner from finding all jobs of a submitter where something else that is
   * asked for finds few. */
  add (self, SQL_TEXT (query->submitter), is_all ? " AND submitter = ?" : " AND +submitter = ?");
}

/* Begins with what the query asks for; @self->sql ends without an order. The values are the query's
 * and the caller's. */
void
foreman_store_conditions_init (ForemanStoreConditions *self,
                               const char *select,
                               const ForemanJobQuery *query)
{
  guint all = (1u << FOREMAN_N_JOB_STATES) - 1;

  self->sql = g_string_new (select);
  self->n_values = 0;
  g_string_append (self->sql, " WHERE 1");
  if (query->submitter != NULL)
    add_submitter (self, query);
  if (query->states != 0 && (query->states & all) != all)
    add_states (self, query->states & all);
  if (query->model_key != NULL)
    add (self, SQL_TEXT (query->model_key), " AND model_key = ?");
  if (query->group != NULL)
    add (self, SQL_TEXT (query->group), " AND job_group = ?");
  if (query->label_name != NULL && query->label_value != NULL)
    {
      add (self, SQL_TEXT (query->label_name),
           " AND key IN (SELECT job FROM labels WHERE name = ?");
      add (self, SQL_TEXT (query->label_value), " AND value = ?)");
    }
  else if (query->label_name != NULL)
    {
      add (self, SQL_TEXT (query->label_name),
           " AND key IN (SELECT job FROM labels WHERE name = ?)");
    }
}

void
foreman_store_conditions_add (ForemanStoreConditions *self,
                              const char *sql,
                              ForemanStoreValue value)
{
  add (self, value, sql);
}

/* (transfer none): for the statement in @self->sql */
const ForemanStoreValue *
foreman_store_conditions_get_values (ForemanStoreConditions *self)
{
  self->values[self->n_values] = SQL_END;
  return self->values;
}

void
foreman_store_conditions_clear (ForemanStoreConditions *self)
{
  g_string_free (self->sql, TRUE);
}

/* One job */

static gint64
count_before (ForemanStoreDatabase *database, const ForemanStoreJob *job)
{
  if (job->record->state != FOREMAN_JOB_QUEUED || job->parked_at != 0 ||
      job->record->not_before != 0)
    return -1;
  if (job->owner != NULL)
    return 0;
  return foreman_store_query_int (
      database,
      "SELECT (SELECT count(*) FROM jobs INDEXED BY jobs_next WHERE state = 2 AND parked_at = 0"
      " AND not_before = 0 AND owner IS NULL AND priority > ?1) +"
      " (SELECT count(*) FROM jobs INDEXED BY jobs_next WHERE state = 2 AND parked_at = 0"
      " AND not_before = 0 AND owner IS NULL AND priority = ?1 AND key < ?2)",
      SQL_INT (job->record->priority), SQL_INT (job->key));
}

static gboolean
get_job (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreJob) job =
      foreman_store_job_find_of (database, request->id, request->submitter, error);

  if (job == NULL)
    return FALSE;
  foreman_store_load_artifacts (database, job, request->flag);
  job->record->position = count_before (database, job);
  foreman_store_request_set_result (request, foreman_store_job_to_record (g_steal_pointer (&job)),
                                    (GDestroyNotify) foreman_job_record_unref);
  return TRUE;
}

/* Many jobs */

#define FEW_QUEUED 2000

/* By the key, which every index ends with; the job that it goes on from may be gone. */
#define AFTER_NEWEST " AND key <= (SELECT key FROM jobs WHERE id < ? ORDER BY id DESC LIMIT 1)"
#define AFTER_OLDEST " AND key >= (SELECT key FROM jobs WHERE id > ? ORDER BY id LIMIT 1)"

/* Where few are queued among many that are not, their index is shorter than the way through all. */
static const char *
choose_select (ForemanStoreDatabase *database, const ForemanJobQuery *query)
{
  if (query->states == 1u << FOREMAN_JOB_QUEUED && query->group == NULL &&
      query->label_name == NULL && database->counts[FOREMAN_JOB_QUEUED] <= FEW_QUEUED)
    return FOREMAN_STORE_SELECT_JOB "INDEXED BY jobs_queued";
  return FOREMAN_STORE_SELECT_JOB;
}

static GPtrArray *
query_jobs (ForemanStoreDatabase *database, const ForemanJobQuery *query)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_store_job_free);
  g_autoptr (ForemanStoreRows) rows = NULL;
  ForemanStoreConditions conditions;

  foreman_store_conditions_init (&conditions, choose_select (database, query), query);
  if (query->after != NULL)
    foreman_store_conditions_add (&conditions, query->oldest_first ? AFTER_OLDEST : AFTER_NEWEST,
                                  SQL_TEXT (query->after));
  /* One more than asked for tells whether there is more. */
  foreman_store_conditions_add (&conditions,
                                query->oldest_first ? " ORDER BY key LIMIT ?"
                                                    : " ORDER BY key DESC LIMIT ?",
                                SQL_INT ((gint64) query->limit + 1));
  rows = foreman_store_database_query (database, conditions.sql->str,
                                       foreman_store_conditions_get_values (&conditions));
  while (foreman_store_rows_next (database, rows))
    g_ptr_array_add (jobs, foreman_store_job_from_row (rows));
  foreman_store_conditions_clear (&conditions);
  return jobs;
}

static gboolean
list_jobs (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  const ForemanJobQuery *query = request->value;
  g_autoptr (GPtrArray) jobs = query_jobs (database, query);
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_record_unref);

  request->result_flag = jobs->len > query->limit;
  for (guint i = 0; i < MIN (jobs->len, query->limit); i++)
    {
      ForemanStoreJob *job = g_ptr_array_index (jobs, i);

      foreman_store_load_artifacts (database, job, query->with_data);
      g_ptr_array_add (records, foreman_job_record_ref (job->record));
    }
  foreman_store_request_set_result (request, records, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

/**
 * foreman_store_get_job_async:
 * @self: a store
 * @id: a job
 * @submitter: (nullable): only if it is theirs; %NULL: whosever it is
 * @with_data: whether artifacts that are small enough come with their bytes
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Reads a job, with its place in the queue.
 */
void
foreman_store_get_job_async (ForemanStore *self,
                             const char *id,
                             const char *submitter,
                             gboolean with_data,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (id != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_READS, get_job,
                                       foreman_store_get_job_async, cancellable, callback, data);
  request->id = g_strdup (id);
  request->submitter = g_strdup (submitter);
  request->flag = with_data;
  foreman_store_send (self, request);
}

/**
 * foreman_store_get_job_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (nullable): the job
 */
ForemanJobRecord *
foreman_store_get_job_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_get_job_async, error);
}

/**
 * foreman_store_list_jobs_async:
 * @self: a store
 * @query: which, how many and in what order; copied
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Reads some jobs.
 */
void
foreman_store_list_jobs_async (ForemanStore *self,
                               const ForemanJobQuery *query,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (query != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_READS, list_jobs,
                                       foreman_store_list_jobs_async, cancellable, callback, data);
  request->value = foreman_job_query_copy (query);
  request->free_value = (GDestroyNotify) foreman_job_query_free;
  foreman_store_send (self, request);
}

/**
 * foreman_store_list_jobs_finish:
 * @self: a store
 * @result: what the callback got
 * @has_more: (out) (optional): whether others follow
 * @error: return location
 *
 * Returns: (transfer container) (element-type ForemanJobRecord) (nullable): the jobs
 */
GPtrArray *
foreman_store_list_jobs_finish (ForemanStore *self,
                                GAsyncResult *result,
                                gboolean *has_more,
                                GError **error)
{
  if (has_more != NULL)
    *has_more = foreman_store_request_of (result)->result_flag;
  return foreman_store_finish (self, result, foreman_store_list_jobs_async, error);
}

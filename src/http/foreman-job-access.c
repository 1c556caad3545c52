/* SPDX-License-Identifier: MIT */
#include "http/foreman-job-access.h"

#include "jobs/foreman-job-json.h"
#include "libforeman/foreman-ulid.h"

/**
 * foreman_job_access_get_submitter:
 * @exchange: an exchange
 *
 * Returns: (transfer none) (nullable): whose jobs its caller sees; %NULL: everybody's
 */
const char *
foreman_job_access_get_submitter (ForemanExchange *exchange)
{
  ForemanCaller *caller = foreman_exchange_get_caller (exchange);

  return foreman_scopes_allow (caller->scopes, FOREMAN_SCOPE_JOBS_ALL) ? NULL : caller->name;
}

/**
 * foreman_job_access_dup_id:
 * @exchange: an exchange whose path names a job
 *
 * What is no id is no job either: it is answered here.
 *
 * Returns: (transfer full) (nullable): the id; %NULL: @exchange was answered
 */
char *
foreman_job_access_dup_id (ForemanExchange *exchange)
{
  g_autofree char *id = foreman_exchange_dup_segment (exchange, "id");

  if (foreman_ulid_is_valid (id))
    return g_steal_pointer (&id);
  foreman_exchange_answer_error (exchange, 404, FOREMAN_ERROR_NOT_FOUND, "there is no such job",
                                 NULL);
  return NULL;
}

static void
on_job (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  ForemanJobRecord *job = foreman_store_get_job_finish (FOREMAN_STORE (source), result, &error);

  if (job)
    g_task_return_pointer (task, job, (GDestroyNotify) foreman_job_record_unref);
  else
    g_task_return_error (task, error);
}

/**
 * foreman_job_access_get_async:
 * @exchange: an exchange whose path names a job
 * @with_data: whether artifacts are to come with their bytes
 * @callback: called when the job is there, or is not
 * @user_data: for @callback
 *
 * Gets the job that a request is about, if its caller may see it. Main thread, as is everything
 * here.
 */
void
foreman_job_access_get_async (ForemanExchange *exchange,
                              gboolean with_data,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GCancellable *cancellable = foreman_exchange_get_cancellable (exchange);
  g_autofree char *id = foreman_exchange_dup_segment (exchange, "id");
  GTask *task = g_task_new (exchange, cancellable, callback, user_data);

  g_task_set_source_tag (task, foreman_job_access_get_async);
  if (foreman_ulid_is_valid (id))
    foreman_store_get_job_async (foreman_exchange_get_context (exchange)->store, id,
                                 foreman_job_access_get_submitter (exchange), with_data,
                                 cancellable, on_job, task);
  else
    {
      g_task_return_new_error (task, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND,
                               "there is no such job");
      g_object_unref (task);
    }
}

/**
 * foreman_job_access_get_finish:
 * @exchange: the exchange
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_job_access_get_async().
 *
 * Returns: (transfer full): the job; %NULL with %FOREMAN_ERROR_NOT_FOUND where there is none that
 *   the caller may see, or %FOREMAN_ERROR_STORE_UNAVAILABLE
 */
ForemanJobRecord *
foreman_job_access_get_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * foreman_job_access_answer_json:
 * @exchange: an exchange
 * @json: a JSON text
 *
 * Answers 200 with it.
 */
void
foreman_job_access_answer_json (ForemanExchange *exchange, const GString *json)
{
  foreman_exchange_answer (exchange, 200, "application/json; charset=utf-8", json->str, json->len);
}

/**
 * foreman_job_access_answer:
 * @exchange: an exchange
 * @job: a job
 *
 * Answers with the job object.
 */
void
foreman_job_access_answer (ForemanExchange *exchange, const ForemanJobRecord *job)
{
  g_autoptr (GString) json = g_string_new (NULL);

  foreman_job_json_append (json, job, foreman_exchange_get_caller (exchange)->prefix);
  foreman_job_access_answer_json (exchange, json);
}

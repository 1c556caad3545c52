/* SPDX-License-Identifier: MIT */
#include "http/foreman-job-access.h"
#include "http/foreman-job-filter.h"
#include "http/foreman-job-wait.h"
#include "http/foreman-routes.h"
#include "jobs/foreman-job-json.h"

#define DEFAULT_LIMIT 50
#define MAX_LIMIT     1000

/* As long as proxies on the way may let a request be silent. */
#define MAX_WAIT (10 * 60 * G_USEC_PER_SEC)

static void
on_job (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job = foreman_job_access_get_finish (exchange, result, &error);

  if (job)
    foreman_job_access_answer (exchange, job);
  else
    foreman_exchange_answer_failure (exchange, error);
}

/**
 * foreman_route_get_job:
 * @exchange: an exchange
 *
 * `GET /jobs/{id}?wait=30s`: the job object; with `wait` when it is terminal, or after that time.
 */
void
foreman_route_get_job (ForemanExchange *exchange)
{
  static const char *const known[] = { "wait", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, &error);
  g_autofree char *id = NULL;
  gint64 wait = 0;

  if (!params || !foreman_params_get_duration (params, "wait", MAX_WAIT, &wait, &error))
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  if (wait == 0 || !foreman_exchange_get_context (exchange)->job_watch)
    {
      foreman_job_access_get_async (g_object_ref (exchange), TRUE, on_job, NULL);
      return;
    }
  id = foreman_job_access_dup_id (exchange);
  if (id)
    foreman_job_wait_run (exchange, id, wait);
}

static void
answer_page (ForemanExchange *exchange, GPtrArray *jobs, gboolean has_more)
{
  g_autoptr (GString) json = g_string_new ("{\"jobs\":[");
  const char *prefix = foreman_exchange_get_caller (exchange)->prefix;
  const ForemanJobRecord *last = NULL;

  for (guint i = 0; i < jobs->len; i++)
    {
      last = jobs->pdata[i];
      if (i > 0)
        g_string_append_c (json, ',');
      foreman_job_json_append (json, last, prefix);
    }
  g_string_append_printf (json, "],\"has_more\":%s,\"next\":", has_more ? "true" : "false");
  foreman_job_json_append_string (json, has_more && last ? last->id : NULL);
  g_string_append_c (json, '}');
  foreman_job_access_answer_json (exchange, json);
}

static void
on_jobs (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  gboolean has_more;
  g_autoptr (GPtrArray) jobs =
      foreman_store_list_jobs_finish (FOREMAN_STORE (source), result, &has_more, &error);

  if (jobs)
    answer_page (exchange, jobs, has_more);
  else
    foreman_exchange_answer_failure (exchange, error);
}

/**
 * foreman_route_list_jobs:
 * @exchange: an exchange
 *
 * `GET /jobs?state=&model=&group=&label=k:v&limit=&after=`: the newest first, a page at a time.
 */
void
foreman_route_list_jobs (ForemanExchange *exchange)
{
  static const char *const known[] = { FOREMAN_JOB_FILTER_PARAMS, "limit", "after", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, &error);
  g_autoptr (ForemanJobQuery) query =
      params ? foreman_job_filter_read (exchange, params, &error) : NULL;

  if (query)
    query->limit = DEFAULT_LIMIT;
  if (!query || !foreman_params_get_number (params, "limit", 1, MAX_LIMIT, &query->limit, &error))
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  foreman_store_list_jobs_async (foreman_exchange_get_context (exchange)->store, query,
                                 foreman_exchange_get_cancellable (exchange), on_jobs,
                                 g_object_ref (exchange));
}

static void
append_attempt (GString *json, const ForemanJobAttempt *attempt)
{
  g_string_append_printf (json,
                          "{\"number\":%" G_GINT64_FORMAT ",\"started_at\":", attempt->number);
  foreman_job_json_append_time (json, attempt->started_at);
  g_string_append (json, ",\"ended_at\":");
  foreman_job_json_append_time (json, attempt->ended_at);
  g_string_append (json, ",\"outcome\":");
  foreman_job_json_append_string (json, attempt->outcome);
  g_string_append (json, ",\"error\":");
  foreman_job_json_append_string (json, attempt->error);
  if (attempt->http_status > 0)
    g_string_append_printf (json, ",\"http_status\":%d}", attempt->http_status);
  else
    g_string_append (json, ",\"http_status\":null}");
}

static void
on_attempts (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) attempts =
      foreman_store_list_attempts_finish (FOREMAN_STORE (source), result, &error);
  g_autoptr (GString) json = g_string_new ("{\"attempts\":[");

  if (!attempts)
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  for (guint i = 0; i < attempts->len; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      append_attempt (json, attempts->pdata[i]);
    }
  g_string_append (json, "]}");
  foreman_job_access_answer_json (exchange, json);
}

static void
on_job_of_attempts (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job = foreman_job_access_get_finish (exchange, result, &error);

  if (job)
    foreman_store_list_attempts_async (foreman_exchange_get_context (exchange)->store, job->id,
                                       foreman_exchange_get_cancellable (exchange), on_attempts,
                                       g_object_ref (exchange));
  else
    foreman_exchange_answer_failure (exchange, error);
}

/**
 * foreman_route_job_attempts:
 * @exchange: an exchange
 *
 * `GET /jobs/{id}/attempts`: each try, and how it ended.
 */
void
foreman_route_job_attempts (ForemanExchange *exchange)
{
  foreman_job_access_get_async (g_object_ref (exchange), FALSE, on_job_of_attempts, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-body.h"
#include "http/foreman-job-access.h"
#include "http/foreman-job-filter.h"
#include "http/foreman-routes.h"

static void
on_acted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  gint64 count = foreman_store_act_on_many_finish (FOREMAN_STORE (source), result, &error);
  g_autoptr (GString) json = g_string_new (NULL);

  if (count < 0)
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  g_string_printf (json, "{\"count\":%" G_GINT64_FORMAT "}", count);
  foreman_job_access_answer_json (exchange, json);
}

/* A filter that was forgotten must not empty the queue. */
static gboolean
check_is_meant (const ForemanParams *params, GError **error)
{
  gboolean all = FALSE;

  if (!foreman_params_get_boolean (params, "all", &all, error))
    return FALSE;
  if (all != foreman_job_filter_is_empty (params))
    {
      g_propagate_error (error, foreman_error_new_field (
                                    "all", "say which jobs by group, state, model or label, or "
                                           "all=true for every one, not both"));
      return FALSE;
    }
  return TRUE;
}

static void
act (ForemanExchange *exchange, ForemanJobAction action, GBytes *body)
{
  static const char *const known[] = { FOREMAN_JOB_FILTER_PARAMS, "all", "dry_run", NULL };
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, &error);
  g_autoptr (ForemanJobQuery) query = NULL;
  gboolean dry_run = FALSE;

  if (params && foreman_params_add_body (params, body, &error) &&
      foreman_params_get_boolean (params, "dry_run", &dry_run, &error) &&
      check_is_meant (params, &error))
    query = foreman_job_filter_read (exchange, params, &error);
  if (query)
    foreman_store_act_on_many_async (context->store, query, action, dry_run,
                                     foreman_clock_get_real (context->clock), NULL, on_acted,
                                     g_object_ref (exchange));
  else
    foreman_exchange_answer_failure (exchange, error);
}

static void
on_body (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = foreman_body_read_finish (exchange, result, &error);

  if (body)
    act (exchange, GPOINTER_TO_INT (user_data), body);
  else
    foreman_exchange_answer_failure (exchange, error);
}

/**
 * foreman_route_cancel_jobs:
 * @exchange: an exchange
 *
 * `POST /jobs/cancel`: all that the filter means and that are not terminal.
 */
void
foreman_route_cancel_jobs (ForemanExchange *exchange)
{
  foreman_body_read_async (g_object_ref (exchange), on_body, GINT_TO_POINTER (FOREMAN_JOB_CANCEL));
}

/**
 * foreman_route_retry_jobs:
 * @exchange: an exchange
 *
 * `POST /jobs/retry`: all that the filter means and that failed, were cancelled or are held.
 */
void
foreman_route_retry_jobs (ForemanExchange *exchange)
{
  foreman_body_read_async (g_object_ref (exchange), on_body, GINT_TO_POINTER (FOREMAN_JOB_RETRY));
}

/**
 * foreman_route_purge_jobs:
 * @exchange: an exchange
 *
 * `POST /jobs/purge`: all that the filter means, are terminal, and that no other job waits for.
 */
void
foreman_route_purge_jobs (ForemanExchange *exchange)
{
  foreman_body_read_async (g_object_ref (exchange), on_body, GINT_TO_POINTER (FOREMAN_JOB_PURGE));
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-http-date.h"
#include "http/foreman-job-filter.h"
#include "http/foreman-outflow.h"
#include "http/foreman-results-source.h"
#include "http/foreman-routes.h"

static void
begin (ForemanExchange *exchange)
{
  g_autoptr (GString) headers = g_string_new (NULL);

  foreman_headers_append (headers, "Content-Type", "application/x-ndjson");
  foreman_headers_append (headers, "Date", foreman_http_date_now ());
  foreman_exchange_begin (exchange, 200, "OK", headers, -1);
}

/* Only what is terminal has a result. */
static gboolean
check_states (guint states, GError **error)
{
  for (int state = 0; state < FOREMAN_N_JOB_STATES; state++)
    if (states & (1u << state) && !foreman_job_state_is_terminal (state))
      {
        g_propagate_error (error, foreman_error_new_field ("state",
                                                           "state must be done, failed, cancelled, "
                                                           "or several of them by commas"));
        return FALSE;
      }
  return TRUE;
}

/* Before the answer begins, so that it can be said. */
static gboolean
check_available (ForemanStore *store, GError **error)
{
  const char *problem = foreman_store_get_problem (store);

  if (foreman_store_is_available (store))
    return TRUE;
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE,
                       problem ? problem : "the database is not open yet");
  return FALSE;
}

/**
 * foreman_route_results:
 * @exchange: an exchange
 *
 * `GET /results?group=&state=&model=&label=&after=`: what became of jobs, as lines of OpenAI's
 * batch output.
 *
 * With `state` these are all that are in such a state now. Without it, it is what a collector can
 * go on from: everything up to the first job that is not terminal, so that after the last line,
 * which it names as `after`, nothing is missing.
 */
void
foreman_route_results (ForemanExchange *exchange)
{
  static const char *const known[] = { FOREMAN_JOB_FILTER_PARAMS, "after", NULL };
  ForemanStore *store = foreman_exchange_get_context (exchange)->store;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, &error);
  g_autoptr (ForemanJobQuery) query =
      params ? foreman_job_filter_read (exchange, params, &error) : NULL;
  g_autoptr (ForemanByteSource) source = NULL;

  if (!query || !check_states (query->states, &error) || !check_available (store, &error))
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  source = foreman_results_source_new (store, query, foreman_exchange_get_cancellable (exchange));
  begin (exchange);
  foreman_outflow_run (exchange, source);
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-all-events.h"
#include "http/foreman-job-access.h"
#include "http/foreman-job-events.h"
#include "http/foreman-routes.h"

static gboolean
read_position (ForemanExchange *exchange, ForemanEventPosition *position)
{
  static const char *const known[] = { "last_event_id", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, &error);
  ForemanJobWatch *watch = foreman_exchange_get_context (exchange)->job_watch;

  if (params && watch && !foreman_job_watch_is_stopped (watch) &&
      foreman_event_position_read (exchange, params, position, &error))
    return TRUE;
  if (!error)
    error = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_DRAINING,
                                 "foreman is shutting down; try again later");
  foreman_exchange_answer_failure (exchange, error);
  return FALSE;
}

/**
 * foreman_route_job_events:
 * @exchange: an exchange
 *
 * `GET /jobs/{id}/events`: its states, progress and text as server-sent events, until it is
 * terminal.
 */
void
foreman_route_job_events (ForemanExchange *exchange)
{
  g_autofree char *id = NULL;
  ForemanEventPosition position;

  if (!read_position (exchange, &position))
    return;
  id = foreman_job_access_dup_id (exchange);
  if (id)
    foreman_job_events_run (exchange, id, &position);
}

/**
 * foreman_route_events:
 * @exchange: an exchange
 *
 * `GET /events`: states and progress of all jobs the caller sees, as server-sent events.
 */
void
foreman_route_events (ForemanExchange *exchange)
{
  ForemanEventPosition position;

  if (read_position (exchange, &position))
    foreman_all_events_run (exchange, &position);
}

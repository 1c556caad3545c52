/* SPDX-License-Identifier: MIT */
#include "http/foreman-routes.h"

#include <string.h>

/**
 * foreman_route_metrics:
 * @exchange: an exchange
 *
 * `GET /metrics`: for Prometheus.
 */
void
foreman_route_metrics (ForemanExchange *exchange)
{
  g_autofree char *body =
      foreman_http_metrics_render (foreman_exchange_get_context (exchange)->metrics);

  foreman_exchange_answer (exchange, 200, FOREMAN_METRICS_CONTENT_TYPE, body, strlen (body));
}

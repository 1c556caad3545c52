/* SPDX-License-Identifier: MIT */
#include "http/foreman-routes.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define JSON_TYPE "application/json; charset=utf-8"

/**
 * foreman_route_healthz:
 * @exchange: an exchange
 *
 * `GET /healthz`: foreman is alive; and whether the box behind it is.
 */
void
foreman_route_healthz (ForemanExchange *exchange)
{
  ForemanInventory *inventory = foreman_exchange_get_context (exchange)->inventory;
  g_autoptr (GDateTime) since = NULL;
  g_autofree char *time = NULL;
  g_autofree char *body = NULL;

  if (!foreman_inventory_is_degraded (inventory))
    body = g_strdup ("{\"status\":\"ok\",\"degraded\":false}");
  else
    {
      since =
          g_date_time_new_from_unix_utc (foreman_inventory_get_since (inventory) / G_USEC_PER_SEC);
      time = g_date_time_format_iso8601 (since);
      body = g_strdup_printf (
          "{\"status\":\"ok\",\"degraded\":true,\"reason\":\"%s\",\"since\":\"%s\"}",
          foreman_inventory_get_reason (inventory), time);
    }
  foreman_exchange_answer (exchange, 200, JSON_TYPE, body, strlen (body));
}

/* A store that says nothing of a problem has not been opened yet, or was closed in the end. */
static const char *
describe_jobs (ForemanHttpContext *context)
{
  if (foreman_store_is_available (context->store))
    return "ready";
  if (foreman_store_get_problem (context->store) || context->draining)
    return "disabled";
  return "opening";
}

/**
 * foreman_route_readyz:
 * @exchange: an exchange
 *
 * `GET /readyz`: whether a request sent now would be served. Without jobs the rest is served all
 * the same; but while their database is being opened, nobody knows yet whether there are any.
 */
void
foreman_route_readyz (ForemanExchange *exchange)
{
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  const char *jobs = describe_jobs (context);
  const char *state = "ready";
  g_autofree char *body = NULL;
  guint status = 503;

  if (context->draining)
    state = "draining";
  else if (foreman_inventory_is_degraded (context->inventory))
    state = "degraded";
  else if (g_str_equal (jobs, "opening"))
    state = "starting";
  else
    status = 200;
  body = g_strdup_printf ("{\"status\":\"%s\",\"jobs\":\"%s\"}", state, jobs);
  foreman_exchange_answer (exchange, status, JSON_TYPE, body, strlen (body));
}

/**
 * foreman_route_root:
 * @exchange: an exchange
 *
 * `GET /`: what clients of Ollama look for before they say anything else.
 */
void
foreman_route_root (ForemanExchange *exchange)
{
  static const char body[] = "Ollama is running";

  foreman_exchange_answer (exchange, 200, "text/plain; charset=utf-8", body, strlen (body));
}

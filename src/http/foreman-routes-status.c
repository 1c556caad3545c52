/* SPDX-License-Identifier: MIT */
#include "http/foreman-params.h"
#include "http/foreman-routes.h"

#include "foreman-version.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define JSON_TYPE "application/json; charset=utf-8"

/* What /status shows of the queue; /queue has all. */
#define STATUS_WAITING 20
#define QUEUE_LIMIT    1000
#define QUEUE_DEFAULT  100

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

/* RFC 3339 UTC; null for a time that never was. */
static void
add_time (JsonBuilder *builder, const char *name, gint64 real)
{
  g_autoptr (GDateTime) second = g_date_time_new_from_unix_utc (real / G_USEC_PER_SEC);
  g_autoptr (GDateTime) time = g_date_time_add (second, real % G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S.%fZ");

  add_string (builder, name, real > 0 ? text : NULL);
}

static gboolean
may_see (ForemanCaller *caller, const char *client)
{
  return foreman_scopes_allow (caller->scopes, FOREMAN_SCOPE_ADMIN) ||
         g_strcmp0 (caller->client, client) == 0;
}

static void
add_ticket (JsonBuilder *builder, ForemanExchange *exchange, ForemanTicket *ticket)
{
  const char *client = foreman_ticket_get_client (ticket);
  gboolean seen = may_see (foreman_exchange_get_caller (exchange), client);

  json_builder_begin_object (builder);
  add_string (builder, "request_id", seen ? foreman_ticket_get_request_id (ticket) : NULL);
  add_string (builder, "model", foreman_ticket_get_model (ticket));
  add_string (builder, "client", seen ? client : NULL);
  add_string (builder, "class",
              foreman_ticket_get_class (ticket) == FOREMAN_WORK_JOB ? "job" : "interactive");
  add_time (builder, "enqueued_at", foreman_ticket_get_enqueued_at (ticket));
  if (foreman_ticket_get_started_at (ticket) > 0)
    add_time (builder, "started_at", foreman_ticket_get_started_at (ticket));
  json_builder_end_object (builder);
}

static void
add_tickets (JsonBuilder *builder, ForemanExchange *exchange, const char *name, GPtrArray *tickets)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < tickets->len; i++)
    add_ticket (builder, exchange, tickets->pdata[i]);
  json_builder_end_array (builder);
}

static void
add_gate (JsonBuilder *builder, ForemanExchange *exchange)
{
  ForemanGate *gate = foreman_exchange_get_context (exchange)->gate;
  g_autoptr (GPtrArray) running = foreman_gate_list_running (gate);
  g_autofree char *next = NULL;
  g_autoptr (GPtrArray) waiting =
      foreman_gate_list_waiting (gate, STATUS_WAITING, NULL, &next, NULL);
  ForemanGateTotals totals;

  foreman_gate_get_totals (gate, &totals);
  json_builder_set_member_name (builder, "gate");
  json_builder_begin_object (builder);
  add_string (builder, "capacity", foreman_gate_get_capacity (gate));
  add_tickets (builder, exchange, "running", running);
  add_int (builder, "waiting_count", foreman_gate_get_waiting (gate));
  add_tickets (builder, exchange, "waiting", waiting);
  json_builder_set_member_name (builder, "totals");
  json_builder_begin_object (builder);
  add_int (builder, "entered", totals.entered);
  add_int (builder, "granted", totals.granted);
  add_int (builder, "cancelled", totals.cancelled);
  add_int (builder, "drained", totals.drained);
  add_int (builder, "refused", totals.refused);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

static void
add_model (JsonBuilder *builder, const ForemanModelEntry *model)
{
  json_builder_begin_object (builder);
  add_string (builder, "name", model->text);
  add_int (builder, "size", model->size);
  add_int (builder, "size_vram", model->size_vram);
  add_int (builder, "context_length", model->context_length);
  add_string (builder, "expires_at", model->expires_at);
  json_builder_end_object (builder);
}

static void
add_inventory (JsonBuilder *builder, ForemanInventory *inventory)
{
  ForemanModelList *resident = foreman_inventory_get_resident (inventory);

  json_builder_set_member_name (builder, "degraded");
  json_builder_add_boolean_value (builder, foreman_inventory_is_degraded (inventory));
  if (foreman_inventory_is_degraded (inventory))
    {
      add_string (builder, "degraded_reason", foreman_inventory_get_reason (inventory));
      add_time (builder, "degraded_since", foreman_inventory_get_since (inventory));
    }
  add_time (builder, "last_poll", foreman_inventory_get_last_poll (inventory));
  json_builder_set_member_name (builder, "resident");
  json_builder_begin_array (builder);
  for (guint i = 0; resident && i < foreman_model_list_get_n (resident); i++)
    add_model (builder, foreman_model_list_get (resident, i));
  json_builder_end_array (builder);
}

static void
answer_json (ForemanExchange *exchange, JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *body = json_to_string (root, FALSE);

  foreman_exchange_answer (exchange, 200, JSON_TYPE, body, strlen (body));
}

/* How many there are in each state; nobody's in particular. */
static void
add_jobs (JsonBuilder *builder, ForemanStore *store)
{
  const guint64 *counts = foreman_store_get_counts (store);

  json_builder_set_member_name (builder, "jobs");
  json_builder_begin_object (builder);
  add_string (builder, "problem",
              foreman_store_is_available (store) ? NULL : foreman_store_get_problem (store));
  json_builder_set_member_name (builder, "counts");
  json_builder_begin_object (builder);
  for (int state = 0; state < FOREMAN_N_JOB_STATES; state++)
    add_int (builder, foreman_job_state_to_string (state), counts[state]);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

static void
add_pause (JsonBuilder *builder, ForemanPause *pause)
{
  json_builder_set_member_name (builder, "pause");
  json_builder_begin_object (builder);
  add_string (builder, "scope", foreman_pause_scope_to_string (foreman_pause_get_scope (pause)));
  add_time (builder, "until", foreman_pause_get_until (pause));
  json_builder_end_object (builder);
}

/**
 * foreman_route_status:
 * @exchange: an exchange
 *
 * `GET /status`: the box, the gate and the service at a glance. Other clients' names are for
 * admins.
 */
void
foreman_route_status (ForemanExchange *exchange)
{
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_string (builder, "version", FOREMAN_VERSION);
  add_time (builder, "started_at", context->started_at);
  add_string (builder, "target", foreman_target_get_display_name (context->target));
  add_inventory (builder, context->inventory);
  add_gate (builder, exchange);
  add_pause (builder, context->pause);
  add_jobs (builder, context->store);
  json_builder_set_member_name (builder, "counters");
  json_builder_begin_object (builder);
  add_int (builder, "connections", context->connections);
  add_int (builder, "buffered_bytes", context->buffered);
  add_int (builder, "requests", foreman_http_metrics_get_requests (context->metrics));
  add_int (builder, "disconnects", foreman_http_metrics_get_disconnects (context->metrics));
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  answer_json (exchange, builder);
}

/**
 * foreman_route_queue:
 * @exchange: an exchange
 *
 * `GET /queue?limit=&after=`: all that waits, in the order in which it will be served, a page at a
 * time.
 */
void
foreman_route_queue (ForemanExchange *exchange)
{
  static const char *const known[] = { "limit", "after", NULL };
  ForemanGate *gate = foreman_exchange_get_context (exchange)->gate;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, &error);
  guint n = QUEUE_DEFAULT;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GPtrArray) waiting = NULL;
  g_autofree char *next = NULL;

  if (!params || !foreman_params_get_number (params, "limit", 1, QUEUE_LIMIT, &n, &error))
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  waiting =
      foreman_gate_list_waiting (gate, n, foreman_params_get (params, "after"), &next, &error);
  if (!waiting)
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  json_builder_begin_object (builder);
  add_int (builder, "waiting_count", foreman_gate_get_waiting (gate));
  add_tickets (builder, exchange, "waiting", waiting);
  add_string (builder, "next", next);
  json_builder_end_object (builder);
  answer_json (exchange, builder);
}

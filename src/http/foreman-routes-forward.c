/* SPDX-License-Identifier: MIT */
#include "http/foreman-forward.h"
#include "http/foreman-routes.h"

static ForemanUpstreamRequest *
request_with_body (ForemanExchange *exchange)
{
  ForemanHead *head = foreman_exchange_get_head (exchange);
  ForemanUpstreamRequest *request = foreman_forward_request (exchange);
  gint64 length = foreman_head_get_content_length (head);

  if (length > 0 || foreman_head_is_chunked (head))
    foreman_upstream_request_set_body_source (
        request, FOREMAN_BYTE_SOURCE (foreman_exchange_get_connection (exchange)), length);
  else if (length == 0)
    {
      g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);

      foreman_upstream_request_set_body_bytes (request, empty);
    }
  return request;
}

static void
on_forwarded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);

  foreman_forward_finish (exchange, result, NULL);
}

/**
 * foreman_route_forward:
 * @exchange: an exchange
 *
 * Whatever Ollama has or will have: forwarded and streamed both ways, however long.
 */
void
foreman_route_forward (ForemanExchange *exchange)
{
  g_autoptr (ForemanUpstreamRequest) request = request_with_body (exchange);

  foreman_forward_async (g_object_ref (exchange), request, on_forwarded, NULL);
}

/* Before the client can know that it has ended, so that a list it reads next is one from after it.
 * What broke off may have changed something too. */
static void
on_change_finished (ForemanExchange *exchange, gpointer user_data)
{
  if (foreman_exchange_get_record (exchange)->status < 400)
    foreman_inventory_expect_change (foreman_exchange_get_context (exchange)->inventory, NULL);
}

/**
 * foreman_route_change:
 * @exchange: an exchange
 *
 * What changes the models on the box: forwarded, and looked for in the lists when it has ended.
 */
void
foreman_route_change (ForemanExchange *exchange)
{
  g_autoptr (ForemanUpstreamRequest) request = request_with_body (exchange);

  g_signal_connect (exchange, "finished", G_CALLBACK (on_change_finished), NULL);
  foreman_forward_async (g_object_ref (exchange), request, on_forwarded, NULL);
}

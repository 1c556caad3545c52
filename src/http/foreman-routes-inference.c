/* SPDX-License-Identifier: MIT */
#include "http/foreman-admission.h"
#include "http/foreman-body.h"
#include "http/foreman-forward.h"
#include "http/foreman-respond-async.h"
#include "http/foreman-router.h"
#include "http/foreman-routes.h"

/* What cannot be decoded is Ollama's to refuse, in its own words. */
static ForemanInferencePeek *
look_into (ForemanExchange *exchange, GBytes *body)
{
  const ForemanRoute *route = foreman_exchange_get_record (exchange)->route;
  g_autoptr (GBytes) decoded = foreman_body_decode (exchange, body, NULL);
  gsize length;
  const char *data;

  if (!decoded)
    return foreman_inference_peek (route->endpoint, "", 0);
  data = g_bytes_get_data (decoded, &length);
  return foreman_inference_peek (route->endpoint, data ? data : "", length);
}

static void
make_job (ForemanExchange *exchange, GBytes *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) decoded = foreman_body_decode (exchange, body, &error);

  if (decoded)
    foreman_respond_async_run (exchange, decoded);
  else
    foreman_exchange_answer_failure (exchange, error);
}

static void
pass_on (ForemanExchange *exchange, GBytes *body)
{
  ForemanUpstreamRequest *request = foreman_forward_request (exchange);

  foreman_upstream_request_set_body_bytes (request, body);
  foreman_admission_run (exchange, request, look_into (exchange, body));
}

static void
on_body (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = foreman_body_read_finish (exchange, result, &error);

  if (!body)
    foreman_exchange_answer_failure (exchange, error);
  else if (foreman_respond_async_is_preferred (foreman_exchange_get_head (exchange)))
    make_job (exchange, body);
  else
    pass_on (exchange, body);
}

/**
 * foreman_route_inference:
 * @exchange: an exchange
 *
 * `POST /api/chat` and its like: the body is looked at, never changed.
 */
void
foreman_route_inference (ForemanExchange *exchange)
{
  if (foreman_respond_async_is_preferred (foreman_exchange_get_head (exchange)) &&
      !foreman_respond_async_admit (exchange))
    return;
  foreman_body_read_async (exchange, on_body, g_object_ref (exchange));
}

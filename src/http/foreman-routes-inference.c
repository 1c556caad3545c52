/* SPDX-License-Identifier: MIT */
#include "engine/foreman-zstd.h"
#include "http/foreman-admission.h"
#include "http/foreman-body.h"
#include "http/foreman-forward.h"
#include "http/foreman-respond-async.h"
#include "http/foreman-router.h"
#include "http/foreman-routes.h"

/* What Ollama would decode at most. */
#define ZSTD_LIMIT (20 * 1024 * 1024)

/* The body as JSON. */
static GBytes *
decode_body (ForemanExchange *exchange, GBytes *body, GError **error)
{
  const char *encoding =
      foreman_head_get (foreman_exchange_get_head (exchange), "content-encoding");

  /* To the letter, as Ollama compares: what it would not decode must not be decoded here. */
  if (g_strcmp0 (encoding, "zstd") == 0 &&
      foreman_exchange_get_api (exchange) != FOREMAN_API_OLLAMA)
    return foreman_zstd_decompress (body, ZSTD_LIMIT, error);
  return g_bytes_ref (body);
}

/* What cannot be decoded is Ollama's to refuse, in its own words. */
static ForemanInferencePeek *
look_into (ForemanExchange *exchange, GBytes *body)
{
  const ForemanRoute *route = foreman_exchange_get_record (exchange)->route;
  g_autoptr (GBytes) decoded = decode_body (exchange, body, NULL);
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
  g_autoptr (GBytes) decoded = decode_body (exchange, body, &error);

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

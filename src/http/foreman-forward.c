/* SPDX-License-Identifier: MIT */
#include "http/foreman-forward.h"

#include "http/foreman-relay.h"
#include "http/foreman-router.h"

#include <string.h>

/* These speak of one connection, or are settled anew on the next one. */
static const char *const hop_by_hop[] = {
  "connection",          "content-length",   "keep-alive", "proxy-authenticate",
  "proxy-authorization", "proxy-connection", "te",         "trailer",
  "transfer-encoding",   "upgrade",          NULL,
};

/* Besides: what foreman answers itself (Origin, Expect), what was meant for it alone (credentials),
 * and what it sets. */
static const char *const request_only[] = {
  "authorization", "expect", "host", "origin", "via", "x-api-key", "x-request-id", NULL,
};

static const char *const response_only[] = { "x-request-id", NULL };

static gboolean
is_listed (const char *const *names, const char *name)
{
  for (; *names; names++)
    if (g_ascii_strcasecmp (*names, name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
passes (ForemanHead *head, const char *const *more, const char *name)
{
  return !is_listed (hop_by_hop, name) && !is_listed (more, name) &&
         !foreman_head_has_token (head, "connection", name);
}

static char *
own_via (ForemanExchange *exchange)
{
  return g_strconcat ("1.1 foreman-", foreman_exchange_get_context (exchange)->instance_id, NULL);
}

/**
 * foreman_forward_is_loop:
 * @exchange: an exchange
 *
 * Returns: whether this very foreman has forwarded the request before
 */
gboolean
foreman_forward_is_loop (ForemanExchange *exchange)
{
  ForemanHead *head = foreman_exchange_get_head (exchange);
  g_autofree char *own = own_via (exchange);
  const char *name, *value;

  for (guint i = 0; i < foreman_head_get_n (head); i++)
    {
      foreman_head_nth (head, i, &name, &value);
      if (g_ascii_strcasecmp (name, "via") == 0 && strstr (value, own))
        return TRUE;
    }
  return FALSE;
}

/**
 * foreman_forward_request:
 * @exchange: an exchange
 *
 * Makes the request that the target gets: the client's method, target and headers as they came,
 * without what speaks of the client's connection or was meant for foreman. The body is still to be
 * set.
 *
 * Returns: (transfer full): a request
 */
ForemanUpstreamRequest *
foreman_forward_request (ForemanExchange *exchange)
{
  ForemanHead *head = foreman_exchange_get_head (exchange);
  ForemanUpstreamRequest *request =
      foreman_upstream_request_new (foreman_head_get_method (head),
                                    foreman_exchange_get_target (exchange));
  g_autoptr (GString) via = g_string_new (NULL);
  g_autofree char *own = own_via (exchange);
  const char *name, *value;

  for (guint i = 0; i < foreman_head_get_n (head); i++)
    {
      foreman_head_nth (head, i, &name, &value);
      if (g_ascii_strcasecmp (name, "via") == 0)
        g_string_append_printf (via, "%s, ", value);
      if (passes (head, request_only, name) && g_ascii_strncasecmp (name, "x-foreman-", 10) != 0)
        foreman_upstream_request_add_header (request, name, value);
    }
  g_string_append (via, own);
  foreman_upstream_request_add_header (request, "Via", via->str);
  foreman_upstream_request_add_header (request, "X-Request-Id",
                                       foreman_exchange_get_record (exchange)->request_id);
  return request;
}

static void
begin_answer (ForemanExchange *exchange, ForemanHead *response)
{
  g_autoptr (GString) headers = g_string_sized_new (256);
  const char *name, *value;

  for (guint i = 0; i < foreman_head_get_n (response); i++)
    {
      foreman_head_nth (response, i, &name, &value);
      if (passes (response, response_only, name))
        foreman_headers_append (headers, name, value);
    }
  foreman_exchange_begin (exchange, foreman_head_get_status (response),
                          foreman_head_get_reason (response), headers,
                          foreman_head_get_content_length (response));
}

/* What is no success is told in one piece, whatever it calls itself; and only what a model wrote is
 * looked into. */
static ForemanAnswerKind
kind_of_answer (ForemanExchange *exchange, ForemanHead *response)
{
  const ForemanRoute *route = foreman_exchange_get_record (exchange)->route;
  ForemanAnswerKind kind =
      foreman_answer_kind_from_content_type (route->endpoint,
                                             foreman_head_get (response, "content-type"));

  if (foreman_head_get_status (response) != 200 ||
      (kind == FOREMAN_ANSWER_JSON && !foreman_route_is_inference (route)))
    return FOREMAN_ANSWER_OPAQUE;
  return kind;
}

typedef struct
{
  ForemanExchange *exchange; /* (owned) */
  guint status;
} Forward;

static void
forward_free (Forward *forward)
{
  g_object_unref (forward->exchange);
  g_free (forward);
}

static void
on_relayed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Forward *forward = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!foreman_relay_finish (FOREMAN_EXCHANGE (source), result, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_int (task, forward->status);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Forward *forward = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanUpstreamResponse) response =
      foreman_target_send_finish (FOREMAN_TARGET (source), result, &error);
  ForemanHead *head;

  if (!response)
    {
      foreman_exchange_answer_failure (forward->exchange, error);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  head = foreman_upstream_response_get_head (response);
  forward->status = foreman_head_get_status (head);
  foreman_exchange_get_record (forward->exchange)->stage = FOREMAN_STAGE_STREAMING;
  begin_answer (forward->exchange, head);
  foreman_relay_async (forward->exchange, response, kind_of_answer (forward->exchange, head),
                       on_relayed, g_steal_pointer (&task));
}

/**
 * foreman_forward_async:
 * @exchange: an exchange whose answer has not begun
 * @request: (transfer none): what the target gets
 * @callback: called when the target has said all, or the exchange is over
 * @user_data: for @callback
 *
 * Sends @request to the target and relays its answer to the client as it comes. The client is told
 * of every failure here already; the caller learns of it to let go of what it holds.
 */
void
foreman_forward_async (ForemanExchange *exchange,
                       ForemanUpstreamRequest *request,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (exchange, NULL, callback, user_data);
  Forward *forward = g_new0 (Forward, 1);

  g_task_set_source_tag (task, foreman_forward_async);
  forward->exchange = g_object_ref (exchange);
  g_task_set_task_data (task, forward, (GDestroyNotify) forward_free);
  foreman_exchange_get_record (exchange)->stage = FOREMAN_STAGE_WAITING;
  foreman_target_send_async (foreman_exchange_get_context (exchange)->target, request,
                             foreman_exchange_get_cancellable (exchange), on_sent, task);
}

/**
 * foreman_forward_finish:
 * @exchange: the exchange
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_forward_async().
 *
 * Returns: the status of the target's answer; 0 with @error set when the answer did not come whole
 */
guint
foreman_forward_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error)
{
  gssize status = g_task_propagate_int (G_TASK (result), error);

  return status < 0 ? 0 : status;
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-guard.h"

#include "http/foreman-forward.h"
#include "http/foreman-router.h"

static char *
join_headers (ForemanHead *head, const char *wanted)
{
  g_autoptr (GString) joined = NULL;
  const char *name, *value;

  for (guint i = 0; i < foreman_head_get_n (head); i++)
    {
      foreman_head_nth (head, i, &name, &value);
      if (g_ascii_strcasecmp (name, wanted) != 0)
        continue;
      if (!joined)
        joined = g_string_new (value);
      else
        g_string_append_printf (joined, ", %s", value);
    }
  return joined ? g_string_free (g_steal_pointer (&joined), FALSE) : NULL;
}

static void
add_cors_headers (ForemanExchange *exchange, const ForemanAccessRequest *request)
{
  g_auto (GStrv) headers =
      foreman_access_dup_cors_headers (foreman_exchange_get_context (exchange)->access, request);

  for (char **header = headers; header && header[0]; header += 2)
    foreman_exchange_add_header (exchange, header[0], header[1]);
}

/* Finds out who asks, and says so to the exchange. */
static ForemanCaller *
identify (ForemanExchange *exchange)
{
  ForemanConnection *connection = foreman_exchange_get_connection (exchange);
  ForemanHead *head = foreman_exchange_get_head (exchange);
  g_autofree char *forwarded_for = join_headers (head, "x-forwarded-for");
  ForemanAccessRequest request = {
    .peer = foreman_connection_get_peer (connection),
    .local = foreman_connection_get_local (connection),
    .peer_uid = foreman_connection_get_peer_uid (connection),
    .method = foreman_head_get_method (head),
    .path = foreman_head_get_path (head),
    .target = foreman_head_get_target (head),
    .host = foreman_head_get_host (head),
    .origin = foreman_head_get (head, "origin"),
    .authorization = foreman_head_get (head, "authorization"),
    .api_key = foreman_head_get (head, "x-api-key"),
    .forwarded_for = forwarded_for,
  };
  g_autoptr (ForemanCaller) caller =
      foreman_access_check (foreman_exchange_get_context (exchange)->access, &request);

  foreman_exchange_set_caller (exchange, caller);
  if (request.origin)
    add_cors_headers (exchange, &request);
  return foreman_exchange_get_caller (exchange);
}

static void
refuse (ForemanExchange *exchange, ForemanCaller *caller)
{
  ForemanError code = caller->status == 401 ? FOREMAN_ERROR_UNAUTHORIZED : FOREMAN_ERROR_FORBIDDEN;

  if (caller->status == 401)
    foreman_exchange_add_header (exchange, "WWW-Authenticate", "Bearer");
  if (!caller->empty_body)
    {
      foreman_exchange_answer_error (exchange, caller->status, code, caller->message, NULL);
      return;
    }
  foreman_exchange_note_failure (exchange, caller->message);
  foreman_exchange_answer (exchange, caller->status, NULL, "", 0);
}

/**
 * foreman_guard_admit:
 * @exchange: an exchange that was just begun
 *
 * Finds out who sent the request, chooses its route, and answers at once where it goes no further:
 * the caller is not known or may not do this, a web page asks whether it may, or the request has
 * been here before. Main thread.
 *
 * Returns: whether the route may handle the exchange
 */
gboolean
foreman_guard_admit (ForemanExchange *exchange)
{
  ForemanHead *head = foreman_exchange_get_head (exchange);
  ForemanCaller *caller = identify (exchange);
  const ForemanRoute *route = foreman_router_find (foreman_head_get_method (head), caller->path);

  foreman_exchange_set_route (exchange, route);
  if (caller->status != 0 && (route->scope != FOREMAN_SCOPE_NONE || caller->is_web_refusal))
    refuse (exchange, caller);
  else if (caller->is_preflight)
    foreman_exchange_answer (exchange, 204, NULL, "", 0);
  else if (!foreman_caller_may (caller, route->scope))
    {
      g_autofree char *message = foreman_caller_dup_scope_message (caller, route->scope);

      foreman_exchange_answer_error (exchange, 403, FOREMAN_ERROR_FORBIDDEN, message, NULL);
    }
  else if (foreman_forward_is_loop (exchange))
    foreman_exchange_answer_error (
        exchange, 508, FOREMAN_ERROR_LOOP,
        "this foreman has forwarded the request already: FOREMAN_OLLAMA_URL leads back to it",
        NULL);
  else
    return TRUE;
  return FALSE;
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-error-shape.h"

#include "libforeman/foreman-ulid.h"

#include <json-glib/json-glib.h>
#include <string.h>

static const char *
openai_type (guint status)
{
  switch (status)
    {
    case 400:
      return "invalid_request_error";
    case 404:
      return "not_found_error";
    default:
      return "api_error";
    }
}

static const char *
anthropic_type (guint status)
{
  switch (status)
    {
    case 400:
      return "invalid_request_error";
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    default:
      return "api_error";
    }
}

static void
add_member (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
build_openai (JsonBuilder *builder, guint status, const ForemanErrorFacts *facts)
{
  json_builder_set_member_name (builder, "error");
  json_builder_begin_object (builder);
  add_member (builder, "message", facts->message);
  add_member (builder, "type", openai_type (status));
  add_member (builder, "param", facts->field);
  add_member (builder, "code", NULL);
  json_builder_end_object (builder);
}

static void
build_anthropic (JsonBuilder *builder, guint status, const char *message)
{
  g_autofree char *ulid = foreman_ulid_new_string ();
  g_autofree char *request_id = g_strdup_printf ("req_%s", ulid);

  add_member (builder, "type", "error");
  json_builder_set_member_name (builder, "error");
  json_builder_begin_object (builder);
  add_member (builder, "type", anthropic_type (status));
  add_member (builder, "message", message);
  json_builder_end_object (builder);
  add_member (builder, "request_id", request_id);
}

static void
build_own (JsonBuilder *builder, const ForemanErrorFacts *facts)
{
  add_member (builder, "error", facts->message);
  add_member (builder, "code", facts->code);
  if (facts->field)
    add_member (builder, "field", facts->field);
  if (facts->hint)
    add_member (builder, "hint", facts->hint);
}

/**
 * foreman_api_of_path:
 * @path: the decoded path of a request
 *
 * Tells which API @path belongs to. Any thread.
 *
 * Returns: the API
 */
ForemanApi
foreman_api_of_path (const char *path)
{
  if (g_str_equal (path, "/v1/messages") || g_str_has_prefix (path, "/v1/messages/"))
    return FOREMAN_API_ANTHROPIC;
  if (g_str_has_prefix (path, "/v1/"))
    return FOREMAN_API_OPENAI;
  return FOREMAN_API_OLLAMA;
}

/**
 * foreman_error_shape:
 * @api: the API whose clients will read it
 * @status: the HTTP status of the answer
 * @facts: what is wrong
 * @content_type: (out): the content type that belongs to it
 *
 * Writes the body of an error answer as the servers of @api do, to the byte; on foreman's own
 * routes it says all that is known. Any thread.
 *
 * Returns: (transfer full): the body
 */
char *
foreman_error_shape (ForemanApi api,
                     guint status,
                     const ForemanErrorFacts *facts,
                     const char **content_type)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  switch (api)
    {
    case FOREMAN_API_OPENAI:
      build_openai (builder, status, facts);
      break;
    case FOREMAN_API_ANTHROPIC:
      build_anthropic (builder, status, facts->message);
      break;
    case FOREMAN_API_FOREMAN:
      build_own (builder, facts);
      break;
    case FOREMAN_API_OLLAMA:
    default:
      add_member (builder, "error", facts->message);
      break;
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);

  /* Go's handlers for /v1 encode with a newline and without a charset, gin's for /api the other
   * way. */
  if (api == FOREMAN_API_OPENAI || api == FOREMAN_API_ANTHROPIC)
    {
      *content_type = "application/json";
      return g_strconcat (text, "\n", NULL);
    }
  *content_type = "application/json; charset=utf-8";
  return g_steal_pointer (&text);
}

/**
 * foreman_error_shape_event:
 * @api: the API whose clients will read it
 * @message: one line that says what is wrong
 *
 * Writes an error as the last event of a stream whose status has long been sent: a line of NDJSON,
 * or a server-sent event. Any thread.
 *
 * Returns: (transfer full): the event with its line ends
 */
char *
foreman_error_shape_event (ForemanApi api, const char *message)
{
  const ForemanErrorFacts facts = { .message = message };
  const char *content_type;
  g_autofree char *body = foreman_error_shape (api, 502, &facts, &content_type);

  g_strchomp (body);
  switch (api)
    {
    case FOREMAN_API_OPENAI:
      return g_strdup_printf ("data: %s\n\n", body);
    case FOREMAN_API_ANTHROPIC:
      return g_strdup_printf ("event: error\ndata: %s\n\n", body);
    case FOREMAN_API_FOREMAN:
    case FOREMAN_API_OLLAMA:
    default:
      return g_strdup_printf ("%s\n", body);
    }
}

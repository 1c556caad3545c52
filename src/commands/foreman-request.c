/* SPDX-License-Identifier: MIT */
#include "commands/foreman-request.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "commands/foreman-json-text.h"
#include "commands/foreman-request-options.h"
#include "libforeman/foreman-error.h"

/* /v1/messages wants to be told how much at most. */
#define MAX_TOKENS "4096"

typedef enum
{
  STYLE_OLLAMA,
  STYLE_OPENAI,
  STYLE_ANTHROPIC,
} Style;

typedef struct
{
  const char *path;
  Style style;
  const char *text; /* the member that the prompt is; NULL: it is a message */
  const char
      *system; /* the member that the system prompt is; NULL: it is a message, or there is none */
  gboolean takes_images;
  gboolean takes_format;
  gboolean takes_system;
} Endpoint;

static const Endpoint endpoints[] = {
  { "/api/chat", STYLE_OLLAMA, NULL, NULL, TRUE, TRUE, TRUE },
  { "/api/generate", STYLE_OLLAMA, "prompt", "system", TRUE, TRUE, TRUE },
  { "/api/embed", STYLE_OLLAMA, "input", NULL, FALSE, FALSE, FALSE },
  { "/api/embeddings", STYLE_OLLAMA, "prompt", NULL, FALSE, FALSE, FALSE },
  { "/v1/chat/completions", STYLE_OPENAI, NULL, NULL, TRUE, TRUE, TRUE },
  { "/v1/completions", STYLE_OPENAI, "prompt", NULL, FALSE, FALSE, FALSE },
  { "/v1/embeddings", STYLE_OPENAI, "input", NULL, FALSE, FALSE, FALSE },
  { "/v1/responses", STYLE_OPENAI, "input", "instructions", FALSE, FALSE, TRUE },
  { "/v1/messages", STYLE_ANTHROPIC, NULL, "system", TRUE, FALSE, TRUE },
};

static const Endpoint *
find_endpoint (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    if (path == NULL || g_str_equal (path, endpoints[i].path))
      return &endpoints[i];
  return NULL;
}

static gboolean
is_format (const char *format)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();

  return g_str_equal (format, "json") ||
         (*format == '{' && json_parser_load_from_data (parser, format, -1, NULL));
}

/**
 * foreman_request_check:
 * @request: what is asked
 * @error: return location for an error
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST if it cannot be written for its endpoint
 */
gboolean
foreman_request_check (const ForemanRequest *request, GError **error)
{
  const Endpoint *endpoint = find_endpoint (request->endpoint);
  const char *why = NULL;

  if (endpoint == NULL)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                   "\"%s\" is no endpoint; there are /api/chat, /api/generate, /api/embed, "
                   "/api/embeddings, /v1/chat/completions, /v1/completions, /v1/embeddings, "
                   "/v1/responses and /v1/messages",
                   request->endpoint);
      return FALSE;
    }
  if (request->images != NULL && !endpoint->takes_images)
    why = "--image";
  else if (request->format != NULL && !endpoint->takes_format)
    why = "--format";
  else if (request->system != NULL && !endpoint->takes_system)
    why = "--system";
  if (why != NULL)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                   "%s takes no %s; -f takes a request that is already written", endpoint->path,
                   why);
      return FALSE;
    }
  if (request->format != NULL && !is_format (request->format))
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                           "--format is json or a JSON schema");
      return FALSE;
    }
  return foreman_request_options_check (request->options, error);
}

/* Told by how the base64 of the file begins. */
static const char *
guess_media_type (const char *image)
{
  if (g_str_has_prefix (image, "iVBORw0KGgo"))
    return "image/png";
  if (g_str_has_prefix (image, "R0lGOD"))
    return "image/gif";
  if (g_str_has_prefix (image, "UklGR"))
    return "image/webp";
  return "image/jpeg";
}

static void
append_image_part (GString *json, Style style, const char *image)
{
  const char *type = guess_media_type (image);

  if (style == STYLE_ANTHROPIC)
    g_string_append_printf (
        json,
        ",{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"%s\",\"data\":\"",
        type);
  else
    g_string_append_printf (json,
                            ",{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:%s;base64,",
                            type);
  g_string_append (json, image);
  g_string_append (json, "\"}}");
}

static void
append_images (GString *json, const char *const *images)
{
  if (images == NULL)
    return;
  foreman_json_text_begin_member (json, "images");
  g_string_append_c (json, '[');
  for (gsize i = 0; images[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      foreman_json_text_append_string (json, images[i]);
    }
  g_string_append_c (json, ']');
}

/* Beyond Ollama's own style a message with pictures is a list of parts. */
static void
append_content (GString *json, const ForemanRequest *request, Style style)
{
  if (style == STYLE_OLLAMA || request->images == NULL)
    {
      foreman_json_text_append_member (json, "content", request->prompt);
      if (style == STYLE_OLLAMA)
        append_images (json, request->images);
      return;
    }
  foreman_json_text_begin_member (json, "content");
  g_string_append (json, "[{\"type\":\"text\"");
  foreman_json_text_append_member (json, "text", request->prompt);
  g_string_append_c (json, '}');
  for (gsize i = 0; request->images[i] != NULL; i++)
    append_image_part (json, style, request->images[i]);
  g_string_append_c (json, ']');
}

static void
append_messages (GString *json, const ForemanRequest *request, const Endpoint *endpoint)
{
  foreman_json_text_begin_member (json, "messages");
  g_string_append_c (json, '[');
  if (request->system != NULL && endpoint->system == NULL)
    {
      g_string_append (json, "{\"role\":\"system\"");
      foreman_json_text_append_member (json, "content", request->system);
      g_string_append (json, "},");
    }
  g_string_append (json, "{\"role\":\"user\"");
  append_content (json, request, endpoint->style);
  g_string_append (json, "}]");
}

static void
append_format (GString *json, const char *format, Style style)
{
  gboolean is_schema = *format == '{';

  foreman_json_text_begin_member (json, style == STYLE_OLLAMA ? "format" : "response_format");
  if (style == STYLE_OLLAMA && is_schema)
    g_string_append (json, format);
  else if (style == STYLE_OLLAMA)
    foreman_json_text_append_string (json, format);
  else if (is_schema)
    g_string_append_printf (
        json, "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"schema\":%s}}",
        format);
  else
    g_string_append (json, "{\"type\":\"json_object\"}");
}

/* Ollama's endpoints have a member for them; elsewhere they stand among the others. */
static void
append_options (GString *json, const ForemanRequest *request, Style style)
{
  if (style == STYLE_ANTHROPIC && !foreman_request_options_have (request->options, "max_tokens"))
    g_string_append (json, ",\"max_tokens\":" MAX_TOKENS);
  if (request->options == NULL)
    return;
  if (style != STYLE_OLLAMA)
    {
      foreman_request_options_append (json, request->options);
      return;
    }
  foreman_json_text_begin_member (json, "options");
  g_string_append_c (json, '{');
  foreman_request_options_append (json, request->options);
  g_string_append_c (json, '}');
}

/**
 * foreman_request_to_json:
 * @request: what is asked, checked
 *
 * Writes the body that the endpoint takes.
 *
 * Returns: (transfer full): a JSON object on one line
 */
char *
foreman_request_to_json (const ForemanRequest *request)
{
  const Endpoint *endpoint = find_endpoint (request->endpoint);
  GString *json = g_string_new ("{");

  foreman_json_text_append_member (json, "model", request->model);
  if (endpoint->system != NULL)
    foreman_json_text_append_member (json, endpoint->system, request->system);
  if (endpoint->text == NULL)
    append_messages (json, request, endpoint);
  else
    {
      foreman_json_text_append_member (json, endpoint->text, request->prompt);
      append_images (json, request->images);
    }
  if (request->format != NULL)
    append_format (json, request->format, endpoint->style);
  append_options (json, request, endpoint->style);
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

/**
 * foreman_request_read_image:
 * @path: of a file
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable): what is in it, base64, or %NULL with an error
 */
char *
foreman_request_read_image (const char *path, GError **error)
{
  g_autofree char *data = NULL;
  gsize length;

  if (!g_file_get_contents (path, &data, &length, error))
    return NULL;
  return g_base64_encode ((const guchar *) data, length);
}

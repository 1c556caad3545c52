/* SPDX-License-Identifier: MIT */
#include "sim-v1.h"

#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "sim-server.h"
#include "sim-write.h"

#define MAX_UNPACKED (20 * 1024 * 1024)

static char *
unpack (const GByteArray *packed, GByteArray *out)
{
  ZSTD_DStream *stream = ZSTD_createDStream ();
  ZSTD_inBuffer in = { packed->data, packed->len, 0 };
  char *error = NULL;

  while (in.pos < in.size && error == NULL)
    {
      guint8 buffer[16384];
      ZSTD_outBuffer piece = { buffer, sizeof buffer, 0 };
      size_t status = ZSTD_decompressStream (stream, &piece, &in);

      if (ZSTD_isError (status))
        error = g_strdup (ZSTD_getErrorCode (status) == ZSTD_error_prefix_unknown
                              ? "invalid input: magic number mismatch"
                              : "corrupted zstd stream");
      else if (out->len + piece.pos > MAX_UNPACKED)
        error = g_strdup ("http: request body too large");
      else
        g_byte_array_append (out, buffer, (guint) piece.pos);
    }
  ZSTD_freeDStream (stream);
  return error;
}

/* Replaces a zstd body by what it holds; FALSE if the answer has been an error. */
gboolean
sim_v1_unpack (SimExchange *x)
{
  const char *encoding = sim_exchange_header (x, "Content-Encoding");
  GByteArray *out;
  g_autofree char *error = NULL, *json = NULL;

  if (encoding == NULL || !g_str_equal (encoding, "zstd"))
    return TRUE;
  out = g_byte_array_new ();
  error = unpack (x->body, out);
  if (error == NULL && out->len == 0 && x->body->len > 0)
    error = g_strdup ("unexpected EOF");
  g_byte_array_unref (x->body);
  x->body = out;
  g_clear_pointer (&x->document, sim_document_free);
  g_clear_pointer (&x->document_error, g_free);
  if (error == NULL)
    {
      x->document =
          sim_document_parse ((const char *) x->body->data, x->body->len, &x->document_error);
      return TRUE;
    }
  json = sim_write_error (error);
  sim_reply_text (x, 400, "application/json; charset=utf-8", json);
  return FALSE;
}

static const SimJson *
exact_member (const SimJson *root, const char *name)
{
  const SimJson *found = NULL;

  if (root->kind == SIM_JSON_OBJECT)
    for (const SimJson *member = root->first; member != NULL; member = member->next)
      if (g_str_equal (member->key, name))
        found = member;
  return found;
}

/* Turns away a model that is in the cloud, in Ollama's own shape. */
gboolean
sim_v1_admit (SimExchange *x)
{
  const SimJson *model;
  const SimSurface *surface = x->surface;
  g_auto (SimName) name = { 0 };
  g_autofree char *error = NULL;

  if (x->document == NULL)
    return TRUE;
  model = exact_member (sim_document_root (x->document), "model");
  if (model == NULL || model->kind != SIM_JSON_STRING ||
      sim_name_parse_reference (model->string, model->string_length, &name, &error) !=
          SIM_NAME_OK ||
      name.source != SIM_SOURCE_CLOUD)
    return TRUE;
  x->surface = NULL;
  sim_refuse_cloud (x, "remote model is unavailable");
  x->surface = surface;
  return FALSE;
}

/* A refusal of the request's own form, as the middleware words it. FALSE always. */
gboolean
sim_v1_refuse (SimExchange *x, int status, const char *message)
{
  g_autoptr (GString) out = g_string_new (NULL);

  x->surface->error (status, message, out);
  sim_reply_text (x, status, "application/json; charset=utf-8", out->str);
  return FALSE;
}

gboolean
sim_v1_decode (SimExchange *x, const SimSchema *schema, const SimJson **root)
{
  g_autofree char *error = NULL;

  if (x->document == NULL)
    return sim_v1_refuse (x, 400, x->document_error != NULL ? x->document_error : "EOF");
  *root = sim_document_root (x->document);
  error = sim_schema_check (schema, *root);
  return error == NULL || sim_v1_refuse (x, 400, error);
}

static void
free_state (gpointer data)
{
  SimOpenaiState *state = data;

  g_free (state->id);
  g_free (state);
}

SimOpenaiState *
sim_v1_keep_state (SimExchange *x, const char *prefix, const SimJson *root)
{
  SimOpenaiState *state = g_new0 (SimOpenaiState, 1);

  state->id = g_strdup_printf ("%s-%d", prefix, g_random_int_range (0, 999));
  state->include_usage =
      sim_json_get_boolean (sim_json_get (root, "stream_options"), "include_usage", FALSE);
  x->surface_state = state;
  x->surface_free = free_state;
  return state;
}

/* The base64 of a data URL. Returns: (transfer full) (nullable) */
char *
sim_v1_decode_image (const SimJson *url, char **error)
{
  static const char *const prefixes[] = { "data:;base64,", "data:image/jpeg;base64,",
                                          "data:image/jpg;base64,", "data:image/png;base64,",
                                          "data:image/webp;base64," };
  const char *text = url != NULL && url->kind == SIM_JSON_STRING ? url->string : NULL;

  if (text == NULL)
    *error = g_strdup ("invalid message format");
  else if (g_str_has_prefix (text, "http://") || g_str_has_prefix (text, "https://"))
    *error =
        g_strdup ("image URLs are not currently supported, please use base64 encoded data instead");
  if (*error != NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (text, prefixes[i]))
      {
        const char *data = text + strlen (prefixes[i]);
        g_autofree char *problem = sim_base64_error (data, strlen (data));

        if (problem == NULL)
          return g_strdup (data);
      }
  *error = g_strdup ("invalid image input");
  return NULL;
}

static gboolean
is_object_text (const char *text)
{
  g_autofree char *error = NULL;
  g_autoptr (SimDocument) document = sim_document_parse (text, strlen (text), &error);

  return document != NULL && sim_document_root (document)->kind == SIM_JSON_OBJECT;
}

/* OpenAI's tool calls as Ollama's: arguments are an object, not text. */
gboolean
sim_v1_write_calls (GString *out, const SimJson *calls, char **error)
{
  sim_write_open (out, '[');
  for (const SimJson *call = calls->first; call != NULL; call = call->next)
    {
      const SimJson *function = sim_json_get (call, "function");
      const char *arguments = sim_json_get_string (function, "arguments");

      if (!is_object_text (arguments))
        {
          *error = g_strdup ("invalid tool call arguments");
          return FALSE;
        }
      sim_write_open (out, '{');
      sim_write_nonempty (out, "id", sim_json_get_string (call, "id"));
      sim_write_key (out, "function");
      sim_write_open (out, '{');
      sim_write_member (out, "name", sim_json_get_string (function, "name"));
      sim_write_key (out, "arguments");
      g_string_append (out, arguments);
      sim_write_close (out, '}');
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
  return TRUE;
}

/* Copies a number under another name, if it is there. */
void
sim_v1_write_option (GString *out, const SimJson *root, const char *from, const char *to)
{
  const SimJson *value = sim_json_get_nullable (root, from);

  if (value == NULL)
    return;
  sim_write_key (out, to);
  sim_write_raw (out, value->raw, value->raw_length);
}

void
sim_v1_write_default (GString *out, const SimJson *root, const char *name, const char *fallback)
{
  if (sim_json_get_nullable (root, name) != NULL)
    {
      sim_v1_write_option (out, root, name, name);
      return;
    }
  sim_write_key (out, name);
  sim_write_raw (out, fallback, strlen (fallback));
}

void
sim_v1_write_stop (GString *out, const SimJson *stop)
{
  if (stop == NULL || (stop->kind != SIM_JSON_STRING && stop->kind != SIM_JSON_ARRAY))
    return;
  sim_write_key (out, "stop");
  sim_write_open (out, '[');
  if (stop->kind == SIM_JSON_STRING)
    sim_write_string (out, stop->string);
  for (const SimJson *item = stop->first; item != NULL; item = item->next)
    if (item->kind == SIM_JSON_STRING)
      sim_write_string (out, item->string);
  sim_write_close (out, ']');
}

/* What Go's %T says of a decoded value. */
const char *
sim_v1_go_type (const SimJson *value)
{
  if (value == NULL || value->kind == SIM_JSON_NULL)
    return "<nil>";
  switch (value->kind)
    {
    case SIM_JSON_BOOL:
      return "bool";
    case SIM_JSON_NUMBER:
      return "float64";
    case SIM_JSON_STRING:
      return "string";
    case SIM_JSON_ARRAY:
      return "[]interface {}";
    default:
      return "map[string]interface {}";
    }
}

void
sim_write_openai_calls (GString *out, GPtrArray *calls)
{
  sim_write_open (out, '[');
  for (guint i = 0; i < calls->len; i++)
    {
      const SimToolCall *call = calls->pdata[i];

      sim_write_open (out, '{');
      sim_write_member (out, "id", call->id);
      sim_write_member_int (out, "index", call->index);
      sim_write_member (out, "type", "function");
      sim_write_key (out, "function");
      sim_write_open (out, '{');
      sim_write_member (out, "name", call->name);
      sim_write_member (out, "arguments", call->arguments);
      sim_write_close (out, '}');
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
}

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-responses.h"
#include "sim-v1.h"
#include "sim-write.h"

/* A Responses request, turned into a chat. */

typedef struct
{
  GString *text;
  GString *images; /* JSON strings, separated */
} Content;

static gboolean
read_content_item (Content *content, const SimJson *item, char **error)
{
  const char *type = sim_json_get_string (item, "type");

  if (g_str_equal (type, "input_text") || g_str_equal (type, "output_text"))
    {
      g_string_append (content->text, sim_json_get_string (item, "text"));
      return TRUE;
    }
  if (g_str_equal (type, "input_image"))
    {
      const SimJson *url = sim_json_get (item, "image_url");
      g_autofree char *data = NULL;

      if (url == NULL || sim_json_is_string (url, ""))
        return TRUE;
      data = sim_v1_decode_image (url, error);
      if (data != NULL)
        sim_write_string (content->images, data);
      return data != NULL;
    }
  *error = g_str_equal (type, "input_file") ? g_strdup ("file inputs are not currently supported")
                                            : g_strdup_printf ("unknown content type: %s", type);
  return FALSE;
}

static gboolean
read_content (Content *content, const SimJson *value, char **error)
{
  if (value == NULL)
    return TRUE;
  if (value->kind == SIM_JSON_STRING)
    {
      g_string_append (content->text, value->string);
      return TRUE;
    }
  if (value->kind != SIM_JSON_ARRAY)
    {
      *error =
          g_strdup_printf ("content must be a string or array: json: cannot unmarshal %s into Go "
                           "value of type []json.RawMessage",
                           sim_json_kind_name (value));
      return FALSE;
    }
  for (const SimJson *item = value->first; item != NULL; item = item->next)
    if (!read_content_item (content, item, error))
      return FALSE;
  return TRUE;
}

static gboolean
write_message (GString *out,
               const char *role,
               const SimJson *value,
               const char *call_id,
               const char *thinking,
               char **error)
{
  Content content = { g_string_new (NULL), g_string_new (NULL) };
  gboolean good = read_content (&content, value, error);

  sim_write_open (out, '{');
  sim_write_member (out, "role", role);
  sim_write_member (out, "content", content.text->str);
  sim_write_nonempty (out, "thinking", thinking);
  sim_write_nonempty (out, "tool_call_id", call_id);
  if (content.images->len > 0)
    g_string_append_printf (out, ",\"images\":[%s]", content.images->str);
  sim_write_close (out, '}');
  g_string_free (content.text, TRUE);
  g_string_free (content.images, TRUE);
  return good;
}

/* A function call joins the assistant's message before it, if there is one. */
static gboolean
write_call (GString *out, const SimJson *item, gboolean joins, const char *thinking, char **error)
{
  const char *arguments = sim_json_get_string (item, "arguments");
  g_autofree char *problem = NULL;
  g_autoptr (SimDocument) document =
      sim_document_parse (*arguments != '\0' ? arguments : "{}",
                          *arguments != '\0' ? strlen (arguments) : 2, &problem);

  if (document == NULL || sim_document_root (document)->kind != SIM_JSON_OBJECT)
    {
      *error = g_strdup_printf ("failed to parse function call arguments: %s",
                                problem != NULL ? problem : "not an object");
      return FALSE;
    }
  if (joins)
    g_string_truncate (out, out->len - 2); /* "]}" */
  else
    {
      sim_write_open (out, '{');
      g_string_append (out, "\"role\":\"assistant\",\"content\":\"\"");
      sim_write_nonempty (out, "thinking", thinking);
      g_string_append (out, ",\"tool_calls\":[");
    }
  sim_write_open (out, '{');
  sim_write_nonempty (out, "id", sim_json_get_string (item, "call_id"));
  g_string_append (out, out->str[out->len - 1] == '{' ? "\"function\":{" : ",\"function\":{");
  sim_write_member (out, "name", sim_json_get_string (item, "name"));
  sim_write_key (out, "arguments");
  g_string_append (out, *arguments != '\0' ? arguments : "{}");
  g_string_append (out, "}}]}");
  return TRUE;
}

static gboolean
write_items (GString *out, const SimJson *items, char **error)
{
  const char *thinking = NULL;
  gboolean after_call = FALSE;

  for (const SimJson *item = items->first; item != NULL; item = item->next)
    {
      const char *type = sim_json_get_string (item, "type");
      gboolean good = TRUE, call = g_str_equal (type, "function_call");

      if (g_str_equal (type, "reasoning"))
        {
          thinking = sim_json_get_string (item, "encrypted_content");
          continue;
        }
      if (call)
        good = write_call (out, item, after_call, thinking, error);
      else if (g_str_equal (type, "function_call_output"))
        good = write_message (out, "tool", sim_json_get (item, "output"),
                              sim_json_get_string (item, "call_id"), NULL, error);
      else
        good = write_message (
            out, sim_json_get_string (item, "role"), sim_json_get (item, "content"), NULL,
            sim_json_is_string (sim_json_get (item, "role"), "assistant") ? thinking : NULL, error);
      if (!good)
        return FALSE;
      if (!g_str_equal (type, "function_call_output"))
        thinking = NULL;
      after_call = call;
    }
  return TRUE;
}

static gboolean
write_think (GString *out, const SimJson *root, char **error)
{
  static const char *const known[] = { "low", "medium", "high", "max", NULL };
  const char *effort = sim_json_get_string (sim_json_get (root, "reasoning"), "effort");

  if (*effort == '\0')
    return TRUE;
  if (g_str_equal (effort, "none"))
    sim_write_member_bool (out, "think", FALSE);
  else if (g_strv_contains (known, effort))
    sim_write_member (out, "think", effort);
  else
    {
      *error = g_strdup_printf ("invalid reasoning value: \"%s\" (must be \"high\", \"medium\", "
                                "\"low\", \"max\", or \"none\")",
                                effort);
      return FALSE;
    }
  return TRUE;
}

static gboolean
write_tools (GString *out, const SimJson *root, char **error)
{
  const SimJson *tools = sim_json_get_kind (root, "tools", SIM_JSON_ARRAY);

  if (tools == NULL || tools->count == 0)
    return TRUE;
  sim_write_key (out, "tools");
  sim_write_open (out, '[');
  for (const SimJson *tool = tools->first; tool != NULL; tool = tool->next)
    {
      const SimJson *parameters = sim_json_get_nullable (tool, "parameters");
      g_autofree char *problem =
          parameters != NULL ? sim_schema_check (&sim_schema_parameters, parameters) : NULL;

      if (problem != NULL)
        {
          *error = g_strconcat ("failed to unmarshal tool parameters: ", problem, NULL);
          return FALSE;
        }
      sim_write_open (out, '{');
      sim_write_member (out, "type", sim_json_get_string (tool, "type"));
      sim_write_key (out, "function");
      sim_write_open (out, '{');
      sim_write_member (out, "name", sim_json_get_string (tool, "name"));
      sim_write_member (out, "description", sim_json_get_string (tool, "description"));
      sim_v1_write_option (out, tool, "parameters", "parameters");
      sim_write_close (out, '}');
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
  return TRUE;
}

static gboolean
convert (GString *out, const SimJson *root, char **error)
{
  const SimJson *input = sim_json_get (root, "input");
  const SimJson *format = sim_json_get (sim_json_get (root, "text"), "format");
  const SimJson *schema = sim_json_get (format, "schema");
  const char *instructions = sim_json_get_string (root, "instructions");

  sim_write_open (out, '{');
  sim_write_member (out, "model", sim_json_get_string (root, "model"));
  sim_write_key (out, "messages");
  sim_write_open (out, '[');
  if (*instructions != '\0')
    write_message (out, "system", sim_json_get (root, "instructions"), NULL, NULL, error);
  if (input != NULL && input->kind == SIM_JSON_STRING && input->string_length > 0)
    write_message (out, "user", input, NULL, NULL, error);
  if (input != NULL && input->kind == SIM_JSON_ARRAY && !write_items (out, input, error))
    return FALSE;
  sim_write_close (out, ']');
  if (sim_json_is_string (sim_json_get (format, "type"), "json_schema") && schema != NULL)
    {
      sim_write_key (out, "format");
      sim_write_raw (out, schema->raw, schema->raw_length);
    }
  sim_write_key (out, "options");
  sim_write_open (out, '{');
  sim_v1_write_default (out, root, "temperature", "1");
  sim_v1_write_option (out, root, "top_p", "top_p");
  sim_v1_write_option (out, root, "max_output_tokens", "num_predict");
  sim_write_close (out, '}');
  sim_write_member_bool (out, "stream", sim_json_get_boolean (root, "stream", FALSE));
  if (!write_tools (out, root, error) || !write_think (out, root, error))
    return FALSE;
  sim_write_close (out, '}');
  return TRUE;
}

/* POST /v1/responses */
void
sim_handle_v1_responses (SimExchange *x)
{
  const SimJson *root = NULL;
  GString *out;
  g_autofree char *error = NULL;

  if (!sim_v1_decode (x, &sim_schema_responses, &root))
    return;
  out = g_string_new (NULL);
  if (!convert (out, root, &error))
    {
      g_string_free (out, TRUE);
      sim_v1_refuse (x, 400, error);
      return;
    }
  sim_responses_keep_state (x, root);
  if (sim_json_get_boolean (root, "stream", FALSE))
    {
      sim_reply_header (x, "Cache-Control", "no-cache");
      sim_reply_header (x, "Connection", "keep-alive");
    }
  sim_body_replace (x, out);
  sim_handle_chat (x);
}

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-messages.h"
#include "sim-v1.h"
#include "sim-write.h"

/* A Messages request, turned into a chat. */

typedef struct
{
  GString *text;
  GString *images;  /* JSON strings */
  GString *calls;   /* JSON objects */
  GString *results; /* whole messages, JSON */
  const char *thinking;
} Blocks;

static gboolean
read_image (GString *images, const SimJson *block, char **error)
{
  const SimJson *source = sim_json_get_kind (block, "source", SIM_JSON_OBJECT);
  const SimJson *data = sim_json_get (source, "data");
  g_autofree char *problem = NULL;

  if (source == NULL)
    *error = g_strdup ("invalid image source");
  else if (!sim_json_is_string (sim_json_get (source, "type"), "base64"))
    *error = g_strdup_printf ("invalid image source type: %s. Only base64 images are supported.",
                              sim_json_get_string (source, "type"));
  else if (data != NULL && data->kind == SIM_JSON_STRING)
    problem = sim_base64_error (data->string, data->string_length);
  if (problem != NULL)
    *error = g_strdup_printf ("invalid base64 image data: %s", problem);
  if (*error != NULL)
    return FALSE;
  sim_write_string (images, sim_json_get_string (source, "data"));
  return TRUE;
}

static gboolean
read_result (Blocks *blocks, const SimJson *block, char **error)
{
  const SimJson *content = sim_json_get (block, "content");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) images = g_string_new (NULL);

  if (content != NULL && content->kind == SIM_JSON_STRING)
    g_string_append (text, content->string);
  if (content != NULL && content->kind == SIM_JSON_ARRAY)
    for (const SimJson *item = content->first; item != NULL; item = item->next)
      {
        if (sim_json_is_string (sim_json_get (item, "type"), "text"))
          g_string_append (text, sim_json_get_string (item, "text"));
        else if (sim_json_is_string (sim_json_get (item, "type"), "image") &&
                 !read_image (images, item, error))
          return FALSE;
      }
  sim_write_open (blocks->results, '{');
  sim_write_member (blocks->results, "role", "tool");
  sim_write_member (blocks->results, "content", text->str);
  sim_write_nonempty (blocks->results, "tool_call_id", sim_json_get_string (block, "tool_use_id"));
  if (images->len > 0)
    g_string_append_printf (blocks->results, ",\"images\":[%s]", images->str);
  sim_write_close (blocks->results, '}');
  return TRUE;
}

static gboolean
read_call (Blocks *blocks, const SimJson *block, gboolean checked, char **error)
{
  const SimJson *input = sim_json_get_kind (block, "input", SIM_JSON_OBJECT);
  const char *id = sim_json_get_string (block, "id"), *name = sim_json_get_string (block, "name");

  if (checked && (*id == '\0' || *name == '\0'))
    {
      *error = g_strdup_printf ("tool_use block missing required '%s' field",
                                *id == '\0' ? "id" : "name");
      return FALSE;
    }
  sim_write_open (blocks->calls, '{');
  sim_write_member (blocks->calls, "id", id);
  sim_write_key (blocks->calls, "function");
  sim_write_open (blocks->calls, '{');
  sim_write_member (blocks->calls, "name", name);
  sim_write_key (blocks->calls, "arguments");
  g_string_append_len (blocks->calls, input != NULL ? input->raw : "{}",
                       input != NULL ? (gssize) input->raw_length : 2);
  g_string_append (blocks->calls, "}}");
  return TRUE;
}

static gboolean
read_block (Blocks *blocks, const SimJson *block, char **error)
{
  const char *type = sim_json_get_string (block, "type");

  if (g_str_equal (type, "text"))
    g_string_append (blocks->text, sim_json_get_string (block, "text"));
  else if (g_str_equal (type, "thinking"))
    blocks->thinking = sim_json_get_string (block, "thinking");
  else if (g_str_equal (type, "image"))
    return read_image (blocks->images, block, error);
  else if (g_str_equal (type, "tool_use") || g_str_equal (type, "server_tool_use"))
    return read_call (blocks, block, g_str_equal (type, "tool_use"), error);
  else if (g_str_equal (type, "tool_result") || g_str_equal (type, "web_search_tool_result"))
    return read_result (blocks, block, error);
  return TRUE;
}

static void
write_blocks (GString *out, const char *role, const Blocks *blocks)
{
  gboolean user = g_str_equal (role, "user");

  if (user && blocks->results->len > 0)
    sim_write_raw (out, blocks->results->str, blocks->results->len);
  if (blocks->text->len > 0 || blocks->images->len > 0 || blocks->calls->len > 0 ||
      *blocks->thinking != '\0')
    {
      sim_write_open (out, '{');
      sim_write_member (out, "role", role);
      sim_write_member (out, "content", blocks->text->str);
      sim_write_nonempty (out, "thinking", blocks->thinking);
      if (blocks->images->len > 0)
        g_string_append_printf (out, ",\"images\":[%s]", blocks->images->str);
      if (blocks->calls->len > 0)
        g_string_append_printf (out, ",\"tool_calls\":[%s]", blocks->calls->str);
      sim_write_close (out, '}');
    }
  if (!user && blocks->results->len > 0)
    sim_write_raw (out, blocks->results->str, blocks->results->len);
}

static gboolean
write_message (GString *out, const SimJson *message, char **error)
{
  const SimJson *content = sim_json_get (message, "content");
  g_autofree char *role = g_ascii_strdown (sim_json_get_string (message, "role"), -1);
  Blocks blocks = { g_string_new (NULL), g_string_new (NULL), g_string_new (NULL),
                    g_string_new (NULL), "" };
  gboolean good = TRUE;

  if (content != NULL && content->kind == SIM_JSON_STRING)
    g_string_append (blocks.text, content->string);
  else if (content != NULL && content->kind == SIM_JSON_ARRAY)
    for (const SimJson *block = content->first; block != NULL && good; block = block->next)
      good = read_block (&blocks, block, error);
  if (good)
    write_blocks (out, role, &blocks);
  g_string_free (blocks.text, TRUE);
  g_string_free (blocks.images, TRUE);
  g_string_free (blocks.calls, TRUE);
  g_string_free (blocks.results, TRUE);
  return good;
}

static void
write_system (GString *out, const SimJson *system)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (system == NULL)
    return;
  if (system->kind == SIM_JSON_STRING)
    g_string_append (text, system->string);
  for (const SimJson *block = system->first; block != NULL; block = block->next)
    if (sim_json_is_string (sim_json_get (block, "type"), "text"))
      g_string_append (text, sim_json_get_string (block, "text"));
  if (text->len == 0)
    return;
  sim_write_open (out, '{');
  sim_write_member (out, "role", "system");
  sim_write_member (out, "content", text->str);
  sim_write_close (out, '}');
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
      gboolean search = g_str_has_prefix (sim_json_get_string (tool, "type"), "web_search");
      const SimJson *schema = search ? NULL : sim_json_get_nullable (tool, "input_schema");
      g_autofree char *problem =
          schema != NULL ? sim_schema_check (&sim_schema_parameters, schema) : NULL;

      if (problem != NULL)
        {
          *error = g_strdup_printf ("invalid input_schema for tool \"%s\": %s",
                                    sim_json_get_string (tool, "name"), problem);
          return FALSE;
        }
      sim_write_open (out, '{');
      g_string_append (out, "\"type\":\"function\",\"function\":{");
      sim_write_member (out, "name", search ? "web_search" : sim_json_get_string (tool, "name"));
      sim_write_member (out, "description", sim_json_get_string (tool, "description"));
      sim_v1_write_option (out, tool, "input_schema", "parameters");
      g_string_append (out, "}}");
    }
  sim_write_close (out, ']');
  return TRUE;
}

static void
write_think (GString *out, const SimJson *root)
{
  static const char *const known[] = { "high", "medium", "low", "max", NULL };
  const char *type = sim_json_get_string (sim_json_get (root, "thinking"), "type");
  g_autofree char *effort = g_strstrip (
      g_ascii_strdown (sim_json_get_string (sim_json_get (root, "output_config"), "effort"), -1));

  if (g_str_equal (type, "enabled") || g_str_equal (type, "disabled"))
    sim_write_member_bool (out, "think", *type == 'e');
  else if (g_str_equal (effort, "xhigh"))
    sim_write_member (out, "think", "high");
  else if (g_strv_contains (known, effort))
    sim_write_member (out, "think", effort);
}

static gboolean
convert (GString *out, const SimJson *root, char **error)
{
  const SimJson *messages = sim_json_get (root, "messages");
  const SimJson *stop = sim_json_get_kind (root, "stop_sequences", SIM_JSON_ARRAY);

  sim_write_open (out, '{');
  sim_write_member (out, "model", sim_json_get_string (root, "model"));
  sim_write_key (out, "messages");
  sim_write_open (out, '[');
  write_system (out, sim_json_get (root, "system"));
  for (const SimJson *message = messages->first; message != NULL; message = message->next)
    if (!write_message (out, message, error))
      return FALSE;
  sim_write_close (out, ']');
  sim_write_key (out, "options");
  sim_write_open (out, '{');
  sim_v1_write_option (out, root, "max_tokens", "num_predict");
  sim_v1_write_option (out, root, "temperature", "temperature");
  sim_v1_write_option (out, root, "top_p", "top_p");
  sim_v1_write_option (out, root, "top_k", "top_k");
  if (stop != NULL && stop->count > 0)
    sim_v1_write_stop (out, stop);
  sim_write_close (out, '}');
  if (!write_tools (out, root, error))
    return FALSE;
  sim_write_member_bool (out, "stream", sim_json_get_boolean (root, "stream", FALSE));
  write_think (out, root);
  sim_write_close (out, '}');
  return TRUE;
}

static gsize
length_of (const SimJson *content)
{
  gsize length = 0;

  if (content == NULL)
    return 0;
  if (content->kind == SIM_JSON_STRING)
    return content->string_length;
  for (const SimJson *block = content->first; block != NULL; block = block->next)
    {
      const char *type = sim_json_get_string (block, "type");

      length += strlen (sim_json_get_string (block, "text")) +
                strlen (sim_json_get_string (block, "thinking"));
      if (g_str_equal (type, "tool_use") || g_str_equal (type, "tool_result"))
        length += block->raw_length;
    }
  return length;
}

/* A quarter of the characters: what message_start says before anything was counted. */
static gint64
estimate (const SimJson *root)
{
  const SimJson *messages = sim_json_get (root, "messages");
  const SimJson *tools = sim_json_get_kind (root, "tools", SIM_JSON_ARRAY);
  gsize length = length_of (sim_json_get (root, "system"));

  for (const SimJson *message = messages->first; message != NULL; message = message->next)
    length += strlen (sim_json_get_string (message, "role")) +
              length_of (sim_json_get (message, "content"));
  for (const SimJson *tool = tools != NULL ? tools->first : NULL; tool != NULL; tool = tool->next)
    length += tool->raw_length;
  return MAX ((gint64) length / 4, 1);
}

/* POST /v1/messages */
void
sim_handle_v1_messages (SimExchange *x)
{
  const SimJson *root = NULL, *messages;
  const char *problem = NULL;
  GString *out;
  g_autofree char *error = NULL;

  if (!sim_v1_decode (x, &sim_schema_messages, &root))
    return;
  messages = sim_json_get_kind (root, "messages", SIM_JSON_ARRAY);
  if (*sim_json_get_string (root, "model") == '\0')
    problem = "model is required";
  else if (sim_json_get_number (root, "max_tokens", 0) <= 0)
    problem = "max_tokens is required and must be positive";
  else if (messages == NULL || messages->count == 0)
    problem = "messages is required";
  out = g_string_new (NULL);
  if (problem == NULL && !convert (out, root, &error))
    problem = error;
  if (problem != NULL)
    {
      g_string_free (out, TRUE);
      sim_v1_refuse (x, 400, problem);
      return;
    }
  sim_messages_keep_state (x, sim_json_get_string (root, "model"), estimate (root));
  if (sim_json_get_boolean (root, "stream", FALSE))
    {
      sim_reply_header (x, "Cache-Control", "no-cache");
      sim_reply_header (x, "Connection", "keep-alive");
    }
  sim_body_replace (x, out);
  sim_handle_chat (x);
}

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-v1.h"
#include "sim-write.h"

/* OpenAI's requests, turned into Ollama's. */

static void
write_message_start (GString *out, const char *role, const char *content)
{
  sim_write_open (out, '{');
  sim_write_member (out, "role", role);
  sim_write_member (out, "content", content);
}

static gboolean
write_image_message (GString *out, const char *role, char *base64, char **error)
{
  g_autofree char *data = base64;

  if (data == NULL)
    return FALSE;
  write_message_start (out, role, "");
  sim_write_key (out, "images");
  sim_write_open (out, '[');
  sim_write_string (out, data);
  sim_write_close (out, ']');
  sim_write_close (out, '}');
  return TRUE;
}

static char *
audio_of (const SimJson *part, char **error)
{
  const SimJson *audio = sim_json_get_kind (part, "input_audio", SIM_JSON_OBJECT);
  const SimJson *data = sim_json_get_kind (audio, "data", SIM_JSON_STRING);
  g_autofree char *problem = NULL;

  if (audio == NULL)
    *error = g_strdup ("invalid input_audio format");
  else if (data == NULL)
    *error = g_strdup ("invalid input_audio format: missing data");
  else
    problem = sim_base64_error (data->string, data->string_length);
  if (problem != NULL)
    *error = g_strdup_printf ("invalid input_audio base64 data: %s", problem);
  return *error == NULL ? g_strdup (data->string) : NULL;
}

static gboolean
write_part (GString *out, const char *role, const SimJson *part, char **error)
{
  const SimJson *type = sim_json_get (part, "type");

  if (sim_json_is_string (type, "text") &&
      sim_json_get_kind (part, "text", SIM_JSON_STRING) != NULL)
    {
      write_message_start (out, role, sim_json_get_string (part, "text"));
      sim_write_close (out, '}');
      return TRUE;
    }
  if (sim_json_is_string (type, "image_url"))
    {
      const SimJson *url = sim_json_get (part, "image_url");

      if (url != NULL && url->kind == SIM_JSON_OBJECT)
        url = sim_json_get (url, "url");
      return write_image_message (out, role, sim_v1_decode_image (url, error), error);
    }
  if (sim_json_is_string (type, "input_audio"))
    return write_image_message (out, role, audio_of (part, error), error);
  *error = g_strdup ("invalid message format");
  return FALSE;
}

/* The name of the function that the call of that id was of; the last such call counts. */
static const char *
name_of_call (const SimJson *messages, const char *id)
{
  const char *name = "";

  for (const SimJson *message = messages->first; message != NULL; message = message->next)
    {
      const SimJson *calls = sim_json_get_kind (message, "tool_calls", SIM_JSON_ARRAY);

      for (const SimJson *call = calls != NULL ? calls->first : NULL; call != NULL;
           call = call->next)
        if (g_str_equal (sim_json_get_string (call, "id"), id))
          name = sim_json_get_string (sim_json_get (call, "function"), "name");
    }
  return name;
}

static gboolean
write_message (GString *out, const SimJson *messages, const SimJson *message, char **error)
{
  const SimJson *content = sim_json_get (message, "content");
  const SimJson *calls = sim_json_get_kind (message, "tool_calls", SIM_JSON_ARRAY);
  const char *role = sim_json_get_string (message, "role");
  const char *call_id = sim_json_get_string (message, "tool_call_id");

  if (content != NULL && content->kind == SIM_JSON_ARRAY)
    {
      for (const SimJson *part = content->first; part != NULL; part = part->next)
        if (!write_part (out, role, part, error))
          return FALSE;
      return TRUE;
    }
  if ((content == NULL || content->kind != SIM_JSON_STRING) && calls == NULL)
    {
      *error = g_strdup_printf ("invalid message content type: %s", sim_v1_go_type (content));
      return FALSE;
    }
  write_message_start (out, role,
                       content != NULL && content->kind == SIM_JSON_STRING ? content->string : "");
  sim_write_nonempty (out, "thinking", sim_json_get_string (message, "reasoning"));
  if (g_ascii_strcasecmp (role, "tool") == 0)
    sim_write_nonempty (out, "tool_name",
                        *sim_json_get_string (message, "name") != '\0'
                            ? sim_json_get_string (message, "name")
                            : name_of_call (messages, call_id));
  sim_write_nonempty (out, "tool_call_id", call_id);
  if (calls != NULL && calls->count > 0)
    {
      sim_write_key (out, "tool_calls");
      if (!sim_v1_write_calls (out, calls, error))
        return FALSE;
    }
  sim_write_close (out, '}');
  return TRUE;
}

static void
write_format (GString *out, const SimJson *root)
{
  const SimJson *format = sim_json_get_kind (root, "response_format", SIM_JSON_OBJECT);
  g_autofree char *type = g_strstrip (g_ascii_strdown (sim_json_get_string (format, "type"), -1));
  const SimJson *schema = sim_json_get (sim_json_get (format, "json_schema"), "schema");

  if (g_str_equal (type, "json_object"))
    sim_write_member (out, "format", "json");
  else if (g_str_equal (type, "json_schema") && schema != NULL)
    {
      sim_write_key (out, "format");
      sim_write_raw (out, schema->raw, schema->raw_length);
    }
}

static gboolean
write_effort (GString *out, const SimJson *root, char **error)
{
  static const char *const known[] = { "high", "medium", "low", "max", "none", NULL };
  const SimJson *reasoning = sim_json_get_nullable (root, "reasoning");
  const char *effort = reasoning != NULL ? sim_json_get_string (reasoning, "effort")
                                         : sim_json_get_string (root, "reasoning_effort");

  if (*effort == '\0')
    return TRUE;
  if (!g_strv_contains (known, effort))
    {
      *error = g_strdup_printf ("invalid reasoning value: '%s' (must be \"high\", \"medium\", "
                                "\"low\", \"max\", or \"none\")",
                                effort);
      return FALSE;
    }
  if (g_str_equal (effort, "none"))
    sim_write_member_bool (out, "think", FALSE);
  else
    sim_write_member (out, "think", effort);
  return TRUE;
}

static void
write_chat_options (GString *out, const SimJson *root)
{
  sim_write_key (out, "options");
  sim_write_open (out, '{');
  sim_v1_write_stop (out, sim_json_get (root, "stop"));
  sim_v1_write_option (out, root, "max_tokens", "num_predict");
  sim_v1_write_default (out, root, "temperature", "1");
  sim_v1_write_option (out, root, "seed", "seed");
  sim_v1_write_option (out, root, "frequency_penalty", "frequency_penalty");
  sim_v1_write_option (out, root, "presence_penalty", "presence_penalty");
  sim_v1_write_default (out, root, "top_p", "1");
  sim_write_close (out, '}');
}

static gboolean
convert_chat (GString *out, const SimJson *root, const SimJson *messages, char **error)
{
  sim_write_open (out, '{');
  sim_write_member (out, "model", sim_json_get_string (root, "model"));
  sim_write_key (out, "messages");
  sim_write_open (out, '[');
  for (const SimJson *message = messages->first; message != NULL; message = message->next)
    if (!write_message (out, messages, message, error))
      return FALSE;
  sim_write_close (out, ']');
  write_format (out, root);
  write_chat_options (out, root);
  sim_write_member_bool (out, "stream", sim_json_get_boolean (root, "stream", FALSE));
  sim_v1_write_option (out, root, "tools", "tools");
  sim_v1_write_option (out, root, "logprobs", "logprobs");
  sim_v1_write_option (out, root, "top_logprobs", "top_logprobs");
  sim_v1_write_option (out, root, "_debug_render_only", "_debug_render_only");
  if (!write_effort (out, root, error))
    return FALSE;
  sim_write_close (out, '}');
  return TRUE;
}

/* POST /v1/chat/completions */
void
sim_handle_v1_chat (SimExchange *x)
{
  const SimJson *root = NULL, *messages;
  GString *out;
  g_autofree char *error = NULL;

  if (!sim_v1_decode (x, &sim_schema_openai_chat, &root))
    return;
  messages = sim_json_get_kind (root, "messages", SIM_JSON_ARRAY);
  if (messages == NULL || messages->count == 0)
    {
      sim_v1_refuse (x, 400, "[] is too short - 'messages'");
      return;
    }
  out = g_string_new (NULL);
  if (!convert_chat (out, root, messages, &error))
    {
      g_string_free (out, TRUE);
      sim_v1_refuse (x, 400, error);
      return;
    }
  sim_v1_keep_state (x, "chatcmpl", root);
  sim_body_replace (x, out);
  sim_handle_chat (x);
}

static gboolean
check_stop (SimExchange *x, const SimJson *stop)
{
  g_autofree char *message = NULL;

  if (stop == NULL || stop->kind != SIM_JSON_ARRAY)
    return TRUE;
  for (const SimJson *item = stop->first; item != NULL; item = item->next)
    if (item->kind != SIM_JSON_STRING)
      {
        message = g_strdup_printf ("invalid type for 'stop' field: %s", sim_v1_go_type (item));
        return sim_v1_refuse (x, 400, message);
      }
  return TRUE;
}

/* POST /v1/completions */
void
sim_handle_v1_completions (SimExchange *x)
{
  const SimJson *root = NULL;
  GString *out;
  double logprobs;

  if (!sim_v1_decode (x, &sim_schema_openai_completion, &root) ||
      !check_stop (x, sim_json_get (root, "stop")))
    return;
  out = g_string_new ("{");
  sim_write_member (out, "model", sim_json_get_string (root, "model"));
  sim_write_member (out, "prompt", sim_json_get_string (root, "prompt"));
  sim_write_member (out, "suffix", sim_json_get_string (root, "suffix"));
  write_chat_options (out, root);
  sim_write_member_bool (out, "stream", sim_json_get_boolean (root, "stream", FALSE));
  logprobs = sim_json_get_number (root, "logprobs", 0);
  if (logprobs > 0)
    {
      sim_write_member_bool (out, "logprobs", TRUE);
      sim_v1_write_option (out, root, "logprobs", "top_logprobs");
    }
  sim_v1_write_option (out, root, "_debug_render_only", "_debug_render_only");
  sim_write_close (out, '}');
  sim_v1_keep_state (x, "cmpl", root);
  sim_body_replace (x, out);
  sim_handle_generate (x);
}

/* POST /v1/images/…: a completion, whose text is thrown away */
void
sim_handle_v1_images (SimExchange *x)
{
  const SimJson *root = NULL;
  const char *missing = NULL;
  GString *out;

  if (!sim_v1_decode (x, &sim_schema_openai_image, &root))
    return;
  if (*sim_json_get_string (root, "prompt") == '\0')
    missing = "prompt is required";
  else if (*sim_json_get_string (root, "model") == '\0')
    missing = "model is required";
  if (missing != NULL)
    {
      sim_v1_refuse (x, 400, missing);
      return;
    }
  out = g_string_new ("{");
  sim_write_member (out, "model", sim_json_get_string (root, "model"));
  sim_write_member (out, "prompt", sim_json_get_string (root, "prompt"));
  sim_write_close (out, '}');
  sim_body_replace (x, out);
  sim_handle_generate (x);
}

static char *
check_embeddings (const SimJson *root)
{
  const char *format = sim_json_get_string (root, "encoding_format");
  const SimJson *input = sim_json_get (root, "input");

  if (*format != '\0' && g_ascii_strcasecmp (format, "float") != 0 &&
      g_ascii_strcasecmp (format, "base64") != 0)
    return g_strdup_printf (
        "Invalid value for 'encoding_format' = %s. Supported values: ['float', 'base64'].", format);
  if (input == NULL || (input->kind == SIM_JSON_ARRAY && input->count == 0))
    return g_strdup ("invalid input");
  return NULL;
}

/* POST /v1/embeddings */
void
sim_handle_v1_embeddings (SimExchange *x)
{
  const SimJson *root = NULL, *input;
  GString *out;
  g_autofree char *error = NULL;

  if (!sim_v1_decode (x, &sim_schema_openai_embed, &root))
    return;
  error = check_embeddings (root);
  if (error != NULL)
    {
      sim_v1_refuse (x, 400, error);
      return;
    }
  input = sim_json_get (root, "input");
  out = g_string_new ("{");
  sim_write_member (out, "model", sim_json_get_string (root, "model"));
  sim_write_key (out, "input");
  if (sim_json_is_string (input, ""))
    sim_write_raw (out, "[\"\"]", 4);
  else
    sim_write_raw (out, input->raw, input->raw_length);
  sim_v1_write_option (out, root, "dimensions", "dimensions");
  sim_write_close (out, '}');
  if (g_ascii_strcasecmp (sim_json_get_string (root, "encoding_format"), "base64") == 0)
    x->wanted_format = "base64";
  sim_body_replace (x, out);
  sim_handle_embed (x);
}

/* SPDX-License-Identifier: MIT */
/* /api/chat and /api/generate: lines, the last with "done":true. Without streaming Ollama answers
 * with the last line, in which the text, the thinking, the tool calls and the log probabilities are
 * those of all lines. */
#include "jobs/foreman-assembler-private.h"

static const ForemanAssemblerShape message_shape[] = {
  { "role" },       { "content" },   { "thinking" },     { "images" },
  { "tool_calls" }, { "tool_name" }, { "tool_call_id" }, { NULL },
};

static const ForemanAssemblerShape chat_shape[] = {
  { "model" },
  { "remote_model" },
  { "remote_host" },
  { "created_at" },
  { "message", message_shape },
  { "done" },
  { "done_reason" },
  { "_debug_info" },
  { "logprobs" },
  { "total_duration" },
  { "load_duration" },
  { "prompt_eval_count" },
  { "prompt_eval_duration" },
  { "eval_count" },
  { "eval_duration" },
  { NULL },
};

static const ForemanAssemblerShape generate_shape[] = {
  { "model" },
  { "remote_model" },
  { "remote_host" },
  { "created_at" },
  { "response" },
  { "thinking" },
  { "done" },
  { "done_reason" },
  { "context" },
  { "total_duration" },
  { "load_duration" },
  { "prompt_eval_count" },
  { "prompt_eval_duration" },
  { "eval_count" },
  { "eval_duration" },
  { "tool_calls" },
  { "_debug_info" },
  { "logprobs" },
  { NULL },
};

static gboolean
take_parts (ForemanAssembler *self, const char *line, ForemanJsonSpan object, GError **error)
{
  enum
  {
    TEXT,
    THINKING,
    TOOL_CALLS,
    N_PARTS
  };
  static const char *const chat_names[] = { "content", "thinking", "tool_calls", NULL };
  static const char *const generate_names[] = { "response", "thinking", "tool_calls", NULL };
  gboolean is_chat = self->endpoint == FOREMAN_ENDPOINT_CHAT;
  ForemanJsonSpan parts[N_PARTS];

  foreman_assembler_find (line, object, is_chat ? chat_names : generate_names, parts);
  return foreman_assembler_add_thinking (self, line, parts[THINKING], error) &&
         foreman_assembler_add_text (self, line, parts[TEXT], error) &&
         foreman_assembler_add_tool_calls (self, line, parts[TOOL_CALLS], error);
}

static gboolean
take (ForemanAssembler *self, const char *line, gsize length, GError **error)
{
  enum
  {
    MESSAGE,
    LOGPROBS,
    DONE,
    PROBLEM,
    N_MEMBERS
  };
  static const char *const names[] = { "message", "logprobs", "done", "error", NULL };
  ForemanJsonSpan all = { .length = length };
  ForemanJsonSpan members[N_MEMBERS];
  gboolean is_done = FALSE;

  if (!foreman_assembler_scan (line, length, names, members, error))
    return FALSE;
  if (members[PROBLEM].length > 0 && !foreman_json_span_is_null (line, members[PROBLEM]))
    return foreman_assembler_set_told (line, members[PROBLEM], error);

  foreman_assembler_set_base (self, line, all);
  foreman_json_span_get_boolean (line, members[DONE], &is_done);
  self->is_complete = is_done;
  if (is_done)
    foreman_assembler_take_usage (self, line, length);
  if (self->endpoint == FOREMAN_ENDPOINT_CHAT)
    all = members[MESSAGE];
  return take_parts (self, line, all, error) &&
         foreman_assembler_add_logprobs (self, line, members[LOGPROBS], error);
}

static void
write_elements (ForemanSpoolWriter *writer, const char *name, ForemanSpool *elements)
{
  if (foreman_spool_get_size (elements) == 0)
    return;
  foreman_spool_writer_name (writer, name);
  foreman_spool_writer_array (writer, elements);
}

static void
write_string (ForemanSpoolWriter *writer, const char *name, ForemanSpool *text)
{
  foreman_spool_writer_name (writer, name);
  foreman_spool_writer_string (writer, text);
}

static gboolean
write_member (ForemanSpoolWriter *writer,
              const char *name,
              const char *data,
              ForemanJsonSpan span,
              gpointer user_data)
{
  ForemanAssembler *self = user_data;

  if (g_str_equal (name, "message"))
    {
      foreman_spool_writer_name (writer, name);
      foreman_assembler_shape_write_object (message_shape, writer, data, span, write_member, self);
    }
  else if (g_str_equal (name, "content") || g_str_equal (name, "response"))
    write_string (writer, name, self->text);
  else if (g_str_equal (name, "thinking") && foreman_spool_get_size (self->thinking) > 0)
    write_string (writer, name, self->thinking);
  else if (g_str_equal (name, "tool_calls"))
    write_elements (writer, name, self->tool_calls);
  else if (g_str_equal (name, "logprobs"))
    write_elements (writer, name, self->logprobs);
  else
    return FALSE;
  return TRUE;
}

static ForemanSpool *
compose (ForemanAssembler *self, GError **error)
{
  g_autoptr (ForemanSpool) out = foreman_spool_new ();
  ForemanJsonSpan all = { .length = self->base->len };
  ForemanSpoolWriter writer;

  foreman_spool_writer_init (&writer, out);
  foreman_assembler_shape_write_object (self->endpoint == FOREMAN_ENDPOINT_CHAT ? chat_shape
                                                                                : generate_shape,
                                        &writer, self->base->str, all, write_member, self);
  return foreman_spool_writer_end (&writer, error) ? g_steal_pointer (&out) : NULL;
}

const ForemanAssemblerDialect foreman_assembler_native = {
  .framing = FOREMAN_ASSEMBLER_LINES,
  .content_type = "application/json; charset=utf-8",
  .take = take,
  .compose = compose,
};

/* SPDX-License-Identifier: MIT */
/* /v1/messages: events, the last of them message_stop. Without streaming Ollama answers with one
 * block of thinking, one of text and one for each call, after those of its own tools. */
#include <string.h>

#include "jobs/foreman-assembler-private.h"
#include "libforeman/foreman-error.h"

typedef struct
{
  ForemanSpool *others; /* (owned): blocks of other types */
  GString *block;       /* (owned): the one that is coming, as it began; empty: none */
  GString *arguments;   /* (owned): its input, which comes as text */
  GString *end;         /* (owned): why it ended, and what it has cost */
} State;

static const ForemanAssemblerShape block_shape[] = {
  { "type" }, { "text" }, { "id" }, { "name" }, { "input" }, { NULL },
};

static const ForemanAssemblerShape usage_shape[] = {
  { "input_tokens" },
  { "output_tokens" },
  { NULL },
};

static gpointer
new_state (void)
{
  State *state = g_new0 (State, 1);

  state->others = foreman_spool_new ();
  state->block = g_string_new (NULL);
  state->arguments = g_string_new (NULL);
  state->end = g_string_new (NULL);
  return state;
}

static void
free_state (gpointer user_data)
{
  State *state = user_data;

  foreman_spool_free (state->others);
  g_string_free (state->block, TRUE);
  g_string_free (state->arguments, TRUE);
  g_string_free (state->end, TRUE);
  g_free (state);
}

static gboolean
is_value (const char *json)
{
  static const char *const names[] = { "input", NULL };
  g_autofree char *object = g_strdup_printf ("{\"input\":%s}", json);
  ForemanJsonSpan input;

  return foreman_json_scan (object, strlen (object), names, &input, NULL) &&
         input.length == strlen (json);
}

static gboolean
write_input (ForemanSpoolWriter *writer,
             const char *name,
             const char *data,
             ForemanJsonSpan span,
             gpointer user_data)
{
  State *state = user_data;

  if (!g_str_equal (name, "input") || state->arguments->len == 0)
    return FALSE;
  foreman_spool_writer_name (writer, name);
  foreman_spool_writer_value (writer, state->arguments->str);
  return TRUE;
}

/* Text and thinking were collected as they came. */
static gboolean
end_block (ForemanAssembler *self, GError **error)
{
  static const char *const names[] = { "type", NULL };
  State *state = self->state;
  const char *block = state->block->str;
  ForemanJsonSpan all = { .length = state->block->len }, type;
  ForemanSpoolWriter writer;

  foreman_assembler_find (block, all, names, &type);
  if (!foreman_json_span_is_string (block, type) ||
      foreman_assembler_equals (block, type, "text") ||
      foreman_assembler_equals (block, type, "thinking"))
    {
      g_string_truncate (state->block, 0);
      return TRUE;
    }
  if (state->arguments->len > 0 && !is_value (state->arguments->str))
    return foreman_assembler_set_garbled (error);

  self->has_content = TRUE;
  foreman_spool_writer_init (&writer, foreman_assembler_equals (block, type, "tool_use")
                                          ? self->tool_calls
                                          : state->others);
  foreman_assembler_shape_write_object (block_shape, &writer, block, all, write_input, state);
  g_string_truncate (state->block, 0);
  return foreman_spool_writer_end (&writer, error);
}

static gboolean
take_block (ForemanAssembler *self, const char *data, ForemanJsonSpan block, GError **error)
{
  enum
  {
    TEXT,
    THINKING,
    N_PARTS
  };
  static const char *const names[] = { "text", "thinking", NULL };
  State *state = self->state;
  ForemanJsonSpan parts[N_PARTS];

  if (!foreman_json_span_is_object (data, block))
    return foreman_assembler_set_garbled (error);
  if (!end_block (self, error))
    return FALSE;
  g_string_append_len (state->block, data + block.offset, block.length);
  g_string_truncate (state->arguments, 0);
  foreman_assembler_find (data, block, names, parts);
  return foreman_assembler_add_thinking (self, data, parts[THINKING], error) &&
         foreman_assembler_add_text (self, data, parts[TEXT], error);
}

static gboolean
take_arguments (ForemanAssembler *self, const char *data, ForemanJsonSpan json, GError **error)
{
  State *state = self->state;

  if (!foreman_json_span_is_string (data, json))
    return TRUE;
  self->n_chunks++;
  foreman_assembler_decode (state->arguments, data, json);
  if (state->arguments->len <= FOREMAN_LINE_MAX)
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE, "a tool call is longer than %d bytes",
               FOREMAN_LINE_MAX);
  return FALSE;
}

static gboolean
take_delta (ForemanAssembler *self, const char *data, ForemanJsonSpan delta, GError **error)
{
  enum
  {
    TEXT,
    THINKING,
    ARGUMENTS,
    N_PARTS
  };
  static const char *const names[] = { "text", "thinking", "partial_json", NULL };
  ForemanJsonSpan parts[N_PARTS];

  foreman_assembler_find (data, delta, names, parts);
  return foreman_assembler_add_thinking (self, data, parts[THINKING], error) &&
         foreman_assembler_add_text (self, data, parts[TEXT], error) &&
         take_arguments (self, data, parts[ARGUMENTS], error);
}

static gboolean
take_stop (ForemanAssembler *self, GError **error)
{
  if (self->base->len == 0)
    return foreman_assembler_set_garbled (error);
  self->is_complete = end_block (self, error);
  return self->is_complete;
}

static gboolean
take (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  enum
  {
    TYPE,
    MESSAGE,
    BLOCK,
    DELTA,
    PROBLEM,
    N_MEMBERS
  };
  static const char *const names[] = { "type", "message", "content_block", "delta", "error", NULL };
  State *state = self->state;
  ForemanJsonSpan members[N_MEMBERS];

  if (!foreman_assembler_scan (data, length, names, members, error))
    return FALSE;
  if (members[PROBLEM].length > 0 && !foreman_json_span_is_null (data, members[PROBLEM]))
    return foreman_assembler_set_told (data, members[PROBLEM], error);

  if (foreman_assembler_equals (data, members[TYPE], "message_start"))
    foreman_assembler_set_base (self, data, members[MESSAGE]);
  else if (foreman_assembler_equals (data, members[TYPE], "content_block_start"))
    return take_block (self, data, members[BLOCK], error);
  else if (foreman_assembler_equals (data, members[TYPE], "content_block_delta"))
    return take_delta (self, data, members[DELTA], error);
  else if (foreman_assembler_equals (data, members[TYPE], "content_block_stop"))
    return end_block (self, error);
  else if (foreman_assembler_equals (data, members[TYPE], "message_stop"))
    return take_stop (self, error);
  else if (foreman_assembler_equals (data, members[TYPE], "message_delta"))
    {
      g_string_truncate (state->end, 0);
      g_string_append_len (state->end, data, length);
      foreman_assembler_take_usage (self, data, length);
    }
  return TRUE;
}

static void
write_block (ForemanSpoolWriter *writer, const char *type, const char *name, ForemanSpool *text)
{
  if (foreman_spool_get_size (text) == 0)
    return;
  foreman_spool_writer_open (writer, '{');
  foreman_spool_writer_name (writer, "type");
  foreman_spool_writer_value (writer, type);
  foreman_spool_writer_name (writer, name);
  foreman_spool_writer_string (writer, text);
  foreman_spool_writer_close (writer, '}');
}

static void
write_content (ForemanAssembler *self, ForemanSpoolWriter *writer)
{
  State *state = self->state;

  foreman_spool_writer_name (writer, "content");
  if (!self->has_content)
    {
      foreman_spool_writer_value (writer, "null");
      return;
    }
  foreman_spool_writer_open (writer, '[');
  foreman_spool_writer_elements (writer, state->others);
  write_block (writer, "\"thinking\"", "thinking", self->thinking);
  write_block (writer, "\"text\"", "text", self->text);
  foreman_spool_writer_elements (writer, self->tool_calls);
  foreman_spool_writer_close (writer, ']');
}

/* What is not known is left out, but for the usage. */
static void
write_end (ForemanAssembler *self, ForemanSpoolWriter *writer)
{
  enum
  {
    DELTA,
    USAGE,
    N_MEMBERS
  };
  static const char *const names[] = { "delta", "usage", NULL };
  static const char *const reasons[] = { "stop_reason", "stop_sequence", NULL };
  State *state = self->state;
  const char *end = state->end->str;
  ForemanJsonSpan all = { .length = state->end->len };
  ForemanJsonSpan members[N_MEMBERS], values[G_N_ELEMENTS (reasons) - 1];

  foreman_assembler_find (end, all, names, members);
  foreman_assembler_find (end, members[DELTA], reasons, values);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (foreman_json_span_is_string (end, values[i]))
      {
        foreman_spool_writer_name (writer, reasons[i]);
        foreman_spool_writer_span (writer, end, values[i]);
      }
  foreman_spool_writer_name (writer, "usage");
  if (foreman_json_span_is_object (end, members[USAGE]))
    foreman_assembler_shape_write (usage_shape, writer, end, members[USAGE]);
  else
    foreman_spool_writer_value (writer, "{\"input_tokens\":0,\"output_tokens\":0}");
}

static ForemanSpool *
compose (ForemanAssembler *self, GError **error)
{
  static const char *const names[] = { "id", "type", "role", "model", NULL };
  g_autoptr (ForemanSpool) out = foreman_spool_new ();
  ForemanJsonSpan all = { .length = self->base->len };
  ForemanJsonSpan members[G_N_ELEMENTS (names) - 1];
  ForemanSpoolWriter writer;

  foreman_spool_writer_init (&writer, out);
  foreman_assembler_find (self->base->str, all, names, members);
  foreman_spool_writer_open (&writer, '{');
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      foreman_spool_writer_name (&writer, names[i]);
      foreman_spool_writer_span (&writer, self->base->str, members[i]);
    }
  write_content (self, &writer);
  write_end (self, &writer);
  foreman_spool_writer_close (&writer, '}');
  foreman_spool_writer_end_line (&writer);
  return foreman_spool_writer_end (&writer, error) ? g_steal_pointer (&out) : NULL;
}

const ForemanAssemblerDialect foreman_assembler_messages = {
  .framing = FOREMAN_ASSEMBLER_EVENTS,
  .content_type = "application/json",
  .new_state = new_state,
  .free_state = free_state,
  .take = take,
  .compose = compose,
};

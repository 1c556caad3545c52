/* SPDX-License-Identifier: MIT */
/* /v1/responses: events, of which response.completed holds the whole response; only its members are
 * sorted by name, some are null that are left out without streaming, and a message without text is
 * missing. */
#include <string.h>

#include "jobs/foreman-assembler-private.h"

typedef struct
{
  ForemanSpool *whole; /* (owned) (nullable): the answer, once it has come */
  ForemanSpool *items; /* (owned): of the output, those that are done */
  char *open_id;       /* (owned) (nullable): of the item that is coming, as JSON */
  gboolean has_main;   /* a message or a call is among the items */
} State;

typedef gboolean (*TakeFunc) (ForemanAssembler *self,
                              const char *data,
                              const ForemanJsonSpan *members,
                              GError **error);

enum { TYPE, RESPONSE, ITEM, DELTA, PROBLEM, N_MEMBERS };
static const char *const member_names[] = { "type", "response", "item", "delta", "error", NULL };

static const ForemanAssemblerShape format_shape[] = {
  { "type" }, { "name" }, { "schema" }, { "strict" }, { NULL },
};

static const ForemanAssemblerShape text_shape[] = { { "format", format_shape }, { NULL } };

static const ForemanAssemblerShape reasoning_shape[] = {
  { "effort", .omits_null = TRUE },
  { "summary", .omits_null = TRUE },
  { NULL },
};

static const ForemanAssemblerShape tool_shape[] = {
  { "type" }, { "name" }, { "description" }, { "strict" }, { "parameters" }, { NULL },
};

static const ForemanAssemblerShape usage_shape[] = {
  { "input_tokens" },         { "output_tokens" },         { "total_tokens" },
  { "input_tokens_details" }, { "output_tokens_details" }, { NULL },
};

static const ForemanAssemblerShape part_shape[] = {
  { "type" }, { "text" }, { "annotations" }, { "logprobs" }, { NULL },
};

static const ForemanAssemblerShape item_shape[] = {
  { "id" },
  { "type" },
  { "status" },
  { "role" },
  { "content", part_shape },
  { "call_id" },
  { "name" },
  { "arguments" },
  { "summary", part_shape },
  { "encrypted_content" },
  { NULL },
};

static const ForemanAssemblerShape response_shape[] = {
  { "id" },
  { "object" },
  { "created_at" },
  { "completed_at" },
  { "status" },
  { "incomplete_details" },
  { "model" },
  { "previous_response_id" },
  { "instructions" },
  { "output", item_shape },
  { "error" },
  { "tools", tool_shape },
  { "tool_choice" },
  { "truncation" },
  { "parallel_tool_calls" },
  { "text", text_shape },
  { "top_p" },
  { "presence_penalty" },
  { "frequency_penalty" },
  { "top_logprobs" },
  { "temperature" },
  { "reasoning", reasoning_shape },
  { "usage", usage_shape },
  { "max_output_tokens" },
  { "max_tool_calls" },
  { "store" },
  { "background" },
  { "service_tier" },
  { "metadata" },
  { "safety_identifier" },
  { "prompt_cache_key" },
  { NULL },
};

static gpointer
new_state (void)
{
  State *state = g_new0 (State, 1);

  state->items = foreman_spool_new ();
  return state;
}

static void
free_state (gpointer user_data)
{
  State *state = user_data;

  foreman_spool_free (state->whole);
  foreman_spool_free (state->items);
  g_free (state->open_id);
  g_free (state);
}

static gboolean
is_main (const char *data, ForemanJsonSpan item)
{
  static const char *const names[] = { "type", NULL };
  ForemanJsonSpan type;

  foreman_assembler_find (data, item, names, &type);
  return foreman_assembler_equals (data, type, "message") ||
         foreman_assembler_equals (data, type, "function_call");
}

/* The id of an item that never came is made of the response's: resp_1 has msg_1. */
static void
write_id (ForemanAssembler *self, ForemanSpoolWriter *writer, const char *prefix)
{
  static const char *const names[] = { "id", NULL };
  State *state = self->state;
  const char *base = self->base->str;
  ForemanJsonSpan all = { .length = self->base->len }, id;
  g_autofree char *text = NULL, *made = NULL;

  foreman_spool_writer_name (writer, "id");
  if (state->open_id != NULL)
    {
      foreman_spool_writer_value (writer, state->open_id);
      g_clear_pointer (&state->open_id, g_free);
      return;
    }
  foreman_assembler_find (base, all, names, &id);
  if (foreman_json_span_is_string (base, id))
    text = g_strndup (base + id.offset + 1, id.length - 2);
  made = g_strdup_printf ("\"%s_%s\"", prefix,
                          text == NULL                        ? "0"
                          : g_str_has_prefix (text, "resp_") ? text + strlen ("resp_")
                                                              : text);
  foreman_spool_writer_value (writer, made);
}

static void
write_member (ForemanSpoolWriter *writer, const char *name, const char *value)
{
  foreman_spool_writer_name (writer, name);
  foreman_spool_writer_value (writer, value);
}

static void
write_part (ForemanSpoolWriter *writer, const char *type, ForemanSpool *text)
{
  foreman_spool_writer_open (writer, '[');
  foreman_spool_writer_open (writer, '{');
  write_member (writer, "type", type);
  foreman_spool_writer_name (writer, "text");
  foreman_spool_writer_string (writer, text);
}

static void
write_message (ForemanAssembler *self, ForemanSpoolWriter *writer)
{
  foreman_spool_writer_open (writer, '{');
  write_id (self, writer, "msg");
  write_member (writer, "type", "\"message\"");
  write_member (writer, "status", "\"completed\"");
  write_member (writer, "role", "\"assistant\"");
  foreman_spool_writer_name (writer, "content");
  write_part (writer, "\"output_text\"", self->text);
  write_member (writer, "annotations", "[]");
  write_member (writer, "logprobs", "[]");
  foreman_spool_writer_close (writer, '}');
  foreman_spool_writer_close (writer, ']');
  foreman_spool_writer_close (writer, '}');
}

static void
write_reasoning (ForemanAssembler *self, ForemanSpoolWriter *writer)
{
  foreman_spool_writer_open (writer, '{');
  write_id (self, writer, "rs");
  write_member (writer, "type", "\"reasoning\"");
  foreman_spool_writer_name (writer, "summary");
  write_part (writer, "\"summary_text\"", self->thinking);
  foreman_spool_writer_close (writer, '}');
  foreman_spool_writer_close (writer, ']');
  foreman_spool_writer_name (writer, "encrypted_content");
  foreman_spool_writer_string (writer, self->thinking);
  foreman_spool_writer_close (writer, '}');
}

/* The items as the end tells them; if there is no end, those that were done and the one that was
 * coming. */
static void
write_output (ForemanAssembler *self,
              ForemanSpoolWriter *writer,
              const char *data,
              ForemanJsonSpan output)
{
  State *state = self->state;
  gboolean has_main = state->has_main;
  ForemanJsonIter iter;
  ForemanJsonSpan item;

  foreman_spool_writer_name (writer, "output");
  foreman_spool_writer_open (writer, '[');
  if (self->is_complete && foreman_json_span_is_array (data, output) &&
      foreman_json_iter_init (&iter, data, output, NULL))
    for (has_main = FALSE; foreman_json_iter_next (&iter, NULL, &item, NULL);)
      {
        has_main |= is_main (data, item);
        foreman_assembler_shape_write (item_shape, writer, data, item);
      }
  else
    {
      foreman_spool_writer_elements (writer, state->items);
      if (foreman_spool_get_size (self->thinking) > 0)
        write_reasoning (self, writer);
    }
  if (!has_main || (!self->is_complete && foreman_spool_get_size (self->text) > 0))
    write_message (self, writer);
  foreman_spool_writer_close (writer, ']');
}

static gboolean
write_other (ForemanSpoolWriter *writer,
             const char *name,
             const char *data,
             ForemanJsonSpan span,
             gpointer user_data)
{
  static const char *const names[] = { "created_at", NULL };
  ForemanAssembler *self = user_data;
  ForemanJsonSpan all = { .length = self->base->len }, created;

  if (g_str_equal (name, "output"))
    write_output (self, writer, data, span);
  else if (self->is_complete)
    return FALSE;
  else if (g_str_equal (name, "status"))
    write_member (writer, name, "\"completed\"");
  else if (g_str_equal (name, "completed_at"))
    {
      foreman_assembler_find (self->base->str, all, names, &created);
      foreman_spool_writer_name (writer, name);
      foreman_spool_writer_span (writer, self->base->str, created);
    }
  else if (g_str_equal (name, "usage"))
    write_member (writer, name,
                  "{\"input_tokens\":0,\"output_tokens\":0,\"total_tokens\":0,"
                  "\"input_tokens_details\":{\"cached_tokens\":0},"
                  "\"output_tokens_details\":{\"reasoning_tokens\":0}}");
  else
    return FALSE;
  return TRUE;
}

static ForemanSpool *
write_response (ForemanAssembler *self, const char *data, ForemanJsonSpan object, GError **error)
{
  g_autoptr (ForemanSpool) out = foreman_spool_new ();
  ForemanSpoolWriter writer;

  foreman_spool_writer_init (&writer, out);
  foreman_assembler_shape_write_object (response_shape, &writer, data, object, write_other, self);
  foreman_spool_writer_end_line (&writer);
  return foreman_spool_writer_end (&writer, error) ? g_steal_pointer (&out) : NULL;
}

static gboolean
take_begin (ForemanAssembler *self,
            const char *data,
            const ForemanJsonSpan *members,
            GError **error)
{
  if (!foreman_json_span_is_object (data, members[RESPONSE]))
    return foreman_assembler_set_garbled (error);
  foreman_assembler_set_base (self, data, members[RESPONSE]);
  return TRUE;
}

static gboolean
take_item_added (ForemanAssembler *self,
                 const char *data,
                 const ForemanJsonSpan *members,
                 GError **error)
{
  static const char *const names[] = { "id", NULL };
  State *state = self->state;
  ForemanJsonSpan id;

  foreman_assembler_find (data, members[ITEM], names, &id);
  g_free (state->open_id);
  state->open_id = foreman_json_span_dup_text (data, id);
  return TRUE;
}

/* What was collected of the item is in it, whole. */
static gboolean
take_item_done (ForemanAssembler *self,
                const char *data,
                const ForemanJsonSpan *members,
                GError **error)
{
  State *state = self->state;
  ForemanSpoolWriter writer;

  state->has_main |= is_main (data, members[ITEM]);
  g_clear_pointer (&state->open_id, g_free);
  foreman_spool_free (self->text);
  foreman_spool_free (self->thinking);
  self->text = foreman_spool_new ();
  self->thinking = foreman_spool_new ();
  self->has_content = TRUE;

  foreman_spool_writer_init (&writer, state->items);
  foreman_assembler_shape_write (item_shape, &writer, data, members[ITEM]);
  return foreman_spool_writer_end (&writer, error);
}

static gboolean
take_text (ForemanAssembler *self, const char *data, const ForemanJsonSpan *members, GError **error)
{
  return foreman_assembler_add_text (self, data, members[DELTA], error);
}

static gboolean
take_thinking (ForemanAssembler *self,
               const char *data,
               const ForemanJsonSpan *members,
               GError **error)
{
  return foreman_assembler_add_thinking (self, data, members[DELTA], error);
}

static gboolean
take_arguments (ForemanAssembler *self,
                const char *data,
                const ForemanJsonSpan *members,
                GError **error)
{
  self->n_chunks++;
  self->has_content = TRUE;
  return TRUE;
}

static gboolean
take_end (ForemanAssembler *self, const char *data, const ForemanJsonSpan *members, GError **error)
{
  State *state = self->state;
  ForemanJsonSpan response = members[RESPONSE];

  if (!take_begin (self, data, members, error))
    return FALSE;
  self->is_complete = TRUE;
  state->whole = write_response (self, data, response, error);
  return state->whole != NULL;
}

static gboolean
take_failure (ForemanAssembler *self,
              const char *data,
              const ForemanJsonSpan *members,
              GError **error)
{
  static const char *const names[] = { "error", NULL };
  ForemanJsonSpan problem = members[PROBLEM];

  if (problem.length == 0)
    foreman_assembler_find (data, members[RESPONSE], names, &problem);
  return foreman_assembler_set_told (data, problem, error);
}

static const struct
{
  const char *type;
  TakeFunc take;
} events[] = {
  { "response.created", take_begin },
  { "response.in_progress", take_begin },
  { "response.output_item.added", take_item_added },
  { "response.output_text.delta", take_text },
  { "response.reasoning_summary_text.delta", take_thinking },
  { "response.reasoning_text.delta", take_thinking },
  { "response.function_call_arguments.delta", take_arguments },
  { "response.output_item.done", take_item_done },
  { "response.completed", take_end },
  { "response.incomplete", take_end },
  { "response.failed", take_failure },
  { "error", take_failure },
};

static gboolean
take (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  ForemanJsonSpan members[N_MEMBERS];

  if (!foreman_assembler_scan (data, length, member_names, members, error))
    return FALSE;
  if (members[TYPE].length == 0 && members[PROBLEM].length > 0)
    return take_failure (self, data, members, error);
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    if (foreman_assembler_equals (data, members[TYPE], events[i].type))
      return events[i].take (self, data, members, error);
  return TRUE;
}

static ForemanSpool *
compose (ForemanAssembler *self, GError **error)
{
  State *state = self->state;
  ForemanJsonSpan all = { .length = self->base->len };

  if (self->is_complete)
    return g_steal_pointer (&state->whole);
  return write_response (self, self->base->str, all, error);
}

const ForemanAssemblerDialect foreman_assembler_responses = {
  .framing = FOREMAN_ASSEMBLER_EVENTS,
  .content_type = "application/json",
  .new_state = new_state,
  .free_state = free_state,
  .take = take,
  .compose = compose,
};

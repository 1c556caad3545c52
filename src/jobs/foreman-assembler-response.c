/* SPDX-License-Identifier: MIT */
/* A response as it stands without streaming: of response.completed it differs in that its members
 * are in the order in which they are declared, some are left out that are null, and a message is
 * there even if it has no text. */
#include <string.h>

#include "jobs/foreman-assembler-response-private.h"

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

gboolean
foreman_assembler_response_is_main (const char *data, ForemanJsonSpan item)
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
  ForemanAssemblerResponse *state = self->state;
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
                          text == NULL                       ? "0"
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
  ForemanAssemblerResponse *state = self->state;
  gboolean has_main = state->has_main;
  ForemanJsonIter iter;
  ForemanJsonSpan item;

  foreman_spool_writer_name (writer, "output");
  foreman_spool_writer_open (writer, '[');
  if (self->is_complete && foreman_json_span_is_array (data, output) &&
      foreman_json_iter_init (&iter, data, output, NULL))
    for (has_main = FALSE; foreman_json_iter_next (&iter, NULL, &item, NULL);)
      {
        has_main |= foreman_assembler_response_is_main (data, item);
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

ForemanSpool *
foreman_assembler_response_compose (ForemanAssembler *self,
                                    const char *data,
                                    ForemanJsonSpan object,
                                    GError **error)
{
  g_autoptr (ForemanSpool) out = foreman_spool_new ();
  ForemanSpoolWriter writer;

  foreman_spool_writer_init (&writer, out);
  foreman_assembler_shape_write_object (response_shape, &writer, data, object, write_other, self);
  foreman_spool_writer_end_line (&writer);
  return foreman_spool_writer_end (&writer, error) ? g_steal_pointer (&out) : NULL;
}

/* An item of the output that is done. */
gboolean
foreman_assembler_response_add_item (ForemanAssembler *self,
                                     const char *data,
                                     ForemanJsonSpan item,
                                     GError **error)
{
  ForemanAssemblerResponse *state = self->state;
  ForemanSpoolWriter writer;

  state->has_main |= foreman_assembler_response_is_main (data, item);
  foreman_spool_writer_init (&writer, state->items);
  foreman_assembler_shape_write (item_shape, &writer, data, item);
  return foreman_spool_writer_end (&writer, error);
}

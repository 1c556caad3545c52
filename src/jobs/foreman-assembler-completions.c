/* SPDX-License-Identifier: MIT */
/* /v1/chat/completions and /v1/completions: events, the last of them [DONE], the one before it with
 * the usage. */
#include <string.h>

#include "jobs/foreman-assembler-private.h"

#define DONE "[DONE]"

typedef struct
{
  char *finish; /* (owned) (nullable): why it ended, as JSON */
  char *usage;  /* (owned) (nullable): as JSON */
} State;

static gpointer
new_state (void)
{
  return g_new0 (State, 1);
}

static void
free_state (gpointer state)
{
  g_free (((State *) state)->finish);
  g_free (((State *) state)->usage);
  g_free (state);
}

static gboolean
take_delta (ForemanAssembler *self, const char *data, ForemanJsonSpan delta, GError **error)
{
  enum
  {
    CONTENT,
    REASONING,
    TOOL_CALLS,
    N_PARTS
  };
  static const char *const names[] = { "content", "reasoning", "tool_calls", NULL };
  ForemanJsonSpan parts[N_PARTS];

  foreman_assembler_find (data, delta, names, parts);
  return foreman_assembler_add_thinking (self, data, parts[REASONING], error) &&
         foreman_assembler_add_text (self, data, parts[CONTENT], error) &&
         foreman_assembler_add_tool_calls (self, data, parts[TOOL_CALLS], error);
}

static gboolean
take_choice (ForemanAssembler *self, const char *data, ForemanJsonSpan choice, GError **error)
{
  enum
  {
    DELTA,
    TEXT,
    FINISH,
    LOGPROBS,
    N_MEMBERS
  };
  static const char *const names[] = { "delta", "text", "finish_reason", "logprobs", NULL };
  static const char *const logprobs_names[] = { "content", NULL };
  State *state = self->state;
  ForemanJsonSpan members[N_MEMBERS], logprobs;

  foreman_assembler_find (data, choice, names, members);
  foreman_assembler_find (data, members[LOGPROBS], logprobs_names, &logprobs);
  if (foreman_json_span_is_string (data, members[FINISH]))
    {
      g_free (state->finish);
      state->finish = foreman_json_span_dup_text (data, members[FINISH]);
    }
  return take_delta (self, data, members[DELTA], error) &&
         foreman_assembler_add_text (self, data, members[TEXT], error) &&
         foreman_assembler_add_logprobs (self, data, logprobs, error);
}

/* The chunk with the usage is the one without choices; that of /v1/completions says 0 in all
 * others. */
static gboolean
take_choices (ForemanAssembler *self,
              const char *data,
              gsize length,
              ForemanJsonSpan choices,
              ForemanJsonSpan usage,
              GError **error)
{
  State *state = self->state;
  ForemanJsonIter iter;
  ForemanJsonSpan choice;

  if (foreman_json_span_is_object (data, usage) && foreman_json_span_is_empty (data, choices))
    {
      g_free (state->usage);
      state->usage = foreman_json_span_dup_text (data, usage);
      foreman_assembler_take_usage (self, data, length);
    }
  if (!foreman_json_span_is_array (data, choices) ||
      !foreman_json_iter_init (&iter, data, choices, NULL))
    return TRUE;
  while (foreman_json_iter_next (&iter, NULL, &choice, NULL))
    if (!take_choice (self, data, choice, error))
      return FALSE;
  return TRUE;
}

static gboolean
take (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  enum
  {
    MODEL,
    CHOICES,
    USAGE,
    PROBLEM,
    N_MEMBERS
  };
  static const char *const names[] = { "model", "choices", "usage", "error", NULL };
  ForemanJsonSpan all = { .length = length };
  ForemanJsonSpan members[N_MEMBERS];

  if (length >= strlen (DONE) && memcmp (data, DONE, strlen (DONE)) == 0)
    {
      self->is_complete = self->base->len > 0;
      return self->is_complete || foreman_assembler_set_garbled (error);
    }
  if (!foreman_assembler_scan (data, length, names, members, error))
    return FALSE;
  if (members[PROBLEM].length > 0 && !foreman_json_span_is_null (data, members[PROBLEM]))
    return foreman_assembler_set_told (data, members[PROBLEM], error);

  /* An error while it streams becomes an empty chunk of no model. */
  self->is_broken |= foreman_assembler_equals (data, members[MODEL], "");
  foreman_assembler_set_base (self, data, all);
  return take_choices (self, data, length, members[CHOICES], members[USAGE], error);
}

static void
write_message (ForemanAssembler *self, ForemanSpoolWriter *writer)
{
  foreman_spool_writer_name (writer, "message");
  foreman_spool_writer_open (writer, '{');
  foreman_spool_writer_name (writer, "role");
  foreman_spool_writer_value (writer, "\"assistant\"");
  foreman_spool_writer_name (writer, "content");
  foreman_spool_writer_string (writer, self->text);
  if (foreman_spool_get_size (self->thinking) > 0)
    {
      foreman_spool_writer_name (writer, "reasoning");
      foreman_spool_writer_string (writer, self->thinking);
    }
  if (foreman_spool_get_size (self->tool_calls) > 0)
    {
      foreman_spool_writer_name (writer, "tool_calls");
      foreman_spool_writer_array (writer, self->tool_calls);
    }
  foreman_spool_writer_close (writer, '}');
}

static void
write_choice (ForemanAssembler *self, ForemanSpoolWriter *writer, gboolean is_chat)
{
  State *state = self->state;

  foreman_spool_writer_open (writer, '{');
  if (!is_chat)
    {
      foreman_spool_writer_name (writer, "text");
      foreman_spool_writer_string (writer, self->text);
    }
  foreman_spool_writer_name (writer, "index");
  foreman_spool_writer_value (writer, "0");
  if (is_chat)
    write_message (self, writer);
  foreman_spool_writer_name (writer, "finish_reason");
  foreman_spool_writer_value (writer, state->finish != NULL ? state->finish : "null");
  if (foreman_spool_get_size (self->logprobs) > 0)
    {
      foreman_spool_writer_name (writer, "logprobs");
      foreman_spool_writer_open (writer, '{');
      foreman_spool_writer_name (writer, "content");
      foreman_spool_writer_array (writer, self->logprobs);
      foreman_spool_writer_close (writer, '}');
    }
  foreman_spool_writer_close (writer, '}');
}

static void
write_completion (ForemanAssembler *self, ForemanSpoolWriter *writer)
{
  enum
  {
    ID,
    CREATED,
    MODEL,
    FINGERPRINT,
    N_MEMBERS
  };
  static const char *const names[] = { "id", "created", "model", "system_fingerprint", NULL };
  const char *base = self->base->str;
  gboolean is_chat = self->endpoint == FOREMAN_ENDPOINT_V1_CHAT;
  State *state = self->state;
  ForemanJsonSpan members[N_MEMBERS];

  foreman_assembler_scan (base, self->base->len, names, members, NULL);
  foreman_spool_writer_open (writer, '{');
  foreman_spool_writer_name (writer, "id");
  foreman_spool_writer_span (writer, base, members[ID]);
  foreman_spool_writer_name (writer, "object");
  foreman_spool_writer_value (writer, is_chat ? "\"chat.completion\"" : "\"text_completion\"");
  for (guint i = CREATED; i < N_MEMBERS; i++)
    {
      foreman_spool_writer_name (writer, names[i]);
      foreman_spool_writer_span (writer, base, members[i]);
    }
  foreman_spool_writer_name (writer, "choices");
  foreman_spool_writer_open (writer, '[');
  write_choice (self, writer, is_chat);
  foreman_spool_writer_close (writer, ']');
  foreman_spool_writer_name (writer, "usage");
  foreman_spool_writer_value (
      writer, state->usage != NULL
                  ? state->usage
                  : "{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}");
  foreman_spool_writer_close (writer, '}');
  foreman_spool_writer_end_line (writer);
}

static ForemanSpool *
compose (ForemanAssembler *self, GError **error)
{
  g_autoptr (ForemanSpool) out = foreman_spool_new ();
  ForemanSpoolWriter writer;

  foreman_spool_writer_init (&writer, out);
  write_completion (self, &writer);
  return foreman_spool_writer_end (&writer, error) ? g_steal_pointer (&out) : NULL;
}

const ForemanAssemblerDialect foreman_assembler_completions = {
  .framing = FOREMAN_ASSEMBLER_EVENTS,
  .content_type = "application/json",
  .new_state = new_state,
  .free_state = free_state,
  .take = take,
  .compose = compose,
};

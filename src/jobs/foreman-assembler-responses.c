/* SPDX-License-Identifier: MIT */
/* /v1/responses: events, of which response.completed holds the whole response. What comes before it
 * only counts if Ollama stops without it. */
#include "jobs/foreman-assembler-response-private.h"

typedef gboolean (*TakeFunc) (ForemanAssembler *self,
                              const char *data,
                              const ForemanJsonSpan *members,
                              GError **error);

enum
{
  TYPE,
  RESPONSE,
  ITEM,
  DELTA,
  PROBLEM,
  N_MEMBERS
};
static const char *const member_names[] = { "type", "response", "item", "delta", "error", NULL };

static gpointer
new_state (void)
{
  ForemanAssemblerResponse *state = g_new0 (ForemanAssemblerResponse, 1);

  state->items = foreman_spool_new ();
  return state;
}

static void
free_state (gpointer user_data)
{
  ForemanAssemblerResponse *state = user_data;

  foreman_spool_free (state->whole);
  foreman_spool_free (state->items);
  g_free (state->open_id);
  g_free (state);
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
  ForemanAssemblerResponse *state = self->state;
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
  ForemanAssemblerResponse *state = self->state;

  g_clear_pointer (&state->open_id, g_free);
  foreman_spool_free (self->text);
  foreman_spool_free (self->thinking);
  self->text = foreman_spool_new ();
  self->thinking = foreman_spool_new ();
  self->has_content = TRUE;
  return foreman_assembler_response_add_item (self, data, members[ITEM], error);
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
  ForemanAssemblerResponse *state = self->state;
  ForemanJsonSpan response = members[RESPONSE];

  if (!foreman_json_span_is_object (data, response))
    return foreman_assembler_set_garbled (error);
  if (self->base->len == 0)
    foreman_assembler_set_base (self, data, response);
  foreman_assembler_take_usage (self, data + response.offset, response.length);
  self->is_complete = TRUE;
  state->whole = foreman_assembler_response_compose (self, data, response, error);
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
  ForemanAssemblerResponse *state = self->state;
  ForemanJsonSpan all = { .length = self->base->len };

  if (self->is_complete)
    return g_steal_pointer (&state->whole);
  return foreman_assembler_response_compose (self, self->base->str, all, error);
}

const ForemanAssemblerDialect foreman_assembler_responses = {
  .framing = FOREMAN_ASSEMBLER_EVENTS,
  .content_type = "application/json",
  .new_state = new_state,
  .free_state = free_state,
  .take = take,
  .compose = compose,
};

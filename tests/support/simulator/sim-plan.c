/* SPDX-License-Identifier: MIT */
#include "sim-plan.h"

#include <string.h>

#include "sim-invent.h"
#include "sim-text.h"

void
sim_plan_init (SimPlan *plan, const SimSpec *spec, const SimOptions *options, const char *prompt)
{
  memset (plan, 0, sizeof *plan);
  plan->spec = spec;
  plan->seed = sim_hash (prompt, strlen (prompt),
                         sim_hash (spec->blob, strlen (spec->blob), (guint64) options->seed));
  if (spec->answer_min > 0)
    plan->answer = (guint) spec->answer_min +
                   (guint) (plan->seed % (guint64) (spec->answer_max - spec->answer_min + 1));
  if (spec->loops && options->temperature <= 0)
    plan->loop_at = 10 + (guint) (plan->seed % 40);
}

void
sim_plan_clear (SimPlan *plan)
{
  g_clear_pointer (&plan->script, g_ptr_array_unref);
  g_clear_pointer (&plan->call_name, g_free);
  g_clear_pointer (&plan->call_arguments, g_free);
}

/* The answer begins with thoughts. */
void
sim_plan_think (SimPlan *plan)
{
  plan->thinking = 8 + (guint) (sim_mix (plan->seed) % 24);
}

/* The answer is JSON. @schema: (nullable) any object. */
void
sim_plan_write_json (SimPlan *plan, const SimJson *schema)
{
  g_autofree char *json = sim_invent_json (schema, plan->spec->english, plan->seed);

  plan->script = sim_text_split (json);
}

static const SimJson *
last_message (const SimJson *messages)
{
  return messages != NULL && messages->kind == SIM_JSON_ARRAY ? messages->last : NULL;
}

/* Whether the message speaks of the tool, by a longer part of its name or by the word "tool". */
static gboolean
speaks_of (const char *message, const char *tool)
{
  g_auto (GStrv) parts = g_strsplit_set (tool, "_-. ", -1);

  if (strstr (message, "tool") != NULL || strstr (message, "function") != NULL)
    return TRUE;
  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autofree char *lower = g_ascii_strdown (parts[i], -1);

      if (strlen (lower) > 3 && strstr (message, lower) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* Makes the answer a call of one of @tools, if that is the model's habit here. */
void
sim_plan_consider_tools (SimPlan *plan, const SimJson *tools, const SimJson *messages)
{
  const SimJson *message = last_message (messages), *chosen = NULL;
  const char *content = sim_json_get_string (message, "content");
  g_autofree char *lower = g_ascii_strdown (content, -1);

  if (tools == NULL || tools->kind != SIM_JSON_ARRAY || plan->spec->tool_habit == SIM_TOOLS_NEVER ||
      message == NULL || !g_str_equal (sim_json_get_string (message, "role"), "user"))
    return;
  for (const SimJson *tool = tools->first; tool != NULL && chosen == NULL; tool = tool->next)
    if (speaks_of (lower, sim_json_get_string (sim_json_get (tool, "function"), "name")))
      chosen = tool;
  if (chosen == NULL && plan->spec->tool_habit == SIM_TOOLS_ALWAYS)
    chosen = tools->first;
  if (chosen == NULL)
    return;
  chosen = sim_json_get (chosen, "function");
  plan->call_name = g_strdup (sim_json_get_string (chosen, "name"));
  plan->call_arguments = sim_invent_arguments (sim_json_get (chosen, "parameters"), content,
                                               plan->spec->english, plan->seed);
  plan->call_tokens =
      4 + (guint) sim_text_count_tokens (plan->call_arguments, strlen (plan->call_arguments));
}

/* Token @index of everything the model says, appended to @text. */
SimTokenKind
sim_plan_next (const SimPlan *plan, guint index, GString *text)
{
  gboolean english = plan->spec->english;

  if (index < plan->thinking)
    {
      sim_text_token (text, english, sim_mix (plan->seed ^ 0x7468696e6bull), index);
      return SIM_TOKEN_THINKING;
    }
  index -= plan->thinking;
  if (plan->call_name != NULL)
    return index + 1 < plan->call_tokens    ? SIM_TOKEN_SILENT
           : index + 1 == plan->call_tokens ? SIM_TOKEN_CALL
                                            : SIM_TOKEN_END;
  if (plan->script != NULL)
    {
      if (index >= plan->script->len)
        return SIM_TOKEN_END;
      g_string_append (text, plan->script->pdata[index]);
      return SIM_TOKEN_CONTENT;
    }
  if (plan->answer > 0 && index >= plan->answer)
    return SIM_TOKEN_END;
  if (plan->loop_at > 0 && index > plan->loop_at)
    index = plan->loop_at;
  sim_text_token (text, english, plan->seed, index);
  return SIM_TOKEN_CONTENT;
}

/* How likely the token was, with the @top likeliest at that place. */
SimTokenProbability *
sim_plan_probability (const SimPlan *plan, guint index, const char *text, int top)
{
  SimTokenProbability *probability = g_new0 (SimTokenProbability, 1);
  guint64 value = sim_mix (plan->seed ^ (index * 31ull + 7));

  probability->text = g_strdup (text);
  probability->logprob = -(double) (value % 10000) / 4000.0;
  probability->alternatives = g_array_new (FALSE, TRUE, sizeof (SimTokenProbability));
  for (int i = 0; i < top; i++)
    {
      SimTokenProbability other = { 0 };
      GString *word = g_string_new (i > 0 ? " " : NULL);

      if (i == 0)
        g_string_append (word, text);
      else
        sim_text_word (word, plan->spec->english, sim_mix (value + (guint64) i));
      other.text = g_string_free (word, FALSE);
      other.logprob = probability->logprob - i * 0.75;
      g_array_append_val (probability->alternatives, other);
    }
  return probability;
}

/* Returns: (transfer full) */
SimToolCall *
sim_plan_call (const SimPlan *plan)
{
  SimToolCall *call = g_new0 (SimToolCall, 1);
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  GString *id = g_string_new ("call_");

  for (guint i = 0; i < 8; i++)
    g_string_append_c (id, letters[g_random_int_range (0, 36)]);
  call->id = g_string_free (id, FALSE);
  call->name = g_strdup (plan->call_name);
  call->arguments = g_strdup (plan->call_arguments);
  return call;
}

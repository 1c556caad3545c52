/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "sim-responses.h"
#include "sim-v1.h"
#include "sim-write.h"

/* A response that is not streamed, and what it echoes of its request. */

void
sim_responses_write_text_or_null (GString *out, const SimJson *r, const char *name)
{
  const char *text = sim_json_get_string (r, name);

  sim_write_member (out, name, *text != '\0' ? text : NULL);
}

void
sim_responses_write_or_null (GString *out, const SimJson *r, const char *name)
{
  sim_v1_write_default (out, r, name, "null");
}

void
sim_responses_write_reasoning (GString *out, const SimJson *r, gboolean with_nulls)
{
  const SimJson *reasoning = sim_json_get_kind (r, "reasoning", SIM_JSON_OBJECT);
  const char *effort = sim_json_get_string (reasoning, "effort");
  const char *summary = sim_json_get_string (reasoning, "summary");

  if (*effort == '\0' && *summary == '\0')
    {
      sim_write_member_null (out, "reasoning");
      return;
    }
  sim_write_key (out, "reasoning");
  sim_write_open (out, '{');
  if (with_nulls || *effort != '\0')
    sim_write_member (out, "effort", *effort != '\0' ? effort : NULL);
  if (with_nulls || *summary != '\0')
    sim_write_member (out, "summary", *summary != '\0' ? summary : NULL);
  sim_write_close (out, '}');
}

void
sim_responses_write_format (GString *out, const SimJson *r)
{
  const SimJson *format = sim_json_get_kind (sim_json_get (r, "text"), "format", SIM_JSON_OBJECT);

  sim_write_key (out, "text");
  sim_write_open (out, '{');
  sim_write_key (out, "format");
  if (format != NULL)
    sim_write_raw (out, format->raw, format->raw_length);
  else
    sim_write_raw (out, "{\"type\":\"text\"}", 15);
  sim_write_close (out, '}');
}

static void
write_field (GString *out, const SimJson *tool, const char *name)
{
  const SimJson *value = sim_json_get_nullable (tool, name);

  sim_write_key (out, name);
  if (value != NULL)
    sim_json_write_sorted (out, value);
  else
    g_string_append (out,
                     g_str_equal (name, "type") || g_str_equal (name, "name") ? "\"\"" : "null");
}

/* The request's tools, as the struct they were read into is written. */
void
sim_responses_write_tools (GString *out, const SimJson *r, gboolean sorted)
{
  static const char *const as_declared[] = { "type", "name", "description", "strict",
                                             "parameters" };
  static const char *const by_name[] = { "description", "name", "parameters", "strict", "type" };
  const SimJson *tools = sim_json_get_kind (r, "tools", SIM_JSON_ARRAY);

  sim_write_key (out, "tools");
  sim_write_open (out, '[');
  for (const SimJson *tool = tools != NULL ? tools->first : NULL; tool != NULL; tool = tool->next)
    {
      sim_write_open (out, '{');
      for (guint i = 0; i < G_N_ELEMENTS (by_name); i++)
        write_field (out, tool, sorted ? by_name[i] : as_declared[i]);
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
}

static void
write_reasoning (GString *out, SimResponsesState *state, const SimChunk *chunk)
{
  g_autofree char *id = g_strconcat ("rs_", state->response_id, NULL);

  sim_write_open (out, '{');
  sim_write_member (out, "id", id);
  sim_write_member (out, "type", "reasoning");
  sim_write_key (out, "summary");
  sim_write_open (out, '[');
  sim_write_open (out, '{');
  sim_write_member (out, "type", "summary_text");
  sim_write_member (out, "text", chunk->thinking->str);
  sim_write_close (out, '}');
  sim_write_close (out, ']');
  sim_write_member (out, "encrypted_content", chunk->thinking->str);
  sim_write_close (out, '}');
}

static void
write_call (GString *out, SimResponsesState *state, const SimToolCall *call, guint i)
{
  g_autofree char *id = g_strdup_printf ("fc_%s_%u", state->response_id, i);

  sim_write_open (out, '{');
  sim_write_member (out, "id", id);
  sim_write_member (out, "type", "function_call");
  sim_write_member (out, "status", "completed");
  sim_write_member (out, "call_id", call->id);
  sim_write_member (out, "name", call->name);
  sim_write_member (out, "arguments", call->arguments);
  sim_write_close (out, '}');
}

static void
write_message (GString *out, SimResponsesState *state, const SimChunk *chunk)
{
  sim_write_open (out, '{');
  sim_write_member (out, "id", state->item_id);
  sim_write_member (out, "type", "message");
  sim_write_member (out, "status", "completed");
  sim_write_member (out, "role", "assistant");
  sim_write_key (out, "content");
  sim_write_open (out, '[');
  sim_write_open (out, '{');
  sim_write_member (out, "type", "output_text");
  sim_write_member (out, "text", chunk->content->str);
  g_string_append (out, ",\"annotations\":[],\"logprobs\":[]");
  sim_write_close (out, '}');
  sim_write_close (out, ']');
  sim_write_close (out, '}');
}

static void
write_output (GString *out, SimResponsesState *state, const SimChunk *chunk)
{
  sim_write_key (out, "output");
  sim_write_open (out, '[');
  if (chunk->thinking->len > 0)
    write_reasoning (out, state, chunk);
  for (guint i = 0; i < chunk->tool_calls->len; i++)
    write_call (out, state, chunk->tool_calls->pdata[i], i);
  if (chunk->tool_calls->len == 0)
    write_message (out, state, chunk);
  sim_write_close (out, ']');
}

static void
write_usage (GString *out, const SimChunk *chunk)
{
  sim_write_key (out, "usage");
  sim_write_open (out, '{');
  sim_write_member_int (out, "input_tokens", chunk->prompt_count);
  sim_write_member_int (out, "output_tokens", chunk->eval_count);
  sim_write_member_int (out, "total_tokens", chunk->prompt_count + chunk->eval_count);
  g_string_append (out, ",\"input_tokens_details\":{\"cached_tokens\":0}");
  g_string_append (out, ",\"output_tokens_details\":{\"reasoning_tokens\":0}");
  sim_write_close (out, '}');
}

static void
write_rest (GString *out, const SimJson *r, const SimChunk *chunk)
{
  sim_write_member_null (out, "error");
  sim_responses_write_tools (out, r, FALSE);
  sim_write_member (out, "tool_choice", "auto");
  sim_v1_write_default (out, r, "truncation", "\"disabled\"");
  sim_write_member_bool (out, "parallel_tool_calls", TRUE);
  sim_responses_write_format (out, r);
  sim_v1_write_default (out, r, "top_p", "1");
  sim_write_member_int (out, "presence_penalty", 0);
  sim_write_member_int (out, "frequency_penalty", 0);
  sim_write_member_int (out, "top_logprobs", 0);
  sim_v1_write_default (out, r, "temperature", "1");
  sim_responses_write_reasoning (out, r, FALSE);
  write_usage (out, chunk);
  sim_responses_write_or_null (out, r, "max_output_tokens");
  sim_write_member_null (out, "max_tool_calls");
  sim_write_member_bool (out, "store", FALSE);
  sim_write_member_bool (out, "background", sim_json_get_boolean (r, "background", FALSE));
  sim_write_member (out, "service_tier", "default");
  g_string_append (out, ",\"metadata\":{}");
  sim_write_member_null (out, "safety_identifier");
  sim_write_member_null (out, "prompt_cache_key");
}

void
sim_responses_write_single (SimExchange *x, const SimChunk *chunk, GString *out)
{
  SimResponsesState *state = x->surface_state;
  const SimJson *r = state->request;

  sim_write_open (out, '{');
  sim_write_member (out, "id", state->response_id);
  sim_write_member (out, "object", "response");
  sim_write_member_int (out, "created_at", chunk->created.tv_sec);
  sim_write_member_int (out, "completed_at", time (NULL));
  sim_write_member (out, "status", "completed");
  sim_write_member_null (out, "incomplete_details");
  sim_write_member (out, "model", sim_json_get_string (r, "model"));
  sim_write_member_null (out, "previous_response_id");
  sim_responses_write_text_or_null (out, r, "instructions");
  write_output (out, state, chunk);
  write_rest (out, r, chunk);
  sim_write_close (out, '}');
  g_string_append_c (out, '\n');
}

/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "sim-responses.h"
#include "sim-v1.h"
#include "sim-write.h"

/* OpenAI's Responses on the wire: a stream of named events with sorted keys, or one object. */

static void
free_state (gpointer data)
{
  SimResponsesState *state = data;

  g_free (state->response_id);
  g_free (state->item_id);
  g_free (state->reasoning_id);
  g_string_free (state->text, TRUE);
  g_string_free (state->thinking, TRUE);
  g_string_free (state->calls, TRUE);
  g_free (state);
}

SimResponsesState *
sim_responses_keep_state (SimExchange *x, const SimJson *request)
{
  SimResponsesState *state = g_new0 (SimResponsesState, 1);

  state->request = request;
  state->response_id = g_strdup_printf ("resp_%d", g_random_int_range (0, 999999));
  state->item_id = g_strdup_printf ("msg_%d", g_random_int_range (0, 999999));
  state->reasoning_id = g_strdup_printf ("rs_%d", g_random_int_range (0, 999999));
  state->text = g_string_new (NULL);
  state->thinking = g_string_new (NULL);
  state->calls = g_string_new (NULL);
  x->surface_state = state;
  x->surface_free = free_state;
  return state;
}

static void
begin_event (GString *out, const char *type)
{
  g_string_append_printf (out, "event: %s\ndata: {", type);
}

static void
end_event (GString *out, SimResponsesState *state, const char *type)
{
  sim_write_member_int (out, "sequence_number", state->sequence++);
  sim_write_member (out, "type", type);
  g_string_append (out, "}\n\n");
}

static void
write_part (GString *out, const char *text)
{
  sim_write_open (out, '{');
  g_string_append (out, "\"annotations\":[],\"logprobs\":[]");
  sim_write_member (out, "text", text);
  sim_write_member (out, "type", "output_text");
  sim_write_close (out, '}');
}

static void
write_message_item (GString *out, SimResponsesState *state, gboolean completed)
{
  sim_write_open (out, '{');
  sim_write_key (out, "content");
  sim_write_open (out, '[');
  if (completed)
    write_part (out, state->text->str);
  sim_write_close (out, ']');
  sim_write_member (out, "id", state->item_id);
  sim_write_member (out, "role", "assistant");
  sim_write_member (out, "status", completed ? "completed" : "in_progress");
  sim_write_member (out, "type", "message");
  sim_write_close (out, '}');
}

static void
write_reasoning_item (GString *out, SimResponsesState *state, gboolean completed)
{
  sim_write_open (out, '{');
  if (completed)
    sim_write_member (out, "encrypted_content", state->thinking->str);
  sim_write_member (out, "id", state->reasoning_id);
  sim_write_key (out, "summary");
  sim_write_open (out, '[');
  if (completed)
    {
      sim_write_open (out, '{');
      sim_write_member (out, "text", state->thinking->str);
      sim_write_member (out, "type", "summary_text");
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
  sim_write_member (out, "type", "reasoning");
  sim_write_close (out, '}');
}

static void
write_output (GString *out, SimResponsesState *state)
{
  sim_write_key (out, "output");
  if (!state->reasoning_started && state->calls->len == 0 && !state->text_started)
    {
      g_string_append (out, "null");
      return;
    }
  sim_write_open (out, '[');
  if (state->reasoning_started)
    write_reasoning_item (out, state, TRUE);
  if (state->calls->len > 0)
    sim_write_raw (out, state->calls->str, state->calls->len);
  else if (state->text_started)
    write_message_item (out, state, TRUE);
  sim_write_close (out, ']');
}

static void
write_usage (GString *out, const SimChunk *chunk)
{
  sim_write_open (out, '{');
  sim_write_member_int (out, "input_tokens", chunk->prompt_count);
  g_string_append (out, ",\"input_tokens_details\":{\"cached_tokens\":0}");
  sim_write_member_int (out, "output_tokens", chunk->eval_count);
  g_string_append (out, ",\"output_tokens_details\":{\"reasoning_tokens\":0}");
  sim_write_member_int (out, "total_tokens", chunk->prompt_count + chunk->eval_count);
  sim_write_close (out, '}');
}

/* The response object of an event, up to "output". */
static void
write_response_start (GString *out, SimResponsesState *state, gint64 completed_at)
{
  const SimJson *r = state->request;

  sim_write_key (out, "response");
  sim_write_open (out, '{');
  sim_write_member_bool (out, "background", sim_json_get_boolean (r, "background", FALSE));
  if (completed_at != 0)
    sim_write_member_int (out, "completed_at", completed_at);
  else
    sim_write_member_null (out, "completed_at");
  sim_write_member_int (out, "created_at", time (NULL));
  sim_write_member_null (out, "error");
  sim_write_member_int (out, "frequency_penalty", 0);
  sim_write_member (out, "id", state->response_id);
  sim_write_member_null (out, "incomplete_details");
  sim_responses_write_text_or_null (out, r, "instructions");
  sim_responses_write_or_null (out, r, "max_output_tokens");
  sim_write_member_null (out, "max_tool_calls");
  g_string_append (out, ",\"metadata\":{}");
  sim_write_member (out, "model", sim_json_get_string (r, "model"));
  sim_write_member (out, "object", "response");
}

static void
write_response_rest (GString *out, SimResponsesState *state, const SimChunk *last)
{
  const SimJson *r = state->request;

  sim_write_member_bool (out, "parallel_tool_calls", TRUE);
  sim_write_member_int (out, "presence_penalty", 0);
  sim_write_member_null (out, "previous_response_id");
  sim_write_member_null (out, "prompt_cache_key");
  sim_responses_write_reasoning (out, r, TRUE);
  sim_write_member_null (out, "safety_identifier");
  sim_write_member (out, "service_tier", "default");
  sim_write_member (out, "status", last != NULL ? "completed" : "in_progress");
  sim_write_member_bool (out, "store", FALSE);
  sim_v1_write_default (out, r, "temperature", "1");
  sim_responses_write_format (out, r);
  sim_write_member (out, "tool_choice", "auto");
  sim_responses_write_tools (out, r, TRUE);
  sim_write_member_int (out, "top_logprobs", 0);
  sim_v1_write_default (out, r, "top_p", "1");
  sim_v1_write_default (out, r, "truncation", "\"disabled\"");
  if (last != NULL)
    {
      sim_write_key (out, "usage");
      write_usage (out, last);
    }
  else
    sim_write_member_null (out, "usage");
  sim_write_close (out, '}');
}

static void
write_created (GString *out, SimResponsesState *state, const char *type)
{
  begin_event (out, type);
  write_response_start (out, state, 0);
  g_string_append (out, ",\"output\":[]");
  write_response_rest (out, state, NULL);
  end_event (out, state, type);
}

static void
write_completed (GString *out, SimResponsesState *state, const SimChunk *chunk)
{
  begin_event (out, "response.completed");
  write_response_start (out, state, time (NULL));
  write_output (out, state);
  write_response_rest (out, state, chunk);
  end_event (out, state, "response.completed");
}

static void
stream_thinking (GString *out, SimResponsesState *state, const char *delta)
{
  if (!state->reasoning_started)
    {
      state->reasoning_started = TRUE;
      begin_event (out, "response.output_item.added");
      sim_write_key (out, "item");
      write_reasoning_item (out, state, FALSE);
      sim_write_member_int (out, "output_index", state->output_index);
      end_event (out, state, "response.output_item.added");
    }
  g_string_append (state->thinking, delta);
  begin_event (out, "response.reasoning_summary_text.delta");
  sim_write_member (out, "delta", delta);
  sim_write_member (out, "item_id", state->reasoning_id);
  sim_write_member_int (out, "output_index", state->output_index);
  sim_write_member_int (out, "sequence_number", state->sequence++);
  sim_write_member_int (out, "summary_index", 0);
  sim_write_member (out, "type", "response.reasoning_summary_text.delta");
  g_string_append (out, "}\n\n");
}

static void
finish_reasoning (GString *out, SimResponsesState *state)
{
  if (!state->reasoning_started || state->reasoning_done)
    return;
  state->reasoning_done = TRUE;
  begin_event (out, "response.reasoning_summary_text.done");
  sim_write_member (out, "item_id", state->reasoning_id);
  sim_write_member_int (out, "output_index", state->output_index);
  sim_write_member_int (out, "sequence_number", state->sequence++);
  sim_write_member_int (out, "summary_index", 0);
  sim_write_member (out, "text", state->thinking->str);
  sim_write_member (out, "type", "response.reasoning_summary_text.done");
  g_string_append (out, "}\n\n");
  begin_event (out, "response.output_item.done");
  sim_write_key (out, "item");
  write_reasoning_item (out, state, TRUE);
  sim_write_member_int (out, "output_index", state->output_index);
  end_event (out, state, "response.output_item.done");
  state->output_index++;
}

static void
write_call (GString *out,
            const SimToolCall *call,
            const char *id,
            const char *status,
            const char *arguments)
{
  sim_write_open (out, '{');
  sim_write_member (out, "arguments", arguments);
  sim_write_member (out, "call_id", call->id);
  sim_write_member (out, "id", id);
  sim_write_member (out, "name", call->name);
  sim_write_member (out, "status", status);
  sim_write_member (out, "type", "function_call");
  sim_write_close (out, '}');
}

static void
stream_call (GString *out, SimResponsesState *state, const SimToolCall *call, guint i)
{
  g_autofree char *id = g_strdup_printf ("fc_%d_%u", g_random_int_range (0, 999999), i);
  gint64 index = state->output_index + i;

  write_call (state->calls, call, id, "completed", call->arguments);
  begin_event (out, "response.output_item.added");
  sim_write_key (out, "item");
  write_call (out, call, id, "in_progress", "");
  sim_write_member_int (out, "output_index", index);
  end_event (out, state, "response.output_item.added");
  begin_event (out, "response.function_call_arguments.delta");
  sim_write_member (out, "delta", call->arguments);
  sim_write_member (out, "item_id", id);
  sim_write_member_int (out, "output_index", index);
  end_event (out, state, "response.function_call_arguments.delta");
  begin_event (out, "response.function_call_arguments.done");
  sim_write_member (out, "arguments", call->arguments);
  sim_write_member (out, "item_id", id);
  sim_write_member_int (out, "output_index", index);
  end_event (out, state, "response.function_call_arguments.done");
  begin_event (out, "response.output_item.done");
  sim_write_key (out, "item");
  write_call (out, call, id, "completed", call->arguments);
  sim_write_member_int (out, "output_index", index);
  end_event (out, state, "response.output_item.done");
}

/* A part that begins or ends. */
static void
write_part_event (GString *out, SimResponsesState *state, const char *type, const char *text)
{
  begin_event (out, type);
  sim_write_member_int (out, "content_index", 0);
  sim_write_member (out, "item_id", state->item_id);
  sim_write_member_int (out, "output_index", state->output_index);
  sim_write_key (out, "part");
  write_part (out, text);
  end_event (out, state, type);
}

static void
write_item_event (GString *out, SimResponsesState *state, const char *type, gboolean completed)
{
  begin_event (out, type);
  sim_write_key (out, "item");
  write_message_item (out, state, completed);
  sim_write_member_int (out, "output_index", state->output_index);
  end_event (out, state, type);
}

static void
stream_text (GString *out, SimResponsesState *state, const char *delta)
{
  finish_reasoning (out, state);
  if (!state->text_started)
    {
      state->text_started = TRUE;
      write_item_event (out, state, "response.output_item.added", FALSE);
      write_part_event (out, state, "response.content_part.added", "");
    }
  g_string_append (state->text, delta);
  begin_event (out, "response.output_text.delta");
  sim_write_member_int (out, "content_index", 0);
  sim_write_member (out, "delta", delta);
  sim_write_member (out, "item_id", state->item_id);
  g_string_append (out, ",\"logprobs\":[]");
  sim_write_member_int (out, "output_index", state->output_index);
  end_event (out, state, "response.output_text.delta");
}

static void
finish_text (GString *out, SimResponsesState *state)
{
  if (state->calls->len > 0 || !state->text_started)
    return;
  begin_event (out, "response.output_text.done");
  sim_write_member_int (out, "content_index", 0);
  sim_write_member (out, "item_id", state->item_id);
  g_string_append (out, ",\"logprobs\":[]");
  sim_write_member_int (out, "output_index", state->output_index);
  sim_write_member_int (out, "sequence_number", state->sequence++);
  sim_write_member (out, "text", state->text->str);
  sim_write_member (out, "type", "response.output_text.done");
  g_string_append (out, "}\n\n");
  write_part_event (out, state, "response.content_part.done", state->text->str);
  write_item_event (out, state, "response.output_item.done", TRUE);
}

static void
stream (SimExchange *x, const SimChunk *chunk, GString *out)
{
  SimResponsesState *state = x->surface_state;

  if (!state->started)
    {
      state->started = TRUE;
      write_created (out, state, "response.created");
      write_created (out, state, "response.in_progress");
    }
  if (chunk->thinking->len > 0)
    stream_thinking (out, state, chunk->thinking->str);
  if (chunk->tool_calls->len > 0)
    finish_reasoning (out, state);
  for (guint i = 0; i < chunk->tool_calls->len; i++)
    stream_call (out, state, chunk->tool_calls->pdata[i], i);
  if (chunk->content->len > 0 && state->calls->len == 0)
    stream_text (out, state, chunk->content->str);
  if (!chunk->done)
    return;
  finish_reasoning (out, state);
  finish_text (out, state);
  write_completed (out, state, chunk);
}

static void
write_error (int status, const char *message, GString *out)
{
  sim_surface_openai_plain.error (status, message, out);
}

const SimSurface sim_surface_responses = {
  .stream_type = "text/event-stream",
  .single_type = "application/json",
  .by_event = TRUE,
  .error = write_error,
  .stream = stream,
  .single = sim_responses_write_single,
};

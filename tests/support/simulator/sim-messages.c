/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-messages.h"
#include "sim-v1.h"
#include "sim-write.h"

/* Anthropic's Messages on the wire. */

char *
sim_messages_new_id (const char *prefix)
{
  return g_strdup_printf ("%s_%08x%08x%08x", prefix, g_random_int (), g_random_int (),
                          g_random_int ());
}

static void
free_state (gpointer data)
{
  SimMessagesState *state = data;

  g_free (state->id);
  g_free (state);
}

SimMessagesState *
sim_messages_keep_state (SimExchange *x, const char *model, gint64 estimate)
{
  SimMessagesState *state = g_new0 (SimMessagesState, 1);

  state->id = sim_messages_new_id ("msg");
  state->model = model;
  state->estimate = estimate;
  x->surface_state = state;
  x->surface_free = free_state;
  return state;
}

static void
write_error (int status, const char *message, GString *out)
{
  g_autofree char *id = sim_messages_new_id ("req");
  const char *type;

  switch (status)
    {
    case 400:
      type = "invalid_request_error";
      break;
    case 401:
      type = "authentication_error";
      break;
    case 403:
      type = "permission_error";
      break;
    case 404:
      type = "not_found_error";
      break;
    case 429:
      type = "rate_limit_error";
      break;
    case 503:
    case 529:
      type = "overloaded_error";
      break;
    default:
      type = "api_error";
    }
  sim_write_open (out, '{');
  sim_write_member (out, "type", "error");
  sim_write_key (out, "error");
  sim_write_open (out, '{');
  sim_write_member (out, "type", type);
  sim_write_member (out, "message", message);
  sim_write_close (out, '}');
  sim_write_member (out, "request_id", id);
  sim_write_close (out, '}');
}

static void
begin_event (GString *out, const char *type)
{
  g_string_append_printf (out, "event: %s\ndata: {\"type\":\"%s\"", type, type);
}

static void
end_event (GString *out)
{
  g_string_append (out, "}\n\n");
}

static void
write_usage (GString *out, gint64 input, gint64 output)
{
  sim_write_key (out, "usage");
  sim_write_open (out, '{');
  sim_write_member_int (out, "input_tokens", input);
  sim_write_member_int (out, "output_tokens", output);
  sim_write_close (out, '}');
}

static void
write_head (GString *out, SimMessagesState *state, const char *model)
{
  sim_write_open (out, '{');
  sim_write_member (out, "id", state->id);
  sim_write_member (out, "type", "message");
  sim_write_member (out, "role", "assistant");
  sim_write_member (out, "model", model);
  sim_write_key (out, "content");
}

static void
write_start (GString *out, SimMessagesState *state, const SimChunk *chunk)
{
  begin_event (out, "message_start");
  sim_write_key (out, "message");
  write_head (out, state, state->model);
  g_string_append (out, "[]");
  write_usage (out, chunk->prompt_count > 0 ? chunk->prompt_count : state->estimate, 0);
  sim_write_close (out, '}');
  end_event (out);
}

static void
begin_block (GString *out, SimMessagesState *state)
{
  begin_event (out, "content_block_start");
  sim_write_member_int (out, "index", state->index);
  sim_write_key (out, "content_block");
  sim_write_open (out, '{');
}

static void
write_delta (GString *out,
             SimMessagesState *state,
             const char *type,
             const char *key,
             const char *text)
{
  begin_event (out, "content_block_delta");
  sim_write_member_int (out, "index", state->index);
  sim_write_key (out, "delta");
  sim_write_open (out, '{');
  sim_write_member (out, "type", type);
  sim_write_nonempty (out, key, text);
  sim_write_close (out, '}');
  end_event (out);
}

static void
write_stop (GString *out, SimMessagesState *state)
{
  begin_event (out, "content_block_stop");
  sim_write_member_int (out, "index", state->index);
  end_event (out);
}

static void
stream_thinking (GString *out, SimMessagesState *state, const char *thinking)
{
  if (!state->thinking_started)
    {
      state->thinking_started = TRUE;
      begin_block (out, state);
      g_string_append (out, "\"type\":\"thinking\",\"thinking\":\"\"}");
      end_event (out);
    }
  write_delta (out, state, "thinking_delta", "thinking", thinking);
}

static void
finish_thinking (GString *out, SimMessagesState *state)
{
  if (!state->thinking_started || state->thinking_done)
    return;
  state->thinking_done = TRUE;
  write_stop (out, state);
  state->index++;
}

static void
stream_text (GString *out, SimMessagesState *state, const char *text)
{
  finish_thinking (out, state);
  if (!state->text_started)
    {
      state->text_started = TRUE;
      begin_block (out, state);
      g_string_append (out, "\"type\":\"text\",\"text\":\"\"}");
      end_event (out);
    }
  write_delta (out, state, "text_delta", "text", text);
}

static void
stream_call (GString *out, SimMessagesState *state, const SimToolCall *call)
{
  finish_thinking (out, state);
  if (state->text_started)
    {
      write_stop (out, state);
      state->index++;
      state->text_started = FALSE;
    }
  begin_block (out, state);
  g_string_append (out, "\"type\":\"tool_use\"");
  sim_write_member (out, "id", call->id);
  sim_write_member (out, "name", call->name);
  g_string_append (out, ",\"input\":{}}");
  end_event (out);
  write_delta (out, state, "input_json_delta", "partial_json", call->arguments);
  write_stop (out, state);
  state->calls++;
  state->index++;
}

static const char *
stop_reason (const char *reason, gboolean calls)
{
  if (calls)
    return "tool_use";
  if (g_strcmp0 (reason, "stop") == 0)
    return "end_turn";
  if (g_strcmp0 (reason, "length") == 0)
    return "max_tokens";
  return reason != NULL ? "stop_sequence" : "";
}

static void
stream (SimExchange *x, const SimChunk *chunk, GString *out)
{
  SimMessagesState *state = x->surface_state;

  if (!state->started)
    {
      state->started = TRUE;
      write_start (out, state, chunk);
    }
  if (chunk->thinking->len > 0 && !state->thinking_done)
    stream_thinking (out, state, chunk->thinking->str);
  if (chunk->content->len > 0)
    stream_text (out, state, chunk->content->str);
  for (guint i = 0; i < chunk->tool_calls->len; i++)
    stream_call (out, state, chunk->tool_calls->pdata[i]);
  if (!chunk->done)
    return;
  if (state->text_started || (state->thinking_started && !state->thinking_done))
    write_stop (out, state);
  begin_event (out, "message_delta");
  sim_write_key (out, "delta");
  sim_write_open (out, '{');
  sim_write_nonempty (out, "stop_reason", stop_reason (chunk->done_reason, state->calls > 0));
  sim_write_close (out, '}');
  write_usage (out, chunk->prompt_count, chunk->eval_count);
  end_event (out);
  begin_event (out, "message_stop");
  end_event (out);
}

static void
write_blocks (GString *out, const SimChunk *chunk)
{
  sim_write_open (out, '[');
  if (chunk->thinking->len > 0)
    {
      sim_write_open (out, '{');
      sim_write_member (out, "type", "thinking");
      sim_write_member (out, "thinking", chunk->thinking->str);
      sim_write_close (out, '}');
    }
  if (chunk->content->len > 0)
    {
      sim_write_open (out, '{');
      sim_write_member (out, "type", "text");
      sim_write_member (out, "text", chunk->content->str);
      sim_write_close (out, '}');
    }
  for (guint i = 0; i < chunk->tool_calls->len; i++)
    {
      const SimToolCall *call = chunk->tool_calls->pdata[i];

      sim_write_open (out, '{');
      sim_write_member (out, "type", "tool_use");
      sim_write_member (out, "id", call->id);
      sim_write_member (out, "name", call->name);
      sim_write_key (out, "input");
      g_string_append (out, call->arguments);
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
}

static void
single (SimExchange *x, const SimChunk *chunk, GString *out)
{
  SimMessagesState *state = x->surface_state;

  write_head (out, state, chunk->model);
  if (chunk->thinking->len == 0 && chunk->content->len == 0 && chunk->tool_calls->len == 0)
    g_string_append (out, "null");
  else
    write_blocks (out, chunk);
  sim_write_nonempty (out, "stop_reason",
                      stop_reason (chunk->done_reason, chunk->tool_calls->len > 0));
  write_usage (out, chunk->prompt_count, chunk->eval_count);
  sim_write_close (out, '}');
  g_string_append_c (out, '\n');
}

const SimSurface sim_surface_messages = {
  .stream_type = "text/event-stream",
  .single_type = "application/json",
  .by_event = TRUE,
  .error = write_error,
  .stream = stream,
  .single = single,
};

gboolean
sim_v1_is_messages (SimExchange *x)
{
  return x->surface == &sim_surface_messages;
}

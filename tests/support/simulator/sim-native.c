/* SPDX-License-Identifier: MIT */
#include "sim-surface.h"
#include "sim-write.h"

/* Ollama's own chat and generate. */

static void
write_tool_calls (GString *out, GPtrArray *calls)
{
  sim_write_key (out, "tool_calls");
  sim_write_open (out, '[');
  for (guint i = 0; i < calls->len; i++)
    {
      const SimToolCall *call = calls->pdata[i];

      sim_write_open (out, '{');
      sim_write_nonempty (out, "id", call->id);
      sim_write_key (out, "function");
      sim_write_open (out, '{');
      sim_write_member_int (out, "index", call->index);
      sim_write_member (out, "name", call->name);
      sim_write_key (out, "arguments");
      g_string_append (out, call->arguments);
      sim_write_close (out, '}');
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
}

static void
write_rendered (GString *out, const char *prompt)
{
  if (prompt == NULL)
    return;
  sim_write_key (out, "_debug_info");
  sim_write_open (out, '{');
  sim_write_member (out, "rendered_template", prompt);
  sim_write_close (out, '}');
}

static void
write_start (GString *out, const SimChunk *chunk)
{
  sim_write_open (out, '{');
  sim_write_member (out, "model", chunk->model);
  sim_write_key (out, "created_at");
  sim_write_time (out, &chunk->created, FALSE);
}

static void
write_chat (SimExchange *x, const SimChunk *chunk, GString *out)
{
  write_start (out, chunk);
  sim_write_key (out, "message");
  sim_write_open (out, '{');
  sim_write_member (out, "role", chunk->role ? "assistant" : "");
  sim_write_key (out, "content");
  sim_write_string_len (out, chunk->content->str, chunk->content->len);
  sim_write_nonempty (out, "thinking", chunk->thinking->str);
  if (chunk->tool_calls->len > 0)
    write_tool_calls (out, chunk->tool_calls);
  sim_write_close (out, '}');
  sim_write_member_bool (out, "done", chunk->done);
  sim_write_nonempty (out, "done_reason", chunk->done_reason);
  write_rendered (out, chunk->rendered);
  if (chunk->logprobs->len > 0)
    {
      sim_write_key (out, "logprobs");
      sim_write_logprobs (out, chunk->logprobs);
    }
  sim_write_metrics (out, chunk);
  sim_write_close (out, '}');
}

static void
write_context (GString *out, GArray *context)
{
  sim_write_key (out, "context");
  sim_write_open (out, '[');
  for (guint i = 0; i < context->len; i++)
    sim_write_int (out, g_array_index (context, int, i));
  sim_write_close (out, ']');
}

static void
write_generate (SimExchange *x, const SimChunk *chunk, GString *out)
{
  write_start (out, chunk);
  sim_write_key (out, "response");
  sim_write_string_len (out, chunk->content->str, chunk->content->len);
  sim_write_nonempty (out, "thinking", chunk->thinking->str);
  sim_write_member_bool (out, "done", chunk->done);
  sim_write_nonempty (out, "done_reason", chunk->done_reason);
  if (chunk->context != NULL && chunk->context->len > 0)
    write_context (out, chunk->context);
  sim_write_metrics (out, chunk);
  write_rendered (out, chunk->rendered);
  if (chunk->logprobs->len > 0)
    {
      sim_write_key (out, "logprobs");
      sim_write_logprobs (out, chunk->logprobs);
    }
  sim_write_close (out, '}');
}

static void
stream_chat (SimExchange *x, const SimChunk *chunk, GString *out)
{
  write_chat (x, chunk, out);
  g_string_append_c (out, '\n');
}

static void
stream_generate (SimExchange *x, const SimChunk *chunk, GString *out)
{
  write_generate (x, chunk, out);
  g_string_append_c (out, '\n');
}

static void
write_late_error (SimExchange *x, const char *message, GString *out)
{
  g_autofree char *json = sim_write_error (message);

  g_string_append_printf (out, "%s\n", json);
}

const SimSurface sim_surface_chat = {
  .stream_type = "application/x-ndjson",
  .single_type = "application/json; charset=utf-8",
  .stream = stream_chat,
  .single = write_chat,
  .late_error = write_late_error,
};

const SimSurface sim_surface_generate = {
  .stream_type = "application/x-ndjson",
  .single_type = "application/json; charset=utf-8",
  .stream = stream_generate,
  .single = write_generate,
  .late_error = write_late_error,
};

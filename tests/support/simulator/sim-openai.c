/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "sim-v1.h"
#include "sim-write.h"

/* How OpenAI's chat and completions look on the wire. */

static void
write_error (int status, const char *message, GString *out)
{
  sim_write_open (out, '{');
  sim_write_key (out, "error");
  sim_write_open (out, '{');
  sim_write_member (out, "message", message);
  sim_write_member (out, "type",
                    status == 400   ? "invalid_request_error"
                    : status == 404 ? "not_found_error"
                                    : "api_error");
  sim_write_member_null (out, "param");
  sim_write_member_null (out, "code");
  sim_write_close (out, '}');
  sim_write_close (out, '}');
}

static void
write_usage (GString *out, gint64 prompt, gint64 completion)
{
  sim_write_key (out, "usage");
  sim_write_open (out, '{');
  sim_write_member_int (out, "prompt_tokens", prompt);
  sim_write_member_int (out, "completion_tokens", completion);
  sim_write_member_int (out, "total_tokens", prompt + completion);
  sim_write_close (out, '}');
}

static void
write_head (GString *out, const SimOpenaiState *state, const char *object, gint64 created)
{
  sim_write_open (out, '{');
  sim_write_member (out, "id", state->id);
  sim_write_member (out, "object", object);
  sim_write_member_int (out, "created", created);
}

static void
write_origin (GString *out, const SimChunk *chunk)
{
  sim_write_member (out, "model", chunk->model);
  sim_write_member (out, "system_fingerprint", "fp_ollama");
}

static void
write_finish (GString *out, const char *reason)
{
  if (reason != NULL)
    sim_write_member (out, "finish_reason", reason);
  else
    sim_write_member_null (out, "finish_reason");
}

static void
write_chat_choice (GString *out, const char *part, const SimChunk *chunk, gboolean calls_sent)
{
  const char *reason = chunk->done_reason;

  sim_write_key (out, "choices");
  sim_write_open (out, '[');
  sim_write_open (out, '{');
  sim_write_member_int (out, "index", 0);
  sim_write_key (out, part);
  sim_write_open (out, '{');
  sim_write_member (out, "role", chunk->role || *part == 'd' ? "assistant" : "");
  sim_write_member (out, "content", chunk->content->str);
  sim_write_nonempty (out, "reasoning", chunk->thinking->str);
  if (chunk->tool_calls->len > 0)
    {
      sim_write_key (out, "tool_calls");
      sim_write_openai_calls (out, chunk->tool_calls);
    }
  sim_write_close (out, '}');
  if (reason != NULL && (calls_sent || chunk->tool_calls->len > 0))
    reason = "tool_calls";
  write_finish (out, reason);
  if (chunk->logprobs->len > 0)
    {
      sim_write_key (out, "logprobs");
      sim_write_open (out, '{');
      sim_write_key (out, "content");
      sim_write_logprobs (out, chunk->logprobs);
      sim_write_close (out, '}');
    }
  sim_write_close (out, '}');
  sim_write_close (out, ']');
}

static void
stream_chat (SimExchange *x, const SimChunk *chunk, GString *out)
{
  SimOpenaiState *state = x->surface_state;

  g_string_append (out, "data: ");
  write_head (out, state, "chat.completion.chunk", time (NULL));
  write_origin (out, chunk);
  write_chat_choice (out, "delta", chunk, state->tool_call_sent);
  g_string_append (out, "}\n\n");
  state->tool_call_sent = state->tool_call_sent || chunk->tool_calls->len > 0;
  if (!chunk->done)
    return;
  if (state->include_usage)
    {
      g_string_append (out, "data: ");
      write_head (out, state, "chat.completion.chunk", time (NULL));
      write_origin (out, chunk);
      g_string_append (out, ",\"choices\":[]");
      write_usage (out, chunk->prompt_count, chunk->eval_count);
      g_string_append (out, "}\n\n");
    }
  g_string_append (out, "data: [DONE]\n\n");
}

static void
single_chat (SimExchange *x, const SimChunk *chunk, GString *out)
{
  write_head (out, x->surface_state, "chat.completion", chunk->created.tv_sec);
  write_origin (out, chunk);
  write_chat_choice (out, "message", chunk, FALSE);
  write_usage (out, chunk->prompt_count, chunk->eval_count);
  if (chunk->rendered != NULL)
    {
      sim_write_key (out, "_debug_info");
      sim_write_open (out, '{');
      sim_write_member (out, "rendered_template", chunk->rendered);
      sim_write_close (out, '}');
    }
  g_string_append (out, "}\n");
}

static void
write_completion_choice (GString *out, const SimChunk *chunk)
{
  sim_write_key (out, "choices");
  sim_write_open (out, '[');
  sim_write_open (out, '{');
  sim_write_member (out, "text", chunk->content->str);
  sim_write_member_int (out, "index", 0);
  write_finish (out, chunk->done_reason);
  sim_write_close (out, '}');
  sim_write_close (out, ']');
}

static void
stream_completion (SimExchange *x, const SimChunk *chunk, GString *out)
{
  SimOpenaiState *state = x->surface_state;

  g_string_append (out, "data: ");
  write_head (out, state, "text_completion", time (NULL));
  write_completion_choice (out, chunk);
  write_origin (out, chunk);
  if (state->include_usage)
    write_usage (out, 0, 0);
  g_string_append (out, "}\n\n");
  if (!chunk->done)
    return;
  if (state->include_usage)
    {
      g_string_append (out, "data: ");
      write_head (out, state, "text_completion", time (NULL));
      g_string_append (out, ",\"choices\":[]");
      write_origin (out, chunk);
      write_usage (out, chunk->prompt_count, chunk->eval_count);
      g_string_append (out, "}\n\n");
    }
  g_string_append (out, "data: [DONE]\n\n");
}

static void
single_completion (SimExchange *x, const SimChunk *chunk, GString *out)
{
  write_head (out, x->surface_state, "text_completion", chunk->created.tv_sec);
  write_origin (out, chunk);
  write_completion_choice (out, chunk);
  write_usage (out, chunk->prompt_count, chunk->eval_count);
  g_string_append (out, "}\n");
}

/* The error itself is lost: what its line parses to is an empty chunk of no model. */
static void
write_late_error (SimExchange *x, const char *message, GString *out)
{
  g_autoptr (SimChunk) nothing = sim_chunk_new ("");

  x->surface->stream (x, nothing, out);
}

/* A transcription keeps its text until the model is done. */
static void
stream_transcription (SimExchange *x, const SimChunk *chunk, GString *out)
{
  GString *text = x->surface_state;

  g_string_append (text, chunk->content->str);
  if (!chunk->done)
    return;
  g_strstrip (text->str);
  if (g_strcmp0 (x->wanted_format, "text") == 0)
    {
      g_string_append (out, text->str);
      return;
    }
  sim_write_open (out, '{');
  sim_write_member (out, "text", text->str);
  g_string_append (out, "}\n");
}

const SimSurface sim_surface_openai_plain = { .error = write_error };

const SimSurface sim_surface_openai_chat = {
  .stream_type = "text/event-stream",
  .single_type = "application/json",
  .error = write_error,
  .stream = stream_chat,
  .single = single_chat,
  .late_error = write_late_error,
};

const SimSurface sim_surface_openai_completion = {
  .stream_type = "text/event-stream",
  .single_type = "application/json",
  .error = write_error,
  .stream = stream_completion,
  .single = single_completion,
  .late_error = write_late_error,
};

/* An answer about an image is nothing without one. */
static void
stream_image (SimExchange *x, const SimChunk *chunk, GString *out)
{
}

const SimSurface sim_surface_image = {
  .stream_type = "application/x-ndjson",
  .single_type = "application/json",
  .error = write_error,
  .stream = stream_image,
  .single = stream_image,
};

const SimSurface sim_surface_transcription = {
  .stream_type = "application/x-ndjson",
  .single_type = "application/json",
  .error = write_error,
  .stream = stream_transcription,
  .late_error = NULL,
};

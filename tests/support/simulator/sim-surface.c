/* SPDX-License-Identifier: MIT */
#include "sim-surface.h"

#include <string.h>

#include "sim-write.h"

SimChunk *
sim_chunk_new (const char *model)
{
  SimChunk *chunk = g_new0 (SimChunk, 1);

  chunk->model = model;
  chunk->content = g_string_new (NULL);
  chunk->thinking = g_string_new (NULL);
  chunk->tool_calls = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_tool_call_free);
  chunk->logprobs = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_token_probability_free);
  chunk->role = TRUE;
  sim_chunk_stamp (chunk);
  return chunk;
}

void
sim_chunk_stamp (SimChunk *chunk)
{
  clock_gettime (CLOCK_REALTIME, &chunk->created);
}

void
sim_chunk_free (SimChunk *chunk)
{
  g_string_free (chunk->content, TRUE);
  g_string_free (chunk->thinking, TRUE);
  g_ptr_array_unref (chunk->tool_calls);
  g_ptr_array_unref (chunk->logprobs);
  g_clear_pointer (&chunk->context, g_array_unref);
  g_free (chunk);
}

void
sim_tool_call_free (SimToolCall *call)
{
  g_free (call->id);
  g_free (call->name);
  g_free (call->arguments);
  g_free (call);
}

void
sim_token_probability_free (SimTokenProbability *probability)
{
  if (probability->alternatives != NULL)
    for (guint i = 0; i < probability->alternatives->len; i++)
      g_free (g_array_index (probability->alternatives, SimTokenProbability, i).text);
  g_clear_pointer (&probability->alternatives, g_array_unref);
  g_free (probability->text);
  g_free (probability);
}

static void
move_all (GPtrArray *to, GPtrArray *from)
{
  g_ptr_array_set_free_func (from, NULL);
  g_ptr_array_extend (to, from, NULL, NULL);
  g_ptr_array_set_size (from, 0);
}

/* Adds @part's words to @whole and takes its other values, as an answer that is not streamed does.
 */
void
sim_chunk_absorb (SimChunk *whole, SimChunk *part)
{
  g_string_append_len (whole->content, part->content->str, (gssize) part->content->len);
  g_string_append_len (whole->thinking, part->thinking->str, (gssize) part->thinking->len);
  move_all (whole->tool_calls, part->tool_calls);
  move_all (whole->logprobs, part->logprobs);
  g_clear_pointer (&whole->context, g_array_unref);
  whole->context = g_steal_pointer (&part->context);
  whole->created = part->created;
  whole->done = part->done;
  whole->done_reason = part->done_reason;
  whole->total_duration = part->total_duration;
  whole->load_duration = part->load_duration;
  whole->prompt_duration = part->prompt_duration;
  whole->eval_duration = part->eval_duration;
  whole->prompt_count = part->prompt_count;
  whole->eval_count = part->eval_count;
}

void
sim_write_metrics (GString *out, const SimChunk *chunk)
{
  sim_write_nonzero (out, "total_duration", chunk->total_duration);
  sim_write_nonzero (out, "load_duration", chunk->load_duration);
  sim_write_nonzero (out, "prompt_eval_count", chunk->prompt_count);
  sim_write_nonzero (out, "prompt_eval_duration", chunk->prompt_duration);
  sim_write_nonzero (out, "eval_count", chunk->eval_count);
  sim_write_nonzero (out, "eval_duration", chunk->eval_duration);
}

static void
write_probability (GString *out, const SimTokenProbability *probability)
{
  sim_write_member (out, "token", probability->text);
  sim_write_key (out, "logprob");
  sim_write_double (out, probability->logprob);
  sim_write_key (out, "bytes");
  sim_write_open (out, '[');
  for (const char *c = probability->text; *c != '\0'; c++)
    sim_write_int (out, (guchar) *c);
  sim_write_close (out, ']');
}

void
sim_write_logprobs (GString *out, GPtrArray *logprobs)
{
  sim_write_open (out, '[');
  for (guint i = 0; i < logprobs->len; i++)
    {
      SimTokenProbability *probability = logprobs->pdata[i];

      sim_write_open (out, '{');
      write_probability (out, probability);
      if (probability->alternatives != NULL && probability->alternatives->len > 0)
        {
          sim_write_key (out, "top_logprobs");
          sim_write_open (out, '[');
          for (guint j = 0; j < probability->alternatives->len; j++)
            {
              sim_write_open (out, '{');
              write_probability (out, &g_array_index (probability->alternatives,
                                                      SimTokenProbability, j));
              sim_write_close (out, '}');
            }
          sim_write_close (out, ']');
        }
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
}

/* Some surfaces flush after every event of theirs, the others after every moment of the model. */
static gboolean
send_events (SimExchange *x, const GString *out)
{
  const char *at = out->str;

  if (!x->surface->by_event)
    return sim_reply_chunk (x, out->str, out->len);
  while (*at != '\0')
    {
      const char *end = strstr (at, "\n\n");
      gsize length = end != NULL ? (gsize) (end + 2 - at) : strlen (at);

      if (!sim_reply_chunk (x, at, length))
        return FALSE;
      at += length;
    }
  return TRUE;
}

gboolean
sim_surface_send (SimExchange *x, const SimChunk *chunk)
{
  g_autoptr (GString) out = g_string_sized_new (512);

  if (!x->head_sent)
    sim_reply_set_header (x, "Content-Type", x->surface->stream_type);
  x->surface->stream (x, chunk, out);
  if (out->len == 0 && x->surface->by_event)
    return !x->gone;
  return send_events (x, out);
}

gboolean
sim_surface_send_single (SimExchange *x, const SimChunk *chunk)
{
  g_autoptr (GString) out = g_string_sized_new (1024);

  x->surface->single (x, chunk, out);
  sim_reply_set_header (x, "Content-Type", x->surface->single_type);
  return sim_reply_whole (x, 200, out->str, out->len);
}

/* Sends what is the whole answer though nothing was generated: Ollama does not stream that itself,
 * but another API's stream it becomes. */
gboolean
sim_surface_send_only (SimExchange *x, const SimChunk *chunk, gboolean streaming)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (!streaming || x->surface->error == NULL)
    return sim_surface_send_single (x, chunk);
  if (x->surface->by_event)
    return sim_surface_send (x, chunk) && sim_reply_end (x);
  x->surface->stream (x, chunk, out);
  sim_reply_set_header (x, "Content-Type", x->surface->stream_type);
  return sim_reply_whole (x, 200, out->str, out->len);
}

/* Ends an answer whose model failed: with a status while nothing was sent, else as the API does it.
 */
gboolean
sim_surface_fail (SimExchange *x, gboolean streaming, const char *message)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (!streaming)
    return sim_reply_error (x, 500, message);
  if (x->head_sent)
    {
      if (x->surface->late_error != NULL)
        x->surface->late_error (x, message, out);
      return (out->len == 0 || sim_reply_chunk (x, out->str, out->len)) && sim_reply_end (x);
    }
  if (x->surface->error != NULL)
    {
      x->surface->error (500, message, out);
      g_string_append_c (out, '\n');
    }
  else
    {
      g_autofree char *json = sim_write_error (message);

      g_string_append (out, json);
    }
  sim_reply_set_header (x, "Content-Type", "application/json");
  x->status = 500;
  return sim_reply_chunk (x, out->str, out->len) && sim_reply_end (x);
}

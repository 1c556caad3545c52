/* SPDX-License-Identifier: MIT */
#include "sim-job.h"

#include <string.h>

#include "sim-invent.h"
#include "sim-server.h"
#include "sim-text.h"

/* Ollama gives up on a model that says the same thing more often than this. */
#define MAX_REPEATS 30

static gint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

void
sim_job_init (SimJob *job, SimExchange *x, const SimJson *request, const char *name)
{
  memset (job, 0, sizeof *job);
  job->x = x;
  job->request = request;
  job->name = name;
  job->slot = -1;
  job->logprobs = -1;
  job->started = now_ns ();
  job->said = g_string_new (NULL);
  job->held = g_string_new (NULL);
}

/* Gives the slot and the runner back: before the end of the answer can be seen. */
static void
leave (SimJob *job)
{
  SimServer *server = job->x->server;

  if (job->running)
    {
      sim_record_set_running (server->stats, job->x->record, FALSE);
      sim_stats_add (server->stats, SIM_METRIC_TOKENS, job->index);
    }
  job->running = FALSE;
  if (job->slot >= 0)
    sim_scheduler_leave_slot (server->scheduler, job->runner, job->slot,
                              g_strconcat (job->prompt, job->said->str, NULL));
  job->slot = -1;
  if (job->runner != NULL)
    sim_scheduler_release (server->scheduler, job->runner);
  job->runner = NULL;
  sim_record_leave_flight (server->stats, job->x->record);
}

void
sim_job_clear (SimJob *job)
{
  leave (job);
  g_clear_pointer (&job->model, sim_model_unref);
  sim_options_clear (&job->options);
  sim_plan_clear (&job->plan);
  g_clear_pointer (&job->prompt, g_free);
  g_clear_pointer (&job->whole, sim_chunk_free);
  g_string_free (job->said, TRUE);
  g_string_free (job->held, TRUE);
  g_free (job->last);
}

static SimJobState
refused (gboolean sent)
{
  return SIM_JOB_REFUSED;
}

/* Finds the installed model that the request names. */
SimJobState
sim_job_find_model (SimJob *job, int missing_status, const char *missing)
{
  SimExchange *x = job->x;
  g_auto (SimName) name = { 0 };

  if (!sim_request_reference (x, sim_json_get (job->request, "model"), missing_status, missing,
                              &name))
    return SIM_JOB_REFUSED;
  if (name.source == SIM_SOURCE_CLOUD)
    return refused (sim_refuse_cloud (x, "remote model is unavailable"));
  job->model = sim_store_find (x->server->store, &name, TRUE);
  if (job->model == NULL ||
      (name.source == SIM_SOURCE_LOCAL && job->model->spec->remote_host != NULL))
    return refused (sim_reply_errorf (x, 404, "model '%s' not found", job->name));
  return SIM_JOB_RUNS;
}

/* @relaxed: a model that cannot think is not asked to, instead of an error. */
SimJobState
sim_job_check_think (SimJob *job, gboolean relaxed, gboolean *think)
{
  const SimJson *value = sim_json_get_nullable (job->request, "think");
  gboolean can = sim_spec_can (job->model->spec, SIM_CAN_THINK);

  *think = value == NULL ? can : value->kind == SIM_JSON_STRING || value->boolean;
  if (!*think || can)
    return SIM_JOB_RUNS;
  *think = FALSE;
  if (relaxed)
    return SIM_JOB_RUNS;
  return refused (sim_reply_errorf (job->x, 400, "\"%s\" does not support thinking", job->name));
}

/* The answer to a request that got no runner; FALSE always. */
gboolean
sim_reply_acquisition (SimExchange *x, SimAcquisition result, const char *error)
{
  if (result == SIM_QUEUE_FULL)
    sim_reply_error (x, 503, "server busy, please try again.  maximum pending requests exceeded");
  else if (result == SIM_CANCELED)
    sim_reply_error (x, 499, "request canceled");
  else if (result != SIM_GONE)
    sim_reply_error (x, 500, error);
  if (result == SIM_CANCELED || result == SIM_GONE)
    x->gone = TRUE;
  return FALSE;
}

static SimJobState
check_capabilities (SimJob *job, SimCapabilities wanted, const char *verb)
{
  const char *const *names = sim_capability_names ();
  g_autoptr (GString) missing = g_string_new (NULL);

  if (!sim_spec_can (job->model->spec, SIM_CAN_COMPLETE))
    return refused (sim_reply_errorf (job->x, 400, "\"%s\" does not support %s", job->name, verb));
  for (guint i = 0; names[i] != NULL; i++)
    if ((wanted & (1u << i)) != 0 && !sim_spec_can (job->model->spec, 1u << i))
      g_string_append_printf (missing, "%s%s", missing->len > 0 ? "\n" : "", names[i]);
  if (missing->len == 0)
    return SIM_JOB_RUNS;
  return refused (
      sim_reply_errorf (job->x, 400, "%s does not support %s", job->model->full, missing->str));
}

/* Gets the model loaded. */
SimJobState
sim_job_schedule (SimJob *job, SimCapabilities wanted, const char *verb)
{
  SimExchange *x = job->x;
  g_autofree char *error = NULL;
  gint64 keep_alive;
  gboolean has_keep_alive = sim_request_keep_alive (job->request, &keep_alive);
  SimAcquisition result;

  if (check_capabilities (job, wanted, verb) != SIM_JOB_RUNS)
    return SIM_JOB_REFUSED;
  if (!sim_options_read (&job->options, x->server->config, job->model->spec, job->request, &error))
    return refused (sim_reply_error (x, 500, error));
  result = sim_scheduler_acquire (x->server->scheduler, x, job->model, &job->options.load,
                                  has_keep_alive ? &keep_alive : NULL, &job->runner, &error);
  if (result != SIM_ACQUIRED)
    return refused (sim_reply_acquisition (x, result, error));
  sim_exchange_stage (x, SIM_STAGE_ANSWERING);
  job->loaded = now_ns ();
  return SIM_JOB_RUNS;
}

/* The answer of a request that only loads or unloads. */
void
sim_job_answer_loaded (SimJob *job, const char *reason)
{
  g_autoptr (SimChunk) chunk = sim_chunk_new (job->name);

  chunk->done = TRUE;
  chunk->done_reason = reason;
  leave (job);
  sim_surface_send_only (job->x, chunk, job->streaming);
}

/* _debug_render_only: the prompt instead of an answer. */
void
sim_job_answer_rendered (SimJob *job)
{
  g_autoptr (SimChunk) chunk = sim_chunk_new (job->name);

  chunk->role = FALSE;
  chunk->rendered = job->prompt;
  leave (job);
  sim_surface_send_only (job->x, chunk, job->streaming);
}

/* FALSE: the format is none, and the answer has said so. */
gboolean
sim_job_check_format (SimJob *job)
{
  const SimJson *format = sim_json_get_nullable (job->request, "format");
  const SimJson *schema = format != NULL && format->kind == SIM_JSON_OBJECT ? format : NULL;
  g_autofree char *raw = NULL, *escaped = NULL, *message = NULL;

  if (format == NULL || sim_json_is_string (format, ""))
    return TRUE;
  if (sim_json_is_string (format, "json") || (schema != NULL && sim_invent_can (schema)))
    {
      sim_plan_write_json (&job->plan, schema);
      return TRUE;
    }
  raw = g_strndup (format->raw, format->raw_length);
  escaped = g_strescape (raw, NULL);
  message = schema != NULL ? g_strdup ("invalid JSON schema in format")
                           : g_strdup_printf ("invalid format: \"%s\"; expected \"json\" or a "
                                              "valid JSON Schema object",
                                              escaped);
  leave (job);
  sim_surface_fail (job->x, job->streaming, message);
  return FALSE;
}

/* The client has left, or half-closed, which is the same to Ollama, but then it can still read
 * this. */
static gboolean
hung_up (SimJob *job)
{
  g_autofree char *message = NULL;

  if (job->slot < 0)
    message = g_strdup ("context canceled");
  else if (job->index == 0)
    message = g_strdup_printf ("Post \"http://127.0.0.1:%u/completion\": context canceled",
                               job->x->server->port);
  else
    message = g_strdup ("error reading llm response: context canceled");
  leave (job);
  sim_surface_fail (job->x, job->streaming, message);
  job->x->gone = TRUE;
  return FALSE;
}

static gboolean
wait_until (SimJob *job, gint64 deadline)
{
  return sim_connection_sleep_until (job->x->connection, deadline) || hung_up (job);
}

static gboolean
pass (SimJob *job, SimHoldPoint point)
{
  return sim_hold_pass (job->x->server->hold, point, job->x->connection) || hung_up (job);
}

static gboolean
is_fault (SimJob *job, SimFaultKind kind)
{
  return job->x->fault != NULL && job->x->fault->kind == kind;
}

/* Reads the prompt: silent, and shorter for what the cache knows. */
static gboolean
prefill (SimJob *job, gsize cached)
{
  SimExchange *x = job->x;
  gint64 begun = now_ns (), deadline = g_get_monotonic_time ();
  gsize length = strlen (job->prompt);
  double rate = job->model->spec->prefill_rate, seconds = 0;
  int known = length > 0 ? (int) ((gsize) job->prompt_tokens * cached / length) : 0;

  sim_exchange_stage (x, SIM_STAGE_PREFILL);
  known = MIN (known, job->prompt_tokens - 1);
  sim_stats_add (x->server->stats, SIM_METRIC_CACHED_TOKENS, known);
  if (rate > 0)
    seconds = (job->prompt_tokens - known) / rate;
  if (is_fault (job, SIM_FAULT_PREFILL))
    seconds += x->fault->seconds;
  deadline += sim_config_scaled (x->server->config, seconds);
  if (!wait_until (job, deadline) || !pass (job, SIM_HOLD_PREFILL))
    return FALSE;
  job->prompt_duration = now_ns () - begun;
  sim_exchange_stage (x, SIM_STAGE_STREAMING);
  return TRUE;
}

static void
fill_end (SimJob *job, SimChunk *chunk, const char *reason)
{
  gint64 now = now_ns ();

  chunk->done = TRUE;
  chunk->done_reason = reason;
  chunk->total_duration = now - job->started;
  chunk->load_duration = MAX (job->loaded - job->started, 1);
  chunk->prompt_count = job->prompt_tokens;
  chunk->prompt_duration = MAX (job->prompt_duration, 1);
  chunk->eval_count = job->index;
  chunk->eval_duration = job->index > 1 ? MAX (now - job->first_token, 1) : 0;
  if (!job->with_context)
    return;
  chunk->context = g_array_new (FALSE, FALSE, sizeof (int));
  sim_text_append_ids (chunk->context, job->prompt, job->model->spec->vocab_size);
  sim_text_append_ids (chunk->context, job->said->str, job->model->spec->vocab_size);
}

/* Sends a chunk, or keeps it for the answer as a whole. Takes @chunk. */
static gboolean
emit (SimJob *job, SimChunk *chunk)
{
  gboolean sent = TRUE;

  job->shown++;
  if (job->streaming)
    {
      sent = sim_surface_send (job->x, chunk);
      sim_chunk_free (chunk);
    }
  else if (job->whole == NULL)
    job->whole = chunk;
  else
    {
      sim_chunk_absorb (job->whole, chunk);
      sim_chunk_free (chunk);
    }
  return sent;
}

/* Ends the answer. @reason: NULL for an end without a last word. */
static void
finish (SimJob *job, const char *reason)
{
  SimChunk *last = reason != NULL ? sim_chunk_new (job->name) : NULL;

  if (last != NULL)
    fill_end (job, last, reason);
  leave (job);
  if (last != NULL && !emit (job, last))
    return;
  if (job->streaming)
    sim_reply_end (job->x);
  else
    {
      if (job->whole == NULL)
        job->whole = sim_chunk_new ("");
      sim_surface_send_single (job->x, job->whole);
    }
}

static gboolean
repeats (SimJob *job, const char *text)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));

  if (g_strcmp0 (trimmed, job->last != NULL ? job->last : "") == 0)
    job->repeats++;
  else
    {
      g_free (job->last);
      job->last = g_steal_pointer (&trimmed);
      job->repeats = 0;
    }
  return job->repeats > MAX_REPEATS;
}

/* How much of @text may be shown: up to a stop sequence (then @stopped), or to what may become one.
 */
static gsize
before_stop (SimJob *job, const GString *text, gboolean *stopped)
{
  gsize shown = text->len;

  *stopped = FALSE;
  for (guint i = 0; i < job->options.stop->len; i++)
    {
      const char *stop = job->options.stop->pdata[i];
      const char *found = *stop != '\0' ? strstr (text->str, stop) : NULL;

      if (found != NULL && (!*stopped || (gsize) (found - text->str) < shown))
        {
          *stopped = TRUE;
          shown = (gsize) (found - text->str);
        }
    }
  for (guint i = 0; i < job->options.stop->len && !*stopped; i++)
    {
      const char *stop = job->options.stop->pdata[i];

      for (gsize n = MIN (strlen (stop), text->len); n > 0; n--)
        if (strncmp (text->str + text->len - n, stop, n) == 0)
          {
            shown = MIN (shown, text->len - n);
            break;
          }
    }
  return shown;
}

typedef enum
{
  GOES_ON,
  STOPPED,
  ENDED, /* the answer is over, or its reader gone */
} Progress;

static Progress
say (SimJob *job, SimTokenKind kind, const char *token)
{
  SimChunk *chunk;
  gboolean stopped = FALSE;
  gsize shown;

  g_string_append (job->held, token);
  shown = before_stop (job, job->held, &stopped);
  if (shown == 0 && kind != SIM_TOKEN_CALL)
    return stopped ? STOPPED : GOES_ON;
  chunk = sim_chunk_new (job->name);
  g_string_append_len (kind == SIM_TOKEN_THINKING ? chunk->thinking : chunk->content,
                       job->held->str, (gssize) shown);
  g_string_append_len (job->said, job->held->str, (gssize) shown);
  g_string_erase (job->held, 0, (gssize) shown);
  if (kind == SIM_TOKEN_CALL)
    g_ptr_array_add (chunk->tool_calls, sim_plan_call (&job->plan));
  if (job->logprobs >= 0)
    g_ptr_array_add (chunk->logprobs,
                     sim_plan_probability (&job->plan, job->index, token, job->logprobs));
  if (repeats (job, kind == SIM_TOKEN_CALL ? "{}" : token))
    {
      sim_chunk_free (chunk);
      finish (job, NULL);
      return ENDED;
    }
  return !emit (job, chunk) ? ENDED : stopped ? STOPPED : GOES_ON;
}

/* What was held back for a stop sequence that did not come. */
static gboolean
say_held (SimJob *job)
{
  SimChunk *chunk;

  if (job->held->len == 0)
    return TRUE;
  chunk = sim_chunk_new (job->name);
  g_string_append (chunk->content, job->held->str);
  g_string_append (job->said, job->held->str);
  g_string_truncate (job->held, 0);
  return emit (job, chunk);
}

static Progress
say_long_line (SimJob *job)
{
  SimChunk *chunk = sim_chunk_new (job->name);

  job->x->fault_done = TRUE;
  g_string_set_size (chunk->content, (gsize) job->x->fault->bytes);
  memset (chunk->content->str, 'x', (gsize) job->x->fault->bytes);
  return emit (job, chunk) ? GOES_ON : ENDED;
}

/* What goes wrong inside the model, once it has said as much as the fault lets it. */
static Progress
meet_fault (SimJob *job)
{
  const SimFault *fault = job->x->fault;

  if (fault == NULL || job->x->fault_done || fault->after_chunks < 0 ||
      job->shown < fault->after_chunks)
    return GOES_ON;
  if (fault->kind == SIM_FAULT_LONG_LINE)
    return say_long_line (job);
  if (fault->kind == SIM_FAULT_NO_TERMINATOR)
    {
      finish (job, NULL);
      return ENDED;
    }
  if (fault->kind != SIM_FAULT_CRASH)
    return GOES_ON;
  sim_scheduler_crash (job->x->server->scheduler, job->runner);
  leave (job);
  sim_surface_fail (job->x, job->streaming,
                    "an error was encountered while running the model: unexpected EOF");
  return ENDED;
}

/* Waits for the moment of the next token. */
static gboolean
await_token (SimJob *job, gint64 *moment, gint64 interval)
{
  if (interval > 0)
    *moment += interval;
  if (interval > 0 ? *moment > g_get_monotonic_time () : job->index % 64 == 63)
    {
      if (!wait_until (job, interval > 0 ? *moment : 0))
        return FALSE;
    }
  return pass (job, SIM_HOLD_TOKENS);
}

static gint64
predict_limit (const SimJob *job)
{
  gint64 most = 10 * job->options.load.num_ctx, wanted = job->options.num_predict;

  return wanted <= 0 || wanted > most ? most : wanted;
}

static void
speak (SimJob *job)
{
  double rate = job->model->spec->token_rate;
  gint64 interval = rate > 0 ? sim_config_scaled (job->x->server->config, 1 / rate) : 0;
  gint64 moment = g_get_monotonic_time (), limit = predict_limit (job);
  g_autoptr (GString) token = g_string_new (NULL);

  for (;;)
    {
      SimTokenKind kind;
      Progress progress = meet_fault (job);

      if (progress == ENDED)
        return;
      g_string_truncate (token, 0);
      kind = job->index >= limit ? SIM_TOKEN_END : sim_plan_next (&job->plan, job->index, token);
      if (kind == SIM_TOKEN_END)
        {
          if (say_held (job))
            finish (job, job->index >= limit ? "length" : "stop");
          return;
        }
      if (!await_token (job, &moment, interval))
        return;
      if (job->index == 0)
        job->first_token = now_ns ();
      if (kind != SIM_TOKEN_SILENT)
        progress = say (job, kind, token->str);
      job->index++;
      if (progress == ENDED)
        return;
      if (progress == STOPPED)
        {
          finish (job, "stop");
          return;
        }
    }
}

/* Runs the plan: waits for a slot, reads the prompt, speaks. The answer is complete afterwards. */
void
sim_job_run (SimJob *job)
{
  SimExchange *x = job->x;
  gsize cached;

  if (is_fault (job, SIM_FAULT_EMPTY))
    {
      SimChunk *chunk = sim_chunk_new (job->name);

      chunk->done = TRUE;
      chunk->done_reason = "load";
      leave (job);
      if (emit (job, chunk))
        finish (job, NULL);
      return;
    }
  job->slot = sim_scheduler_enter_slot (x->server->scheduler, job->runner, x, job->prompt, &cached);
  if (job->slot < 0)
    {
      hung_up (job);
      return;
    }
  job->running = TRUE;
  sim_record_set_running (x->server->stats, x->record, TRUE);
  job->prompt_tokens = sim_text_count_tokens (job->prompt, strlen (job->prompt));
  if (prefill (job, cached))
    speak (job);
}

/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "sim-handlers.h"
#include "sim-job.h"
#include "sim-server.h"
#include "sim-text.h"
#include "sim-write.h"

/* /api/embed, /api/embeddings, /v1/embeddings. */

typedef struct
{
  SimExchange *x;
  const SimJson *root;
  const char *name;
  SimModel *model;
  SimRunner *runner;
  SimOptions options;
  int dimensions;
  int tokens;
  gint64 started;
  gint64 loaded;
} Embedder;

static void
clear (Embedder *e)
{
  if (e->runner != NULL)
    sim_scheduler_release (e->x->server->scheduler, e->runner);
  e->runner = NULL;
  g_clear_pointer (&e->model, sim_model_unref);
  sim_options_clear (&e->options);
  sim_record_leave_flight (e->x->server->stats, e->x->record);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Embedder, clear)

/* Finds and loads the model; FALSE if the answer has been given. */
static gboolean
prepare (Embedder *e, const SimName *name, gboolean fold)
{
  SimExchange *x = e->x;
  g_autofree char *error = NULL;
  gint64 keep_alive;
  gboolean has_keep_alive = sim_request_keep_alive (e->root, &keep_alive);
  SimAcquisition result;

  e->started = g_get_monotonic_time ();
  e->model = sim_store_find (x->server->store, name, fold);
  if (e->model == NULL)
    return sim_reply_errorf (x, 404, "model \"%s\" not found, try pulling it first", e->name) &&
           FALSE;
  if (!sim_options_read (&e->options, x->server->config, e->model->spec, e->root, &error))
    return sim_reply_error (x, 500, error) && FALSE;
  result = sim_scheduler_acquire (x->server->scheduler, x, e->model, &e->options.load,
                                  has_keep_alive ? &keep_alive : NULL, &e->runner, &error);
  if (result != SIM_ACQUIRED)
    return sim_reply_acquisition (x, result, error);
  sim_exchange_stage (x, SIM_STAGE_ANSWERING);
  e->loaded = g_get_monotonic_time ();
  return TRUE;
}

/* The mean of one random direction a word: texts with the same words are close to each other. */
static void
compute (const SimSpec *spec, const char *text, float *vector)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\r\n", -1);
  guint64 base = sim_hash (spec->blob, strlen (spec->blob), 0);
  int n = spec->embedding_length;

  for (int d = 0; d < n; d++)
    vector[d] = (float) ((gint64) (sim_mix (base + (guint64) d) >> 40) - (1 << 23)) / (1 << 24);
  for (guint i = 0; words[i] != NULL; i++)
    {
      guint64 hash = sim_hash (words[i], strlen (words[i]), base);

      for (int d = 0; d < n && *words[i] != '\0'; d++)
        vector[d] +=
            (float) ((gint64) (sim_mix (hash + (guint64) d) >> 40) - (1 << 23)) / (1 << 23);
    }
}

static void
normalize (float *vector, int n)
{
  double sum = 0;

  for (int d = 0; d < n; d++)
    sum += (double) vector[d] * (double) vector[d];
  for (int d = 0; d < n; d++)
    vector[d] = (float) ((double) vector[d] / MAX (sqrt (sum), 1e-12));
}

static gboolean
hung_up (Embedder *e)
{
  e->x->gone = TRUE;
  return FALSE;
}

/* Embeds one text, in a slot of the runner; FALSE if the answer has been given or nobody reads it.
 */
static gboolean
embed (Embedder *e, const char *text, float *vector)
{
  SimServer *server = e->x->server;
  const SimSpec *spec = e->model->spec;
  int tokens = sim_text_count_tokens (text, strlen (text)) + 2;
  int limit = (int) MIN (e->options.load.num_ctx, spec->context_length);
  gsize cached;
  gboolean here;
  int slot;

  if (*text == '\0')
    tokens = 2;
  if (tokens > limit && !sim_json_get_boolean (e->root, "truncate", TRUE))
    return sim_reply_error (e->x, 400, "the input length exceeds the context length") && FALSE;
  tokens = MIN (tokens, limit);
  slot = sim_scheduler_enter_slot (server->scheduler, e->runner, e->x, text, &cached);
  if (slot < 0)
    return hung_up (e);
  sim_exchange_stage (e->x, SIM_STAGE_PREFILL);
  sim_record_set_running (server->stats, e->x->record, TRUE);
  here = sim_hold_pass (server->hold, SIM_HOLD_PREFILL, e->x->connection);
  if (here && spec->prefill_rate > 0)
    here = sim_connection_sleep_until (e->x->connection,
                                       g_get_monotonic_time () +
                                           sim_config_scaled (server->config,
                                                              tokens / spec->prefill_rate));
  sim_record_set_running (server->stats, e->x->record, FALSE);
  sim_scheduler_leave_slot (server->scheduler, e->runner, slot, NULL);
  if (!here)
    return hung_up (e);
  sim_exchange_stage (e->x, SIM_STAGE_ANSWERING);
  compute (spec, text, vector);
  normalize (vector, spec->embedding_length);
  if (e->dimensions > 0 && e->dimensions < spec->embedding_length)
    normalize (vector, e->dimensions);
  e->tokens += tokens;
  return TRUE;
}

static int
length_of_vector (const Embedder *e)
{
  int n = e->model->spec->embedding_length;

  return e->dimensions > 0 && e->dimensions < n ? e->dimensions : n;
}

static void
write_vector (GString *out, const float *vector, int n)
{
  sim_write_open (out, '[');
  for (int d = 0; d < n; d++)
    sim_write_float (out, vector[d]);
  sim_write_close (out, ']');
}

static void
write_openai_vector (Embedder *e, GString *out, const float *vector, int n, guint index)
{
  g_autofree char *base64 = NULL;

  sim_write_open (out, '{');
  sim_write_member (out, "object", "embedding");
  sim_write_key (out, "embedding");
  if (e->x->wanted_format != NULL)
    {
      base64 = g_base64_encode ((const guchar *) vector, (gsize) n * sizeof (float));
      sim_write_string (out, base64);
    }
  else
    write_vector (out, vector, n);
  sim_write_member_int (out, "index", index);
  sim_write_close (out, '}');
}

static void
reply_openai (Embedder *e, GString *vectors)
{
  g_autoptr (GString) out = g_string_new ("{\"object\":\"list\",\"data\":[");

  g_string_append_len (out, vectors->str, (gssize) vectors->len);
  sim_write_close (out, ']');
  sim_write_member (out, "model", e->name);
  sim_write_key (out, "usage");
  sim_write_open (out, '{');
  sim_write_member_int (out, "prompt_tokens", e->tokens);
  sim_write_member_int (out, "total_tokens", e->tokens);
  g_string_append (out, "}}\n");
  sim_reply_set_header (e->x, "Content-Type", "application/json");
  sim_reply_whole (e->x, 200, out->str, out->len);
}

static void
reply_native (Embedder *e, GString *vectors, gboolean any)
{
  GString *out = g_string_new ("{");

  sim_write_member (out, "model", e->name);
  g_string_append (out, ",\"embeddings\":[");
  g_string_append_len (out, vectors->str, (gssize) vectors->len);
  sim_write_close (out, ']');
  if (any)
    {
      sim_write_nonzero (out, "total_duration",
                         MAX (g_get_monotonic_time () - e->started, 1) * 1000);
      sim_write_nonzero (out, "load_duration", MAX (e->loaded - e->started, 1) * 1000);
      sim_write_nonzero (out, "prompt_eval_count", e->tokens);
    }
  sim_write_close (out, '}');
  sim_reply_json (e->x, 200, out);
}

static void
embed_all (Embedder *e, const SimJson *input)
{
  gboolean openai = e->x->surface != NULL;
  const SimJson *first = input == NULL                   ? NULL
                         : input->kind == SIM_JSON_ARRAY ? input->first
                         : *input->string != '\0'        ? input
                                                         : NULL;
  g_autoptr (GString) vectors = g_string_new (NULL);
  g_autofree float *vector = g_new (float, e->model->spec->embedding_length);
  guint index = 0;

  for (const SimJson *item = first; item != NULL;
       item = input->kind == SIM_JSON_ARRAY ? item->next : NULL)
    {
      if (!embed (e, item->string, vector))
        return;
      if (openai)
        write_openai_vector (e, vectors, vector, length_of_vector (e), index++);
      else
        write_vector (vectors, vector, length_of_vector (e));
    }
  sim_record_leave_flight (e->x->server->stats, e->x->record);
  if (openai)
    reply_openai (e, vectors);
  else
    reply_native (e, vectors, first != NULL);
}

static gboolean
check_input (SimExchange *x, const SimJson *input)
{
  gboolean good = input == NULL || input->kind == SIM_JSON_STRING || input->kind == SIM_JSON_ARRAY;

  if (good && input != NULL && input->kind == SIM_JSON_ARRAY)
    for (const SimJson *item = input->first; item != NULL; item = item->next)
      good = good && item->kind == SIM_JSON_STRING;
  return good || (sim_reply_error (x, 400, "invalid input type") && FALSE);
}

/* POST /api/embed */
void
sim_handle_embed (SimExchange *x)
{
  g_auto (Embedder) e = { .x = x };
  g_auto (SimName) name = { 0 };
  const SimJson *root = NULL, *input;
  g_autofree char *missing = NULL;

  if (!sim_request_decode (x, &sim_schema_embed, &root))
    return;
  e.root = root;
  e.name = sim_json_get_string (root, "model");
  e.dimensions = (int) sim_json_get_number (root, "dimensions", 0);
  missing = g_strdup_printf ("model '%s' not found", e.name);
  if (!sim_request_reference (x, sim_json_get (root, "model"), 404, missing, &name))
    return;
  if (name.source == SIM_SOURCE_CLOUD)
    {
      sim_refuse_cloud (x, "remote model is unavailable");
      return;
    }
  input = sim_json_get_nullable (root, "input");
  if (check_input (x, input) && prepare (&e, &name, TRUE))
    embed_all (&e, input);
}

/* POST /api/embeddings */
void
sim_handle_embeddings (SimExchange *x)
{
  g_auto (Embedder) e = { .x = x };
  g_auto (SimName) name = { 0 };
  const SimJson *root = NULL;
  const char *prompt;
  g_autofree float *vector = NULL;
  GString *out;

  if (!sim_request_decode (x, &sim_schema_embeddings, &root))
    return;
  e.root = root;
  e.name = sim_json_get_string (root, "model");
  if (!sim_request_reference (x, sim_json_get (root, "model"), 400, "model is required", &name))
    return;
  if (name.source == SIM_SOURCE_CLOUD)
    {
      sim_refuse_cloud (x, "remote model is unavailable");
      return;
    }
  if (!prepare (&e, &name, FALSE))
    return;
  prompt = sim_json_get_string (root, "prompt");
  vector = g_new (float, e.model->spec->embedding_length);
  if (*prompt != '\0' && !embed (&e, prompt, vector))
    return;
  out = g_string_new ("{\"embedding\":[");
  for (int d = 0; *prompt != '\0' && d < e.model->spec->embedding_length; d++)
    sim_write_double (out, (double) vector[d]);
  g_string_append (out, "]}");
  sim_record_leave_flight (x->server->stats, x->record);
  sim_reply_json (x, 200, out);
}

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-handlers.h"
#include "sim-server.h"
#include "sim-text.h"
#include "sim-write.h"

/* POST /api/show: a GGUF file's description, made from the model's dimensions. */

typedef struct
{
  GString *out;
  const SimSpec *spec;
} Tensors;

static void
add_tensor (Tensors *t, const char *name, int first, int second)
{
  sim_write_open (t->out, '{');
  sim_write_member (t->out, "name", name);
  sim_write_member (t->out, "type", "F32");
  sim_write_key (t->out, "shape");
  sim_write_open (t->out, '[');
  sim_write_int (t->out, first);
  if (second > 0)
    sim_write_int (t->out, second);
  sim_write_close (t->out, ']');
  sim_write_close (t->out, '}');
}

static void
add_block_tensor (Tensors *t, int block, const char *name, int first, int second)
{
  g_autofree char *full = g_strdup_printf ("blk.%d.%s", block, name);

  add_tensor (t, full, first, second);
}

static void
write_llama_tensors (Tensors *t)
{
  int d = t->spec->embedding_length, f = t->spec->feed_forward_length;
  int kv = d * t->spec->head_count_kv / MAX (t->spec->head_count, 1);

  add_tensor (t, "token_embd.weight", d, t->spec->vocab_size);
  for (int i = 0; i < t->spec->block_count; i++)
    {
      add_block_tensor (t, i, "attn_norm.weight", d, 0);
      add_block_tensor (t, i, "ffn_norm.weight", d, 0);
      add_block_tensor (t, i, "attn_q.weight", d, d);
      add_block_tensor (t, i, "attn_k.weight", d, kv);
      add_block_tensor (t, i, "attn_v.weight", d, kv);
      add_block_tensor (t, i, "attn_output.weight", d, d);
      add_block_tensor (t, i, "ffn_gate.weight", d, f);
      add_block_tensor (t, i, "ffn_up.weight", d, f);
      add_block_tensor (t, i, "ffn_down.weight", f, d);
    }
  add_tensor (t, "output_norm.weight", d, 0);
  add_tensor (t, "output.weight", d, t->spec->vocab_size);
}

static void
add_pair (Tensors *t, int block, const char *name, int first, int second)
{
  g_autofree char *weight = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (name, ".bias", NULL);

  add_block_tensor (t, block, weight, first, second);
  add_block_tensor (t, block, bias, second > 0 ? second : first, 0);
}

static void
write_bert_tensors (Tensors *t)
{
  static const char *const attention[] = { "attn_q", "attn_k", "attn_v", "attn_output" };
  static const char *const norms[] = { "attn_output_norm", "layer_output_norm" };
  int d = t->spec->embedding_length, f = t->spec->feed_forward_length;

  add_tensor (t, "token_embd.weight", d, t->spec->vocab_size);
  add_tensor (t, "position_embd.weight", d, t->spec->context_length);
  add_tensor (t, "token_types.weight", d, 2);
  add_tensor (t, "token_embd_norm.weight", d, 0);
  add_tensor (t, "token_embd_norm.bias", d, 0);
  for (int i = 0; i < t->spec->block_count; i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (attention); j++)
        add_pair (t, i, attention[j], d, d);
      for (guint j = 0; j < G_N_ELEMENTS (norms); j++)
        add_pair (t, i, norms[j], d, 0);
      add_pair (t, i, "ffn_up", d, f);
      add_pair (t, i, "ffn_down", f, d);
    }
}

typedef struct
{
  char *key;   /* (owned) */
  char *value; /* (owned) JSON */
} Fact;

static gint
compare_facts (gconstpointer a, gconstpointer b)
{
  return strcmp (((const Fact *) a)->key, ((const Fact *) b)->key);
}

static void
clear_fact (gpointer data)
{
  Fact *fact = data;

  g_free (fact->key);
  g_free (fact->value);
}

/* "@.x" stands for "family.x". */
static void
add_fact (GArray *facts, const SimSpec *spec, const char *key, char *value)
{
  Fact fact = { *key == '@' ? g_strconcat (spec->family, key + 1, NULL) : g_strdup (key), value };

  g_array_append_val (facts, fact);
}

static void
add_number (GArray *facts, const SimSpec *spec, const char *key, gint64 value)
{
  add_fact (facts, spec, key, g_strdup_printf ("%" G_GINT64_FORMAT, value));
}

/* The three lists of a tokenizer, which only a verbose answer shows. */
static void
add_vocabulary (GArray *facts, const SimSpec *spec, gboolean verbose)
{
  GString *scores, *types, *tokens;

  if (!verbose)
    {
      add_fact (facts, spec, "tokenizer.ggml.scores", g_strdup ("null"));
      add_fact (facts, spec, "tokenizer.ggml.token_type", g_strdup ("null"));
      add_fact (facts, spec, "tokenizer.ggml.tokens", g_strdup ("null"));
      return;
    }
  scores = g_string_new ("[");
  types = g_string_new ("[");
  tokens = g_string_new ("[");
  for (int i = 0; i < spec->vocab_size; i++)
    {
      g_autoptr (GString) word = g_string_new (NULL);

      sim_text_word (word, spec->english, (guint64) i);
      sim_write_int (scores, 0);
      sim_write_int (types, i < 3 ? 3 : 1);
      sim_write_string (tokens, word->str);
    }
  add_fact (facts, spec, "tokenizer.ggml.scores",
            g_string_free (g_string_append (scores, "]"), FALSE));
  add_fact (facts, spec, "tokenizer.ggml.token_type",
            g_string_free (g_string_append (types, "]"), FALSE));
  add_fact (facts, spec, "tokenizer.ggml.tokens",
            g_string_free (g_string_append (tokens, "]"), FALSE));
}

static void
add_bert_facts (GArray *facts, const SimSpec *spec)
{
  add_fact (facts, spec, "@.attention.causal", g_strdup ("false"));
  add_fact (facts, spec, "@.attention.layer_norm_epsilon", g_strdup ("1e-12"));
  add_number (facts, spec, "@.pooling_type", 1);
  add_fact (facts, spec, "tokenizer.ggml.model", g_strdup ("\"bert\""));
  add_number (facts, spec, "tokenizer.ggml.bos_token_id", 2);
  add_number (facts, spec, "tokenizer.ggml.eos_token_id", 3);
  add_number (facts, spec, "tokenizer.ggml.cls_token_id", 2);
  add_number (facts, spec, "tokenizer.ggml.mask_token_id", 4);
  add_number (facts, spec, "tokenizer.ggml.padding_token_id", 0);
  add_number (facts, spec, "tokenizer.ggml.seperator_token_id", 3);
  add_number (facts, spec, "tokenizer.ggml.token_type_count", 2);
  add_number (facts, spec, "tokenizer.ggml.unknown_token_id", 1);
}

static void
add_llama_facts (GArray *facts, const SimSpec *spec)
{
  add_number (facts, spec, "@.attention.head_count_kv", spec->head_count_kv);
  add_fact (facts, spec, "@.attention.layer_norm_rms_epsilon", g_strdup ("0.00001"));
  add_number (facts, spec, "@.rope.dimension_count",
              spec->embedding_length / MAX (spec->head_count, 1));
  add_fact (facts, spec, "tokenizer.ggml.add_bos_token", g_strdup ("true"));
  add_fact (facts, spec, "tokenizer.ggml.add_space_prefix", g_strdup ("true"));
  add_fact (facts, spec, "tokenizer.ggml.model", g_strdup ("\"llama\""));
  add_number (facts, spec, "tokenizer.ggml.bos_token_id", 1);
  add_number (facts, spec, "tokenizer.ggml.eos_token_id", 2);
  add_number (facts, spec, "tokenizer.ggml.unknown_token_id", 0);
}

static gint64
parameter_count (const SimSpec *spec)
{
  gint64 d = spec->embedding_length, f = spec->feed_forward_length;

  return d * spec->vocab_size * 2 + spec->block_count * (4 * d * d + 3 * d * f);
}

static void
write_model_info (GString *out, const SimSpec *spec, gboolean verbose, const char *basename)
{
  g_autoptr (GArray) facts = g_array_new (FALSE, FALSE, sizeof (Fact));

  g_array_set_clear_func (facts, clear_fact);
  add_fact (facts, spec, "general.architecture", g_strdup_printf ("\"%s\"", spec->family));
  add_number (facts, spec, "general.file_type", 0);
  add_number (facts, spec, "general.parameter_count", parameter_count (spec));
  if (basename != NULL)
    add_fact (facts, spec, "general.basename", g_strdup_printf ("\"%s\"", basename));
  add_number (facts, spec, "@.attention.head_count", spec->head_count);
  add_number (facts, spec, "@.block_count", spec->block_count);
  add_number (facts, spec, "@.context_length", spec->context_length);
  add_number (facts, spec, "@.embedding_length", spec->embedding_length);
  add_number (facts, spec, "@.feed_forward_length", spec->feed_forward_length);
  add_number (facts, spec, "@.vocab_size", spec->vocab_size);
  if (sim_spec_can (spec, SIM_CAN_EMBED))
    add_bert_facts (facts, spec);
  else
    add_llama_facts (facts, spec);
  add_vocabulary (facts, spec, verbose);
  g_array_sort (facts, compare_facts);
  sim_write_key (out, "model_info");
  sim_write_open (out, '{');
  for (guint i = 0; i < facts->len; i++)
    {
      sim_write_key (out, g_array_index (facts, Fact, i).key);
      g_string_append (out, g_array_index (facts, Fact, i).value);
    }
  sim_write_close (out, '}');
}

static void
write_modelfile (GString *out, const SimModel *model, const char *path, const char *system)
{
  const SimSpec *spec = model->spec;
  g_autoptr (GString) text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer key, value;

  g_string_printf (text,
                   "# Modelfile generated by \"ollama show\"\n# To build a new Modelfile based on "
                   "this, replace FROM with:\n# FROM %s\n\nFROM %s\nTEMPLATE %s\n",
                   model->shortest, path, spec->template);
  if (system != NULL)
    g_string_append_printf (text, "SYSTEM %s\n", system);
  g_hash_table_iter_init (&iter, spec->parameters);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_string_append_printf (text, "PARAMETER %s %s\n", (char *) key, (char *) value);
  if (spec->license != NULL)
    g_string_append_printf (text, "LICENSE %s\n", spec->license);
  sim_write_member (out, "modelfile", text->str);
}

static void
write_parameters (GString *out, const SimSpec *spec)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, spec->parameters);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_string_append_printf (text, "%s%-30s %s", text->len > 0 ? "\n" : "", (char *) key,
                            (char *) value);
  sim_write_nonempty (out, "parameters", text->str);
}

static void
write_details (GString *out, const SimSpec *spec, const char *path)
{
  sim_write_key (out, "details");
  sim_write_open (out, '{');
  sim_write_member (out, "parent_model", path);
  sim_write_member (out, "format", spec->format);
  sim_write_member (out, "family", spec->family);
  sim_write_key (out, "families");
  sim_write_open (out, '[');
  sim_write_string (out, spec->family);
  sim_write_close (out, ']');
  sim_write_member (out, "parameter_size", spec->parameter_size);
  sim_write_member (out, "quantization_level", spec->quantization);
  sim_write_close (out, '}');
}

static void
write_tail (GString *out, const SimModel *model)
{
  const char *const *names = sim_capability_names ();

  sim_write_key (out, "capabilities");
  sim_write_open (out, '[');
  for (guint i = 0; names[i] != NULL; i++)
    if (sim_spec_can (model->spec, 1u << i))
      sim_write_string (out, names[i]);
  sim_write_close (out, ']');
  sim_write_key (out, "modified_at");
  sim_write_time (out, &model->modified, TRUE);
  sim_write_close (out, '}');
}

static void
reply (SimExchange *x, const SimModel *model, const SimJson *root)
{
  const SimSpec *spec = model->spec;
  const char *system = sim_json_get_string (root, "system");
  const char *agent = sim_exchange_header (x, "User-Agent");
  gboolean copilot = agent != NULL && g_str_has_prefix (agent, "GitHubCopilotChat/");
  g_autofree char *path =
      g_strdup_printf ("%s/blobs/sha256-%s", x->server->config->models_path, spec->blob);
  GString *out = g_string_new ("{");
  Tensors tensors = { out, spec };

  if (*system == '\0')
    system = spec->system;
  sim_write_nonempty (out, "license", spec->license);
  write_modelfile (out, model, path, system);
  write_parameters (out, spec);
  sim_write_nonempty (out, "template", spec->template);
  sim_write_nonempty (out, "system", system);
  write_details (out, spec, path);
  write_model_info (out, spec, sim_json_get_boolean (root, "verbose", FALSE),
                    copilot ? model->shortest : NULL);
  sim_write_key (out, "tensors");
  sim_write_open (out, '[');
  if (sim_spec_can (spec, SIM_CAN_EMBED))
    write_bert_tensors (&tensors);
  else
    write_llama_tensors (&tensors);
  sim_write_close (out, ']');
  write_tail (out, model);
  sim_reply_json (x, 200, out);
}

void
sim_handle_show (SimExchange *x)
{
  const SimJson *root = NULL, *model_name;
  g_auto (SimName) name = { 0 };
  g_autoptr (SimModel) model = NULL;

  if (!sim_request_decode (x, &sim_schema_show, &root))
    return;
  model_name = sim_json_get (root, "model");
  if (model_name == NULL || sim_json_is_string (model_name, ""))
    model_name = sim_json_get (root, "name");
  if (!sim_request_reference (x, model_name, 400, "model is required", &name))
    return;
  if (name.source == SIM_SOURCE_CLOUD)
    {
      sim_refuse_cloud (x, "remote model details are unavailable");
      return;
    }
  model = sim_store_find (x->server->store, &name, TRUE);
  if (model == NULL)
    {
      g_autofree char *shortest = sim_name_shortest (&name);

      sim_reply_errorf (x, 404, "model '%s' not found",
                        sim_config_is_modern (x->server->config) ? shortest : name.base);
      return;
    }
  if (model->spec->remote_host != NULL)
    sim_refuse_cloud (x, "remote model details are unavailable");
  else
    reply (x, model, root);
}

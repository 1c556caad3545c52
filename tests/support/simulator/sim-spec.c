/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-model.h"
#include "sim-write.h"

static const char *const capability_names[] = {
  "completion", "vision", "audio", "embedding", "tools", "insert", "thinking", "image", NULL,
};

/* In the order of SimCapabilities' bits, which is the order Ollama lists them in. */
const char *const *
sim_capability_names (void)
{
  return capability_names;
}

char *
sim_digest (const char *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static SimCapabilities
read_capabilities (const SimJson *list)
{
  SimCapabilities found = 0;

  if (list == NULL || list->kind != SIM_JSON_ARRAY)
    return SIM_CAN_COMPLETE;
  for (const SimJson *item = list->first; item != NULL; item = item->next)
    for (guint i = 0; capability_names[i] != NULL; i++)
      if (sim_json_is_string (item, capability_names[i]))
        found |= 1u << i;
  return found;
}

static char *
text_or (const SimJson *object, const char *name, const char *fallback)
{
  const char *text = sim_json_get_string (object, name);

  return g_strdup (*text != '\0' ? text : fallback);
}

static void
read_answer_length (SimSpec *spec, const SimJson *value)
{
  spec->answer_min = 24;
  spec->answer_max = 120;
  if (value != NULL && value->kind == SIM_JSON_NUMBER)
    spec->answer_min = spec->answer_max = (int) sim_json_number (value);
  else if (value != NULL && value->kind == SIM_JSON_ARRAY && value->count == 2)
    {
      spec->answer_min = (int) sim_json_number (value->first);
      spec->answer_max = MAX ((int) sim_json_number (value->last), spec->answer_min);
    }
}

static void
read_behaviour (SimSpec *spec, const SimJson *description)
{
  const char *habit = sim_json_get_string (description, "tool_calls");

  spec->load_seconds = sim_json_get_number (description, "load_seconds", 1);
  spec->unload_seconds = sim_json_get_number (description, "unload_seconds", 0);
  spec->prefill_rate = sim_json_get_number (description, "prefill_tokens_per_second", 2000);
  spec->token_rate = sim_json_get_number (description, "tokens_per_second", 50);
  read_answer_length (spec, sim_json_get (description, "answer_tokens"));
  spec->loops = sim_json_get_boolean (description, "loops", FALSE);
  spec->english = !g_str_equal (sim_json_get_string (description, "vocabulary"), "syllables");
  spec->parallel = (int) sim_json_get_number (description, "parallel", 0);
  spec->memory = (gint64) sim_json_get_number (description, "memory", 0);
  spec->tool_habit = g_str_equal (habit, "always")  ? SIM_TOOLS_ALWAYS
                     : g_str_equal (habit, "never") ? SIM_TOOLS_NEVER
                                                    : SIM_TOOLS_ASKED;
}

static void
read_architecture (SimSpec *spec, const SimJson *description)
{
  spec->context_length = (int) sim_json_get_number (description, "context_length", 8192);
  spec->embedding_length = (int) sim_json_get_number (description, "embedding_length", 768);
  spec->block_count = (int) sim_json_get_number (description, "block_count", 16);
  spec->feed_forward_length =
      (int) sim_json_get_number (description, "feed_forward_length", spec->embedding_length * 4);
  spec->head_count = (int) sim_json_get_number (description, "head_count", 8);
  spec->head_count_kv = (int) sim_json_get_number (description, "head_count_kv", spec->head_count);
  spec->vocab_size = (int) sim_json_get_number (description, "vocab_size", 4096);
}

static void
clear_layer (gpointer data)
{
  g_free (((SimLayer *) data)->hex);
}

static GArray *
new_layers (void)
{
  GArray *layers = g_array_new (FALSE, FALSE, sizeof (SimLayer));

  g_array_set_clear_func (layers, clear_layer);
  return layers;
}

/* Puts a layer of that kind at the end, in the place of an earlier one or @beside it. @text: what
 * it holds; the digest itself for "model". */
void
sim_spec_set_layer (SimSpec *spec, const char *kind, const char *text, gboolean beside)
{
  SimLayer layer = { kind, g_str_equal (kind, "model") ? g_strdup (text) : sim_digest (text) };

  for (guint i = spec->layers->len; i > 0 && !beside; i--)
    if (g_str_equal (g_array_index (spec->layers, SimLayer, i - 1).kind, kind))
      g_array_remove_index (spec->layers, i - 1);
  g_array_append_val (spec->layers, layer);
}

static void
add_own_layers (SimSpec *spec, gboolean has_template)
{
  sim_spec_set_layer (spec, "model", spec->blob, FALSE);
  if (has_template)
    sim_spec_set_layer (spec, "template", spec->template, FALSE);
  if (spec->system != NULL)
    sim_spec_set_layer (spec, "system", spec->system, FALSE);
  if (spec->license != NULL)
    sim_spec_set_layer (spec, "license", spec->license, FALSE);
}

/* A spec from a model of the configuration. @name stands in for weights that have no name. */
SimSpec *
sim_spec_from_json (const SimJson *description, const char *name)
{
  SimSpec *spec = g_new0 (SimSpec, 1);
  const SimJson *parameters = sim_json_get_kind (description, "parameters", SIM_JSON_OBJECT);
  g_autofree char *weights = NULL;

  spec->refs = 1;
  spec->size = (gint64) sim_json_get_number (description, "size", 1000000000);
  spec->format = text_or (description, "format", "gguf");
  spec->family = text_or (description, "family", "llama");
  spec->parameter_size = text_or (description, "parameter_size", "3.2B");
  spec->quantization = text_or (description, "quantization", "Q4_K_M");
  spec->template = text_or (description, "template", "{{ .Prompt }}");
  spec->system = text_or (description, "system", NULL);
  spec->license = text_or (description, "license", NULL);
  spec->remote_model = text_or (description, "remote_model", NULL);
  spec->remote_host = text_or (description, "remote_host", NULL);
  spec->parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (const SimJson *p = parameters != NULL ? parameters->first : NULL; p != NULL; p = p->next)
    g_hash_table_insert (spec->parameters, g_strdup (p->key), g_strndup (p->raw, p->raw_length));
  spec->capabilities = read_capabilities (sim_json_get (description, "capabilities"));
  read_architecture (spec, description);
  read_behaviour (spec, description);
  weights = text_or (description, "weights", name);
  spec->blob = sim_digest (weights);
  spec->layers = new_layers ();
  add_own_layers (spec, *sim_json_get_string (description, "template") != '\0');
  sim_spec_seal (spec);
  return spec;
}

SimSpec *
sim_spec_ref (SimSpec *spec)
{
  g_atomic_int_inc (&spec->refs);
  return spec;
}

void
sim_spec_unref (SimSpec *spec)
{
  if (!g_atomic_int_dec_and_test (&spec->refs))
    return;
  g_free (spec->format);
  g_free (spec->family);
  g_free (spec->parameter_size);
  g_free (spec->quantization);
  g_free (spec->template);
  g_free (spec->system);
  g_free (spec->license);
  g_free (spec->remote_model);
  g_free (spec->remote_host);
  g_hash_table_unref (spec->parameters);
  g_array_unref (spec->layers);
  g_free (spec->blob);
  g_free (spec->digest);
  g_free (spec);
}

/* A copy to be changed and sealed again. */
SimSpec *
sim_spec_copy (const SimSpec *spec)
{
  SimSpec *copy = g_memdup2 (spec, sizeof *spec);
  GHashTableIter iter;
  gpointer key, value;

  copy->refs = 1;
  copy->format = g_strdup (spec->format);
  copy->family = g_strdup (spec->family);
  copy->parameter_size = g_strdup (spec->parameter_size);
  copy->quantization = g_strdup (spec->quantization);
  copy->template = g_strdup (spec->template);
  copy->system = g_strdup (spec->system);
  copy->license = g_strdup (spec->license);
  copy->remote_model = g_strdup (spec->remote_model);
  copy->remote_host = g_strdup (spec->remote_host);
  copy->blob = g_strdup (spec->blob);
  copy->digest = g_strdup (spec->digest);
  copy->parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  copy->layers = new_layers ();
  for (guint i = 0; i < spec->layers->len; i++)
    {
      SimLayer layer = g_array_index (spec->layers, SimLayer, i);

      layer.hex = g_strdup (layer.hex);
      g_array_append_val (copy->layers, layer);
    }
  g_hash_table_iter_init (&iter, spec->parameters);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (copy->parameters, g_strdup (key), g_strdup (value));
  return copy;
}

static char *
parameters_text (const SimSpec *spec)
{
  g_autoptr (GList) keys =
      g_list_sort (g_hash_table_get_keys (spec->parameters), (GCompareFunc) strcmp);
  GString *out = g_string_new (NULL);

  for (GList *l = keys; l != NULL; l = l->next)
    g_string_append_printf (out, "%s=%s\n", (char *) l->data,
                            (char *) g_hash_table_lookup (spec->parameters, l->data));
  return g_string_free (out, FALSE);
}

/* Computes what follows from the rest. */
void
sim_spec_seal (SimSpec *spec)
{
  g_autoptr (GString) manifest = g_string_new (NULL);

  if (g_hash_table_size (spec->parameters) > 0)
    {
      g_autofree char *parameters = parameters_text (spec);

      sim_spec_set_layer (spec, "params", parameters, FALSE);
    }
  for (guint i = 0; i < spec->layers->len; i++)
    {
      const SimLayer *layer = &g_array_index (spec->layers, SimLayer, i);

      g_string_append_printf (manifest, "%s %s\n", layer->kind, layer->hex);
    }
  g_free (spec->digest);
  spec->digest = sim_digest (manifest->str);
}

gboolean
sim_spec_can (const SimSpec *spec, SimCapabilities what)
{
  return (spec->capabilities & what) == what;
}

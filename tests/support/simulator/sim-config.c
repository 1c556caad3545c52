/* SPDX-License-Identifier: MIT */
#include "sim-config.h"

#include <stdlib.h>

#include "sim-duration.h"

SimConfig *
sim_config_new (void)
{
  SimConfig *config = g_new0 (SimConfig, 1);

  config->version = g_strdup ("0.24.0");
  config->models_path = g_strdup ("/models");
  config->memory = G_GINT64_CONSTANT (24) << 30;
  config->max_loaded = 3;
  config->max_queue = 512;
  config->parallel = 1;
  config->context_length = 4096;
  config->keep_alive = 300 * SIM_SECOND;
  config->pull_rate = 50000000;
  config->scale = 1;
  config->journal = 5000;
  config->registry = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_model_unref);
  return config;
}

void
sim_config_free (SimConfig *config)
{
  g_free (config->version);
  g_free (config->models_path);
  g_ptr_array_unref (config->registry);
  g_free (config);
}

/* Simulated seconds as µs of real time. */
gint64
sim_config_scaled (const SimConfig *config, double seconds)
{
  return (gint64) (seconds * G_USEC_PER_SEC / config->scale);
}

/* Whether it speaks as Ollama does since 0.30. */
gboolean
sim_config_is_modern (const SimConfig *config)
{
  g_auto (GStrv) parts = g_strsplit (config->version, ".", 3);

  return g_strv_length (parts) >= 2 && (atoi (parts[0]) > 0 || atoi (parts[1]) >= 30);
}

static void
read_size (const SimJson *root, const char *name, gint64 *size)
{
  static const char units[] = "KMGT";
  const SimJson *value = sim_json_get (root, name);
  char *end;

  if (value == NULL)
    return;
  if (value->kind == SIM_JSON_NUMBER)
    *size = (gint64) sim_json_number (value);
  if (value->kind != SIM_JSON_STRING)
    return;
  *size = (gint64) g_ascii_strtod (value->string, &end);
  for (guint i = 0; units[i] != '\0'; i++)
    if (g_ascii_toupper (*end) == units[i])
      *size = (gint64) (g_ascii_strtod (value->string, NULL) * (double) (1ull << (10 * (i + 1))));
}

static gboolean
read_globals (SimConfig *config, const SimJson *root, char **error)
{
  const SimJson *keep_alive = sim_json_get (root, "keep_alive");
  const char *version = sim_json_get_string (root, "version");
  const char *models_path = sim_json_get_string (root, "models_path");

  if (*version != '\0')
    {
      g_free (config->version);
      config->version = g_strdup (version);
    }
  if (*models_path != '\0')
    {
      g_free (config->models_path);
      config->models_path = g_strdup (models_path);
    }
  read_size (root, "memory", &config->memory);
  read_size (root, "pull_bytes_per_second", &config->pull_rate);
  config->max_loaded = (int) sim_json_get_number (root, "max_loaded_models", config->max_loaded);
  config->max_queue = (int) sim_json_get_number (root, "max_queue", config->max_queue);
  config->parallel = (int) sim_json_get_number (root, "parallel", config->parallel);
  config->context_length = (int) sim_json_get_number (root, "num_ctx", config->context_length);
  config->gpu = sim_json_get_boolean (root, "gpu", config->gpu);
  config->cloud = sim_json_get_boolean (root, "cloud", config->cloud);
  config->journal = (guint) sim_json_get_number (root, "journal", config->journal);
  return keep_alive == NULL || sim_keep_alive_parse (keep_alive, &config->keep_alive, error);
}

/* Installs the model that @description is of. */
gboolean
sim_config_add_model (SimConfig *config,
                      SimStore *store,
                      const SimJson *description,
                      const struct timespec *modified,
                      char **error)
{
  const char *text = sim_json_get_string (description, "name");
  g_auto (SimName) name = { 0 };
  g_autoptr (SimSpec) spec = NULL;

  if (!sim_name_parse (text, &name))
    {
      *error = g_strdup_printf ("\"%s\" is no model name", text);
      return FALSE;
    }
  spec = sim_spec_from_json (description, text);
  sim_store_put (store, &name, spec, modified);
  return TRUE;
}

static gboolean
add_models (SimConfig *config, SimStore *store, const SimJson *list, char **error)
{
  struct timespec when;

  clock_gettime (CLOCK_REALTIME, &when);
  for (const SimJson *item = list != NULL ? list->first : NULL; item != NULL; item = item->next)
    {
      when.tv_sec--; /* the first is the newest */
      if (!sim_config_add_model (config, store, item, &when, error))
        return FALSE;
    }
  return TRUE;
}

/* Reads a configuration; models go into @store. FALSE and one line of @error if it is of no use. */
gboolean
sim_config_load (SimConfig *config, SimStore *store, const char *text, gsize length, char **error)
{
  g_autoptr (SimDocument) document = sim_document_parse (text, length, error);
  SimStore *registry = NULL;
  const SimJson *root;
  gboolean good;

  if (document == NULL)
    return FALSE;
  root = sim_document_root (document);
  if (!read_globals (config, root, error) ||
      !add_models (config, store, sim_json_get_kind (root, "models", SIM_JSON_ARRAY), error))
    return FALSE;
  registry = sim_store_new ();
  good = add_models (config, registry, sim_json_get_kind (root, "registry", SIM_JSON_ARRAY), error);
  g_ptr_array_unref (config->registry);
  config->registry = sim_store_list (registry);
  sim_store_free (registry);
  return good;
}

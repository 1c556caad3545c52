/* SPDX-License-Identifier: MIT */
#include "sim-options.h"

#include <stddef.h>
#include <string.h>

typedef enum
{
  INTEGER,
  REAL,
  BOOLEAN,
  LIST,
} Kind;

#define UNUSED G_MAXSIZE

static const struct
{
  const char *name;
  Kind kind;
  gsize offset; /* UNUSED: its type is checked, its value changes nothing here */
} known[] = {
  { "num_ctx", INTEGER, offsetof (SimOptions, load.num_ctx) },
  { "num_batch", INTEGER, offsetof (SimOptions, load.num_batch) },
  { "num_gpu", INTEGER, offsetof (SimOptions, load.num_gpu) },
  { "main_gpu", INTEGER, offsetof (SimOptions, load.main_gpu) },
  { "num_thread", INTEGER, offsetof (SimOptions, load.num_thread) },
  { "use_mmap", BOOLEAN, offsetof (SimOptions, load.use_mmap) },
  { "seed", INTEGER, offsetof (SimOptions, seed) },
  { "num_predict", INTEGER, offsetof (SimOptions, num_predict) },
  { "temperature", REAL, offsetof (SimOptions, temperature) },
  { "stop", LIST, offsetof (SimOptions, stop) },
  { "num_keep", INTEGER, UNUSED },
  { "top_k", INTEGER, UNUSED },
  { "repeat_last_n", INTEGER, UNUSED },
  { "top_p", REAL, UNUSED },
  { "min_p", REAL, UNUSED },
  { "typical_p", REAL, UNUSED },
  { "repeat_penalty", REAL, UNUSED },
  { "presence_penalty", REAL, UNUSED },
  { "frequency_penalty", REAL, UNUSED },
};

static gboolean
wrong_type (const char *name, const char *wanted, char **error)
{
  *error = g_strdup_printf ("option \"%s\" must be of %s", name, wanted);
  return FALSE;
}

static gboolean
read_list (SimOptions *options, const char *name, const SimJson *value, char **error)
{
  if (value->kind != SIM_JSON_ARRAY)
    return wrong_type (name, "type array", error);
  g_ptr_array_set_size (options->stop, 0);
  for (const SimJson *item = value->first; item != NULL; item = item->next)
    {
      if (item->kind != SIM_JSON_STRING)
        return wrong_type (name, "an array of strings", error);
      g_ptr_array_add (options->stop, g_strdup (item->string));
    }
  return TRUE;
}

static gboolean
read_option (SimOptions *options, const char *name, const SimJson *value, char **error)
{
  guint i = 0;
  gpointer field;

  while (i < G_N_ELEMENTS (known) && !g_str_equal (known[i].name, name))
    i++;
  if (i == G_N_ELEMENTS (known) || value->kind == SIM_JSON_NULL)
    return TRUE;
  if (known[i].kind == LIST)
    return read_list (options, name, value, error);
  if (known[i].kind == BOOLEAN && value->kind != SIM_JSON_BOOL)
    return wrong_type (name, "type boolean", error);
  if (known[i].kind != BOOLEAN && value->kind != SIM_JSON_NUMBER)
    return wrong_type (name, known[i].kind == INTEGER ? "type integer" : "type float32", error);
  if (known[i].offset == UNUSED)
    return TRUE;
  field = (char *) options + known[i].offset;
  if (known[i].kind == REAL)
    *(double *) field = sim_json_number (value);
  else if (known[i].kind == BOOLEAN)
    *(gint64 *) field = value->boolean;
  else
    *(gint64 *) field = (gint64) sim_json_number (value);
  return TRUE;
}

static void
read_parameters (SimOptions *options, const SimSpec *spec)
{
  GHashTableIter iter;
  gpointer key, text;

  g_hash_table_iter_init (&iter, spec->parameters);
  while (g_hash_table_iter_next (&iter, &key, &text))
    {
      g_autofree char *error = NULL;
      g_autoptr (SimDocument) document = sim_document_parse (text, strlen (text), &error);

      if (document != NULL)
        read_option (options, key, sim_document_root (document), &error);
    }
}

/* Ollama's defaults, then the model's, then the request's. @options is to be cleared in any case.
 */
gboolean
sim_options_read (SimOptions *options,
                  const SimConfig *config,
                  const SimSpec *spec,
                  const SimJson *request,
                  char **error)
{
  const SimJson *map = sim_json_get_kind (request, "options", SIM_JSON_OBJECT);
  gboolean modern = sim_config_is_modern (config);

  memset (options, 0, sizeof *options);
  options->load.num_ctx = config->context_length;
  options->load.num_batch = 512;
  options->load.num_gpu = -1;
  options->load.use_mmap = -1;
  options->load.shift = !modern || sim_json_get_boolean (request, "shift", TRUE);
  options->seed = -1;
  options->num_predict = -1;
  options->temperature = 0.8;
  options->stop = g_ptr_array_new_with_free_func (g_free);
  read_parameters (options, spec);
  for (const SimJson *item = map != NULL ? map->first : NULL; item != NULL; item = item->next)
    {
      if (!read_option (options, item->key, item, error))
        return FALSE;
      if (modern && g_str_equal (item->key, "num_ctx"))
        options->load.explicit_ctx = 1;
    }
  options->load.num_ctx =
      MAX (options->load.num_ctx, sim_spec_can (spec, SIM_CAN_VISION) ? 2048 : 4);
  return TRUE;
}

void
sim_options_clear (SimOptions *options)
{
  g_clear_pointer (&options->stop, g_ptr_array_unref);
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-gate-capacity.h"

#include "engine/foreman-model-name.h"
#include "libforeman/foreman-error.h"

#define MAX_CAPACITY 1000

struct _ForemanGateCapacity
{
  guint general;
  GHashTable *models; /* (owned): key of a model (owned) → how many of it may run at once */
};

static gboolean
invalid (GError **error, const char *value, const char *allowed)
{
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
               "FOREMAN_CAPACITY: “%s” is not allowed: %s, as in “1” or “1,qwen3:8b=4”", value,
               allowed);
  return FALSE;
}

static gboolean
parse_number (const char *text, guint *number)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 1, MAX_CAPACITY, &value, NULL))
    return FALSE;
  *number = (guint) value;
  return TRUE;
}

static gboolean
parse_model (ForemanGateCapacity *capacity, char *item, GError **error)
{
  char *equals = strrchr (item, '=');
  g_autofree char *text = equals != NULL ? g_strndup (item, equals - item) : NULL;
  g_autoptr (ForemanModelName) name = NULL;
  g_autofree char *key = NULL;
  guint number;

  if (text == NULL)
    return invalid (error, item, "after the first number write MODEL=NUMBER");
  name = foreman_model_name_parse (g_strstrip (text), NULL);
  if (name == NULL)
    return invalid (error, item, "the name before “=” must be a model's");
  if (!parse_number (g_strchug (equals + 1), &number))
    return invalid (error, item, "the number must be from 1 to 1000");
  if (number < capacity->general)
    return invalid (error, item, "a model's number cannot be below the first one");
  key = foreman_model_name_to_key (name);
  if (!g_hash_table_insert (capacity->models, g_steal_pointer (&key), GUINT_TO_POINTER (number)))
    return invalid (error, item, "name each model once");
  return TRUE;
}

/**
 * foreman_gate_capacity_new: (skip)
 * @general: how many may run at once, at least 1
 *
 * Returns: (transfer full): a capacity that is the same for all models
 */
ForemanGateCapacity *
foreman_gate_capacity_new (guint general)
{
  ForemanGateCapacity *capacity;

  g_return_val_if_fail (general >= 1, NULL);

  capacity = g_new0 (ForemanGateCapacity, 1);
  capacity->general = general;
  capacity->models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return capacity;
}

/**
 * foreman_gate_capacity_parse: (skip)
 * @text: `1`, or `1,qwen3:8b=4,…`: one at a time, but up to four while all that run are of that
 *   model
 * @error: return location for an error
 *
 * Reads what `FOREMAN_CAPACITY` says. A model is meant by any spelling of its name.
 *
 * Returns: (transfer full): a capacity, or %NULL with %FOREMAN_ERROR_INVALID_CONFIG
 */
ForemanGateCapacity *
foreman_gate_capacity_parse (const char *text, GError **error)
{
  g_autoptr (ForemanGateCapacity) capacity = NULL;
  g_auto (GStrv) items = NULL;
  guint general;

  g_return_val_if_fail (text != NULL, NULL);

  items = g_strsplit (text, ",", -1);
  if (items[0] == NULL || !parse_number (g_strstrip (items[0]), &general))
    {
      invalid (error, text, "start with a number from 1 to 1000");
      return NULL;
    }
  capacity = foreman_gate_capacity_new (general);
  for (guint i = 1; items[i] != NULL; i++)
    if (!parse_model (capacity, g_strstrip (items[i]), error))
      return NULL;
  return g_steal_pointer (&capacity);
}

/**
 * foreman_gate_capacity_free: (skip)
 * @capacity: (transfer full): a capacity
 *
 * Frees @capacity.
 */
void
foreman_gate_capacity_free (ForemanGateCapacity *capacity)
{
  g_clear_pointer (&capacity->models, g_hash_table_unref);
  g_free (capacity);
}

/**
 * foreman_gate_capacity_get_general: (skip)
 * @capacity: a capacity
 *
 * Returns: how many may run at once whatever their models
 */
guint
foreman_gate_capacity_get_general (const ForemanGateCapacity *capacity)
{
  return capacity->general;
}

/**
 * foreman_gate_capacity_get_for_model: (skip)
 * @capacity: a capacity
 * @model: a model's key, see foreman_model_name_to_key()
 *
 * Returns: how many may run at once while all of them are of that model
 */
guint
foreman_gate_capacity_get_for_model (const ForemanGateCapacity *capacity, const char *model)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (capacity->models, model));

  return MAX (number, capacity->general);
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-config.h"

#include "engine/foreman-config-private.h"
#include "engine/foreman-keep-alive.h"
#include "libforeman/foreman-duration.h"

/**
 * ForemanConfig:
 *
 * The settings of foreman with their origins. Immutable: a reload makes a new one.
 */
struct _ForemanConfig
{
  GObject parent_instance;

  ForemanConfigValue values[FOREMAN_CONFIG_N_KEYS]; /* (owned) */
  GStrv warnings;                                   /* (owned) */
};

G_DEFINE_FINAL_TYPE (ForemanConfig, foreman_config, G_TYPE_OBJECT)

static void
foreman_config_finalize (GObject *object)
{
  ForemanConfig *self = FOREMAN_CONFIG (object);

  for (guint key = 0; key < FOREMAN_CONFIG_N_KEYS; key++)
    foreman_config_value_clear (&self->values[key]);
  g_strfreev (self->warnings);
  G_OBJECT_CLASS (foreman_config_parent_class)->finalize (object);
}

static void
foreman_config_class_init (ForemanConfigClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_config_finalize;
}

static void
foreman_config_init (ForemanConfig *self)
{
}

/**
 * foreman_config_load:
 * @sources: where settings come from; everything %NULL is the usual
 * @error: return location for an error
 *
 * Reads the settings in layers, last wins: the shipped file, the configuration folder (or the one
 * file given), credentials, the environment, options. Reads files, so not for a running main loop.
 *
 * Returns: (transfer full) (nullable): the settings, or %NULL with %FOREMAN_ERROR_INVALID_CONFIG
 *   and one line that names key, value, origin and what is allowed
 */
ForemanConfig *
foreman_config_load (const ForemanConfigSources *sources, GError **error)
{
  g_autoptr (ForemanConfig) self = g_object_new (FOREMAN_TYPE_CONFIG, NULL);
  g_auto (GStrv) environment = NULL;
  ForemanConfigLoader loader = { NULL };
  gboolean ok;

  g_return_val_if_fail (sources != NULL, NULL);

  loader.environment = sources->environment;
  if (loader.environment == NULL)
    loader.environment = (const char *const *) (environment = g_get_environ ());
  loader.home = g_strdup (g_environ_getenv ((char **) loader.environment, "HOME"));
  if (loader.home == NULL || !g_path_is_absolute (loader.home))
    {
      g_free (loader.home);
      loader.home = g_strdup (g_get_home_dir ());
    }
  loader.values = self->values;
  loader.warnings = g_ptr_array_new_with_free_func (g_free);
  ok = foreman_config_loader_run (&loader, sources, error);
  g_free (loader.home);
  g_ptr_array_add (loader.warnings, NULL);
  self->warnings = (GStrv) g_ptr_array_free (loader.warnings, FALSE);
  return ok ? g_steal_pointer (&self) : NULL;
}

/**
 * foreman_config_reload:
 * @old: the settings that apply now
 * @sources: where settings come from
 * @changed: (out) (element-type ForemanConfigKey): the settings whose new value differs
 * @error: return location for an error
 *
 * Reads the settings again, all or nothing. A setting that a running service cannot change (see
 * foreman_config_key_is_reloadable()) keeps its value of @old in the result, but is in @changed, so
 * that it can be said that it needs a restart.
 *
 * Returns: (transfer full) (nullable): the new settings, or %NULL with an error: then @old goes on
 */
ForemanConfig *
foreman_config_reload (ForemanConfig *old,
                       const ForemanConfigSources *sources,
                       GArray **changed,
                       GError **error)
{
  g_autoptr (ForemanConfig) self = NULL;
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (ForemanConfigKey));

  g_return_val_if_fail (FOREMAN_IS_CONFIG (old), NULL);

  self = foreman_config_load (sources, error);
  if (self == NULL)
    return NULL;
  for (ForemanConfigKey key = 0; key < FOREMAN_CONFIG_N_KEYS; key++)
    {
      if (foreman_config_value_equal (&old->values[key], &self->values[key]))
        continue;
      g_array_append_val (keys, key);
      if (!foreman_config_key_is_reloadable (key))
        {
          foreman_config_value_clear (&self->values[key]);
          foreman_config_value_copy (&old->values[key], &self->values[key]);
        }
    }
  if (changed != NULL)
    *changed = g_steal_pointer (&keys);
  return g_steal_pointer (&self);
}

static const ForemanConfigValue *
get_value (ForemanConfig *self, ForemanConfigKey key)
{
  g_assert (FOREMAN_IS_CONFIG (self));
  g_assert ((guint) key < FOREMAN_CONFIG_N_KEYS);

  return &self->values[key];
}

/* A getter that does not fit its key is a mistake in the program, not in the settings. */
static const ForemanConfigValue *
get_typed (ForemanConfig *self, ForemanConfigKey key, ForemanConfigType type)
{
  g_assert (foreman_config_key_get_info (key)->type == type);

  return get_value (self, key);
}

/**
 * foreman_config_get_string:
 * @self: the settings
 * @key: a setting that is one text (string, secret, path, URL, enum, keep-alive, capacity)
 *
 * Returns: (transfer none): its value, "" where there is none
 */
const char *
foreman_config_get_string (ForemanConfig *self, ForemanConfigKey key)
{
  g_assert (foreman_config_key_get_info (key)->type <= FOREMAN_CONFIG_TYPE_CAPACITY);

  return get_value (self, key)->text;
}

/**
 * foreman_config_get_int:
 * @self: the settings
 * @key: a whole number, or an enum
 *
 * Returns: its value; of an enum, the index in its words
 */
gint64
foreman_config_get_int (ForemanConfig *self, ForemanConfigKey key)
{
  ForemanConfigType type = foreman_config_key_get_info (key)->type;

  g_assert (type == FOREMAN_CONFIG_TYPE_INTEGER || type == FOREMAN_CONFIG_TYPE_ENUM);

  return get_value (self, key)->number;
}

/**
 * foreman_config_get_duration:
 * @self: the settings
 * @key: a duration
 *
 * Returns: its value in microseconds
 */
gint64
foreman_config_get_duration (ForemanConfig *self, ForemanConfigKey key)
{
  return get_typed (self, key, FOREMAN_CONFIG_TYPE_DURATION)->number;
}

/**
 * foreman_config_get_size:
 * @self: the settings
 * @key: a size
 *
 * Returns: its value in bytes
 */
gint64
foreman_config_get_size (ForemanConfig *self, ForemanConfigKey key)
{
  return get_typed (self, key, FOREMAN_CONFIG_TYPE_SIZE)->number;
}

/**
 * foreman_config_get_boolean:
 * @self: the settings
 * @key: a switch
 *
 * Returns: whether it is on
 */
gboolean
foreman_config_get_boolean (ForemanConfig *self, ForemanConfigKey key)
{
  return get_typed (self, key, FOREMAN_CONFIG_TYPE_BOOLEAN)->number != 0;
}

/**
 * foreman_config_get_list:
 * @self: the settings
 * @key: a list
 *
 * Returns: (transfer none) (array zero-terminated=1): its items, none of them empty
 */
const char *const *
foreman_config_get_list (ForemanConfig *self, ForemanConfigKey key)
{
  g_assert (get_value (self, key)->list != NULL);

  return (const char *const *) get_value (self, key)->list;
}

/**
 * foreman_config_dup_keep_alive_json:
 * @self: the settings
 *
 * `FOREMAN_KEEP_ALIVE` as a JSON value for a request to Ollama.
 *
 * Returns: (transfer full) (nullable): `-1`, `"5m0s"`; %NULL when the member is to be left out
 */
char *
foreman_config_dup_keep_alive_json (ForemanConfig *self)
{
  const char *text = foreman_config_get_string (self, FOREMAN_CONFIG_KEEP_ALIVE);

  return *text == '\0' ? NULL : foreman_keep_alive_to_json (text);
}

/**
 * foreman_config_get_origin:
 * @self: the settings
 * @key: a setting
 *
 * Returns: (transfer none): where its value comes from: `default`, `FILE:LINE`, `credential NAME`,
 *   `environment` or `option`
 */
const char *
foreman_config_get_origin (ForemanConfig *self, ForemanConfigKey key)
{
  return get_value (self, key)->origin;
}

/**
 * foreman_config_dup_shown:
 * @self: the settings
 * @key: a setting
 *
 * Returns: (transfer full): its value as it may be shown; a secret is masked
 */
char *
foreman_config_dup_shown (ForemanConfig *self, ForemanConfigKey key)
{
  return foreman_config_value_hide (key, get_value (self, key)->text);
}

/**
 * foreman_config_get_warnings:
 * @self: the settings
 *
 * What was skipped while reading: unknown keys (with the nearest known name), unknown groups; and
 * files with secrets that everybody can read. For the log, once it is set up.
 *
 * Returns: (transfer none) (array zero-terminated=1): one line each
 */
const char *const *
foreman_config_get_warnings (ForemanConfig *self)
{
  g_return_val_if_fail (FOREMAN_IS_CONFIG (self), NULL);

  return (const char *const *) self->warnings;
}

/**
 * foreman_config_foreach:
 * @self: the settings
 * @func: (scope call): called for each setting in the order of the table
 * @user_data: for @func
 */
void
foreman_config_foreach (ForemanConfig *self, ForemanConfigFunc func, gpointer user_data)
{
  g_return_if_fail (FOREMAN_IS_CONFIG (self));

  for (ForemanConfigKey key = 0; key < FOREMAN_CONFIG_N_KEYS; key++)
    {
      g_autofree char *shown = foreman_config_dup_shown (self, key);

      func (key, shown, foreman_config_get_origin (self, key), user_data);
    }
}

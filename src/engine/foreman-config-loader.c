/* SPDX-License-Identifier: MIT */
#include "engine/foreman-config-private.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/foreman-config-file.h"
#include "foreman-resources.h"
#include "libforeman/foreman-error.h"

#define DEFAULTS_RESOURCE "/com/stevedudenhoeffer/Foreman/foreman.conf"
#define SYSTEM_DIRECTORY  "/etc/foreman"
#define ENV_PREFIX        "FOREMAN_"
#define SHOWN_MAX         200

static const char *
get_env (ForemanConfigLoader *loader, const char *name)
{
  const char *value = g_environ_getenv ((char **) loader->environment, name);

  return value != NULL && *value != '\0' ? value : NULL;
}

static char *
show_value (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *start = g_utf8_strlen (valid, -1) > SHOWN_MAX
                               ? g_utf8_substring (valid, 0, SHOWN_MAX)
                               : g_strdup (valid);
  GString *out = g_string_new (NULL);

  for (const char *p = start; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }
  if (strlen (start) < strlen (valid))
    g_string_append (out, "…");
  return g_string_free (out, FALSE);
}

static gboolean
set_value (ForemanConfigLoader *loader,
           ForemanConfigKey key,
           const char *text,
           const char *origin,
           GError **error)
{
  const ForemanConfigKeyInfo *info = foreman_config_key_get_info (key);
  g_autoptr (GError) local_error = NULL;
  g_autofree char *hidden = NULL;
  g_autofree char *shown = NULL;
  ForemanConfigValue value;

  if (foreman_config_value_parse (key, text, loader->home, &value, &local_error))
    {
      value.origin = g_strdup (origin);
      foreman_config_value_clear (&loader->values[key]);
      loader->values[key] = value;
      return TRUE;
    }
  if (foreman_config_key_is_secret (key))
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, "%s (%s): %s; allowed: %s",
                 foreman_config_key_get_env_name (key), origin, local_error->message,
                 info->allowed);
  else
    {
      hidden = foreman_config_value_hide (key, text);
      shown = show_value (hidden);
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "%s=\"%s\" (%s): %s; allowed: %s", foreman_config_key_get_env_name (key), shown,
                   origin, local_error->message, info->allowed);
    }
  return FALSE;
}

static gboolean
find_exact (const char *name, gboolean is_env, ForemanConfigKey *key)
{
  return foreman_config_key_find (name, key) &&
         g_str_equal (name, is_env ? foreman_config_key_get_env_name (*key)
                                   : foreman_config_key_get_name (*key));
}

static void
warn_unknown (ForemanConfigLoader *loader, const char *name, gboolean is_env, const char *origin)
{
  const char *nearest = foreman_config_key_find_nearest (name);
  g_autofree char *shown = show_value (name);
  g_autofree char *upper = nearest != NULL && is_env ? g_ascii_strup (nearest, -1) : NULL;
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "%s: %s is not known and is ignored", origin, shown);
  if (upper != NULL)
    g_string_append_printf (line, "; did you mean " ENV_PREFIX "%s?", upper);
  else if (nearest != NULL)
    g_string_append_printf (line, "; did you mean %s?", nearest);
  g_ptr_array_add (loader->warnings, g_string_free (line, FALSE));
}

static gboolean
load_entries (ForemanConfigLoader *loader,
              const char *path,
              const char *text,
              gsize len,
              gboolean is_default,
              gboolean *holds_secret,
              GError **error)
{
  g_autoptr (GPtrArray) entries =
      foreman_config_file_parse (path, text, len, loader->warnings, error);

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      ForemanConfigEntry *entry = entries->pdata[i];
      g_autofree char *origin =
          is_default ? g_strdup ("default") : g_strdup_printf ("%s:%u", path, entry->line);
      ForemanConfigKey key;

      if (!find_exact (entry->name, FALSE, &key))
        warn_unknown (loader, entry->name, FALSE, origin);
      else if (!set_value (loader, key, entry->value, origin, error))
        return FALSE;
      else if (foreman_config_key_is_secret (key) && *loader->values[key].text != '\0')
        *holds_secret = TRUE;
    }
  return entries != NULL;
}

static gboolean
load_file (ForemanConfigLoader *loader, const char *path, gboolean is_required, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = NULL;
  gboolean holds_secret = FALSE;
  struct stat status;
  gsize len;

  if (!g_file_get_contents (path, &text, &len, &local_error))
    {
      if (!is_required && (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
                           g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR)))
        return TRUE;
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "the settings cannot be read: %s", local_error->message);
      return FALSE;
    }
  if (!load_entries (loader, path, text, len, FALSE, &holds_secret, error))
    return FALSE;
  if (holds_secret && stat (path, &status) == 0 && (status.st_mode & S_IROTH) != 0)
    g_ptr_array_add (loader->warnings,
                     g_strdup_printf ("%s holds a secret and everybody can read it: chmod o= %s",
                                      path, path));
  return TRUE;
}

static gboolean
load_defaults (ForemanConfigLoader *loader, GError **error)
{
  g_autoptr (GBytes) bytes =
      g_resource_lookup_data (foreman_resources_get_resource (), DEFAULTS_RESOURCE,
                              G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  gboolean holds_secret = FALSE;
  const char *text;
  gsize len;

  if (bytes == NULL)
    return FALSE;
  text = g_bytes_get_data (bytes, &len);
  if (!load_entries (loader, "default", text, len, TRUE, &holds_secret, error))
    return FALSE;
  for (guint key = 0; key < FOREMAN_CONFIG_N_KEYS; key++)
    g_assert (loader->values[key].text != NULL);
  return TRUE;
}

static char *
find_directory (ForemanConfigLoader *loader)
{
  const char *given = get_env (loader, "CONFIGURATION_DIRECTORY");
  const char *config_home = get_env (loader, "XDG_CONFIG_HOME");

  if (given != NULL)
    return g_strndup (given, strcspn (given, ":"));
  if (geteuid () == 0)
    return g_strdup (SYSTEM_DIRECTORY);
  if (config_home != NULL && g_path_is_absolute (config_home))
    return g_build_filename (config_home, "foreman", NULL);
  return g_build_filename (loader->home, ".config", "foreman", NULL);
}

static gboolean
load_files (ForemanConfigLoader *loader, const ForemanConfigSources *sources, GError **error)
{
  g_autofree char *directory = NULL;
  g_autoptr (GPtrArray) paths = NULL;

  if (sources->file != NULL)
    return load_file (loader, sources->file, TRUE, error);
  directory = sources->directory != NULL ? g_strdup (sources->directory) : find_directory (loader);
  if (*directory == '\0')
    return TRUE;
  paths = foreman_config_file_list (directory, error);
  if (paths == NULL)
    return FALSE;
  for (guint i = 0; i < paths->len; i++)
    if (!load_file (loader, paths->pdata[i], FALSE, error))
      return FALSE;
  return TRUE;
}

/* One file of $CREDENTIALS_DIRECTORY; none is no error. */
static gboolean
load_credential (ForemanConfigLoader *loader,
                 ForemanConfigKey key,
                 const char *directory,
                 const char *name,
                 GError **error)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *origin = g_strconcat ("credential ", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;

  if (g_file_get_contents (path, &text, NULL, &local_error))
    return set_value (loader, key, text, origin, error);
  if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, "%s (%s): %s",
               foreman_config_key_get_env_name (key), origin, local_error->message);
  return FALSE;
}

static gboolean
load_credentials (ForemanConfigLoader *loader, GError **error)
{
  const char *directory = get_env (loader, "CREDENTIALS_DIRECTORY");

  for (guint key = 0; directory != NULL && key < FOREMAN_CONFIG_N_KEYS; key++)
    {
      const char *name = foreman_config_key_get_name (key);
      g_autofree char *full = g_strconcat ("foreman.", name, NULL);

      if (foreman_config_key_is_secret (key) &&
          (!load_credential (loader, key, directory, name, error) ||
           !load_credential (loader, key, directory, full, error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
load_environment (ForemanConfigLoader *loader, GError **error)
{
  for (gsize i = 0; loader->environment[i] != NULL; i++)
    {
      const char *variable = loader->environment[i];
      const char *equals = strchr (variable, '=');
      g_autofree char *name = NULL;
      ForemanConfigKey key;

      if (equals == NULL || !g_str_has_prefix (variable, ENV_PREFIX))
        continue;
      name = g_strndup (variable, (gsize) (equals - variable));
      if (!find_exact (name, TRUE, &key))
        {
          if (!foreman_config_key_is_client_name (name))
            warn_unknown (loader, name, TRUE, "environment");
        }
      else if (!set_value (loader, key, equals + 1, "environment", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
load_options (ForemanConfigLoader *loader, const char *const *options, GError **error)
{
  for (gsize i = 0; options != NULL && options[i] != NULL; i++)
    {
      const char *equals = strchr (options[i], '=');
      g_autofree char *name = g_strndup (options[i], strcspn (options[i], "="));
      ForemanConfigKey key;
      const char *nearest;

      if (!foreman_config_key_find (name, &key))
        {
          nearest = foreman_config_key_find_nearest (name);
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                       nearest != NULL ? "option: no setting is called \"%s\"; did you mean %s?"
                                       : "option: no setting is called \"%s\"",
                       name, nearest);
          return FALSE;
        }
      if (equals == NULL)
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                       "option: \"%s\" has no value; write %s=VALUE", name, name);
          return FALSE;
        }
      if (foreman_config_key_is_secret (key))
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                       "%s (option): not given as an option, where the process list shows it; use "
                       "the environment, a file or a credential",
                       foreman_config_key_get_env_name (key));
          return FALSE;
        }
      if (!set_value (loader, key, equals + 1, "option", error))
        return FALSE;
    }
  return TRUE;
}

/* The shipped file cannot know where state is kept. */
static void
fill_db (ForemanConfigLoader *loader)
{
  ForemanConfigValue *db = &loader->values[FOREMAN_CONFIG_DB];
  const char *given = get_env (loader, "STATE_DIRECTORY");
  const char *state_home = get_env (loader, "XDG_STATE_HOME");
  g_autofree char *directory = NULL;

  if (*db->text != '\0')
    return;
  if (given != NULL)
    directory = g_strndup (given, strcspn (given, ":"));
  else if (geteuid () == 0)
    directory = g_strdup ("/var/lib/foreman");
  else if (state_home != NULL && g_path_is_absolute (state_home))
    directory = g_build_filename (state_home, "foreman", NULL);
  else
    directory = g_build_filename (loader->home, ".local", "state", "foreman", NULL);
  g_free (db->text);
  db->text = g_build_filename (directory, "foreman.db", NULL);
}

/**
 * foreman_config_loader_run:
 * @loader: the loader, with its values zeroed
 * @sources: where settings come from
 * @error: return location for an error
 *
 * Pours all layers into @loader; every value of every layer is checked, also one that a later layer
 * overrides.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_CONFIG
 */
gboolean
foreman_config_loader_run (ForemanConfigLoader *loader,
                           const ForemanConfigSources *sources,
                           GError **error)
{
  if (!load_defaults (loader, error) || !load_files (loader, sources, error) ||
      !load_credentials (loader, error) || !load_environment (loader, error) ||
      !load_options (loader, sources->options, error))
    return FALSE;
  fill_db (loader);
  return TRUE;
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-config-file.h"

#include <gio/gio.h>
#include <string.h>

#include "libforeman/foreman-error.h"

#define GROUP "foreman"

static void
foreman_config_entry_free (ForemanConfigEntry *entry)
{
  g_free (entry->name);
  g_free (entry->value);
  g_free (entry);
}

/* GKeyFile knows no lines, and people want to know which one is meant: the last line of the group
 * that sets @name is the one that counts, as GKeyFile has it. */
static guint
find_line (const char *const *lines, const char *name)
{
  gboolean in_group = FALSE;
  guint found = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = lines[i] + strspn (lines[i], " \t");
      gsize len = strcspn (line, " \t=");

      if (*line == '[')
        in_group = g_str_has_prefix (line, "[" GROUP "]");
      else if (in_group && strlen (name) == len && strncmp (line, name, len) == 0)
        found = i + 1;
    }
  return found;
}

/* The line that made GKeyFile give up: neither comment, group nor key. */
static guint
find_bad_line (const char *const *lines)
{
  gboolean in_group = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = lines[i] + strspn (lines[i], " \t\r");

      if (*line == '\0' || *line == '#')
        continue;
      if (*line == '[' && strchr (line, ']') != NULL)
        in_group = TRUE;
      else if (!in_group || *line == '=' || strchr (line, '=') == NULL)
        return i + 1;
    }
  return 0;
}

static gboolean
read_entries (GKeyFile *key_file,
              const char *path,
              const char *const *lines,
              GPtrArray *entries,
              GError **error)
{
  g_auto (GStrv) names = g_key_file_get_keys (key_file, GROUP, NULL, NULL);

  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GError) local_error = NULL;
      guint line = find_line (lines, names[i]);
      char *value = g_key_file_get_string (key_file, GROUP, names[i], &local_error);
      ForemanConfigEntry *entry;

      if (value == NULL)
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                       "%s:%u: the value of %s cannot be read: a backslash is written \\\\, and "
                       "the text is UTF-8",
                       path, line, names[i]);
          return FALSE;
        }
      entry = g_new0 (ForemanConfigEntry, 1);
      entry->name = g_strdup (names[i]);
      entry->value = value;
      entry->line = line;
      g_ptr_array_add (entries, entry);
    }
  return TRUE;
}

/**
 * foreman_config_file_parse:
 * @path: the name of the file, for messages
 * @text: its content
 * @len: the length of @text in bytes
 * @warnings: (element-type utf8): gets a line for whatever was skipped
 * @error: return location for an error
 *
 * Reads the group `[foreman]` of a settings file.
 *
 * Returns: (transfer full) (nullable) (element-type ForemanConfigEntry): its entries, or %NULL with
 *   %FOREMAN_ERROR_INVALID_CONFIG
 */
GPtrArray *
foreman_config_file_parse (const char *path,
                           const char *text,
                           gsize len,
                           GPtrArray *warnings,
                           GError **error)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_config_entry_free);
  g_autofree char *content = g_strndup (text, len);
  g_auto (GStrv) lines = g_strsplit (content, "\n", -1);
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_data (key_file, text, len, G_KEY_FILE_NONE, NULL))
    {
      guint line = find_bad_line ((const char *const *) lines);

      if (line == 0 && *g_strstrip (content) == '\0')
        return g_steal_pointer (&entries);
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "%s:%u: not a settings file: expected [" GROUP "], then lines KEY = VALUE and "
                   "comments that start with #",
                   path, MAX (line, 1));
      return NULL;
    }
  groups = g_key_file_get_groups (key_file, NULL);
  for (gsize i = 0; groups[i] != NULL; i++)
    if (!g_str_equal (groups[i], GROUP))
      g_ptr_array_add (warnings,
                       g_strdup_printf ("%s: the group [%s] is not read, only [" GROUP "] is", path,
                                        groups[i]));
  if (!read_entries (key_file, path, (const char *const *) lines, entries, error))
    return NULL;
  return g_steal_pointer (&entries);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * foreman_config_file_list:
 * @directory: a configuration folder
 * @error: return location for an error
 *
 * Lists `foreman.conf`, which need not exist, and the `.conf` files of `conf.d`, in the order in
 * which they are read.
 *
 * Returns: (transfer full) (nullable) (element-type filename): the paths
 */
GPtrArray *
foreman_config_file_list (const char *directory, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) drop_ins = g_ptr_array_new ();
  g_autofree char *main_path = g_build_filename (directory, "foreman.conf", NULL);
  g_autofree char *folder = g_build_filename (directory, "conf.d", NULL);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_ptr_array_add (paths, g_steal_pointer (&main_path));
  dir = g_dir_open (folder, 0, &local_error);
  if (dir == NULL && !g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT) &&
      !g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, "%s cannot be read: %s",
                   folder, local_error->message);
      return NULL;
    }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf") && *name != '.')
      g_ptr_array_add (drop_ins, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (drop_ins, compare_paths);
  g_ptr_array_extend_and_steal (paths, g_steal_pointer (&drop_ins));
  return g_steal_pointer (&paths);
}

/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-command-options.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

#include "http/foreman-access.h"

static const char summary[] =
    "Prints the settings that apply and where each comes from, all of them or those named.\n"
    "Secrets are masked. With a setting that is not allowed, or one that would keep the service\n"
    "from starting, it says so and exits with 78.";

typedef struct
{
  GArray *wanted; /* (not owned): ForemanConfigKey; empty: all */
  gboolean json;
} Printing;

static char *
to_json (ForemanConfigKey key, const char *shown, const char *origin)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "key");
  json_builder_add_string_value (builder, foreman_config_key_get_env_name (key));
  json_builder_set_member_name (builder, "value");
  json_builder_add_string_value (builder, shown);
  json_builder_set_member_name (builder, "origin");
  json_builder_add_string_value (builder, origin);
  json_builder_set_member_name (builder, "secret");
  json_builder_add_boolean_value (builder, foreman_config_key_is_secret (key));
  json_builder_set_member_name (builder, "reloadable");
  json_builder_add_boolean_value (builder, foreman_config_key_is_reloadable (key));
  json_builder_set_member_name (builder, "allowed");
  json_builder_add_string_value (builder, foreman_config_key_get_info (key)->allowed);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static void
print_setting (ForemanConfigKey key, const char *shown, const char *origin, gpointer user_data)
{
  const Printing *printing = user_data;
  gboolean wanted = printing->wanted->len == 0;

  for (guint i = 0; i < printing->wanted->len; i++)
    wanted = wanted || g_array_index (printing->wanted, ForemanConfigKey, i) == key;
  if (!wanted)
    return;
  if (printing->json)
    {
      g_autofree char *line = to_json (key, shown, origin);

      printf ("%s\n", line);
    }
  else
    printf ("%s=%s  # %s\n", foreman_config_key_get_env_name (key), shown, origin);
}

/* What `foreman serve` would refuse beyond single values. */
static int
check (ForemanConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanAccess) access = foreman_access_new (config, &error);

  if (access != NULL && foreman_access_get_warning (access) != NULL)
    g_printerr ("foreman: warning: %s\n", foreman_access_get_warning (access));
  if (access != NULL &&
      foreman_access_check_addresses (access, foreman_config_get_list (config, FOREMAN_CONFIG_ADDR),
                                      &error))
    return FOREMAN_EXIT_OK;
  g_printerr ("foreman: %s\n", error->message);
  return FOREMAN_EXIT_CONFIG;
}

/**
 * foreman_command_config:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman config [KEY…]`.
 *
 * Returns: the exit code
 */
int
foreman_command_config (int argc, char **argv)
{
  g_auto (ForemanCommandOptions) options = { NULL };
  g_autoptr (ForemanConfig) config = NULL;
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (ForemanConfigKey));
  Printing printing = { .wanted = wanted };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &printing.json, "A JSON object a line", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!foreman_command_options_parse (&options, entries, "[KEY…]", summary, &argc, &argv))
    return FOREMAN_EXIT_USAGE;
  for (int i = 1; i < argc; i++)
    {
      ForemanConfigKey key;
      const char *nearest;

      if (foreman_config_key_find (argv[i], &key))
        {
          g_array_append_val (wanted, key);
          continue;
        }
      nearest = foreman_config_key_find_nearest (argv[i]);
      if (nearest != NULL)
        g_printerr ("foreman: no setting is called \"%s\"; did you mean %s?\n", argv[i], nearest);
      else
        g_printerr ("foreman: no setting is called \"%s\"\n", argv[i]);
      return FOREMAN_EXIT_NOT_FOUND;
    }
  config = foreman_command_options_load (&options);
  if (config == NULL)
    return FOREMAN_EXIT_CONFIG;
  for (const char *const *warning = foreman_config_get_warnings (config); *warning != NULL;
       warning++)
    g_printerr ("foreman: warning: %s\n", *warning);
  foreman_config_foreach (config, print_setting, &printing);
  return check (config);
}

/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-command-options.h"

/**
 * foreman_command_options_parse:
 * @options: (inout): gets what was given
 * @entries: (nullable): options of the command itself
 * @parameters: (nullable): what stands behind the options, for the help
 * @summary: what the command does, for the help
 * @argc: (inout): the number of arguments
 * @argv: (inout): the arguments; what is left are the command's name and its parameters
 *
 * Reads a command line. `--help` prints and ends the process; a mistake is told on stderr.
 *
 * Returns: whether the command line is right; otherwise exit with %FOREMAN_EXIT_USAGE
 */
gboolean
foreman_command_options_parse (ForemanCommandOptions *options,
                               const GOptionEntry *entries,
                               const char *parameters,
                               const char *summary,
                               int *argc,
                               char ***argv)
{
  const GOptionEntry common[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options->file,
      "Read settings from FILE instead of the configuration folder", "FILE" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->settings,
      "Set a setting; wins over files and environment", "KEY=VALUE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, summary);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  g_set_prgname ((*argv)[0]);
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  foreman_command_usage_error ((*argv)[0], "%s", error->message);
  return FALSE;
}

/**
 * foreman_command_options_get_sources:
 * @options: what was given
 *
 * Returns: where the settings come from; valid as long as @options
 */
ForemanConfigSources
foreman_command_options_get_sources (const ForemanCommandOptions *options)
{
  return (ForemanConfigSources){
    .file = options->file,
    .options = (const char *const *) options->settings,
  };
}

/**
 * foreman_command_options_load:
 * @options: what was given
 *
 * Loads the settings. What is wrong with them is told on stderr, in one line.
 *
 * Returns: (transfer full) (nullable): the settings; otherwise exit with %FOREMAN_EXIT_CONFIG
 */
ForemanConfig *
foreman_command_options_load (const ForemanCommandOptions *options)
{
  const ForemanConfigSources sources = foreman_command_options_get_sources (options);
  g_autoptr (GError) error = NULL;
  ForemanConfig *config = foreman_config_load (&sources, &error);

  if (config == NULL)
    g_printerr ("foreman: %s\n", error->message);
  return config;
}

/**
 * foreman_command_options_clear:
 * @options: what was given, which is freed
 */
void
foreman_command_options_clear (ForemanCommandOptions *options)
{
  g_clear_pointer (&options->file, g_free);
  g_clear_pointer (&options->settings, g_strfreev);
}

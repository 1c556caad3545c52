/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client-options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/foreman-reply-json.h"
#include "commands/foreman-terminal.h"

/**
 * foreman_client_options_new_context:
 * @options: gets what every command takes
 * @entries: (nullable): options of the command itself
 * @parameters: (nullable): what stands behind the options, for the help
 * @summary: what the command does, for the help
 *
 * Returns: (transfer full): what reads the command line
 */
GOptionContext *
foreman_client_options_new_context (ForemanClientOptions *options,
                                    const GOptionEntry *entries,
                                    const char *parameters,
                                    const char *summary)
{
  const GOptionEntry common[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, "JSON, an object a line", NULL },
    { "no-header", 0, 0, G_OPTION_ARG_NONE, &options->no_header, "No titles above tables", NULL },
    { "color", 0, 0, G_OPTION_ARG_STRING, &options->color, "auto, always or never", "WHEN" },
    G_OPTION_ENTRY_NULL,
  };
  GOptionContext *context = g_option_context_new (parameters);

  g_option_context_set_summary (context, summary);
  g_option_context_set_description (
      context, "FOREMAN_URL and FOREMAN_TOKEN say where foreman is, or \"foreman login\".");
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  return context;
}

/* GOption leaves the "--" in front of what is no option where it is. */
static void
drop_separator (int *argc, char **argv)
{
  for (int i = 1; i < *argc; i++)
    if (g_str_equal (argv[i], "--"))
      {
        /* the terminating NULL moves too */
        memmove (argv + i, argv + i + 1, (gsize) (*argc - i) * sizeof *argv);
        --*argc;
        return;
      }
}

/**
 * foreman_client_options_parse:
 * @options: gets what was given
 * @context: (transfer full): what reads the command line
 * @argc: (inout): the number of arguments
 * @argv: (inout): the arguments; what is left are the command's name and its parameters
 *
 * Reads a command line. `--help` prints and ends the process; a mistake is told on stderr.
 *
 * Returns: whether the command line is right; otherwise exit with %FOREMAN_EXIT_USAGE
 */
gboolean
foreman_client_options_parse (ForemanClientOptions *options,
                              GOptionContext *context,
                              int *argc,
                              char ***argv)
{
  g_autoptr (GOptionContext) owned = context;
  g_autoptr (GError) error = NULL;

  g_set_prgname ((*argv)[0]);
  if (!g_option_context_parse (owned, argc, argv, &error))
    {
      foreman_command_usage_error ((*argv)[0], "%s", error->message);
      return FALSE;
    }
  drop_separator (argc, *argv);
  if (foreman_terminal_choose_color (options->color, STDOUT_FILENO, &options->use_color))
    return TRUE;
  foreman_command_usage_error ((*argv)[0], "--color is auto, always or never");
  return FALSE;
}

/**
 * foreman_client_options_print_table:
 * @options: how
 * @table: what
 *
 * Prints a table that fits the terminal.
 */
void
foreman_client_options_print_table (const ForemanClientOptions *options, ForemanTable *table)
{
  g_autofree char *text = foreman_table_render (table, foreman_terminal_get_width (STDOUT_FILENO),
                                                !options->no_header, options->use_color);

  fputs (text, stdout);
}

/**
 * foreman_client_options_clear:
 * @options: what is freed
 */
void
foreman_client_options_clear (ForemanClientOptions *options)
{
  g_clear_pointer (&options->color, g_free);
}

/**
 * foreman_print_json:
 * @object: what to print
 *
 * Prints a line of NDJSON, at once.
 */
void
foreman_print_json (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *line = foreman_reply_json_to_line (node);

  puts (line);
  fflush (stdout);
}

/**
 * foreman_print_bytes:
 * @bytes: what to print
 *
 * Prints what foreman wrote as it is, and a line feed where it does not end with one.
 */
void
foreman_print_bytes (GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  fwrite (data, 1, length, stdout);
  if (length == 0 || data[length - 1] != '\n')
    putchar ('\n');
  fflush (stdout);
}

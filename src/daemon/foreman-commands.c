/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-commands.h"

#include "foreman-version.h"

#include "engine/foreman-config-keys.h"

static const struct
{
  const char *name;
  int (*run) (int argc, char **argv);
  const char *summary;
} commands[] = {
  { "serve", foreman_command_serve, "stand in front of Ollama until told to stop" },
  { "config", foreman_command_config, "print the settings that apply, and where they come from" },
  { "token", foreman_command_token, "add, list and remove tokens of clients" },
};

static void
print_help (void)
{
  g_print ("Usage: foreman COMMAND [OPTION…]\n\n"
           "A guarded gateway in front of one Ollama.\n\nCommands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-8s  %s\n", commands[i].name, commands[i].summary);
  g_print ("\nOptions:\n  --help     show this\n  --version  show the version\n\n"
           "\"foreman COMMAND --help\" tells more.\n");
}

static int
refuse_command (const char *name)
{
  const char *nearest = NULL;
  guint least = 3;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      guint distance = foreman_edit_distance (name, commands[i].name);

      if (distance < least)
        {
          least = distance;
          nearest = commands[i].name;
        }
    }
  g_printerr ("foreman: there is no command \"%s\"", name);
  if (nearest != NULL)
    g_printerr ("; did you mean %s?\n", nearest);
  else
    g_printerr ("; try \"foreman --help\"\n");
  return FOREMAN_EXIT_USAGE;
}

/**
 * foreman_commands_run:
 * @argc: the number of arguments
 * @argv: the arguments of the process
 *
 * Runs the command that the first argument names.
 *
 * Returns: the exit code
 */
int
foreman_commands_run (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : NULL;

  if (name == NULL)
    {
      g_printerr ("foreman: a command is missing; try \"foreman --help\"\n");
      return FOREMAN_EXIT_USAGE;
    }
  if (g_str_equal (name, "--help") || g_str_equal (name, "-h") || g_str_equal (name, "help"))
    {
      print_help ();
      return FOREMAN_EXIT_OK;
    }
  if (g_str_equal (name, "--version"))
    {
      g_print ("foreman %s\n", FOREMAN_VERSION);
      return FOREMAN_EXIT_OK;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      {
        g_autofree char *full_name = g_strconcat ("foreman ", name, NULL);
        g_autofree char **arguments = g_new0 (char *, argc);

        /* GOption shows argv[0] in its help, and may take arguments out of the array */
        for (int a = 1; a < argc; a++)
          arguments[a - 1] = argv[a];
        arguments[0] = full_name;
        return commands[i].run (argc - 1, arguments);
      }
  return refuse_command (name);
}

/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-commands.h"

#include "foreman-version.h"

#include "commands/foreman-client-commands.h"
#include "engine/foreman-config-keys.h"

/* Those that concern this machine; the others talk to a foreman anywhere. */
static const ForemanCommand own_commands[] = {
  { "serve", foreman_command_serve, "stand in front of Ollama until told to stop" },
  { "config", foreman_command_config, "print the settings that apply, and where they come from" },
  { "token", foreman_command_token, "add, list and remove tokens of clients" },
};

/* Returns: (nullable): %NULL behind the last */
static const ForemanCommand *
get_command (guint index)
{
  guint n_client;
  const ForemanCommand *client_commands = foreman_client_commands_get (&n_client);

  if (index < G_N_ELEMENTS (own_commands))
    return &own_commands[index];
  index -= G_N_ELEMENTS (own_commands);
  return index < n_client ? &client_commands[index] : NULL;
}

static const ForemanCommand *
find_command (const char *name)
{
  const ForemanCommand *command;

  for (guint i = 0; (command = get_command (i)) != NULL; i++)
    if (g_str_equal (command->name, name))
      return command;
  return NULL;
}

static void
print_help (void)
{
  const ForemanCommand *command;

  g_print ("Usage: foreman COMMAND [OPTION…]\n\n"
           "A guarded gateway in front of one Ollama.\n\nCommands:\n");
  for (guint i = 0; (command = get_command (i)) != NULL; i++)
    g_print ("  %-8s  %s\n", command->name, command->summary);
  g_print ("\nOptions:\n  --help     show this\n  --version  show the version\n\n"
           "\"foreman COMMAND --help\" tells more.\n");
}

static int
refuse_command (const char *name)
{
  const ForemanCommand *command;
  const char *nearest = NULL;
  guint least = 3;

  for (guint i = 0; (command = get_command (i)) != NULL; i++)
    {
      guint distance = foreman_edit_distance (name, command->name);

      if (distance < least)
        {
          least = distance;
          nearest = command->name;
        }
    }
  g_printerr ("foreman: there is no command \"%s\"", name);
  if (nearest != NULL)
    g_printerr ("; did you mean %s?\n", nearest);
  else
    g_printerr ("; try \"foreman --help\"\n");
  return FOREMAN_EXIT_USAGE;
}

/* GOption shows argv[0] in its help, and may take arguments out of the array. */
static int
run_command (const ForemanCommand *command, int argc, char **argv)
{
  g_autofree char *full_name = g_strconcat ("foreman ", command->name, NULL);
  g_autofree char **arguments = g_new0 (char *, argc);

  for (int i = 1; i < argc; i++)
    arguments[i - 1] = argv[i];
  arguments[0] = full_name;
  return command->run (argc - 1, arguments);
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
  const ForemanCommand *command;

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
  command = find_command (name);
  return command != NULL ? run_command (command, argc, argv) : refuse_command (name);
}

/* SPDX-License-Identifier: MIT */
#include "commands/foreman-command-usage.h"

#include "libforeman/foreman-exit.h"

/**
 * foreman_command_usage_error:
 * @command: the name of the command, `foreman config`
 * @format: what is wrong with its command line
 * @...: for @format
 *
 * Returns: %FOREMAN_EXIT_USAGE, after it was told on stderr
 */
int
foreman_command_usage_error (const char *command, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("%s: %s; try \"%s --help\"\n", command, message, command);
  return FOREMAN_EXIT_USAGE;
}

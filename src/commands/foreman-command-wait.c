/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client-commands.h"
#include "commands/foreman-client-options.h"
#include "commands/foreman-waiter.h"
#include "libforeman/foreman-duration.h"
#include "libforeman/foreman-ulid.h"

static const char summary[] =
    "Waits until jobs are over, and prints what became of them. What is no id is a group.\n"
    "Ends with 0 if all are done, with 1 if some are not, with 4 when the time is over.";

/**
 * foreman_command_wait:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman wait GROUP|ID…`.
 *
 * Returns: the exit code
 */
int
foreman_command_wait (int argc, char **argv)
{
  g_auto (ForemanClientOptions) options = { 0 };
  g_autofree char *timeout = NULL;
  g_autoptr (ForemanClient) client = NULL;
  g_autoptr (ForemanWaiter) waiter = NULL;
  g_autoptr (GError) error = NULL;
  gint64 duration = 0;
  const GOptionEntry entries[] = {
    { "timeout", 't', 0, G_OPTION_ARG_STRING, &timeout, "Wait no longer than this: 90m", "TIME" },
    G_OPTION_ENTRY_NULL,
  };

  if (!foreman_client_options_parse (&options,
                                     foreman_client_options_new_context (&options, entries,
                                                                         "GROUP|ID…", summary),
                                     &argc, &argv))
    return FOREMAN_EXIT_USAGE;
  if (argc < 2)
    return foreman_command_usage_error (argv[0], "say what to wait for: a group, or ids of jobs");
  if (timeout != NULL && !foreman_duration_parse_usec (timeout, &duration, &error))
    return foreman_command_usage_error (argv[0], "--timeout: %s", error->message);
  client = foreman_client_new_from_login (&error);
  if (client == NULL)
    return foreman_client_fail (NULL, error);
  if (timeout != NULL)
    foreman_client_set_timeout (client, duration);
  waiter = foreman_waiter_new (client, options.json);
  for (int i = 1; i < argc; i++)
    if (foreman_ulid_is_valid (argv[i]))
      foreman_waiter_add_job (waiter, argv[i]);
    else
      foreman_waiter_add_group (waiter, argv[i]);
  return foreman_waiter_run (waiter);
}

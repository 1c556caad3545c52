/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client-commands.h"
#include "commands/foreman-submit.h"

/**
 * foreman_command_submit:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman submit`.
 *
 * Returns: the exit code
 */
int
foreman_command_submit (int argc, char **argv)
{
  g_auto (ForemanSubmit) submit = { NULL };
  g_autoptr (ForemanClient) client = NULL;
  g_autoptr (GError) error = NULL;

  if (!foreman_submit_parse (&submit, argc, argv))
    return FOREMAN_EXIT_USAGE;
  client = foreman_client_new_from_login (&error);
  if (client == NULL)
    return foreman_client_fail (NULL, error);
  return submit.batch != NULL || submit.each != NULL ? foreman_submit_many (&submit, client)
                                                     : foreman_submit_one (&submit, client);
}

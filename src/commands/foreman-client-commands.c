/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client-commands.h"

static const ForemanCommand commands[] = {
  { "submit", foreman_command_submit, "make jobs of requests" },
  { "wait", foreman_command_wait, "wait until jobs are over" },
  { "results", foreman_command_results, "collect the answers of jobs" },
  { "jobs", foreman_command_jobs, "list jobs; cancel, retry, purge them, print their answers" },
  { "ps", foreman_command_ps, "show what is loaded, what runs and what waits" },
  { "pause", foreman_command_pause, "begin no more work" },
  { "resume", foreman_command_resume, "end a pause" },
  { "login", foreman_command_login, "save where foreman is, and the token for it" },
};

/**
 * foreman_client_commands_get:
 * @n_commands: (out): how many there are
 *
 * Returns: (array length=n_commands) (transfer none): the commands, in the order of the help
 */
const ForemanCommand *
foreman_client_commands_get (guint *n_commands)
{
  *n_commands = G_N_ELEMENTS (commands);
  return commands;
}

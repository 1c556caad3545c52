/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanCommand:
 * @name: what it is called
 * @run: gets its own arguments; argv[0] is its name, as in "foreman submit"; returns the exit code
 * @summary: what it does
 *
 * A command of foreman.
 */
typedef struct
{
  const char *name;
  int (*run) (int argc, char **argv);
  const char *summary;
} ForemanCommand;

const ForemanCommand *foreman_client_commands_get (guint *n_commands);

int foreman_command_submit (int argc, char **argv);
int foreman_command_jobs (int argc, char **argv);
int foreman_command_ps (int argc, char **argv);
int foreman_command_wait (int argc, char **argv);
int foreman_command_results (int argc, char **argv);
int foreman_command_pause (int argc, char **argv);
int foreman_command_resume (int argc, char **argv);
int foreman_command_login (int argc, char **argv);

G_END_DECLS

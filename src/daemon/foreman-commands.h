/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "engine/foreman-config.h"

G_BEGIN_DECLS

/**
 * ForemanExit:
 * @FOREMAN_EXIT_OK: done
 * @FOREMAN_EXIT_FAILED: it did not work
 * @FOREMAN_EXIT_USAGE: the command line is wrong
 * @FOREMAN_EXIT_NOT_FOUND: there is no such thing
 * @FOREMAN_EXIT_CONFIG: a setting is wrong, and trying again does not help
 *
 * Exit codes of the commands.
 */
typedef enum
{
  FOREMAN_EXIT_OK = 0,
  FOREMAN_EXIT_FAILED = 1,
  FOREMAN_EXIT_USAGE = 2,
  FOREMAN_EXIT_NOT_FOUND = 3,
  FOREMAN_EXIT_CONFIG = 78,
} ForemanExit;

/* Each gets its own arguments; argv[0] is its name, as in "foreman config". */
int foreman_command_config (int argc, char **argv);
int foreman_command_serve (int argc, char **argv);
int foreman_command_token (int argc, char **argv);

int foreman_commands_run (int argc, char **argv);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanExit:
 * @FOREMAN_EXIT_OK: done
 * @FOREMAN_EXIT_FAILED: it did not work
 * @FOREMAN_EXIT_USAGE: the command line is wrong, or what it asks for makes no sense
 * @FOREMAN_EXIT_NOT_FOUND: there is no such thing
 * @FOREMAN_EXIT_TIMEOUT: the time that was given is over
 * @FOREMAN_EXIT_DENIED: a token is missing, or does not allow this
 * @FOREMAN_EXIT_NO_DAEMON: there is no foreman where one was expected
 * @FOREMAN_EXIT_QUEUE_FULL: there is no room for more; try again later
 * @FOREMAN_EXIT_CONFIG: a setting is wrong, and trying again does not help
 * @FOREMAN_EXIT_DETACHED: Ctrl-C ended the waiting, not what was waited for
 *
 * Exit codes of the commands.
 */
typedef enum
{
  FOREMAN_EXIT_OK = 0,
  FOREMAN_EXIT_FAILED = 1,
  FOREMAN_EXIT_USAGE = 2,
  FOREMAN_EXIT_NOT_FOUND = 3,
  FOREMAN_EXIT_TIMEOUT = 4,
  FOREMAN_EXIT_DENIED = 5,
  FOREMAN_EXIT_NO_DAEMON = 6,
  FOREMAN_EXIT_QUEUE_FULL = 7,
  FOREMAN_EXIT_CONFIG = 78,
  FOREMAN_EXIT_DETACHED = 130,
} ForemanExit;

G_END_DECLS

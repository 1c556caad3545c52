/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * foreman_failpoint:
 * @name: a literal
 *
 * A place where crash tests have the process die: `FOREMAN_FAILPOINT=NAME:N` raises SIGKILL at the
 * Nth pass, several by commas. Nothing at all in builds without `-Dfailpoints=true`. Any thread.
 */

/**
 * foreman_planted:
 * @name: a literal
 *
 * A bug that is there for the rigs to find, so that it is known that they would: with
 * `FOREMAN_PLANTED=NAME`. Never in builds without `-Dfailpoints=true`. Any thread.
 *
 * Returns: whether the process is to misbehave here
 */

#ifdef FOREMAN_FAILPOINTS
void foreman_failpoint_pass (const char *name);
gboolean foreman_failpoint_is_planted (const char *name);
#define foreman_failpoint(name) foreman_failpoint_pass (name)
#define foreman_planted(name)   foreman_failpoint_is_planted (name)
#else
#define foreman_failpoint(name)                                                                    \
  do                                                                                               \
    {                                                                                              \
    }                                                                                              \
  while (0)
#define foreman_planted(name) FALSE
#endif

G_END_DECLS

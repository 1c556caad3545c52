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
#ifdef FOREMAN_FAILPOINTS
void foreman_failpoint_pass (const char *name);
#define foreman_failpoint(name) foreman_failpoint_pass (name)
#else
#define foreman_failpoint(name)                                                                    \
  do                                                                                               \
    {                                                                                              \
    }                                                                                              \
  while (0)
#endif

G_END_DECLS

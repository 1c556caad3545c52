/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-failpoint.h"

#ifdef FOREMAN_FAILPOINTS

#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  char *name; /* (owned) */
  int left;   /* passes until it strikes */
} Failpoint;

/* Read once; lives as long as the process. */
static Failpoint *
load (void)
{
  const char *text = g_getenv ("FOREMAN_FAILPOINT");
  g_auto (GStrv) parts = g_strsplit (text ? text : "", ",", -1);
  Failpoint *points = g_new0 (Failpoint, g_strv_length (parts) + 1);

  for (guint i = 0; parts[i]; i++)
    {
      char *colon = strrchr (parts[i], ':');

      points[i].left = colon ? atoi (colon + 1) : 1;
      points[i].name = g_strndup (parts[i], colon ? (gsize) (colon - parts[i]) : strlen (parts[i]));
    }
  return points;
}

/**
 * foreman_failpoint_pass:
 * @name: the place
 *
 * Dies here, if it is time. Any thread.
 */
void
foreman_failpoint_pass (const char *name)
{
  static Failpoint *points;

  if (g_once_init_enter (&points))
    g_once_init_leave (&points, load ());
  for (Failpoint *point = points; point->name; point++)
    if (g_str_equal (point->name, name) && g_atomic_int_dec_and_test (&point->left))
      raise (SIGKILL);
}

/**
 * foreman_failpoint_is_planted:
 * @name: the bug
 *
 * See foreman_planted(). Any thread.
 *
 * Returns: whether this bug was asked for
 */
gboolean
foreman_failpoint_is_planted (const char *name)
{
  return g_strcmp0 (g_getenv ("FOREMAN_PLANTED"), name) == 0;
}

#else

/* ISO C wants a declaration. */
typedef int ForemanFailpointsAreNotBuilt;

#endif

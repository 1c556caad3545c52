/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-commands.h"

#include <glib.h>
#include <locale.h>

/* GLib before 2.76 keeps for itself whatever its slices were once used for: what ten thousand
 * clients took would never go back to the system. It has to be told before it allocates anything,
 * which it does when it is loaded. */
static void
have_slices_malloced (void)
{
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  g_slice_set_config (G_SLICE_CONFIG_ALWAYS_MALLOC, TRUE);
  G_GNUC_END_IGNORE_DEPRECATIONS
}

__attribute__ ((section (".preinit_array"),
                used)) static void (*const before_libraries) (void) = have_slices_malloced;

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  return foreman_commands_run (argc, argv);
}

/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-commands.h"

#include <locale.h>

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  return foreman_commands_run (argc, argv);
}

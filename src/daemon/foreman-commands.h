/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "engine/foreman-config.h"
#include "libforeman/foreman-exit.h"

G_BEGIN_DECLS

/* Each gets its own arguments; argv[0] is its name, as in "foreman config". */
int foreman_command_config (int argc, char **argv);
int foreman_command_serve (int argc, char **argv);
int foreman_command_token (int argc, char **argv);

int foreman_commands_run (int argc, char **argv);

G_END_DECLS

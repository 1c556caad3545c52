/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-command-usage.h"
#include "daemon/foreman-commands.h"

G_BEGIN_DECLS

/**
 * ForemanCommandOptions:
 * @file: (owned) (nullable): `--config`
 * @settings: (owned) (nullable): each `--set`
 *
 * The options of every command that reads settings. Zero it first.
 */
typedef struct
{
  char *file;
  GStrv settings;
} ForemanCommandOptions;

gboolean foreman_command_options_parse (ForemanCommandOptions *options,
                                        const GOptionEntry *entries,
                                        const char *parameters,
                                        const char *summary,
                                        int *argc,
                                        char ***argv);
ForemanConfigSources foreman_command_options_get_sources (const ForemanCommandOptions *options);
ForemanConfig *foreman_command_options_load (const ForemanCommandOptions *options);
void foreman_command_options_clear (ForemanCommandOptions *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ForemanCommandOptions, foreman_command_options_clear)

G_END_DECLS

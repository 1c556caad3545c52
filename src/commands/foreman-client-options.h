/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client.h"
#include "commands/foreman-command-usage.h"
#include "commands/foreman-table.h"

G_BEGIN_DECLS

/**
 * ForemanClientOptions:
 * @json: `--json`
 * @no_header: `--no-header`
 * @color: (owned) (nullable): `--color`
 * @use_color: whether stdout gets colours
 *
 * The options of every command that talks to a foreman. Zero it first.
 */
typedef struct
{
  gboolean json;
  gboolean no_header;
  char *color;
  gboolean use_color;
} ForemanClientOptions;

GOptionContext *foreman_client_options_new_context (ForemanClientOptions *options,
                                                    const GOptionEntry *entries,
                                                    const char *parameters,
                                                    const char *summary);
gboolean foreman_client_options_parse (ForemanClientOptions *options,
                                       GOptionContext *context,
                                       int *argc,
                                       char ***argv);
void foreman_client_options_print_table (const ForemanClientOptions *options, ForemanTable *table);
void foreman_client_options_clear (ForemanClientOptions *options);

void foreman_print_json (JsonObject *object);
void foreman_print_bytes (GBytes *bytes);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ForemanClientOptions, foreman_client_options_clear)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "engine/foreman-config-keys.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_CONFIG foreman_config_get_type ()
G_DECLARE_FINAL_TYPE (ForemanConfig, foreman_config, FOREMAN, CONFIG, GObject)

/**
 * ForemanConfigSources:
 * @environment: (nullable): `NAME=VALUE` strings; %NULL for those of the process
 * @directory: (nullable): the configuration folder; %NULL for the usual one, "" for none
 * @file: (nullable): the one file to read instead of that folder (`--config`)
 * @options: (nullable): `KEY=VALUE` strings, the last layer (`--set`)
 *
 * Where settings come from, beside the shipped defaults.
 */
typedef struct
{
  const char *const *environment;
  const char *directory;
  const char *file;
  const char *const *options;
} ForemanConfigSources;

/**
 * ForemanConfigFunc:
 * @key: a setting
 * @shown: its value as it may be shown: a secret is masked
 * @origin: where it comes from
 * @user_data: what foreman_config_foreach() was given
 */
typedef void (*ForemanConfigFunc) (ForemanConfigKey key,
                                   const char *shown,
                                   const char *origin,
                                   gpointer user_data);

ForemanConfig *foreman_config_load (const ForemanConfigSources *sources, GError **error);
ForemanConfig *foreman_config_reload (ForemanConfig *old,
                                      const ForemanConfigSources *sources,
                                      GArray **changed,
                                      GError **error);

const char *foreman_config_get_string (ForemanConfig *self, ForemanConfigKey key);
gint64 foreman_config_get_int (ForemanConfig *self, ForemanConfigKey key);
gint64 foreman_config_get_duration (ForemanConfig *self, ForemanConfigKey key);
gint64 foreman_config_get_size (ForemanConfig *self, ForemanConfigKey key);
gboolean foreman_config_get_boolean (ForemanConfig *self, ForemanConfigKey key);
const char *const *foreman_config_get_list (ForemanConfig *self, ForemanConfigKey key);
char *foreman_config_dup_keep_alive_json (ForemanConfig *self);

const char *foreman_config_get_origin (ForemanConfig *self, ForemanConfigKey key);
char *foreman_config_dup_shown (ForemanConfig *self, ForemanConfigKey key);
const char *const *foreman_config_get_warnings (ForemanConfig *self);
void foreman_config_foreach (ForemanConfig *self, ForemanConfigFunc func, gpointer user_data);

G_END_DECLS

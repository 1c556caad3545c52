/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-config-keys.h"

G_BEGIN_DECLS

/**
 * ForemanConfigValue:
 * @text: (owned): the value as it is shown; paths absolute
 * @number: integers, bytes, µs, booleans, the index of an enum's word
 * @list: (owned) (nullable): the items of a list
 * @origin: (owned) (nullable): where it comes from, `FILE:LINE`, `environment`, …
 *
 * One checked value.
 */
typedef struct
{
  char *text;
  gint64 number;
  GStrv list;
  char *origin;
} ForemanConfigValue;

gboolean foreman_config_value_parse (ForemanConfigKey key,
                                     const char *text,
                                     const char *home,
                                     ForemanConfigValue *value,
                                     GError **error);
void foreman_config_value_copy (const ForemanConfigValue *from, ForemanConfigValue *to);
void foreman_config_value_clear (ForemanConfigValue *value);
gboolean foreman_config_value_equal (const ForemanConfigValue *a, const ForemanConfigValue *b);
char *foreman_config_value_hide (ForemanConfigKey key, const char *text);
char *foreman_config_value_normalize_address (const char *text, GError **error);
gboolean foreman_config_value_check_url (const char *text, GError **error);
char *foreman_config_value_hide_in_url (const char *text);

G_END_DECLS

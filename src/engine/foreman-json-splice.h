/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-json-scan.h"

G_BEGIN_DECLS

/**
 * ForemanJsonEdit:
 * @name: a member's name, ASCII without quotes and backslashes
 * @value: (nullable): the JSON text to set it to; %NULL: cut it out
 *
 * A change to one member of an object.
 */
typedef struct
{
  const char *name;
  const char *value;
} ForemanJsonEdit;

GBytes *foreman_json_splice (const char *data,
                             gsize length,
                             const ForemanJsonEdit *edits,
                             guint n_edits,
                             GError **error);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanConfigEntry:
 * @name: (owned): the key as it stands in the file
 * @value: (owned): its value
 * @line: the line it stands in, from 1
 *
 * One line of a settings file.
 */
typedef struct
{
  char *name;
  char *value;
  guint line;
} ForemanConfigEntry;

GPtrArray *foreman_config_file_parse (const char *path,
                                      const char *text,
                                      gsize len,
                                      GPtrArray *warnings,
                                      GError **error);
GPtrArray *foreman_config_file_list (const char *directory, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean sim_url_parse_target (const char *target,
                               gboolean authority,
                               char **path,
                               char **query,
                               char **host);
char *sim_url_clean_path (const char *path);
char *sim_url_escape_path (const char *path);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean foreman_access_split_path (const char *path,
                                    const char *target,
                                    char **token,
                                    char **prefix,
                                    char **rest_path,
                                    char **rest_target);

G_END_DECLS

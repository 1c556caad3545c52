/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The paths of the router's table: literal, but `{name}` stands for one segment that is not empty,
 * and a `*` at the end for all that begin so. */
gboolean foreman_route_pattern_fits (const char *pattern, const char *path);
char *foreman_route_pattern_dup_segment (const char *pattern, const char *path, const char *name);

G_END_DECLS

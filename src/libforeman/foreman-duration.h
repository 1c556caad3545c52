/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean foreman_duration_parse (const char *text, gint64 *nanoseconds, GError **error);
gboolean foreman_duration_parse_usec (const char *text, gint64 *microseconds, GError **error);
char *foreman_duration_to_string (gint64 nanoseconds);

G_END_DECLS

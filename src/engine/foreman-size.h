/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean foreman_size_parse (const char *text, gint64 *bytes, GError **error);
char *foreman_size_to_string (gint64 bytes);

G_END_DECLS

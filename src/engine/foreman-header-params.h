/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean foreman_header_params_parse (const char *value, char **type, GHashTable **params);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

gboolean foreman_pause_view_is_paused (JsonObject *pause);
char *foreman_pause_view_describe (JsonObject *pause, gint64 now);

G_END_DECLS

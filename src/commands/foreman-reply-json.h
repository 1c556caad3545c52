/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonObject *foreman_reply_json_get_object (JsonObject *object, const char *name);
JsonArray *foreman_reply_json_get_array (JsonObject *object, const char *name);
const char *foreman_reply_json_get_string (JsonObject *object, const char *name);
gint64 foreman_reply_json_get_int (JsonObject *object, const char *name);
gint64 foreman_reply_json_get_time (JsonObject *object, const char *name);
JsonObject *foreman_reply_json_get_element (JsonArray *array, guint index);
JsonNode *foreman_reply_json_parse (const char *data, gsize length, GError **error);
char *foreman_reply_json_to_line (JsonNode *node);

G_END_DECLS

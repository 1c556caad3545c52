/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean foreman_json_text_is_number (const char *text);
void foreman_json_text_append_string (GString *json, const char *text);
void foreman_json_text_begin_member (GString *json, const char *name);
void foreman_json_text_append_member (GString *json, const char *name, const char *text);
char *foreman_json_text_add_members (const char *object, gsize length, const char *members);

G_END_DECLS

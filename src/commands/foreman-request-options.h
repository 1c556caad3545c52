/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean foreman_request_options_check (const char *const *options, GError **error);
gboolean foreman_request_options_have (const char *const *options, const char *name);
void foreman_request_options_append (GString *json, const char *const *options);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean foreman_byte_is_token (guint8 byte);
gboolean foreman_request_authority_is_valid (const char *authority, gsize length);
const char *foreman_request_target_check (const char *target, gsize length);
const char *foreman_request_path_decode (const char *path, gsize length, char *decoded);

G_END_DECLS

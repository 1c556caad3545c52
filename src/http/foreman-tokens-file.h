/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-tokens.h"

G_BEGIN_DECLS

gboolean foreman_tokens_file_add (const char *path, const ForemanToken *token, GError **error);
gboolean
foreman_tokens_file_remove (const char *path, const char *name, gboolean *found, GError **error);

G_END_DECLS

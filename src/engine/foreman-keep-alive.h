/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *foreman_keep_alive_to_json (const char *text);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *foreman_template_expand (const char *template, const char *line, GError **error);

G_END_DECLS

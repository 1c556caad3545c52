/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *sim_template_error (const char *text);

G_END_DECLS

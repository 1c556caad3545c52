/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "libforeman/foreman-exit.h"

G_BEGIN_DECLS

GError *foreman_client_error_new_answer (guint status, const char *body, gsize length);
ForemanExit foreman_client_error_get_exit (const GError *error);
gboolean foreman_client_error_is_passing (const GError *error);

G_END_DECLS

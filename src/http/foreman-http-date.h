/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *foreman_http_date_now (void);

G_END_DECLS

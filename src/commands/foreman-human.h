/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *foreman_human_time (gint64 time, gint64 now);
char *foreman_human_time_within (gint64 time, gint64 now);
char *foreman_human_span (gint64 span);
char *foreman_human_size (gint64 bytes);
char *foreman_human_count (gint64 count);
char *foreman_human_read_time (const char *text, GDateTime *now);

G_END_DECLS

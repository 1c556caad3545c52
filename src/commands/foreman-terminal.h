/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean foreman_terminal_is (int fd);
guint foreman_terminal_get_width (int fd);
gboolean foreman_terminal_choose_color (const char *when, int fd, gboolean *color);
guint foreman_text_get_width (const char *text);
char *foreman_text_fit (const char *text, guint width);
char *foreman_text_to_line (const char *text);
char *foreman_text_to_terminal (const char *text);

G_END_DECLS

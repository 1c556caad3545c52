/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

int foreman_listen_socket_open (const char *spec, GError **error);
gboolean foreman_listen_socket_adopt (int fd, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GArray *foreman_systemd_take_sockets (GError **error);
void foreman_systemd_notify (const char *state);
gint64 foreman_systemd_get_watchdog_interval (void);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-config.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define FOREMAN_TYPE_DAEMON (foreman_daemon_get_type ())
G_DECLARE_FINAL_TYPE (ForemanDaemon, foreman_daemon, FOREMAN, DAEMON, GObject)

ForemanDaemon *foreman_daemon_new (ForemanConfig *config);
gboolean foreman_daemon_start (ForemanDaemon *self, GArray *sockets, GError **error);
gboolean foreman_daemon_apply (ForemanDaemon *self, ForemanConfig *config, GError **error);
void foreman_daemon_stop (ForemanDaemon *self);
void foreman_daemon_hurry (ForemanDaemon *self);
guint16 foreman_daemon_get_port (ForemanDaemon *self);

G_END_DECLS

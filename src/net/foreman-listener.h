/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "net/foreman-reactor.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_LISTENER (foreman_listener_get_type ())
G_DECLARE_FINAL_TYPE (ForemanListener, foreman_listener, FOREMAN, LISTENER, GObject)

ForemanListener *foreman_listener_new (ForemanReactor *reactor);

gboolean foreman_listener_add_address (ForemanListener *self, const char *spec, GError **error);
gboolean foreman_listener_add_fd (ForemanListener *self, int fd, GError **error);
GPtrArray *foreman_listener_get_addresses (ForemanListener *self);
guint16 foreman_listener_get_port (ForemanListener *self);

void foreman_listener_start (ForemanListener *self);
void foreman_listener_stop (ForemanListener *self);
void foreman_listener_set_paused (ForemanListener *self, gboolean paused);

G_END_DECLS

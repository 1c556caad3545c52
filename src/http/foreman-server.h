/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-http-context.h"
#include "net/foreman-listener.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_SERVER (foreman_server_get_type ())
G_DECLARE_FINAL_TYPE (ForemanServer, foreman_server, FOREMAN, SERVER, GObject)

ForemanServer *foreman_server_new (ForemanHttpContext *context,
                                   ForemanReactor *reactor,
                                   ForemanListener *listener);
void foreman_server_start (ForemanServer *self);
void foreman_server_drain (ForemanServer *self);
void foreman_server_cut (ForemanServer *self);

G_END_DECLS

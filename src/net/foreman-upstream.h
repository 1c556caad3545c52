/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-origin.h"
#include "net/foreman-reactor.h"
#include "net/foreman-upstream-request.h"
#include "net/foreman-upstream-response.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_UPSTREAM (foreman_upstream_get_type ())
G_DECLARE_FINAL_TYPE (ForemanUpstream, foreman_upstream, FOREMAN, UPSTREAM, GObject)

ForemanUpstream *foreman_upstream_new (ForemanReactor *reactor, const char *url, GError **error);

ForemanOrigin *foreman_upstream_get_origin (ForemanUpstream *self);
guint foreman_upstream_get_n_idle (ForemanUpstream *self);
void foreman_upstream_set_connect_timeout (ForemanUpstream *self, gint64 timeout);
void foreman_upstream_set_first_byte_timeout (ForemanUpstream *self, gint64 timeout);
void foreman_upstream_set_idle_timeout (ForemanUpstream *self, gint64 timeout);

void foreman_upstream_send_async (ForemanUpstream *self,
                                  ForemanUpstreamRequest *request,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
ForemanUpstreamResponse *
foreman_upstream_send_finish (ForemanUpstream *self, GAsyncResult *result, GError **error);

G_END_DECLS

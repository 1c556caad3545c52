/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-byte-source.h"
#include "net/foreman-head.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_UPSTREAM_RESPONSE (foreman_upstream_response_get_type ())
G_DECLARE_FINAL_TYPE (ForemanUpstreamResponse,
                      foreman_upstream_response,
                      FOREMAN,
                      UPSTREAM_RESPONSE,
                      GObject)

ForemanHead *foreman_upstream_response_get_head (ForemanUpstreamResponse *self);
guint foreman_upstream_response_get_status (ForemanUpstreamResponse *self);
gboolean foreman_upstream_response_is_complete (ForemanUpstreamResponse *self);
void foreman_upstream_response_close (ForemanUpstreamResponse *self);

G_END_DECLS

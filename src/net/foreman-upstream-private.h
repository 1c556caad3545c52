/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-upstream-connection.h"
#include "net/foreman-upstream.h"

G_BEGIN_DECLS

/* What the parts of the upstream client want from each other. */

ForemanReactor *foreman_upstream_get_reactor (ForemanUpstream *self);
gint64 foreman_upstream_get_connect_timeout (ForemanUpstream *self);
gint64 foreman_upstream_get_first_byte_timeout (ForemanUpstream *self);
gint64 foreman_upstream_get_idle_timeout (ForemanUpstream *self);
ForemanUpstreamConnection *foreman_upstream_take_idle (ForemanUpstream *self);
void foreman_upstream_give_back (ForemanUpstream *self, ForemanUpstreamConnection *connection);

void foreman_upstream_report_reached (ForemanUpstream *self);
void foreman_upstream_report_error (ForemanUpstream *self, const GError *error);

void foreman_upstream_call_start (ForemanUpstream *upstream,
                                  ForemanUpstreamRequest *request,
                                  GTask *task);

ForemanUpstreamResponse *foreman_upstream_response_new (ForemanUpstream *upstream,
                                                        ForemanUpstreamConnection *connection,
                                                        ForemanHead *head,
                                                        gboolean has_body,
                                                        gboolean reusable,
                                                        const guint8 *data,
                                                        gsize length);

G_END_DECLS

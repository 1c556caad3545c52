/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"
#include "net/foreman-upstream.h"

G_BEGIN_DECLS

gboolean foreman_forward_is_loop (ForemanExchange *exchange);
ForemanUpstreamRequest *foreman_forward_request (ForemanExchange *exchange);
void foreman_forward_async (ForemanExchange *exchange,
                            ForemanUpstreamRequest *request,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
guint foreman_forward_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error);

G_END_DECLS

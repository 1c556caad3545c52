/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

gboolean foreman_respond_async_is_preferred (const ForemanHead *head);
gboolean foreman_respond_async_admit (ForemanExchange *exchange);
void foreman_respond_async_run (ForemanExchange *exchange, GBytes *body);

G_END_DECLS

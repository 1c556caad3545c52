/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

gboolean foreman_chat_pause_allows (ForemanExchange *exchange, GError **error);
gulong foreman_chat_pause_cut_later (ForemanExchange *exchange);
void foreman_chat_pause_clear (ForemanExchange *exchange, gulong *handler);

G_END_DECLS

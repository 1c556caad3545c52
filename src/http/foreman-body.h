/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

void foreman_body_read_async (ForemanExchange *exchange,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
GBytes *foreman_body_read_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error);

/* foreman-body-encoding.c */
gboolean foreman_body_check_plain (ForemanExchange *exchange, GError **error);
GBytes *foreman_body_decode (ForemanExchange *exchange, GBytes *body, GError **error);

G_END_DECLS

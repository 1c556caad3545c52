/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"
#include "net/foreman-byte-source.h"

G_BEGIN_DECLS

/* How much of an answer may wait for a slow reader; past that its source is not read. */
#define FOREMAN_OUTFLOW_WINDOW (64 * 1024)

void foreman_outflow_async (ForemanExchange *exchange,
                            ForemanByteSource *source,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean foreman_outflow_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error);

void foreman_outflow_run (ForemanExchange *exchange, ForemanByteSource *source);

G_END_DECLS

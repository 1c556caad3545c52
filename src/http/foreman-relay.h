/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-answer-scan.h"
#include "http/foreman-exchange.h"
#include "net/foreman-upstream.h"

G_BEGIN_DECLS

/* How much of an answer may wait for a slow reader; past that the target is not read. */
#define FOREMAN_RELAY_WINDOW (64 * 1024)

void foreman_relay_async (ForemanExchange *exchange,
                          ForemanUpstreamResponse *response,
                          ForemanAnswerKind kind,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean foreman_relay_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error);

G_END_DECLS

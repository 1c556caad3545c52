/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

/* How much is on its way into the store at a time; past that the client is not read. */
#define FOREMAN_BULK_LINES 1024
#define FOREMAN_BULK_BYTES (8 * 1024 * 1024)

void foreman_bulk_run (ForemanExchange *exchange);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-exchange.h"

G_BEGIN_DECLS

gboolean sim_wire_send (SimExchange *x, GString *head, const char *data, gsize length);
gboolean sim_wire_finish (SimExchange *x);
gint64 sim_wire_claim (SimExchange *x, gint64 length);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-exchange.h"

G_BEGIN_DECLS

gboolean sim_gatekeeper_admit (SimExchange *x);

G_END_DECLS

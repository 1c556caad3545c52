/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-exchange.h"

G_BEGIN_DECLS

void sim_router_dispatch (SimExchange *x);

G_END_DECLS

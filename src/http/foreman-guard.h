/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

gboolean foreman_guard_admit (ForemanExchange *exchange);

G_END_DECLS

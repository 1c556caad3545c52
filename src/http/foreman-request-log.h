/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

void foreman_request_log (ForemanExchange *exchange);

G_END_DECLS

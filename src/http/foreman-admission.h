/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-inference-peek.h"
#include "http/foreman-exchange.h"
#include "net/foreman-upstream-request.h"

G_BEGIN_DECLS

void foreman_admission_run (ForemanExchange *exchange,
                            ForemanUpstreamRequest *request,
                            ForemanInferencePeek *peek);

G_END_DECLS

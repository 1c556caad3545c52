/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-http-context.h"

G_BEGIN_DECLS

void foreman_gauges_add (ForemanMetrics *metrics, ForemanHttpContext *context);

G_END_DECLS

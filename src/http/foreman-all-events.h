/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-event-position.h"

G_BEGIN_DECLS

void foreman_all_events_run (ForemanExchange *exchange, const ForemanEventPosition *position);

G_END_DECLS

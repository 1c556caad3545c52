/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

void foreman_job_wait_run (ForemanExchange *exchange, const char *id, gint64 duration);

G_END_DECLS

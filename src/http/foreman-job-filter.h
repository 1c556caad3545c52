/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-params.h"

G_BEGIN_DECLS

/* The parameters that say which jobs are meant. */
#define FOREMAN_JOB_FILTER_PARAMS "state", "model", "group", "label"

ForemanJobQuery *
foreman_job_filter_read (ForemanExchange *exchange, const ForemanParams *params, GError **error);
gboolean foreman_job_filter_is_empty (const ForemanParams *params);

G_END_DECLS

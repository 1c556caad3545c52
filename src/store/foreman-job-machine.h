/* SPDX-License-Identifier: MIT */
#pragma once

#include "libforeman/foreman-job-state.h"

G_BEGIN_DECLS

/* The state a job comes from when it is submitted. */
#define FOREMAN_JOB_NOWHERE (-1)

gboolean foreman_job_machine_allows (int from, ForemanJobState to);

G_END_DECLS

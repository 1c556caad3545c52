/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-metrics.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/* The series that tell of jobs: how many there are, and how their attempts ended. */
typedef struct _ForemanJobMetrics ForemanJobMetrics;

ForemanJobMetrics *foreman_job_metrics_new (ForemanMetrics *metrics, ForemanStore *store);
void foreman_job_metrics_free (ForemanJobMetrics *self);
void foreman_job_metrics_count (ForemanJobMetrics *self, const char *outcome, gint64 run_time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobMetrics, foreman_job_metrics_free)

G_END_DECLS

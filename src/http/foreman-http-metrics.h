/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-metrics.h"
#include "http/foreman-record.h"

G_BEGIN_DECLS

typedef struct _ForemanHttpMetrics ForemanHttpMetrics;

ForemanHttpMetrics *foreman_http_metrics_new (ForemanMetrics *metrics);
void foreman_http_metrics_free (ForemanHttpMetrics *self);
void foreman_http_metrics_count (ForemanHttpMetrics *self, const ForemanRecord *record);
void foreman_http_metrics_count_usage (ForemanHttpMetrics *self,
                                       const char *model,
                                       const ForemanAnswerUsage *usage);
guint64 foreman_http_metrics_get_requests (ForemanHttpMetrics *self);
guint64 foreman_http_metrics_get_disconnects (ForemanHttpMetrics *self);
char *foreman_http_metrics_render (ForemanHttpMetrics *self);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * FOREMAN_METRICS_CONTENT_TYPE:
 *
 * What foreman_metrics_render() gives.
 */
#define FOREMAN_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#define FOREMAN_TYPE_METRICS (foreman_metrics_get_type ())
G_DECLARE_FINAL_TYPE (ForemanMetrics, foreman_metrics, FOREMAN, METRICS, GObject)

/**
 * ForemanMetricFamily:
 *
 * All series of one name. Lives as long as its #ForemanMetrics.
 */
typedef struct _ForemanMetricFamily ForemanMetricFamily;

/**
 * ForemanMetric:
 *
 * One series: a name with a value for each of its labels. Lives as long as its #ForemanMetrics, so
 * keep it: changing its value looks nothing up.
 */
typedef struct _ForemanMetric ForemanMetric;

/**
 * ForemanMetricFunc:
 * @data: what was given to foreman_metric_set_func()
 *
 * Returns: a series' value at this moment
 */
typedef double (*ForemanMetricFunc) (gpointer data);

ForemanMetrics *foreman_metrics_new (void);
ForemanMetricFamily *foreman_metrics_add_counter (ForemanMetrics *metrics,
                                                  const char *name,
                                                  const char *help,
                                                  const char *const *labels);
ForemanMetricFamily *foreman_metrics_add_gauge (ForemanMetrics *metrics,
                                                const char *name,
                                                const char *help,
                                                const char *const *labels);
ForemanMetricFamily *foreman_metrics_add_histogram (ForemanMetrics *metrics,
                                                    const char *name,
                                                    const char *help,
                                                    const char *const *labels,
                                                    const double *bounds,
                                                    guint n_bounds);
char *foreman_metrics_render (ForemanMetrics *metrics);

void foreman_metric_family_set_max_values (ForemanMetricFamily *family, guint max_values);
ForemanMetric *foreman_metric_family_get (ForemanMetricFamily *family, ...) G_GNUC_NULL_TERMINATED;

void foreman_metric_add (ForemanMetric *metric, double amount);
void foreman_metric_set (ForemanMetric *metric, double value);
void foreman_metric_observe (ForemanMetric *metric, double value);
void foreman_metric_set_func (ForemanMetric *metric,
                              ForemanMetricFunc func,
                              gpointer data,
                              GDestroyNotify destroy);
double foreman_metric_get_value (ForemanMetric *metric);

G_END_DECLS

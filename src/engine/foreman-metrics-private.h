/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-metrics.h"

G_BEGIN_DECLS

typedef enum
{
  METRIC_COUNTER,
  METRIC_GAUGE,
  METRIC_HISTOGRAM,
} MetricType;

struct _ForemanMetricFamily
{
  MetricType type;
  char *name;        /* (owned) */
  char *help;        /* (owned) */
  char **labels;     /* (owned): their names */
  GPtrArray *values; /* (owned) (element-type GHashTable): the values seen of each label, a set of
                        strings */
  guint max_values;  /* of a label; more become "other" */
  double *bounds; /* (owned) (nullable): upper bounds of a histogram's buckets, ascending, without
                     +Inf */
  guint n_bounds;
  GHashTable *lookup; /* (owned): label text → ForemanMetric (unowned) */
  GPtrArray *series;  /* (owned) (element-type ForemanMetric): in the order in which they came up */
};

struct _ForemanMetric
{
  ForemanMetricFamily *family; /* (unowned) */
  char *labels;           /* (owned): a="x",b="y" as it is written, without braces; may be empty */
  double value;           /* of a histogram: the sum */
  guint64 count;          /* of a histogram */
  guint64 *buckets;       /* (owned) (nullable): n_bounds + 1 counts, not cumulated */
  ForemanMetricFunc func; /* (nullable) */
  gpointer func_data;     /* (owned) if func_destroy is set */
  GDestroyNotify func_destroy;
};

void foreman_metric_family_render (ForemanMetricFamily *family, GString *text);
void foreman_metric_append_label (GString *labels, const char *name, const char *value);

G_END_DECLS

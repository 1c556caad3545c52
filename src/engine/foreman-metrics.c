/* SPDX-License-Identifier: MIT */
#include "engine/foreman-metrics-private.h"

#include <math.h>

#define DEFAULT_MAX_VALUES 100
#define OTHER              "other"

struct _ForemanMetrics
{
  GObject parent_instance;

  GPtrArray *families; /* (owned) (element-type ForemanMetricFamily) */
};

G_DEFINE_FINAL_TYPE (ForemanMetrics, foreman_metrics, G_TYPE_OBJECT)

static void
metric_clear_func (ForemanMetric *metric)
{
  if (metric->func_destroy != NULL)
    metric->func_destroy (metric->func_data);
  metric->func = NULL;
  metric->func_data = NULL;
  metric->func_destroy = NULL;
}

static void
metric_free (gpointer data)
{
  ForemanMetric *metric = data;

  metric_clear_func (metric);
  g_free (metric->labels);
  g_free (metric->buckets);
  g_free (metric);
}

static void
family_free (gpointer data)
{
  ForemanMetricFamily *family = data;

  g_free (family->name);
  g_free (family->help);
  g_strfreev (family->labels);
  g_ptr_array_unref (family->values);
  g_free (family->bounds);
  g_hash_table_unref (family->lookup);
  g_ptr_array_unref (family->series);
  g_free (family);
}

static void
foreman_metrics_finalize (GObject *object)
{
  ForemanMetrics *self = FOREMAN_METRICS (object);

  g_clear_pointer (&self->families, g_ptr_array_unref);

  G_OBJECT_CLASS (foreman_metrics_parent_class)->finalize (object);
}

static void
foreman_metrics_class_init (ForemanMetricsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_metrics_finalize;
}

static void
foreman_metrics_init (ForemanMetrics *self)
{
  self->families = g_ptr_array_new_with_free_func (family_free);
}

/**
 * foreman_metrics_new:
 *
 * A registry of what foreman counts and measures. Main thread only.
 *
 * Returns: (transfer full): an empty registry
 */
ForemanMetrics *
foreman_metrics_new (void)
{
  return g_object_new (FOREMAN_TYPE_METRICS, NULL);
}

static gboolean
is_legal_name (const char *name)
{
  if (!g_ascii_isalpha (*name) || g_str_has_suffix (name, "_bucket") ||
      g_str_has_suffix (name, "_count") || g_str_has_suffix (name, "_sum"))
    return FALSE;
  for (; *name != '\0'; name++)
    if (!g_ascii_isalnum (*name) && *name != '_')
      return FALSE;
  return TRUE;
}

static gboolean
is_new (ForemanMetrics *self, const char *name)
{
  for (guint i = 0; i < self->families->len; i++)
    {
      ForemanMetricFamily *family = g_ptr_array_index (self->families, i);

      if (g_str_equal (family->name, name))
        return FALSE;
    }
  return TRUE;
}

static ForemanMetricFamily *
add_family (ForemanMetrics *self,
            MetricType type,
            const char *name,
            const char *help,
            const char *const *labels)
{
  static const char *const no_labels[] = { NULL };
  ForemanMetricFamily *family = g_new0 (ForemanMetricFamily, 1);

  family->type = type;
  family->name = g_strdup (name);
  family->help = g_strdup (help);
  family->labels = g_strdupv ((char **) (labels != NULL ? labels : no_labels));
  family->max_values = DEFAULT_MAX_VALUES;
  family->lookup = g_hash_table_new (g_str_hash, g_str_equal);
  family->series = g_ptr_array_new_with_free_func (metric_free);
  family->values = g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);
  for (char **label = family->labels; *label != NULL; label++)
    g_ptr_array_add (family->values, g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL));
  g_ptr_array_add (self->families, family);
  return family;
}

/* What has no labels is shown from the beginning: a counter that appears only with its first event
 * hides that event from rate(). */
static ForemanMetricFamily *
finish_family (ForemanMetricFamily *family)
{
  if (family->labels[0] == NULL)
    foreman_metric_family_get (family, NULL);
  return family;
}

/**
 * foreman_metrics_add_counter:
 * @metrics: the registry
 * @name: a name that ends in `_total`, with the unit before that
 * @help: what it counts, one sentence
 * @labels: (nullable) (array zero-terminated=1): names of labels
 *
 * Adds something that only grows.
 *
 * Returns: (transfer none): the family
 */
ForemanMetricFamily *
foreman_metrics_add_counter (ForemanMetrics *metrics,
                             const char *name,
                             const char *help,
                             const char *const *labels)
{
  g_return_val_if_fail (FOREMAN_IS_METRICS (metrics), NULL);
  g_return_val_if_fail (is_legal_name (name) && g_str_has_suffix (name, "_total"), NULL);
  g_return_val_if_fail (is_new (metrics, name), NULL);

  return finish_family (add_family (metrics, METRIC_COUNTER, name, help, labels));
}

/**
 * foreman_metrics_add_gauge:
 * @metrics: the registry
 * @name: a name that ends in its unit, if it has one
 * @help: what it shows, one sentence
 * @labels: (nullable) (array zero-terminated=1): names of labels
 *
 * Adds something that goes up and down.
 *
 * Returns: (transfer none): the family
 */
ForemanMetricFamily *
foreman_metrics_add_gauge (ForemanMetrics *metrics,
                           const char *name,
                           const char *help,
                           const char *const *labels)
{
  g_return_val_if_fail (FOREMAN_IS_METRICS (metrics), NULL);
  g_return_val_if_fail (is_legal_name (name) && !g_str_has_suffix (name, "_total"), NULL);
  g_return_val_if_fail (is_new (metrics, name), NULL);

  return finish_family (add_family (metrics, METRIC_GAUGE, name, help, labels));
}

/**
 * foreman_metrics_add_histogram:
 * @metrics: the registry
 * @name: a name that ends in its unit
 * @help: what it measures, one sentence
 * @labels: (nullable) (array zero-terminated=1): names of labels
 * @bounds: (array length=n_bounds): the upper bounds of the buckets, ascending, finite
 * @n_bounds: how many
 *
 * Adds something whose distribution matters.
 *
 * Returns: (transfer none): the family
 */
ForemanMetricFamily *
foreman_metrics_add_histogram (ForemanMetrics *metrics,
                               const char *name,
                               const char *help,
                               const char *const *labels,
                               const double *bounds,
                               guint n_bounds)
{
  ForemanMetricFamily *family;

  g_return_val_if_fail (FOREMAN_IS_METRICS (metrics), NULL);
  g_return_val_if_fail (is_legal_name (name) && !g_str_has_suffix (name, "_total"), NULL);
  g_return_val_if_fail (is_new (metrics, name), NULL);
  for (guint i = 0; i < n_bounds; i++)
    g_return_val_if_fail (isfinite (bounds[i]) && (i == 0 || bounds[i] > bounds[i - 1]), NULL);

  family = add_family (metrics, METRIC_HISTOGRAM, name, help, labels);
  family->bounds = g_memdup2 (bounds, n_bounds * sizeof *bounds);
  family->n_bounds = n_bounds;
  return finish_family (family);
}

/**
 * foreman_metrics_render:
 * @metrics: the registry
 *
 * Writes all series as %FOREMAN_METRICS_CONTENT_TYPE, in the order in which they were added.
 *
 * Returns: (transfer full): the text
 */
char *
foreman_metrics_render (ForemanMetrics *metrics)
{
  GString *text;

  g_return_val_if_fail (FOREMAN_IS_METRICS (metrics), NULL);

  text = g_string_sized_new (16 * 1024);
  for (guint i = 0; i < metrics->families->len; i++)
    foreman_metric_family_render (g_ptr_array_index (metrics->families, i), text);
  return g_string_free (text, FALSE);
}

/**
 * foreman_metric_family_set_max_values:
 * @family: a family
 * @max_values: a number
 *
 * Each label of @family takes up to @max_values different values (100 if this is not called); what
 * comes after them is counted as `other`, so that no client can make the text grow without end.
 */
void
foreman_metric_family_set_max_values (ForemanMetricFamily *family, guint max_values)
{
  g_return_if_fail (family != NULL);

  family->max_values = max_values;
}

static const char *
cap_value (ForemanMetricFamily *family, guint label, const char *value)
{
  GHashTable *seen = g_ptr_array_index (family->values, label);

  if (g_hash_table_contains (seen, value))
    return value;
  if (g_hash_table_size (seen) >= family->max_values)
    return OTHER;
  g_hash_table_add (seen, g_strdup (value));
  return value;
}

/**
 * foreman_metric_family_get:
 * @family: a family
 * @...: (not nullable): a value for each label, then %NULL
 *
 * Finds or makes a series. This looks things up: keep what you get where it is used often.
 *
 * Returns: (transfer none): the series
 */
ForemanMetric *
foreman_metric_family_get (ForemanMetricFamily *family, ...)
{
  g_autoptr (GString) labels = NULL;
  ForemanMetric *metric;
  va_list args;

  g_return_val_if_fail (family != NULL, NULL);

  labels = g_string_new (NULL);
  va_start (args, family);
  for (guint i = 0; family->labels[i] != NULL; i++)
    {
      const char *value = va_arg (args, const char *);

      if (value == NULL)
        {
          va_end (args);
          g_return_val_if_fail (value != NULL, NULL);
        }
      foreman_metric_append_label (labels, family->labels[i], cap_value (family, i, value));
    }
  va_end (args);

  metric = g_hash_table_lookup (family->lookup, labels->str);
  if (metric != NULL)
    return metric;

  metric = g_new0 (ForemanMetric, 1);
  metric->family = family;
  metric->labels = g_strdup (labels->str);
  if (family->type == METRIC_HISTOGRAM)
    metric->buckets = g_new0 (guint64, family->n_bounds + 1);
  g_ptr_array_add (family->series, metric);
  g_hash_table_insert (family->lookup, metric->labels, metric);
  return metric;
}

/**
 * foreman_metric_add:
 * @metric: a counter or a gauge
 * @amount: what to add; to a counter nothing negative
 *
 * Adds to a series.
 */
void
foreman_metric_add (ForemanMetric *metric, double amount)
{
  g_return_if_fail (metric != NULL && metric->family->type != METRIC_HISTOGRAM);
  g_return_if_fail (amount >= 0 || metric->family->type == METRIC_GAUGE);

  metric->value += amount;
}

/**
 * foreman_metric_set:
 * @metric: a gauge
 * @value: its new value
 *
 * Sets a gauge.
 */
void
foreman_metric_set (ForemanMetric *metric, double value)
{
  g_return_if_fail (metric != NULL && metric->family->type == METRIC_GAUGE);

  metric->value = value;
}

/**
 * foreman_metric_observe:
 * @metric: a series of a histogram
 * @value: what was measured; what is no number is left out
 *
 * Adds a measurement.
 */
void
foreman_metric_observe (ForemanMetric *metric, double value)
{
  const ForemanMetricFamily *family;
  guint bucket = 0;

  g_return_if_fail (metric != NULL && metric->family->type == METRIC_HISTOGRAM);

  if (isnan (value))
    return;
  family = metric->family;
  while (bucket < family->n_bounds && value > family->bounds[bucket])
    bucket++;
  metric->buckets[bucket]++;
  metric->count++;
  metric->value += value;
}

/**
 * foreman_metric_set_func:
 * @metric: a counter or a gauge
 * @func: (nullable) (scope notified): gives the value whenever it is asked for; %NULL: the value
 * set or added
 * @data: for @func
 * @destroy: (nullable): frees @data
 *
 * Takes a series' value from where it is kept anyway.
 */
void
foreman_metric_set_func (ForemanMetric *metric,
                         ForemanMetricFunc func,
                         gpointer data,
                         GDestroyNotify destroy)
{
  g_return_if_fail (metric != NULL && metric->family->type != METRIC_HISTOGRAM);

  metric_clear_func (metric);
  metric->func = func;
  metric->func_data = data;
  metric->func_destroy = destroy;
}

/**
 * foreman_metric_get_value:
 * @metric: a series
 *
 * Returns: its value; of a histogram the sum of what was measured
 */
double
foreman_metric_get_value (ForemanMetric *metric)
{
  g_return_val_if_fail (metric != NULL, 0);

  return metric->func != NULL ? metric->func (metric->func_data) : metric->value;
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-metrics-private.h"

#include <math.h>
#include <string.h>

static const char *const type_names[] = {
  [METRIC_COUNTER] = "counter",
  [METRIC_GAUGE] = "gauge",
  [METRIC_HISTOGRAM] = "histogram",
};

static void
append_escaped (GString *text, const char *value, const char *special)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  for (const char *c = valid; *c != '\0'; c++)
    {
      if (strchr (special, *c) != NULL)
        g_string_append_c (text, '\\');
      g_string_append_c (text, *c == '\n' ? 'n' : *c);
    }
}

/* As short as it can be without becoming another number. */
static void
append_number (GString *text, double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (isnan (number))
    g_string_append (text, "NaN");
  else if (isinf (number))
    g_string_append (text, number > 0 ? "+Inf" : "-Inf");
  else
    {
      g_ascii_formatd (buffer, sizeof buffer, "%.15g", number);
      if (g_ascii_strtod (buffer, NULL) != number)
        g_ascii_dtostr (buffer, sizeof buffer, number);
      g_string_append (text, buffer);
    }
}

static void
append_sample (GString *text,
               const ForemanMetric *metric,
               const char *suffix,
               const char *le,
               double value)
{
  g_string_append (text, metric->family->name);
  g_string_append (text, suffix);
  if (*metric->labels != '\0' || le != NULL)
    {
      g_string_append_printf (text, "{%s", metric->labels);
      if (le != NULL)
        g_string_append_printf (text, "%sle=\"%s\"", *metric->labels != '\0' ? "," : "", le);
      g_string_append_c (text, '}');
    }
  g_string_append_c (text, ' ');
  append_number (text, value);
  g_string_append_c (text, '\n');
}

static void
append_histogram (GString *text, const ForemanMetric *metric)
{
  const ForemanMetricFamily *family = metric->family;
  guint64 cumulated = 0;

  for (guint i = 0; i < family->n_bounds; i++)
    {
      g_autoptr (GString) le = g_string_new (NULL);

      append_number (le, family->bounds[i]);
      cumulated += metric->buckets[i];
      append_sample (text, metric, "_bucket", le->str, cumulated);
    }
  append_sample (text, metric, "_bucket", "+Inf", metric->count);
  append_sample (text, metric, "_sum", NULL, metric->value);
  append_sample (text, metric, "_count", NULL, metric->count);
}

/* Appends name="value", after a comma where something is before it. */
void
foreman_metric_append_label (GString *labels, const char *name, const char *value)
{
  if (labels->len > 0)
    g_string_append_c (labels, ',');
  g_string_append (labels, name);
  g_string_append (labels, "=\"");
  append_escaped (labels, value, "\\\"\n");
  g_string_append_c (labels, '"');
}

/* Appends the family with all its series, nothing if it has none. */
void
foreman_metric_family_render (ForemanMetricFamily *family, GString *text)
{
  if (family->series->len == 0)
    return;

  g_string_append_printf (text, "# HELP %s ", family->name);
  append_escaped (text, family->help, "\\\n");
  g_string_append_printf (text, "\n# TYPE %s %s\n", family->name, type_names[family->type]);
  for (guint i = 0; i < family->series->len; i++)
    {
      ForemanMetric *metric = g_ptr_array_index (family->series, i);

      if (family->type == METRIC_HISTOGRAM)
        append_histogram (text, metric);
      else
        append_sample (text, metric, "", NULL, foreman_metric_get_value (metric));
    }
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-metrics.h"

#include <math.h>

static const char *const route_and_code[] = { "route", "code", NULL };
static const char *const model[] = { "model", NULL };

static void
assert_text (ForemanMetrics *metrics, const char *expected)
{
  g_autofree char *text = foreman_metrics_render (metrics);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_counters_and_gauges (void)
{
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();
  ForemanMetricFamily *requests =
      foreman_metrics_add_counter (metrics, "foreman_requests_total", "Requests answered.",
                                   route_and_code);
  ForemanMetricFamily *waiting =
      foreman_metrics_add_gauge (metrics, "foreman_queue_depth", "Requests that wait.", NULL);
  ForemanMetricFamily *polls =
      foreman_metrics_add_counter (metrics, "foreman_polls_total", "Polls.", NULL);
  ForemanMetric *chat = foreman_metric_family_get (requests, "chat", "200", NULL);

  foreman_metric_add (chat, 1);
  foreman_metric_add (chat, 1);
  foreman_metric_add (foreman_metric_family_get (requests, "chat", "404", NULL), 1);
  g_assert_true (foreman_metric_family_get (requests, "chat", "200", NULL) == chat);
  foreman_metric_set (foreman_metric_family_get (waiting, NULL), 7.5);
  foreman_metric_add (foreman_metric_family_get (waiting, NULL), -0.25);
  g_assert_cmpfloat (foreman_metric_get_value (chat), ==, 2);
  g_assert_nonnull (polls);

  assert_text (metrics, "# HELP foreman_requests_total Requests answered.\n"
                        "# TYPE foreman_requests_total counter\n"
                        "foreman_requests_total{route=\"chat\",code=\"200\"} 2\n"
                        "foreman_requests_total{route=\"chat\",code=\"404\"} 1\n"
                        "# HELP foreman_queue_depth Requests that wait.\n"
                        "# TYPE foreman_queue_depth gauge\n"
                        "foreman_queue_depth 7.25\n"
                        "# HELP foreman_polls_total Polls.\n"
                        "# TYPE foreman_polls_total counter\n"
                        "foreman_polls_total 0\n");
}

static void
test_histograms_are_cumulated (void)
{
  static const double bounds[] = { 0.1, 1, 2.5 };
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();
  ForemanMetricFamily *family =
      foreman_metrics_add_histogram (metrics, "foreman_wait_seconds", "Time.", model, bounds,
                                     G_N_ELEMENTS (bounds));
  ForemanMetric *metric = foreman_metric_family_get (family, "tiny", NULL);

  foreman_metric_observe (metric, 0.1);
  foreman_metric_observe (metric, 0.5);
  foreman_metric_observe (metric, 1);
  foreman_metric_observe (metric, 100);
  foreman_metric_observe (metric, NAN);
  assert_text (metrics, "# HELP foreman_wait_seconds Time.\n"
                        "# TYPE foreman_wait_seconds histogram\n"
                        "foreman_wait_seconds_bucket{model=\"tiny\",le=\"0.1\"} 1\n"
                        "foreman_wait_seconds_bucket{model=\"tiny\",le=\"1\"} 3\n"
                        "foreman_wait_seconds_bucket{model=\"tiny\",le=\"2.5\"} 3\n"
                        "foreman_wait_seconds_bucket{model=\"tiny\",le=\"+Inf\"} 4\n"
                        "foreman_wait_seconds_sum{model=\"tiny\"} 101.6\n"
                        "foreman_wait_seconds_count{model=\"tiny\"} 4\n");
}

static void
test_a_histogram_without_labels (void)
{
  static const double bounds[] = { 1 };
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();

  foreman_metrics_add_histogram (metrics, "x_seconds", "X.", NULL, bounds, 1);
  assert_text (metrics, "# HELP x_seconds X.\n# TYPE x_seconds histogram\n"
                        "x_seconds_bucket{le=\"1\"} 0\nx_seconds_bucket{le=\"+Inf\"} 0\n"
                        "x_seconds_sum 0\nx_seconds_count 0\n");
}

static void
test_texts_are_escaped (void)
{
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();
  ForemanMetricFamily *family = foreman_metrics_add_gauge (metrics, "x", "A \"b\" \\ c\nd", model);

  foreman_metric_set (foreman_metric_family_get (family, "a\\b\"c\nd\xff", NULL), 1);
  assert_text (metrics, "# HELP x A \"b\" \\\\ c\\nd\n# TYPE x gauge\n"
                        "x{model=\"a\\\\b\\\"c\\nd\ufffd\"} 1\n");
}

static void
test_label_values_are_capped (void)
{
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();
  ForemanMetricFamily *family =
      foreman_metrics_add_counter (metrics, "x_total", "X.", route_and_code);

  foreman_metric_family_set_max_values (family, 2);
  foreman_metric_add (foreman_metric_family_get (family, "a", "200", NULL), 1);
  foreman_metric_add (foreman_metric_family_get (family, "b", "404", NULL), 1);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("client-%u", i);

      foreman_metric_add (foreman_metric_family_get (family, name, "200", NULL), 1);
    }
  foreman_metric_add (foreman_metric_family_get (family, "a", "500", NULL), 1);
  foreman_metric_add (foreman_metric_family_get (family, "b", "404", NULL), 1);
  assert_text (metrics, "# HELP x_total X.\n# TYPE x_total counter\n"
                        "x_total{route=\"a\",code=\"200\"} 1\n"
                        "x_total{route=\"b\",code=\"404\"} 2\n"
                        "x_total{route=\"other\",code=\"200\"} 1000\n"
                        "x_total{route=\"a\",code=\"other\"} 1\n");
}

static void
test_numbers_are_short_and_exact (void)
{
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();
  ForemanMetricFamily *family = foreman_metrics_add_gauge (metrics, "x", "X.", model);

  foreman_metric_set (foreman_metric_family_get (family, "a", NULL), 0.1);
  foreman_metric_set (foreman_metric_family_get (family, "b", NULL), 9007199254740991.0);
  foreman_metric_set (foreman_metric_family_get (family, "c", NULL), 1e21);
  foreman_metric_set (foreman_metric_family_get (family, "d", NULL), NAN);
  foreman_metric_set (foreman_metric_family_get (family, "e", NULL), -INFINITY);
  foreman_metric_set (foreman_metric_family_get (family, "f", NULL), 0.1 + 0.2);
  assert_text (metrics, "# HELP x X.\n# TYPE x gauge\n"
                        "x{model=\"a\"} 0.1\nx{model=\"b\"} 9007199254740991\n"
                        "x{model=\"c\"} 1e+21\nx{model=\"d\"} NaN\nx{model=\"e\"} -Inf\n"
                        "x{model=\"f\"} 0.30000000000000004\n");
}

static double
next_number (gpointer data)
{
  return ++*(guint *) data;
}

static void
test_a_value_may_be_asked_for (void)
{
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();
  ForemanMetricFamily *family = foreman_metrics_add_gauge (metrics, "x", "X.", NULL);
  guint *number = g_new0 (guint, 1);

  foreman_metric_set_func (foreman_metric_family_get (family, NULL), next_number, number, g_free);
  assert_text (metrics, "# HELP x X.\n# TYPE x gauge\nx 1\n");
  assert_text (metrics, "# HELP x X.\n# TYPE x gauge\nx 2\n");
  foreman_metric_set_func (foreman_metric_family_get (family, NULL), NULL, NULL, NULL);
  assert_text (metrics, "# HELP x X.\n# TYPE x gauge\nx 0\n");
}

static void
test_a_family_without_series_is_not_shown (void)
{
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();

  foreman_metrics_add_gauge (metrics, "x", "X.", model);
  assert_text (metrics, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/counters-and-gauges", test_counters_and_gauges);
  g_test_add_func ("/metrics/histograms-are-cumulated", test_histograms_are_cumulated);
  g_test_add_func ("/metrics/a-histogram-without-labels", test_a_histogram_without_labels);
  g_test_add_func ("/metrics/texts-are-escaped", test_texts_are_escaped);
  g_test_add_func ("/metrics/label-values-are-capped", test_label_values_are_capped);
  g_test_add_func ("/metrics/numbers-are-short-and-exact", test_numbers_are_short_and_exact);
  g_test_add_func ("/metrics/a-value-may-be-asked-for", test_a_value_may_be_asked_for);
  g_test_add_func ("/metrics/a-family-without-series-is-not-shown",
                   test_a_family_without_series_is_not_shown);
  return g_test_run ();
}

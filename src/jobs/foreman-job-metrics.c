/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-metrics.h"

static const double seconds_bounds[] = { 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 14400 };

struct _ForemanJobMetrics
{
  ForemanMetrics *metrics;       /* (owned) */
  ForemanMetricFamily *attempts; /* (unowned): as long as @metrics */
  ForemanMetricFamily *run_time; /* (unowned) */
};

/* One of the gauges of jobs. */
typedef struct
{
  ForemanStore *store; /* (owned) */
  ForemanJobState state;
} Count;

static void
count_free (Count *count)
{
  g_object_unref (count->store);
  g_free (count);
}

static double
get_count (gpointer data)
{
  const Count *count = data;

  return (double) foreman_store_get_counts (count->store)[count->state];
}

static void
add_counts (ForemanMetrics *metrics, ForemanStore *store)
{
  static const char *const by_state[] = { "state", NULL };
  ForemanMetricFamily *jobs =
      foreman_metrics_add_gauge (metrics, "foreman_jobs", "Jobs in the store, by state.", by_state);

  for (guint i = 0; i < FOREMAN_N_JOB_STATES; i++)
    {
      Count *count = g_new0 (Count, 1);

      count->store = g_object_ref (store);
      count->state = (ForemanJobState) i;
      foreman_metric_set_func (
          foreman_metric_family_get (jobs, foreman_job_state_to_string (count->state), NULL),
          get_count, count, (GDestroyNotify) count_free);
    }
}

/**
 * foreman_job_metrics_new: (skip)
 * @metrics: where the series go
 * @store: where the jobs are
 *
 * Makes the series of jobs. Main thread, as is everything here.
 *
 * Returns: (transfer full): new counters
 */
ForemanJobMetrics *
foreman_job_metrics_new (ForemanMetrics *metrics, ForemanStore *store)
{
  static const char *const by_outcome[] = { "outcome", NULL };
  ForemanJobMetrics *self = g_new0 (ForemanJobMetrics, 1);

  self->metrics = g_object_ref (metrics);
  add_counts (metrics, store);
  self->attempts = foreman_metrics_add_counter (metrics, "foreman_job_attempts_total",
                                                "Attempts at jobs, by how they ended.", by_outcome);
  self->run_time = foreman_metrics_add_histogram (
      metrics, "foreman_job_run_seconds",
      "How long attempts at jobs took, from their turn to their end.", by_outcome, seconds_bounds,
      G_N_ELEMENTS (seconds_bounds));
  return self;
}

/**
 * foreman_job_metrics_free: (skip)
 * @self: (transfer full): counters
 *
 * Frees @self; the series stay with their metrics.
 */
void
foreman_job_metrics_free (ForemanJobMetrics *self)
{
  g_object_unref (self->metrics);
  g_free (self);
}

/**
 * foreman_job_metrics_count: (skip)
 * @self: counters
 * @outcome: how an attempt ended
 * @run_time: how long it took, in µs
 *
 * Counts an attempt.
 */
void
foreman_job_metrics_count (ForemanJobMetrics *self, const char *outcome, gint64 run_time)
{
  foreman_metric_add (foreman_metric_family_get (self->attempts, outcome, NULL), 1);
  foreman_metric_observe (foreman_metric_family_get (self->run_time, outcome, NULL),
                          run_time / (double) G_USEC_PER_SEC);
}

/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-gauges.h"

#include "foreman-version.h"

static double
get_queue_depth (gpointer data)
{
  return foreman_gate_get_waiting (((ForemanHttpContext *) data)->gate);
}

static double
get_running (gpointer data)
{
  return foreman_gate_get_running (((ForemanHttpContext *) data)->gate);
}

static double
get_connections (gpointer data)
{
  return ((ForemanHttpContext *) data)->connections;
}

static double
get_buffered (gpointer data)
{
  return ((ForemanHttpContext *) data)->buffered;
}

static double
get_degraded (gpointer data)
{
  return foreman_inventory_is_degraded (((ForemanHttpContext *) data)->inventory) ? 1 : 0;
}

static double
get_poll_age (gpointer data)
{
  ForemanHttpContext *context = data;
  gint64 last = foreman_inventory_get_last_poll (context->inventory);

  return last > 0 ? (foreman_clock_get_real (context->clock) - last) / (double) G_USEC_PER_SEC : -1;
}

static double
get_started_at (gpointer data)
{
  return ((ForemanHttpContext *) data)->started_at / (double) G_USEC_PER_SEC;
}

/**
 * foreman_gauges_add:
 * @metrics: where the series go
 * @context: (transfer none): what they tell of; outlives @metrics
 *
 * Makes the series that say how the service is at this moment. Main thread.
 */
void
foreman_gauges_add (ForemanMetrics *metrics, ForemanHttpContext *context)
{
  static const char *const by_version[] = { "version", NULL };
  static const struct
  {
    const char *name;
    const char *help;
    ForemanMetricFunc func;
  } gauges[] = {
    { "foreman_queue_depth", "Requests that wait at the gate.", get_queue_depth },
    { "foreman_gate_running", "Requests that have passed the gate and run.", get_running },
    { "foreman_connections", "Open client connections.", get_connections },
    { "foreman_buffered_bytes", "Bytes of request bodies in memory.", get_buffered },
    { "foreman_degraded", "1 while Ollama cannot be reached.", get_degraded },
    { "foreman_poll_age_seconds",
      "Time since Ollama's lists were last read; -1 before the first time.", get_poll_age },
    { "foreman_start_time_seconds", "When the service started, in seconds since 1970.",
      get_started_at },
  };
  ForemanMetricFamily *build =
      foreman_metrics_add_gauge (metrics, "foreman_build_info", "Always 1.", by_version);

  foreman_metric_set (foreman_metric_family_get (build, FOREMAN_VERSION, NULL), 1);
  for (gsize i = 0; i < G_N_ELEMENTS (gauges); i++)
    foreman_metric_set_func (
        foreman_metric_family_get (foreman_metrics_add_gauge (metrics, gauges[i].name,
                                                              gauges[i].help, NULL),
                                   NULL),
        gauges[i].func, context, NULL);
}

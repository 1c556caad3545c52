/* SPDX-License-Identifier: MIT */
#include "http/foreman-http-metrics.h"

#include "http/foreman-router.h"

/* How many models have series of their own; the rest share one. */
#define MAX_MODELS 64

static const double seconds_bounds[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,   2.5,
                                         5,     10,   30,    60,   120, 300,  600, 1800 };
static const double token_bounds[] = { 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03,
                                       0.05,  0.075,  0.1,   0.2,  0.5,  1 };

/**
 * ForemanHttpMetrics:
 *
 * What is counted of requests as they end.
 */
struct _ForemanHttpMetrics
{
  ForemanMetrics *metrics; /* (owned) */
  /* (unowned): the families live as long as @metrics */
  ForemanMetricFamily *requests;
  ForemanMetricFamily *duration;
  ForemanMetricFamily *first_byte;
  ForemanMetricFamily *disconnects;
  ForemanMetricFamily *tokens;
  ForemanMetricFamily *token_time;
  ForemanMetric *queue_wait;
  guint64 n_requests;
  guint64 n_disconnects;
};

/**
 * foreman_http_metrics_new:
 * @metrics: where the series go
 *
 * Makes the series of the HTTP front. Main thread, as is everything here.
 *
 * Returns: (transfer full): new counters
 */
ForemanHttpMetrics *
foreman_http_metrics_new (ForemanMetrics *metrics)
{
  static const char *const by_class[] = { "class", NULL };
  static const char *const by_class_and_code[] = { "class", "code", NULL };
  static const char *const by_stage[] = { "stage", NULL };
  static const char *const by_model[] = { "model", NULL };
  static const char *const by_model_and_kind[] = { "model", "kind", NULL };
  ForemanHttpMetrics *self = g_new0 (ForemanHttpMetrics, 1);

  self->metrics = g_object_ref (metrics);
  self->requests =
      foreman_metrics_add_counter (metrics, "foreman_requests_total",
                                   "Requests answered, by class of route and status code.",
                                   by_class_and_code);
  self->duration =
      foreman_metrics_add_histogram (metrics, "foreman_request_duration_seconds",
                                     "From a request's head to the last byte of its answer.",
                                     by_class, seconds_bounds, G_N_ELEMENTS (seconds_bounds));
  self->first_byte =
      foreman_metrics_add_histogram (metrics, "foreman_time_to_first_byte_seconds",
                                     "From a request's head to the first byte of its answer.",
                                     by_class, seconds_bounds, G_N_ELEMENTS (seconds_bounds));
  self->disconnects =
      foreman_metrics_add_counter (metrics, "foreman_disconnects_total",
                                   "Clients that left before their answer was whole, by stage.",
                                   by_stage);
  self->tokens = foreman_metrics_add_counter (
      metrics, "foreman_tokens_total",
      "Tokens read (prompt) and generated (completion), as Ollama counts them.", by_model_and_kind);
  foreman_metric_family_set_max_values (self->tokens, MAX_MODELS);
  self->token_time =
      foreman_metrics_add_histogram (metrics, "foreman_seconds_per_token",
                                     "Generation time of a request per generated token.", by_model,
                                     token_bounds, G_N_ELEMENTS (token_bounds));
  foreman_metric_family_set_max_values (self->token_time, MAX_MODELS);
  self->queue_wait = foreman_metric_family_get (
      foreman_metrics_add_histogram (metrics, "foreman_queue_wait_seconds",
                                     "How long requests waited at the gate.", NULL, seconds_bounds,
                                     G_N_ELEMENTS (seconds_bounds)),
      NULL);
  return self;
}

/**
 * foreman_http_metrics_free:
 * @self: counters
 *
 * Frees @self; the series stay with their metrics.
 */
void
foreman_http_metrics_free (ForemanHttpMetrics *self)
{
  g_object_unref (self->metrics);
  g_free (self);
}

static double
seconds (gint64 span)
{
  return span / (double) G_USEC_PER_SEC;
}

/**
 * foreman_http_metrics_count_usage:
 * @self: counters
 * @model: (nullable): a model
 * @usage: what its answer said about its cost
 *
 * Counts the tokens of an answer, of a request or of a job.
 */
void
foreman_http_metrics_count_usage (ForemanHttpMetrics *self,
                                  const char *model,
                                  const ForemanAnswerUsage *usage)
{
  if (!model)
    model = "";
  if (usage->prompt_tokens > 0)
    foreman_metric_add (foreman_metric_family_get (self->tokens, model, "prompt", NULL),
                        usage->prompt_tokens);
  if (usage->completion_tokens <= 0)
    return;
  foreman_metric_add (foreman_metric_family_get (self->tokens, model, "completion", NULL),
                      usage->completion_tokens);
  if (usage->completion_duration > 0)
    foreman_metric_observe (foreman_metric_family_get (self->token_time, model, NULL),
                            seconds (usage->completion_duration) / usage->completion_tokens);
}

/**
 * foreman_http_metrics_count:
 * @self: counters
 * @record: the record of an exchange that is over
 *
 * Counts a request.
 */
void
foreman_http_metrics_count (ForemanHttpMetrics *self, const ForemanRecord *record)
{
  const char *class =
      record->route ? foreman_route_class_to_string (record->route->class) : "rejected";
  char code[12];

  /* 499 is what nginx and Ollama call an answer that nobody waited for. */
  g_snprintf (code, sizeof code, "%u", record->status ? record->status : 499);
  self->n_requests++;
  foreman_metric_add (foreman_metric_family_get (self->requests, class, code, NULL), 1);
  if (record->client_left)
    {
      self->n_disconnects++;
      foreman_metric_add (foreman_metric_family_get (self->disconnects,
                                                     foreman_stage_to_string (record->stage), NULL),
                          1);
    }
  else
    foreman_metric_observe (foreman_metric_family_get (self->duration, class, NULL),
                            seconds (record->finished - record->started));
  if (record->first_byte > 0)
    foreman_metric_observe (foreman_metric_family_get (self->first_byte, class, NULL),
                            seconds (record->first_byte - record->started));
  if (record->gated)
    foreman_metric_observe (self->queue_wait, seconds (record->queue_time));
  foreman_http_metrics_count_usage (self, record->model, &record->usage);
}

/**
 * foreman_http_metrics_get_requests:
 * @self: counters
 *
 * Returns: how many requests have ended
 */
guint64
foreman_http_metrics_get_requests (ForemanHttpMetrics *self)
{
  return self->n_requests;
}

/**
 * foreman_http_metrics_get_disconnects:
 * @self: counters
 *
 * Returns: how many of them because their client left
 */
guint64
foreman_http_metrics_get_disconnects (ForemanHttpMetrics *self)
{
  return self->n_disconnects;
}

/**
 * foreman_http_metrics_render:
 * @self: counters
 *
 * Returns: (transfer full): all series, in Prometheus' text format
 */
char *
foreman_http_metrics_render (ForemanHttpMetrics *self)
{
  return foreman_metrics_render (self->metrics);
}

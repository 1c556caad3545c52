/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-jobs-service.h"

#include "jobs/foreman-job-metrics.h"

#include <errno.h>

/**
 * ForemanJobsService:
 *
 * All that makes jobs possible, started and ended in order. Where the database cannot be used, jobs
 * are disabled, and the rest of foreman serves as ever.
 */
struct _ForemanJobsService
{
  GObject parent_instance;

  ForemanHttpContext *context; /* (unowned): the daemon's, which outlives this; its store, pause,
                                  dispatcher and watch are made and cleared here */
  ForemanJobMetrics *metrics;  /* (owned) */
  gulong ended_id;
  GTask *stopping; /* (owned) (nullable): while what runs is waited for, so that all can be ended */
  gulong available_id;
  gulong idle_id;
  gboolean was_told; /* that jobs are disabled */
};

G_DEFINE_FINAL_TYPE (ForemanJobsService, foreman_jobs_service, G_TYPE_OBJECT)

static ForemanStore *
store_of (ForemanJobsService *self)
{
  return self->context->store;
}

static void
foreman_jobs_service_dispose (GObject *object)
{
  ForemanJobsService *self = FOREMAN_JOBS_SERVICE (object);
  ForemanHttpContext *context = self->context;

  if (context->store)
    g_clear_signal_handler (&self->available_id, context->store);
  if (context->dispatcher)
    {
      g_clear_signal_handler (&self->idle_id, context->dispatcher);
      g_clear_signal_handler (&self->ended_id, context->dispatcher);
    }
  g_clear_pointer (&self->metrics, foreman_job_metrics_free);
  g_clear_object (&context->webhooks);
  g_clear_object (&context->job_watch);
  g_clear_object (&context->dispatcher);
  g_clear_object (&context->pause);
  g_clear_object (&context->store);
  G_OBJECT_CLASS (foreman_jobs_service_parent_class)->dispose (object);
}

static void
foreman_jobs_service_class_init (ForemanJobsServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_jobs_service_dispose;
}

static void
foreman_jobs_service_init (ForemanJobsService *self)
{
}

static ForemanStoreLimits
read_limits (ForemanConfig *config)
{
  return (ForemanStoreLimits){
    .max_jobs = foreman_config_get_int (config, FOREMAN_CONFIG_MAX_JOBS),
    .min_free = foreman_config_get_size (config, FOREMAN_CONFIG_MIN_FREE),
    .inline_limit = foreman_config_get_size (config, FOREMAN_CONFIG_INLINE_LIMIT),
  };
}

static void
tell_disabled (ForemanJobsService *self, const char *problem)
{
  self->was_told = TRUE;
  g_warning ("jobs are disabled: %s", problem);
}

static void
on_available (ForemanStore *store, GParamSpec *pspec, ForemanJobsService *self)
{
  if (!foreman_store_is_available (store))
    {
      tell_disabled (self, foreman_store_get_problem (store));
      return;
    }
  if (self->was_told)
    g_message ("jobs are enabled again");
  self->was_told = FALSE;
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanJobsService) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!foreman_store_open_finish (FOREMAN_STORE (source), result, &error) && !self->was_told)
    tell_disabled (self, error->message);
}

static void
on_attempt_ended (ForemanDispatcher *dispatcher,
                  const char *model,
                  const char *outcome,
                  gint64 run_time,
                  const ForemanAnswerUsage *usage,
                  ForemanJobsService *self)
{
  foreman_job_metrics_count (self->metrics, outcome, run_time);
  foreman_http_metrics_count_usage (self->context->metrics, model, usage);
}

/**
 * foreman_jobs_service_new:
 * @context: (transfer none): what routes work with, but for what is made here
 * @metrics: where the series of jobs go
 *
 * Makes the service; nothing runs yet. Main thread, as is everything here.
 *
 * Returns: (transfer full): a new service
 */
ForemanJobsService *
foreman_jobs_service_new (ForemanHttpContext *context, ForemanMetrics *metrics)
{
  ForemanJobsService *self = g_object_new (FOREMAN_TYPE_JOBS_SERVICE, NULL);
  ForemanStoreLimits limits = read_limits (context->config);
  const char *path = foreman_config_get_string (context->config, FOREMAN_CONFIG_DB);

  self->context = context;
  context->store = foreman_store_new (path, &limits);
  self->available_id =
      g_signal_connect (context->store, "notify::available", G_CALLBACK (on_available), self);
  context->pause = foreman_pause_new (context->store, context->clock);
  context->dispatcher =
      foreman_dispatcher_new (context->store, context->gate, context->target, context->inventory,
                              context->pause, context->clock, context->config);
  context->job_watch = foreman_job_watch_new (context->store, context->dispatcher);
  context->webhooks = foreman_webhooks_new (context->store, context->clock, context->config);
  self->metrics = foreman_job_metrics_new (metrics, context->store);
  self->ended_id =
      g_signal_connect (context->dispatcher, "attempt-ended", G_CALLBACK (on_attempt_ended), self);
  return self;
}

/**
 * foreman_jobs_service_start:
 * @self: a service
 *
 * Makes the database's folder and opens the database; what does not work is a line in the log. The
 * others begin as soon as the database is there.
 */
void
foreman_jobs_service_start (ForemanJobsService *self)
{
  const char *path = foreman_config_get_string (self->context->config, FOREMAN_CONFIG_DB);
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_debug ("%s cannot be made: %s", folder, g_strerror (errno));
  foreman_dispatcher_start (self->context->dispatcher);
  foreman_webhooks_start (self->context->webhooks);
  foreman_store_open_async (store_of (self), NULL, on_opened, g_object_ref (self));
}

/**
 * foreman_jobs_service_apply:
 * @self: a service
 *
 * Takes over what can change of the context's settings.
 */
void
foreman_jobs_service_apply (ForemanJobsService *self)
{
  ForemanStoreLimits limits = read_limits (self->context->config);

  foreman_store_set_limits (store_of (self), &limits);
  foreman_dispatcher_set_config (self->context->dispatcher, self->context->config);
  foreman_webhooks_set_config (self->context->webhooks, self->context->config);
}

/**
 * foreman_jobs_service_drain:
 * @self: a service
 *
 * Begins no more jobs; what runs goes on.
 */
void
foreman_jobs_service_drain (ForemanJobsService *self)
{
  foreman_dispatcher_stop (self->context->dispatcher);
}

/**
 * foreman_jobs_service_preempt:
 * @self: a service that was drained
 *
 * Puts what still runs back into the queue.
 */
void
foreman_jobs_service_preempt (ForemanJobsService *self)
{
  foreman_dispatcher_preempt (self->context->dispatcher, "drained");
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (!foreman_store_close_finish (FOREMAN_STORE (source), result, &error))
    g_warning ("the database could not be closed: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

static void
close_store (ForemanJobsService *self)
{
  g_clear_signal_handler (&self->idle_id, self->context->dispatcher);
  g_clear_signal_handler (&self->available_id, store_of (self));
  foreman_webhooks_stop (self->context->webhooks);
  foreman_store_close_async (store_of (self), NULL, on_closed, g_steal_pointer (&self->stopping));
}

/**
 * foreman_jobs_service_give_up:
 * @self: a service that is being stopped
 *
 * Does not wait any longer for what cannot be put back; the next start will find it.
 */
void
foreman_jobs_service_give_up (ForemanJobsService *self)
{
  if (self->stopping)
    close_store (self);
}

/**
 * foreman_jobs_service_stop_async:
 * @self: a service that was drained
 * @callback: called when nothing of it runs any more
 * @user_data: for @callback
 *
 * Ends it once no job runs: what was submitted is on disk before the database is closed.
 */
void
foreman_jobs_service_stop_async (ForemanJobsService *self,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  self->stopping = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stopping, foreman_jobs_service_stop_async);
  if (foreman_dispatcher_is_idle (self->context->dispatcher))
    close_store (self);
  else
    self->idle_id = g_signal_connect_swapped (self->context->dispatcher, "idle",
                                              G_CALLBACK (close_store), self);
}

/**
 * foreman_jobs_service_stop_finish:
 * @self: the service
 * @result: what the callback got
 *
 * Ends foreman_jobs_service_stop_async().
 */
void
foreman_jobs_service_stop_finish (ForemanJobsService *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));
}

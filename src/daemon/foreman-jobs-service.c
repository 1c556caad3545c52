/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-jobs-service.h"

#include "daemon/foreman-database-path.h"

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

  ForemanHttpContext *context; /* (unowned): the daemon's, which outlives this */
  gulong available_id;
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

  if (self->context->store)
    g_clear_signal_handler (&self->available_id, self->context->store);
  g_clear_object (&self->context->store);
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

/**
 * foreman_jobs_service_new:
 * @context: (transfer none): what routes work with; gets the store
 *
 * Makes the service; nothing runs yet. Main thread, as is everything here.
 *
 * Returns: (transfer full): a new service
 */
ForemanJobsService *
foreman_jobs_service_new (ForemanHttpContext *context)
{
  ForemanJobsService *self = g_object_new (FOREMAN_TYPE_JOBS_SERVICE, NULL);
  ForemanStoreLimits limits = read_limits (context->config);
  g_autofree char *path = foreman_database_path_find (context->config);

  self->context = context;
  context->store = foreman_store_new (path, &limits);
  self->available_id =
      g_signal_connect (context->store, "notify::available", G_CALLBACK (on_available), self);
  return self;
}

/**
 * foreman_jobs_service_start:
 * @self: a service
 *
 * Makes the database's folder and opens the database; what does not work is a line in the log.
 */
void
foreman_jobs_service_start (ForemanJobsService *self)
{
  g_autofree char *path = foreman_database_path_find (self->context->config);
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_debug ("%s cannot be made: %s", folder, g_strerror (errno));
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

/**
 * foreman_jobs_service_stop_async:
 * @self: a service
 * @callback: called when nothing of it runs any more
 * @user_data: for @callback
 *
 * Ends it: what was submitted is on disk before the database is closed.
 */
void
foreman_jobs_service_stop_async (ForemanJobsService *self,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, foreman_jobs_service_stop_async);
  g_clear_signal_handler (&self->available_id, store_of (self));
  foreman_store_close_async (store_of (self), NULL, on_closed, task);
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

/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-daemon.h"

#include "daemon/foreman-gauges.h"
#include "daemon/foreman-jobs-service.h"
#include "daemon/foreman-self-target.h"
#include "daemon/foreman-systemd.h"
#include "engine/foreman-embedder.h"
#include "engine/foreman-log.h"
#include "http/foreman-server.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-ulid.h"

#include <sys/resource.h>

/* What clients get, once the drain's limit has passed, to take the last words. */
#define GRACE (2 * G_USEC_PER_SEC)

/* What the jobs that ran get to be put back, when somebody does not want to wait. */
#define HURRY (500 * G_TIME_SPAN_MILLISECOND)

/**
 * ForemanDaemon:
 *
 * Makes the objects of the service, joins them, and ends them in order.
 */
struct _ForemanDaemon
{
  GObject parent_instance;

  ForemanHttpContext context; /* its members (owned) */
  ForemanReactor *reactor;    /* (owned) (nullable): before the start */
  ForemanListener *listener;  /* (owned) (nullable) */
  ForemanServer *server;      /* (owned) (nullable) */
  ForemanEmbedder *embedder;  /* (owned) (nullable): without FOREMAN_EMBED_MODEL */
  ForemanJobsService *jobs;   /* (owned) (nullable): before the start */
  guint cut_id;               /* the drain's deadline, then the grace's */
  guint watchdog_id;
};

enum
{
  SIGNAL_STOPPED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanDaemon, foreman_daemon, G_TYPE_OBJECT)

static void
foreman_daemon_dispose (GObject *object)
{
  ForemanDaemon *self = FOREMAN_DAEMON (object);
  ForemanHttpContext *context = &self->context;

  g_clear_handle_id (&self->cut_id, g_source_remove);
  g_clear_handle_id (&self->watchdog_id, g_source_remove);
  if (self->server)
    g_signal_handlers_disconnect_by_data (self->server, self);
  g_clear_object (&self->server);
  g_clear_object (&self->listener);
  if (context->pause)
    g_signal_handlers_disconnect_by_data (context->pause, self);
  if (self->embedder)
    foreman_embedder_stop (self->embedder);
  g_clear_object (&self->embedder);
  g_clear_object (&self->jobs);
  if (context->inventory)
    foreman_inventory_stop (context->inventory);
  g_clear_object (&context->gate);
  g_clear_object (&context->inventory);
  g_clear_object (&context->target);
  g_clear_object (&context->access);
  g_clear_pointer (&context->metrics, foreman_http_metrics_free);
  g_clear_object (&context->clock);
  g_clear_object (&context->config);
  g_clear_pointer (&context->instance_id, g_free);
  g_clear_object (&self->reactor);
  G_OBJECT_CLASS (foreman_daemon_parent_class)->dispose (object);
}

static void
foreman_daemon_class_init (ForemanDaemonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_daemon_dispose;

  /**
   * ForemanDaemon::stopped:
   *
   * Everything has been answered and closed; the process may end.
   */
  signals[SIGNAL_STOPPED] = g_signal_new ("stopped", FOREMAN_TYPE_DAEMON, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_daemon_init (ForemanDaemon *self)
{
}

/**
 * foreman_daemon_new:
 * @config: the settings
 *
 * Makes a service that does not run yet. Main thread, as is everything here.
 *
 * Returns: (transfer full): a new daemon
 */
ForemanDaemon *
foreman_daemon_new (ForemanConfig *config)
{
  ForemanDaemon *self = g_object_new (FOREMAN_TYPE_DAEMON, NULL);

  self->context.config = g_object_ref (config);
  return self;
}

/* A connection is a descriptor, and a stream two. */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max)
    {
      limit.rlim_cur = limit.rlim_max;
      if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
        g_warning ("the limit of open files stays at what it was; FOREMAN_MAX_CONNECTIONS may not "
                   "be reached");
    }
}

static gboolean
open_listener (ForemanDaemon *self, GArray *sockets, GError **error)
{
  ForemanConfig *config = self->context.config;
  const char *const *addresses = foreman_config_get_list (config, FOREMAN_CONFIG_ADDR);

  self->listener = foreman_listener_new (self->reactor);
  for (guint i = 0; sockets && i < sockets->len; i++)
    if (!foreman_listener_add_fd (self->listener, g_array_index (sockets, int, i), error))
      return FALSE;
  for (gsize i = 0; (!sockets || sockets->len == 0) && addresses[i]; i++)
    if (!foreman_listener_add_address (self->listener, addresses[i], error))
      return FALSE;
  return TRUE;
}

/* Returns: (transfer full) (nullable): who may come in by the addresses that are open */
static ForemanAccess *
make_access (ForemanDaemon *self, ForemanConfig *config, GError **error)
{
  g_autoptr (ForemanAccess) access = foreman_access_new (config, error);
  g_autoptr (GPtrArray) addresses = foreman_listener_get_addresses (self->listener);

  if (!access || !foreman_access_check_bind (access, addresses, error))
    return NULL;
  return g_steal_pointer (&access);
}

static gboolean
check_target (ForemanDaemon *self, GError **error)
{
  g_autoptr (GPtrArray) addresses = foreman_listener_get_addresses (self->listener);

  return foreman_self_target_check (self->context.config, addresses, error);
}

/* Setters take durations that a reload may change. */
static void
apply_timeouts (ForemanDaemon *self)
{
  ForemanConfig *config = self->context.config;

  foreman_target_set_timeouts (self->context.target,
                               foreman_config_get_duration (config,
                                                            FOREMAN_CONFIG_FIRST_BYTE_TIMEOUT),
                               foreman_config_get_duration (config, FOREMAN_CONFIG_IDLE_TIMEOUT));
}

/* @embedder: (out) (nullable): %NULL without FOREMAN_EMBED_MODEL */
static gboolean
make_embedder (ForemanDaemon *self,
               ForemanConfig *config,
               ForemanEmbedder **embedder,
               GError **error)
{
  ForemanHttpContext *context = &self->context;
  const char *model = foreman_config_get_string (config, FOREMAN_CONFIG_EMBED_MODEL);
  g_autoptr (ForemanModelName) name = NULL;

  *embedder = NULL;
  if (!*model)
    return TRUE;
  name = foreman_model_name_parse (model, error);
  if (!name)
    {
      g_prefix_error (error, "FOREMAN_EMBED_MODEL=%s (%s): ", model,
                      foreman_config_get_origin (config, FOREMAN_CONFIG_EMBED_MODEL));
      return FALSE;
    }
  *embedder = foreman_embedder_new (context->target, context->inventory, name);
  return TRUE;
}

static gboolean
make_engine (ForemanDaemon *self, GError **error)
{
  ForemanHttpContext *context = &self->context;
  ForemanConfig *config = context->config;
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();

  context->clock = foreman_clock_new ();
  context->instance_id = foreman_ulid_new_string ();
  context->started_at = foreman_clock_get_real (context->clock);
  context->target =
      foreman_target_new (self->reactor,
                          foreman_config_get_string (config, FOREMAN_CONFIG_OLLAMA_URL),
                          foreman_config_get_string (config, FOREMAN_CONFIG_OLLAMA_TOKEN), error);
  if (!context->target)
    return FALSE;
  context->gate =
      foreman_gate_new (context->clock, foreman_config_get_string (config, FOREMAN_CONFIG_CAPACITY),
                        foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE),
                        foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE_PER_CLIENT),
                        error);
  if (!context->gate)
    return FALSE;
  context->inventory =
      foreman_inventory_new (context->target, context->clock,
                             foreman_config_get_duration (config, FOREMAN_CONFIG_POLL_INTERVAL));
  if (!make_embedder (self, config, &self->embedder, error))
    return FALSE;
  self->jobs = foreman_jobs_service_new (context, metrics);
  foreman_gauges_add (metrics, context);
  context->metrics = foreman_http_metrics_new (metrics);
  return TRUE;
}

static void
on_jobs_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanDaemon) self = user_data;

  foreman_jobs_service_stop_finish (FOREMAN_JOBS_SERVICE (source), result);
  g_clear_handle_id (&self->cut_id, g_source_remove);
  g_signal_emit (self, signals[SIGNAL_STOPPED], 0);
}

/* There are no clients any more, or they are not waited for any more. */
static void
stop_jobs (ForemanDaemon *self)
{
  if (g_signal_handlers_disconnect_by_data (self->server, self) > 0)
    foreman_jobs_service_stop_async (self->jobs, on_jobs_stopped, g_object_ref (self));
}

/* While nothing is to take the box, the embedding model is not, either. */
static void
run_embedder (ForemanDaemon *self)
{
  if (!self->embedder)
    return;
  if (foreman_pause_get_scope (self->context.pause) == FOREMAN_PAUSE_ALL)
    foreman_embedder_stop (self->embedder);
  else
    foreman_embedder_start (self->embedder);
}

static void
on_quiet (ForemanServer *server, ForemanDaemon *self)
{
  stop_jobs (self);
}

static gboolean
on_watchdog (gpointer user_data)
{
  foreman_systemd_notify ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

/**
 * foreman_daemon_start:
 * @self: a daemon
 * @sockets: (nullable) (element-type int): listening sockets that take the place of FOREMAN_ADDR
 * @error: return location for an error
 *
 * Opens the addresses and begins to serve.
 *
 * Returns: whether it runs; otherwise @error says which setting to change
 */
gboolean
foreman_daemon_start (ForemanDaemon *self, GArray *sockets, GError **error)
{
  gint64 watchdog = foreman_systemd_get_watchdog_interval ();

  raise_descriptor_limit ();
  self->reactor = foreman_reactor_new (NULL);
  if (!open_listener (self, sockets, error) || !check_target (self, error))
    return FALSE;
  self->context.access = make_access (self, self->context.config, error);
  if (!self->context.access || !make_engine (self, error))
    return FALSE;
  apply_timeouts (self);
  self->server = foreman_server_new (&self->context, self->reactor, self->listener);
  g_signal_connect (self->server, "quiet", G_CALLBACK (on_quiet), self);
  foreman_inventory_start (self->context.inventory);
  foreman_jobs_service_start (self->jobs);
  g_signal_connect_swapped (self->context.pause, "changed", G_CALLBACK (run_embedder), self);
  run_embedder (self);
  foreman_server_start (self->server);
  if (watchdog > 0)
    self->watchdog_id = g_timeout_add (watchdog / 1000, on_watchdog, NULL);
  foreman_systemd_notify ("READY=1");
  return TRUE;
}

static gboolean
on_grace_over (gpointer user_data)
{
  ForemanDaemon *self = user_data;

  self->cut_id = 0;
  stop_jobs (self);
  foreman_jobs_service_give_up (self->jobs);
  return G_SOURCE_REMOVE;
}

static gboolean
on_drain_deadline (gpointer user_data)
{
  ForemanDaemon *self = user_data;

  self->cut_id = g_timeout_add (GRACE / 1000, on_grace_over, self);
  foreman_jobs_service_preempt (self->jobs);
  foreman_server_cut (self->server);
  return G_SOURCE_REMOVE;
}

/**
 * foreman_daemon_stop:
 * @self: a daemon that runs
 *
 * Accepts nobody any more, refuses what waits, and lets what runs finish for as long as
 * FOREMAN_DRAIN_TIMEOUT allows; then it is cut, and clients have two more seconds to hear of it.
 * Jobs that are cut are queued again. `stopped` follows.
 */
void
foreman_daemon_stop (ForemanDaemon *self)
{
  gint64 timeout = foreman_config_get_duration (self->context.config, FOREMAN_CONFIG_DRAIN_TIMEOUT);
  g_autofree char *state = g_strdup_printf ("STOPPING=1\nEXTEND_TIMEOUT_USEC=%" G_GINT64_FORMAT,
                                            timeout + 5 * G_USEC_PER_SEC);

  foreman_systemd_notify (state);
  self->cut_id = g_timeout_add (timeout / 1000, on_drain_deadline, self);
  foreman_jobs_service_drain (self->jobs);
  foreman_server_drain (self->server);
}

static gboolean
on_hurry_over (gpointer user_data)
{
  ForemanDaemon *self = user_data;

  self->cut_id = 0;
  g_signal_emit (self, signals[SIGNAL_STOPPED], 0);
  return G_SOURCE_REMOVE;
}

/**
 * foreman_daemon_hurry:
 * @self: a daemon that is being stopped
 *
 * Cuts what still runs now, and does not wait for clients. Jobs are queued again, so that they do
 * not look as if they had brought the service down. `stopped` follows within half a second.
 */
void
foreman_daemon_hurry (ForemanDaemon *self)
{
  g_clear_handle_id (&self->cut_id, g_source_remove);
  self->cut_id = g_timeout_add (HURRY / 1000, on_hurry_over, self);
  foreman_jobs_service_preempt (self->jobs);
  foreman_server_cut (self->server);
  stop_jobs (self);
}

/**
 * foreman_daemon_get_port:
 * @self: a daemon that runs
 *
 * Returns: the TCP port it listens on; 0 when it has none
 */
guint16
foreman_daemon_get_port (ForemanDaemon *self)
{
  return foreman_listener_get_port (self->listener);
}

/* Only another model makes a difference: the one that is warm is not to be warmed again. */
static void
replace_embedder (ForemanDaemon *self, ForemanConfig *config, ForemanEmbedder *embedder)
{
  const char *old = foreman_config_get_string (self->context.config, FOREMAN_CONFIG_EMBED_MODEL);

  if (g_str_equal (old, foreman_config_get_string (config, FOREMAN_CONFIG_EMBED_MODEL)))
    return;
  if (self->embedder)
    foreman_embedder_stop (self->embedder);
  g_set_object (&self->embedder, embedder);
  run_embedder (self);
}

/**
 * foreman_daemon_apply:
 * @self: a daemon that runs
 * @config: new settings
 * @error: return location for an error
 *
 * Takes over what can change while the service runs: all of it, or nothing. Reads the tokens file.
 *
 * Returns: whether the new settings apply
 */
gboolean
foreman_daemon_apply (ForemanDaemon *self, ForemanConfig *config, GError **error)
{
  ForemanHttpContext *context = &self->context;
  g_autoptr (ForemanAccess) access = make_access (self, config, error);
  g_autoptr (ForemanEmbedder) embedder = NULL;

  if (!access || !make_embedder (self, config, &embedder, error) ||
      !foreman_gate_set_capacity (context->gate,
                                  foreman_config_get_string (config, FOREMAN_CONFIG_CAPACITY),
                                  error))
    return FALSE;
  replace_embedder (self, config, embedder);
  g_set_object (&context->access, access);
  g_set_object (&context->config, config);
  foreman_inventory_set_poll_interval (context->inventory,
                                       foreman_config_get_duration (config,
                                                                    FOREMAN_CONFIG_POLL_INTERVAL));
  foreman_gate_set_limits (context->gate, foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE),
                           foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE_PER_CLIENT));
  foreman_jobs_service_apply (self->jobs);
  apply_timeouts (self);
  foreman_log_set_level (config);
  return TRUE;
}

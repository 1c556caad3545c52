/* SPDX-License-Identifier: MIT */
#include "store/foreman-store.h"

#include <string.h>

#include "libforeman/foreman-error.h"
#include "store/foreman-store-thread-private.h"

/**
 * ForemanStore:
 *
 * Where jobs are kept, so that what was accepted is never lost. All calls are for the main thread,
 * and return at once; one thread of the store's own does the work, in the order of the calls. What
 * comes while it writes goes to disk together.
 */
struct _ForemanStore
{
  GObject parent_instance;

  char *path; /* (owned) */
  ForemanStoreLimits limits;
  ForemanStoreThread *thread; /* (owned) (nullable): none until it is opened first */
  gboolean available;
  char *problem; /* (owned) (nullable) */
  guint64 counts[FOREMAN_N_JOB_STATES];
};

G_DEFINE_FINAL_TYPE (ForemanStore, foreman_store, G_TYPE_OBJECT)

enum
{
  PROP_AVAILABLE = 1,
  N_PROPS
};

enum
{
  CHANGED,
  WANTED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* News of the store thread */

static void
store_set_available (ForemanStore *self, gboolean available, const char *problem)
{
  gboolean had_problem = self->problem != NULL;

  g_free (self->problem);
  self->problem = g_strdup (problem);
  if (available == self->available)
    return;
  self->available = available;
  if (!available && problem != NULL)
    g_warning ("the job store is not available: %s", problem);
  else if (available && had_problem)
    g_message ("the job store is available again");
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AVAILABLE]);
}

static void
on_news (ForemanStoreNews *news, gpointer data)
{
  g_autoptr (ForemanStore) self = g_object_ref (FOREMAN_STORE (data));
  GList *link;

  if (news->trouble != NULL)
    g_warning ("%s", news->trouble);
  if (news->available)
    memcpy (self->counts, news->counts, sizeof self->counts);
  store_set_available (self, news->available, news->problem);
  while ((link = g_queue_pop_head_link (&news->answered)) != NULL)
    foreman_store_request_return (link->data);
  if (news->changed != NULL)
    g_signal_emit (self, signals[CHANGED], 0, news->changed);
  if (news->wanted)
    g_signal_emit (self, signals[WANTED], 0);
}

/* Called by all that ask for something. @request: (transfer full) */
void
foreman_store_send (ForemanStore *self, ForemanStoreRequest *request)
{
  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (request->task),
                                            &request->error))
    foreman_store_request_return (request);
  else if (self->thread != NULL)
    foreman_store_thread_push (self->thread, request);
  else
    {
      g_set_error (&request->error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE,
                   "the job store is not open yet");
      foreman_store_request_return (request);
    }
}

/* The object */

static void
foreman_store_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ForemanStore *self = FOREMAN_STORE (object);

  switch (id)
    {
    case PROP_AVAILABLE:
      g_value_set_boolean (value, self->available);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
foreman_store_finalize (GObject *object)
{
  ForemanStore *self = FOREMAN_STORE (object);

  g_clear_pointer (&self->thread, foreman_store_thread_free);
  g_free (self->problem);
  g_free (self->path);

  G_OBJECT_CLASS (foreman_store_parent_class)->finalize (object);
}

static void
foreman_store_class_init (ForemanStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = foreman_store_get_property;
  object_class->finalize = foreman_store_finalize;

  /**
   * ForemanStore:available:
   *
   * Whether the store can be used now.
   */
  properties[PROP_AVAILABLE] =
      g_param_spec_boolean ("available", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * ForemanStore::changed:
   * @store: the store
   * @jobs: (element-type ForemanJobRecord): each as it was right after a change, in their order
   *
   * Changes of state have been committed; who asked for them has been told already.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_PTR_ARRAY);

  /**
   * ForemanStore::wanted:
   * @store: the store
   *
   * There may be something to claim.
   */
  signals[WANTED] = g_signal_new ("wanted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_store_init (ForemanStore *self)
{
}

/**
 * foreman_store_new:
 * @path: the database's file
 * @limits: what it may take
 *
 * Creates a store that is not open.
 *
 * Returns: (transfer full): a store
 */
ForemanStore *
foreman_store_new (const char *path, const ForemanStoreLimits *limits)
{
  ForemanStore *self;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (limits != NULL, NULL);

  self = g_object_new (FOREMAN_TYPE_STORE, NULL);
  self->path = g_strdup (path);
  self->limits = *limits;
  return self;
}

static gboolean
set_limits (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  database->limits = *(const ForemanStoreLimits *) request->value;
  return TRUE;
}

static void
give_limits (ForemanStore *self, ForemanStoreRequest *request)
{
  request->value = g_memdup2 (&self->limits, sizeof self->limits);
  request->free_value = g_free;
  foreman_store_send (self, request);
}

/**
 * foreman_store_set_limits:
 * @self: a store
 * @limits: what it may take from now on
 *
 * Sets other limits.
 */
void
foreman_store_set_limits (ForemanStore *self, const ForemanStoreLimits *limits)
{
  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (limits != NULL);

  self->limits = *limits;
  if (self->thread != NULL)
    give_limits (self, foreman_store_request_new (self, FOREMAN_STORE_READS, set_limits,
                                                  foreman_store_set_limits, NULL, NULL, NULL));
}

/**
 * foreman_store_open_async:
 * @self: a store
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is open, or cannot be
 * @data: for @callback
 *
 * Opens the database; makes it, with its folder, where there is none, and brings an older one to
 * today's schema. May be tried again after a failure.
 */
void
foreman_store_open_async (ForemanStore *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  g_return_if_fail (FOREMAN_IS_STORE (self));

  if (self->thread == NULL)
    self->thread = foreman_store_thread_new (self->path, on_news, self);
  give_limits (self,
               foreman_store_request_new (self, FOREMAN_STORE_OPENS, NULL, foreman_store_open_async,
                                          cancellable, callback, data));
}

/**
 * foreman_store_open_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_STORE_UNAVAILABLE: not foreman's, of a newer foreman, of
 *   another user, in use, damaged, not writable. The file is then as it was
 *
 * Returns: whether it is open
 */
gboolean
foreman_store_open_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_open_async, error);
}

/**
 * foreman_store_close_async:
 * @self: a store
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is closed
 * @data: for @callback
 *
 * Closes the database after all that was asked before. What is left running then did not crash.
 */
void
foreman_store_close_async (ForemanStore *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  g_return_if_fail (FOREMAN_IS_STORE (self));

  foreman_store_send (self, foreman_store_request_new (self, FOREMAN_STORE_CLOSES, NULL,
                                                       foreman_store_close_async, cancellable,
                                                       callback, data));
}

/**
 * foreman_store_close_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_STORE_UNAVAILABLE if it was never opened
 *
 * Returns: whether it is closed
 */
gboolean
foreman_store_close_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_close_async, error);
}

/**
 * foreman_store_is_available:
 * @self: a store
 *
 * Returns: whether the store can be used now, as far as is known
 */
gboolean
foreman_store_is_available (ForemanStore *self)
{
  g_return_val_if_fail (FOREMAN_IS_STORE (self), FALSE);

  return self->available;
}

/**
 * foreman_store_get_problem:
 * @self: a store
 *
 * Returns: (nullable): one line that says why it is not available; %NULL if it is, or was closed
 */
const char *
foreman_store_get_problem (ForemanStore *self)
{
  g_return_val_if_fail (FOREMAN_IS_STORE (self), NULL);

  return self->problem;
}

/**
 * foreman_store_get_counts:
 * @self: a store
 *
 * Returns: (array fixed-size=9): how many jobs there are in each #ForemanJobState, as of the last
 * commit
 */
const guint64 *
foreman_store_get_counts (ForemanStore *self)
{
  g_return_val_if_fail (FOREMAN_IS_STORE (self), NULL);

  return self->counts;
}

/* SPDX-License-Identifier: MIT */
#include "net/foreman-upstream-private.h"

#include "libforeman/foreman-error.h"

/* Idle connections are kept up to this many, and up to this long. */
#define MAX_IDLE     64
#define MAX_IDLE_AGE (90 * G_TIME_SPAN_SECOND)

#define CONNECT_TIMEOUT (5 * G_TIME_SPAN_SECOND)

/**
 * ForemanUpstream:
 *
 * HTTP/1.1 client for one origin: TCP, unix socket or TLS. It keeps connections that were answered
 * in full for the next requests and bodies in flight in both directions within small windows.
 *
 * It never limits how many requests are under way at once: that is for the gate to do.
 */
struct _ForemanUpstream
{
  GObject parent_instance;

  ForemanReactor *reactor; /* (owned) */
  ForemanOrigin *origin;   /* (owned) */
  gint64 connect_timeout;
  gint64 first_byte_timeout;
  gint64 idle_timeout;

  GQueue idle; /* (owned) (element-type Idle): the one used last is the head */
  ForemanDeadline idle_deadline;
};

enum
{
  REACHED,
  UNREACHABLE,
  BROKEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanUpstream, foreman_upstream, G_TYPE_OBJECT)

typedef struct
{
  GList link;
  ForemanUpstream *upstream;             /* (unowned) */
  ForemanUpstreamConnection *connection; /* (owned) */
  gint64 until;
} Idle;

/* Returns: (transfer full): the connection of @idle, which is freed */
static ForemanUpstreamConnection *
idle_take (Idle *idle)
{
  ForemanUpstream *self = idle->upstream;
  ForemanUpstreamConnection *connection = idle->connection;
  Idle *oldest;

  g_queue_unlink (&self->idle, &idle->link);
  g_free (idle);

  oldest = g_queue_peek_tail (&self->idle);
  foreman_deadline_set (&self->idle_deadline, oldest ? oldest->until : 0);
  return connection;
}

static void
idle_close (Idle *idle)
{
  foreman_upstream_connection_free (idle_take (idle));
}

/* Nothing is asked, so whatever an idle connection has to say is its end. */
static void
idle_ready (guint32 events, gpointer data)
{
  Idle *idle = data;

  if ((events & (EPOLLERR | EPOLLHUP)) || !foreman_upstream_connection_is_quiet (idle->connection))
    idle_close (idle);
}

static void
idle_expired (gpointer data)
{
  ForemanUpstream *self = data;

  idle_close (g_queue_peek_tail (&self->idle));
}

static void
idle_close_all (ForemanUpstream *self)
{
  while (!g_queue_is_empty (&self->idle))
    idle_close (g_queue_peek_head (&self->idle));
}

static void
foreman_upstream_dispose (GObject *object)
{
  ForemanUpstream *self = FOREMAN_UPSTREAM (object);

  idle_close_all (self);
  foreman_deadline_clear (&self->idle_deadline);

  G_OBJECT_CLASS (foreman_upstream_parent_class)->dispose (object);
}

static void
foreman_upstream_finalize (GObject *object)
{
  ForemanUpstream *self = FOREMAN_UPSTREAM (object);

  g_clear_pointer (&self->origin, foreman_origin_unref);
  g_clear_object (&self->reactor);

  G_OBJECT_CLASS (foreman_upstream_parent_class)->finalize (object);
}

static void
foreman_upstream_class_init (ForemanUpstreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = foreman_upstream_dispose;
  object_class->finalize = foreman_upstream_finalize;

  /**
   * ForemanUpstream::reached:
   * @self: a client
   *
   * An answer has begun, whatever its status.
   */
  signals[REACHED] = g_signal_new ("reached", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  /**
   * ForemanUpstream::unreachable:
   * @self: a client
   * @error: why, see foreman_error_is_unreachable()
   *
   * No connection could be made for a request.
   */
  signals[UNREACHABLE] =
      g_signal_new ("unreachable", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 1, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * ForemanUpstream::broken:
   * @self: a client
   * @error: how
   *
   * A connection broke off, before the answer or within it.
   */
  signals[BROKEN] =
      g_signal_new ("broken", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
foreman_upstream_init (ForemanUpstream *self)
{
  g_queue_init (&self->idle);
  self->connect_timeout = CONNECT_TIMEOUT;
}

/**
 * foreman_upstream_new:
 * @reactor: what watches the sockets
 * @url: see foreman_origin_parse()
 * @error: return location for %FOREMAN_ERROR_INVALID_CONFIG
 *
 * Makes a client; nothing is connected yet. Main thread.
 *
 * Returns: (transfer full) (nullable): the client
 */
ForemanUpstream *
foreman_upstream_new (ForemanReactor *reactor, const char *url, GError **error)
{
  g_autoptr (ForemanOrigin) origin = NULL;
  ForemanUpstream *self;

  g_return_val_if_fail (FOREMAN_IS_REACTOR (reactor), NULL);

  origin = foreman_origin_parse (url, error);
  if (!origin)
    return NULL;

  self = g_object_new (FOREMAN_TYPE_UPSTREAM, NULL);
  self->reactor = g_object_ref (reactor);
  self->origin = g_steal_pointer (&origin);
  foreman_deadline_init (&self->idle_deadline, reactor, idle_expired, self);
  return self;
}

/**
 * foreman_upstream_get_origin:
 * @self: a client
 *
 * Returns: (transfer none): where its requests go
 */
ForemanOrigin *
foreman_upstream_get_origin (ForemanUpstream *self)
{
  g_return_val_if_fail (FOREMAN_IS_UPSTREAM (self), NULL);

  return self->origin;
}

/**
 * foreman_upstream_get_n_idle:
 * @self: a client
 *
 * Returns: how many connections are kept for the next requests
 */
guint
foreman_upstream_get_n_idle (ForemanUpstream *self)
{
  g_return_val_if_fail (FOREMAN_IS_UPSTREAM (self), 0);

  return self->idle.length;
}

/**
 * foreman_upstream_set_connect_timeout:
 * @self: a client
 * @timeout: microseconds; the default is 5 seconds
 *
 * How long looking the name up, connecting and the TLS handshake may take together; then the
 * request fails as unreachable. Main thread.
 */
void
foreman_upstream_set_connect_timeout (ForemanUpstream *self, gint64 timeout)
{
  g_return_if_fail (FOREMAN_IS_UPSTREAM (self));
  g_return_if_fail (timeout > 0);

  self->connect_timeout = timeout;
}

/**
 * foreman_upstream_set_first_byte_timeout:
 * @self: a client
 * @timeout: microseconds, or 0 for none, the default
 *
 * How long an answer may take to begin once its request was sent; then the request fails with
 * %FOREMAN_ERROR_TIMEOUT. It holds for requests sent from now on. Main thread.
 */
void
foreman_upstream_set_first_byte_timeout (ForemanUpstream *self, gint64 timeout)
{
  g_return_if_fail (FOREMAN_IS_UPSTREAM (self));
  g_return_if_fail (timeout >= 0);

  self->first_byte_timeout = timeout;
}

/**
 * foreman_upstream_set_idle_timeout:
 * @self: a client
 * @timeout: microseconds, or 0 for none, the default
 *
 * How long an answer that has begun may be silent while somebody wants to read it; then reading
 * fails with %FOREMAN_ERROR_TIMEOUT. It holds for answers that begin from now on. Main thread.
 */
void
foreman_upstream_set_idle_timeout (ForemanUpstream *self, gint64 timeout)
{
  g_return_if_fail (FOREMAN_IS_UPSTREAM (self));
  g_return_if_fail (timeout >= 0);

  self->idle_timeout = timeout;
}

/**
 * foreman_upstream_send_async:
 * @self: a client
 * @request: what to send
 * @cancellable: (nullable): closes the connection at once, wherever the request is
 * @callback: called when the head of the answer is there
 * @data: for @callback
 *
 * Sends @request over an idle connection, or over a new one. It is sent a second time, over a new
 * connection, only when an idle one turned out to be dead before a byte had left. An answer that
 * comes before the request was sent in full ends the sending. Main thread.
 */
void
foreman_upstream_send_async (ForemanUpstream *self,
                             ForemanUpstreamRequest *request,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  GTask *task;

  g_return_if_fail (FOREMAN_IS_UPSTREAM (self));
  g_return_if_fail (request != NULL);

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, foreman_upstream_send_async);
  foreman_upstream_call_start (self, request, task);
}

/**
 * foreman_upstream_send_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location: %FOREMAN_ERROR_CONNECTION (foreman_error_is_unreachable() tells which),
 *   %FOREMAN_ERROR_TIMEOUT, %G_IO_ERROR_CANCELLED; or what the source of the request's body said,
 *   as %FOREMAN_ERROR_INVALID_REQUEST where it was a broken connection
 *
 * Returns: (transfer full) (nullable): the response, its body still to be read
 */
ForemanUpstreamResponse *
foreman_upstream_send_finish (ForemanUpstream *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
foreman_upstream_report_reached (ForemanUpstream *self)
{
  g_signal_emit (self, signals[REACHED], 0);
}

/* Any error that ended a request; those that are not the upstream's fault are not told. */
void
foreman_upstream_report_error (ForemanUpstream *self, const GError *error)
{
  if (!g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION))
    return;
  /* The idle ones may be as dead, and who took one would find out late. */
  idle_close_all (self);
  g_signal_emit (self, signals[foreman_error_is_unreachable (error) ? UNREACHABLE : BROKEN], 0,
                 error);
}

/* Returns: (transfer none): the reactor */
ForemanReactor *
foreman_upstream_get_reactor (ForemanUpstream *self)
{
  return self->reactor;
}

gint64
foreman_upstream_get_connect_timeout (ForemanUpstream *self)
{
  return self->connect_timeout;
}

gint64
foreman_upstream_get_first_byte_timeout (ForemanUpstream *self)
{
  return self->first_byte_timeout;
}

gint64
foreman_upstream_get_idle_timeout (ForemanUpstream *self)
{
  return self->idle_timeout;
}

/* Returns: (transfer full) (nullable): a connection that was alive a moment ago */
ForemanUpstreamConnection *
foreman_upstream_take_idle (ForemanUpstream *self)
{
  while (!g_queue_is_empty (&self->idle))
    {
      g_autoptr (ForemanUpstreamConnection) connection =
          idle_take (g_queue_peek_head (&self->idle));

      /* Its end may have come while the main loop was busy. */
      if (foreman_upstream_connection_is_quiet (connection))
        return g_steal_pointer (&connection);
    }
  return NULL;
}

/* @connection: (transfer full): its last response was read to the end and nothing followed */
void
foreman_upstream_give_back (ForemanUpstream *self, ForemanUpstreamConnection *connection)
{
  Idle *idle = g_new0 (Idle, 1);

  if (self->idle.length >= MAX_IDLE)
    idle_close (g_queue_peek_tail (&self->idle));

  idle->link.data = idle;
  idle->upstream = self;
  idle->connection = connection;
  idle->until = g_get_monotonic_time () + MAX_IDLE_AGE;
  g_queue_push_head_link (&self->idle, &idle->link);
  if (self->idle.length == 1)
    foreman_deadline_set (&self->idle_deadline, idle->until);
  /* What calls and responses wait for, too, so that a change of hands costs no epoll_ctl(). */
  foreman_upstream_connection_watch (connection, EPOLLIN, idle_ready, idle);
}

/* SPDX-License-Identifier: MIT */
#include "net/foreman-upstream-connection.h"

#include "libforeman/foreman-error.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* A peer that stopped answering is given up after this long, in seconds. While a streamed body
 * goes out a peer may be alive and yet take nothing, because its disk is busy: there it is longer,
 * since the kernel counts a window that stays closed as silence. */
#define DEAD_PEER_TIMEOUT         30
#define DEAD_PEER_PATIENT_TIMEOUT (5 * 60)

struct _ForemanUpstreamConnection
{
  ForemanReactor *reactor; /* (owned) */
  ForemanOrigin *origin;   /* (owned) */
  GSocketConnection *base; /* (owned) */
  GIOStream *tls;          /* (owned) (nullable) */
  int fd;                  /* (unowned): base's */

  ForemanWatch *watch; /* (owned) (nullable): NULL until it is needed */
  ForemanWatchFunc func;
  gpointer data;
};

static void
set_option (int fd, int level, int option, int value)
{
  /* Fails on unix sockets, which need none of them. */
  setsockopt (fd, level, option, &value, sizeof value);
}

static ForemanUpstreamConnection *
connection_new (ForemanReactor *reactor, ForemanOrigin *origin, GSocketConnection *base)
{
  ForemanUpstreamConnection *self = g_new0 (ForemanUpstreamConnection, 1);

  self->reactor = g_object_ref (reactor);
  self->origin = foreman_origin_ref (origin);
  self->base = base;
  self->fd = g_socket_get_fd (g_socket_connection_get_socket (base));

  set_option (self->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option (self->fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option (self->fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_option (self->fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option (self->fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option (self->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, DEAD_PEER_TIMEOUT * 1000);

  return self;
}

/**
 * foreman_upstream_connection_free:
 * @self: (transfer full): a connection
 *
 * Closes it at once. Main thread.
 */
void
foreman_upstream_connection_free (ForemanUpstreamConnection *self)
{
  g_return_if_fail (self != NULL);

  foreman_upstream_connection_unwatch (self);
  /* The socket goes first: closing a TLS stream sends a farewell, which could block. */
  g_socket_close (g_socket_connection_get_socket (self->base), NULL);
  g_clear_object (&self->tls);
  g_object_unref (self->base);
  foreman_origin_unref (self->origin);
  g_object_unref (self->reactor);
  g_free (self);
}

typedef struct
{
  ForemanReactor *reactor;               /* (owned) */
  ForemanOrigin *origin;                 /* (owned) */
  ForemanUpstreamConnection *connection; /* (owned) (nullable): connected, TLS not yet ready */
} Opening;

static void
opening_free (Opening *opening)
{
  g_clear_pointer (&opening->connection, foreman_upstream_connection_free);
  foreman_origin_unref (opening->origin);
  g_object_unref (opening->reactor);
  g_free (opening);
}

/* Returns: (transfer full): @error as it is shown, with what to do about it */
static GError *
explain (ForemanOrigin *origin, const GError *error)
{
  const char *why = error->message;
  const char *hint = "is the address right?";

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      why = error->code == G_IO_ERROR_NOT_FOUND ? "No such socket" : "Connection refused";
      hint = "is it running?";
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES))
    /* That is about this process, and says nothing about Ollama. */
    return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                        "cannot connect to Ollama at %s: %s; raise the limit of open files",
                        foreman_origin_get_display_name (origin), why);
  else if (error->domain == G_RESOLVER_ERROR)
    hint = "is the name right?";
  else if (error->domain == G_TLS_ERROR)
    hint = "does it speak TLS, with a certificate that this machine trusts?";

  return foreman_error_new_unreachable ("cannot reach Ollama at %s: %s; %s (FOREMAN_OLLAMA_URL)",
                                        foreman_origin_get_display_name (origin), why, hint);
}

/* @error: (transfer full) */
static void
return_failure (GTask *task, GError *error)
{
  Opening *opening = g_task_get_task_data (task);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_return_error (task, explain (opening->origin, error));
  g_error_free (error);
}

static void
return_connection (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);

  g_task_return_pointer (task, g_steal_pointer (&opening->connection),
                         (GDestroyNotify) foreman_upstream_connection_free);
}

static void
handshake_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error))
    return_connection (task);
  else
    return_failure (task, error);
}

static void
connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;
  GSocketConnection *base =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (!base)
    {
      return_failure (task, error);
      return;
    }
  opening->connection = connection_new (opening->reactor, opening->origin, base);
  if (!foreman_origin_is_tls (opening->origin))
    {
      return_connection (task);
      return;
    }

  opening->connection->tls =
      g_tls_client_connection_new (G_IO_STREAM (base), foreman_origin_get_address (opening->origin),
                                   &error);
  if (!opening->connection->tls)
    {
      return_failure (task, error);
      return;
    }
  g_tls_connection_handshake_async (G_TLS_CONNECTION (opening->connection->tls), G_PRIORITY_DEFAULT,
                                    cancellable, handshake_done, g_steal_pointer (&task));
}

/**
 * foreman_upstream_connection_open_async:
 * @reactor: what will watch the socket
 * @origin: where to connect to
 * @cancellable: (nullable): closes what is half open
 * @callback: called when the connection is ready for requests, its TLS handshake done
 * @data: for @callback
 *
 * Looks the name up, connects and does the TLS handshake. There is no deadline but @cancellable.
 * Main thread.
 */
void
foreman_upstream_connection_open_async (ForemanReactor *reactor,
                                        ForemanOrigin *origin,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer data)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Opening *opening = g_new0 (Opening, 1);

  g_task_set_source_tag (task, foreman_upstream_connection_open_async);
  /* A connection that is there is given back in any case: its owner may have use for it. */
  g_task_set_check_cancellable (task, FALSE);
  opening->reactor = g_object_ref (reactor);
  opening->origin = foreman_origin_ref (origin);
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, foreman_origin_get_address (origin), cancellable,
                                 connected, task);
}

/**
 * foreman_upstream_connection_open_finish:
 * @result: what the callback was given
 * @error: return location: an unreachable %FOREMAN_ERROR_CONNECTION (see
 *   foreman_error_is_unreachable()), or %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the connection, not yet watched
 */
ForemanUpstreamConnection *
foreman_upstream_connection_open_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ready (guint32 events, gpointer data)
{
  ForemanUpstreamConnection *self = data;

  self->func (events, self->data);
}

/**
 * foreman_upstream_connection_watch:
 * @self: a connection
 * @events: `EPOLL*` bits
 * @func: (scope notified): called while one of them holds; takes the place of an earlier one
 * @data: for @func
 *
 * Hands the connection to whoever serves it from now on. Main thread.
 */
void
foreman_upstream_connection_watch (ForemanUpstreamConnection *self,
                                   guint32 events,
                                   ForemanWatchFunc func,
                                   gpointer data)
{
  self->func = func;
  self->data = data;
  if (self->watch)
    foreman_watch_set_events (self->watch, events);
  else
    self->watch = foreman_reactor_watch (self->reactor, self->fd, events, ready, self);
}

/**
 * foreman_upstream_connection_set_events:
 * @self: a connection
 * @events: `EPOLL*` bits
 *
 * Changes what is waited for; nothing happens when nothing is watched. Main thread.
 */
void
foreman_upstream_connection_set_events (ForemanUpstreamConnection *self, guint32 events)
{
  if (self->watch)
    foreman_watch_set_events (self->watch, events);
}

/**
 * foreman_upstream_connection_unwatch:
 * @self: a connection
 *
 * Stops watching: what a broken socket reports cannot be switched off otherwise. Main thread.
 */
void
foreman_upstream_connection_unwatch (ForemanUpstreamConnection *self)
{
  g_clear_pointer (&self->watch, foreman_watch_free);
}

/**
 * foreman_upstream_connection_new_error:
 * @self: a connection
 * @what: what Ollama did, such as "closed the connection in the middle of its answer"
 *
 * Returns: (transfer full): a %FOREMAN_ERROR_CONNECTION that says so
 */
GError *
foreman_upstream_connection_new_error (ForemanUpstreamConnection *self, const char *what)
{
  return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                      "Ollama at %s %s; its log may say why",
                      foreman_origin_get_display_name (self->origin), what);
}

static gssize
fail (ForemanUpstreamConnection *self, const char *why, GError **error)
{
  g_autofree char *what = g_strdup_printf ("broke the connection off: %s", why);

  g_propagate_error (error, foreman_upstream_connection_new_error (self, what));
  return FOREMAN_IO_FAILED;
}

/* @why: (transfer full): from a TLS stream */
static gssize
tls_result (ForemanUpstreamConnection *self, GError *why, GError **error)
{
  g_autoptr (GError) owned = why;

  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return FOREMAN_IO_WOULD_BLOCK;
  return fail (self, why->message, error);
}

/**
 * foreman_upstream_connection_read:
 * @self: a connection
 * @buffer: (out) (array length=length): where to
 * @length: its size in bytes
 * @error: return location for %FOREMAN_ERROR_CONNECTION
 *
 * Reads what is there. Main thread.
 *
 * Returns: a number of bytes, 0 at the end of the stream, `FOREMAN_IO_WOULD_BLOCK`, or
 *   `FOREMAN_IO_FAILED` with @error
 */
gssize
foreman_upstream_connection_read (ForemanUpstreamConnection *self,
                                  guint8 *buffer,
                                  gsize length,
                                  GError **error)
{
  gssize n;

  if (self->tls)
    {
      GPollableInputStream *stream =
          G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->tls));
      GError *why = NULL;

      n = g_pollable_input_stream_read_nonblocking (stream, buffer, length, NULL, &why);
      return n >= 0 ? n : tls_result (self, why, error);
    }

  do
    n = recv (self->fd, buffer, length, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n >= 0)
    return n;
  return errno == EAGAIN ? FOREMAN_IO_WOULD_BLOCK : fail (self, g_strerror (errno), error);
}

static gssize
tls_write (ForemanUpstreamConnection *self,
           const GOutputVector *vectors,
           guint n_vectors,
           GError **error)
{
  GPollableOutputStream *stream =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->tls));
  gssize written = 0;

  for (guint i = 0; i < n_vectors; i++)
    {
      GError *why = NULL;
      gssize n;

      if (vectors[i].size == 0)
        continue;
      n = g_pollable_output_stream_write_nonblocking (stream, vectors[i].buffer, vectors[i].size,
                                                      NULL, &why);
      if (n < 0)
        {
          n = tls_result (self, why, written > 0 ? NULL : error);
          return written > 0 ? written : n;
        }
      written += n;
      if ((gsize) n < vectors[i].size)
        break;
    }
  return written;
}

/**
 * foreman_upstream_connection_write:
 * @self: a connection
 * @vectors: (array length=n_vectors): what to send; after `FOREMAN_IO_WOULD_BLOCK` the same bytes
 *   have to be offered again, from the same memory (TLS insists)
 * @n_vectors: how many
 * @error: return location for %FOREMAN_ERROR_CONNECTION
 *
 * Sends what the socket takes now. Main thread.
 *
 * Returns: a number of bytes, `FOREMAN_IO_WOULD_BLOCK`, or `FOREMAN_IO_FAILED` with @error
 */
gssize
foreman_upstream_connection_write (ForemanUpstreamConnection *self,
                                   const GOutputVector *vectors,
                                   guint n_vectors,
                                   GError **error)
{
  /* GOutputVector is made to be a struct iovec. */
  struct msghdr message = { .msg_iov = (struct iovec *) vectors, .msg_iovlen = n_vectors };
  gssize n;

  G_STATIC_ASSERT (sizeof (GOutputVector) == sizeof (struct iovec));

  if (self->tls)
    return tls_write (self, vectors, n_vectors, error);

  do
    n = sendmsg (self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n >= 0)
    return n;
  return errno == EAGAIN ? FOREMAN_IO_WOULD_BLOCK : fail (self, g_strerror (errno), error);
}

/**
 * foreman_upstream_connection_is_quiet:
 * @self: a connection between two requests
 *
 * Whether it can carry another request: it is not closed, and nothing came that nobody asked for.
 * Main thread.
 *
 * Returns: %TRUE if so
 */
gboolean
foreman_upstream_connection_is_quiet (ForemanUpstreamConnection *self)
{
  guint8 byte;

  /* A TLS socket may hold records that are no data, such as session tickets: reading eats them. */
  if (self->tls)
    return foreman_upstream_connection_read (self, &byte, 1, NULL) == FOREMAN_IO_WOULD_BLOCK;
  return recv (self->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

/**
 * foreman_upstream_connection_reads_ahead:
 * @self: a connection
 *
 * Whether bytes can be there to read although the socket has none: with TLS, after a read that did
 * not end with `FOREMAN_IO_WOULD_BLOCK`.
 *
 * Returns: %TRUE if it has to be read until it would block before it is waited for
 */
gboolean
foreman_upstream_connection_reads_ahead (ForemanUpstreamConnection *self)
{
  return self->tls != NULL;
}

/**
 * foreman_upstream_connection_set_patient:
 * @self: a connection
 * @patient: whether a streamed body goes out
 *
 * Bears with a peer that is alive but takes nothing for minutes. Main thread.
 */
void
foreman_upstream_connection_set_patient (ForemanUpstreamConnection *self, gboolean patient)
{
  set_option (self->fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
              (patient ? DEAD_PEER_PATIENT_TIMEOUT : DEAD_PEER_TIMEOUT) * 1000);
}

/* SPDX-License-Identifier: MIT */
#include "net/foreman-upstream-connection.h"

#include "libforeman/foreman-error.h"
#include "net/foreman-tcp.h"

#include <errno.h>
#include <sys/socket.h>

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

/**
 * foreman_upstream_connection_new:
 * @reactor: what will watch the socket
 * @origin: where it is connected to
 * @base: (transfer full): the connected socket
 * @tls: (transfer full) (nullable): the stream over @base, shaken hands
 *
 * Returns: (transfer full): the connection, not yet watched
 */
ForemanUpstreamConnection *
foreman_upstream_connection_new (ForemanReactor *reactor,
                                 ForemanOrigin *origin,
                                 GSocketConnection *base,
                                 GIOStream *tls)
{
  ForemanUpstreamConnection *self = g_new0 (ForemanUpstreamConnection, 1);

  self->reactor = g_object_ref (reactor);
  self->origin = foreman_origin_ref (origin);
  self->base = base;
  self->tls = tls;
  self->fd = g_socket_get_fd (g_socket_connection_get_socket (base));
  foreman_tcp_set_keepalive (self->fd);
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
 * foreman_upstream_connection_looks_dead:
 * @self: a connection
 *
 * See foreman_tcp_looks_dead().
 *
 * Returns: %TRUE if what was sent is not even acknowledged
 */
gboolean
foreman_upstream_connection_looks_dead (ForemanUpstreamConnection *self)
{
  return foreman_tcp_looks_dead (self->fd);
}

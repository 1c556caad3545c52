/* SPDX-License-Identifier: MIT */
#include "net/foreman-connection.h"

#include "net/foreman-connection-private.h"

#include <sys/socket.h>

/* As much as a cork holds: less than any window, so that who stops writing at its window's end has
 * been held up by the client, and hears of it when that reads. */
#define CORK_SIZE (32 * 1024)

/**
 * ForemanConnection:
 *
 * One accepted client: HTTP/1.1 message framing, and nothing of what the messages mean.
 *
 * Each request head is validated before anybody sees it, its body is decoded when somebody reads
 * it (a connection is the [iface@ByteSource] of its current request's body), and nothing of the
 * next request is looked at before the answer is finished. The owner writes the answer with its
 * own head and framing, then calls foreman_connection_finish().
 *
 * Signals come from the main loop only, never from within a method. Every method may be called from
 * every handler, and does nothing after the end. The owner keeps a reference until
 * [signal@Connection::closed], or drops it earlier: that closes, too, without a signal.
 *
 * A client that closes, resets or half-closes while its request is under way has hung up, whether
 * its body has been read or not. A slow one is never cut; one that is dead is noticed after about
 * half a minute, by keepalive or by what it does not acknowledge.
 */

enum
{
  REQUEST,
  REJECTED,
  DRAINED,
  HUNG_UP,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE (ForemanConnection,
                               foreman_connection,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (FOREMAN_TYPE_BYTE_SOURCE,
                                                      foreman_connection_byte_source_init))

static void
foreman_connection_dispose (GObject *object)
{
  ForemanConnection *self = FOREMAN_CONNECTION (object);

  foreman_connection_shut (self);
  g_clear_pointer (&self->head, foreman_head_unref);
  g_clear_error (&self->body_error);
  g_clear_object (&self->peer);
  g_clear_object (&self->local);
  g_clear_object (&self->reactor);

  G_OBJECT_CLASS (foreman_connection_parent_class)->dispose (object);
}

static guint
add_signal (const char *name, GType parameter)
{
  if (parameter == G_TYPE_NONE)
    return g_signal_new (name, FOREMAN_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                         G_TYPE_NONE, 0);
  return g_signal_new (name, FOREMAN_TYPE_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 1, parameter | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
foreman_connection_class_init (ForemanConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_connection_dispose;

  /**
   * ForemanConnection::request:
   * @self: a connection
   * @head: its valid head; take a reference to keep it beyond foreman_connection_finish()
   *
   * A request waits for its answer. What is written within the handler goes out in one piece.
   */
  signals[REQUEST] = add_signal ("request", FOREMAN_TYPE_HEAD);

  /**
   * ForemanConnection::rejected:
   * @self: a connection
   * @error: %FOREMAN_ERROR_INVALID_REQUEST or %FOREMAN_ERROR_TOO_LARGE
   *
   * A request's head is refused. The owner writes an answer that says so, with
   * `Connection: close`, and finishes; nothing else is read from this client.
   */
  signals[REJECTED] = add_signal ("rejected", G_TYPE_ERROR);

  /**
   * ForemanConnection::drained:
   * @self: a connection
   *
   * foreman_connection_get_unsent() fell to 0 after something had to wait.
   */
  signals[DRAINED] = add_signal ("drained", G_TYPE_NONE);

  /**
   * ForemanConnection::hung-up:
   * @self: a connection
   *
   * The client has left, or is dead, before its answer was with the kernel. The connection is
   * closed already.
   */
  signals[HUNG_UP] = add_signal ("hung-up", G_TYPE_NONE);

  /**
   * ForemanConnection::closed:
   * @self: a connection
   *
   * The connection is at its end, for whatever reason. Emitted once, after all else.
   */
  signals[CLOSED] = add_signal ("closed", G_TYPE_NONE);
}

static void
foreman_connection_init (ForemanConnection *self)
{
  self->fd = -1;
}

/**
 * foreman_connection_new:
 * @reactor: what watches the socket
 * @fd: (transfer full): a connected stream socket, non-blocking
 * @peer: (nullable): its other end's address
 * @limits: how long the client may take; copied
 *
 * Makes a connection of a socket. Main thread.
 *
 * Returns: (transfer full): a connection, which reads nothing before foreman_connection_start()
 */
ForemanConnection *
foreman_connection_new (ForemanReactor *reactor,
                        int fd,
                        GSocketAddress *peer,
                        const ForemanConnectionLimits *limits)
{
  ForemanConnection *self;

  g_return_val_if_fail (FOREMAN_IS_REACTOR (reactor), NULL);
  g_return_val_if_fail (fd >= 0, NULL);
  g_return_val_if_fail (limits != NULL, NULL);

  self = g_object_new (FOREMAN_TYPE_CONNECTION, NULL);
  self->reactor = g_object_ref (reactor);
  self->fd = fd;
  g_set_object (&self->peer, peer);
  self->limits = *limits;
  foreman_deadline_init (&self->deadline, reactor, foreman_connection_on_deadline, self);
  foreman_deadline_init (&self->soon, reactor, foreman_connection_on_soon, self);
  return self;
}

/**
 * foreman_connection_start:
 * @self: a new connection, its signals connected
 *
 * Begins to wait for requests. Main thread.
 */
void
foreman_connection_start (ForemanConnection *self)
{
  g_return_if_fail (FOREMAN_IS_CONNECTION (self));
  g_return_if_fail (self->watch == NULL && self->fd >= 0);

  self->events = EPOLLIN | EPOLLRDHUP;
  self->watch = foreman_reactor_watch (self->reactor, self->fd, self->events,
                                       foreman_connection_on_watch, self);
  self->idle_since = g_get_monotonic_time ();
  foreman_connection_update (self);
}

/**
 * foreman_connection_get_peer:
 * @self: a connection
 *
 * The address of the client's end.
 *
 * Returns: (transfer none) (nullable): what the connection was made with
 */
GSocketAddress *
foreman_connection_get_peer (ForemanConnection *self)
{
  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), NULL);

  return self->peer;
}

/**
 * foreman_connection_get_local:
 * @self: a connection
 *
 * The address of this end: what the client has connected to.
 *
 * Returns: (transfer none) (nullable): an address, or %NULL if it was not asked for before the end
 */
GSocketAddress *
foreman_connection_get_local (ForemanConnection *self)
{
  struct sockaddr_storage native;
  socklen_t length = sizeof native;

  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), NULL);

  if (self->local == NULL && self->fd >= 0 &&
      getsockname (self->fd, (struct sockaddr *) &native, &length) == 0)
    self->local = g_socket_address_new_from_native (&native, length);
  return self->local;
}

/**
 * foreman_connection_get_peer_uid:
 * @self: a connection
 *
 * Who is at the other end of a unix socket. Main thread.
 *
 * Returns: a user id, or -1 if that is not known
 */
gint64
foreman_connection_get_peer_uid (ForemanConnection *self)
{
  struct ucred credentials;
  socklen_t length = sizeof credentials;

  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), -1);

  if (self->fd < 0 || !G_IS_UNIX_SOCKET_ADDRESS (self->peer) ||
      getsockopt (self->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
    return -1;
  return credentials.uid;
}

/**
 * foreman_connection_get_head:
 * @self: a connection
 *
 * The head of the request under way.
 *
 * Returns: (transfer none) (nullable): the head, or %NULL while there is no request, or a refused
 *   one
 */
ForemanHead *
foreman_connection_get_head (ForemanConnection *self)
{
  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), NULL);

  return self->head;
}

/**
 * foreman_connection_is_idle:
 * @self: a connection
 *
 * Whether nothing of a request is here.
 *
 * Returns: %TRUE if the connection could be closed without anybody missing anything
 */
gboolean
foreman_connection_is_idle (ForemanConnection *self)
{
  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), FALSE);

  return self->state == STATE_IDLE && !foreman_connection_has_stash (self);
}

/**
 * foreman_connection_is_lost:
 * @self: a connection
 *
 * Whether the client is known to have left, although [signal@Connection::hung-up] may still have to
 * be emitted: who reads its body can hear of it before.
 *
 * Returns: %TRUE if nothing that is written reaches anybody
 */
gboolean
foreman_connection_is_lost (ForemanConnection *self)
{
  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), TRUE);

  return self->broken || self->state == STATE_CLOSED;
}

/**
 * foreman_connection_get_idle_since:
 * @self: a connection
 *
 * When the last request ended, or the connection started.
 *
 * Returns: a monotonic time in µs; only of use while foreman_connection_is_idle()
 */
gint64
foreman_connection_get_idle_since (ForemanConnection *self)
{
  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), 0);

  return self->idle_since;
}

/**
 * foreman_connection_get_unsent:
 * @self: a connection
 *
 * How much was written that the kernel did not take yet. Who writes as fast as somebody else
 * delivers stops at some size and goes on after [signal@Connection::drained].
 *
 * Returns: a number of bytes
 */
gsize
foreman_connection_get_unsent (ForemanConnection *self)
{
  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), 0);

  return foreman_output_get_size (&self->output);
}

/**
 * foreman_connection_can_keep_alive:
 * @self: a connection
 *
 * Whether the connection could go on if the answer were finished now: the client wants it, nobody
 * has asked for its end, and what was not read of the body can be read away. To be asked when the
 * answer's head is written; when it is %FALSE that should say `Connection: close`.
 *
 * Returns: %TRUE if it can go on
 */
gboolean
foreman_connection_can_keep_alive (ForemanConnection *self)
{
  g_return_val_if_fail (FOREMAN_IS_CONNECTION (self), FALSE);

  return self->state == STATE_REQUEST && self->head != NULL && !self->draining &&
         self->body_error == NULL && !self->owes_continue &&
         foreman_head_keeps_alive (self->head) &&
         foreman_body_decoder_get_remaining (&self->decoder) <= FOREMAN_CONNECTION_MAX_DISCARD;
}

static gboolean
can_write (ForemanConnection *self)
{
  if (self->state == STATE_CLOSED || self->broken)
    return FALSE;
  g_return_val_if_fail (self->state == STATE_REQUEST, FALSE);
  self->answering = TRUE;
  return TRUE;
}

/* Whether what is written now has to wait. */
static gboolean
holds_back (ForemanConnection *self, gsize length)
{
  return self->blocked ||
         (self->cork > 0 && foreman_output_get_size (&self->output) + length <= CORK_SIZE);
}

/**
 * foreman_connection_write:
 * @self: a connection with a request under way
 * @data: bytes of the answer, framing and all
 * @length: how many
 *
 * Sends what the kernel takes now; the rest, which is copied, follows. Main thread.
 */
void
foreman_connection_write (ForemanConnection *self, const void *data, gsize length)
{
  g_return_if_fail (FOREMAN_IS_CONNECTION (self));
  g_return_if_fail (data != NULL || length == 0);

  if (!can_write (self))
    return;
  if (holds_back (self, length))
    foreman_output_append (&self->output, data, length);
  else
    foreman_connection_take_result (self,
                                    foreman_output_send (&self->output, self->fd, data, length));
}

/**
 * foreman_connection_write_bytes:
 * @self: a connection with a request under way
 * @bytes: bytes of the answer, framing and all
 *
 * As foreman_connection_write(), but what has to wait is kept rather than copied. Main thread.
 */
void
foreman_connection_write_bytes (ForemanConnection *self, GBytes *bytes)
{
  g_return_if_fail (FOREMAN_IS_CONNECTION (self));
  g_return_if_fail (bytes != NULL);

  if (!can_write (self))
    return;
  foreman_output_append_bytes (&self->output, bytes);
  if (!holds_back (self, 0))
    foreman_connection_take_result (self, foreman_output_flush (&self->output, self->fd));
}

/**
 * foreman_connection_cork:
 * @self: a connection
 *
 * Holds back what is written, up to 32 KiB, until as many calls of foreman_connection_uncork(), so
 * that several pieces go out in one. Main thread.
 */
void
foreman_connection_cork (ForemanConnection *self)
{
  g_return_if_fail (FOREMAN_IS_CONNECTION (self));

  self->cork++;
}

/**
 * foreman_connection_uncork:
 * @self: a connection
 *
 * Ends what foreman_connection_cork() began. Main thread.
 */
void
foreman_connection_uncork (ForemanConnection *self)
{
  g_return_if_fail (FOREMAN_IS_CONNECTION (self));
  g_return_if_fail (self->cork > 0);

  if (--self->cork > 0 || self->state == STATE_CLOSED || self->broken)
    return;
  if (self->state == STATE_FINISHING)
    foreman_connection_step (self);
  else if (!self->blocked)
    foreman_connection_take_result (self, foreman_output_flush (&self->output, self->fd));
}

/**
 * foreman_connection_finish:
 * @self: a connection with a request under way
 * @keep_alive: whether another request may follow
 *
 * The answer is whole. What waits of it is sent, what was not read of the request's body is read
 * away (up to 256 KiB), and the next request is served, or the connection is closed in a way that
 * lets the client read the answer: that also happens where foreman_connection_can_keep_alive()
 * says so, or when somebody still waits for the body. The head is let go. Main thread.
 */
void
foreman_connection_finish (ForemanConnection *self, gboolean keep_alive)
{
  g_return_if_fail (FOREMAN_IS_CONNECTION (self));

  if (self->state == STATE_CLOSED)
    return;
  g_return_if_fail (self->state == STATE_REQUEST);

  self->keep = keep_alive && !self->wanted && foreman_connection_can_keep_alive (self);
  self->state = STATE_FINISHING;
  self->waiting_since = g_get_monotonic_time ();
  if (foreman_connection_has_stash (self))
    foreman_connection_discard (self);
  foreman_connection_step (self);
}

/**
 * foreman_connection_abort:
 * @self: a connection
 *
 * Ends the connection at once and drops what was not sent; TCP tells the client by a reset, so that
 * it cannot take half an answer for a whole one. Main thread.
 */
void
foreman_connection_abort (ForemanConnection *self)
{
  static const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

  g_return_if_fail (FOREMAN_IS_CONNECTION (self));

  if (self->state == STATE_CLOSED)
    return;
  (void) setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  foreman_connection_shut (self);
  foreman_connection_schedule (self);
}

/**
 * foreman_connection_close_when_idle:
 * @self: a connection
 *
 * Lets no further request in: closes now, or after the answer under way. Main thread.
 */
void
foreman_connection_close_when_idle (ForemanConnection *self)
{
  g_return_if_fail (FOREMAN_IS_CONNECTION (self));

  self->draining = TRUE;
  if (!foreman_connection_is_idle (self))
    return;
  foreman_connection_shut (self);
  foreman_connection_schedule (self);
}

void
foreman_connection_emit_request (ForemanConnection *self)
{
  g_signal_emit (self, signals[REQUEST], 0, self->head);
}

void
foreman_connection_emit_rejected (ForemanConnection *self, const GError *error)
{
  g_signal_emit (self, signals[REJECTED], 0, error);
}

void
foreman_connection_emit_drained (ForemanConnection *self)
{
  g_signal_emit (self, signals[DRAINED], 0);
}

void
foreman_connection_emit_hung_up (ForemanConnection *self)
{
  g_signal_emit (self, signals[HUNG_UP], 0);
}

void
foreman_connection_emit_closed (ForemanConnection *self)
{
  g_signal_emit (self, signals[CLOSED], 0);
}

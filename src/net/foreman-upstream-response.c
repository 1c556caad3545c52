/* SPDX-License-Identifier: MIT */
#include "net/foreman-upstream-private.h"

#include "libforeman/foreman-error.h"
#include "net/foreman-body-decoder.h"

#include <string.h>

/* As often as one turn of the main loop hands bytes to a reader before others have their turn. */
#define TURN 4

/* As many bytes as a reader that never stops is given at a turn. */
#define TURN_BYTES (256 * 1024)

/**
 * ForemanUpstreamResponse:
 *
 * The answer to a request: its head, and its body as a [iface@ByteSource].
 *
 * Bytes are read from the socket straight into the reader's buffer and their framing is taken off
 * in place; nothing is read ahead of the reader, so that a slow one slows the sender down. When the
 * body has been read to its end the connection goes back to its client for the next request; when
 * the last reference goes before, or on foreman_upstream_response_close(), it is closed, by which
 * Ollama learns that nobody wants the rest.
 *
 * A body that ends before its framing says so is an error, never an end.
 */
struct _ForemanUpstreamResponse
{
  GObject parent_instance;

  ForemanUpstream *upstream; /* (owned) */
  ForemanUpstreamConnection
      *connection;   /* (owned) (nullable): NULL when complete, failed, closed */
  ForemanHead *head; /* (owned) */
  ForemanBodyDecoder decoder;
  gboolean reusable;
  GBytes *leftover; /* (owned) (nullable): came together with the head */

  gboolean wanted;
  gboolean emitting;
  gsize budget;       /* bytes left of this turn's */
  gboolean drained;   /* the socket has no more for now: it tells when it has */
  gboolean lost;      /* the socket is broken and watched no more, but may hold bytes */
  gboolean announced; /* the reader was given the end, or the error */
  GError *error;      /* (owned) (nullable) */

  ForemanDeadline turn; /* emits "readable" at the next turn of the main loop */
  ForemanDeadline silence;
};

static void foreman_upstream_response_byte_source_init (ForemanByteSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ForemanUpstreamResponse,
                               foreman_upstream_response,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (FOREMAN_TYPE_BYTE_SOURCE,
                                                      foreman_upstream_response_byte_source_init))

static void
drop_connection (ForemanUpstreamResponse *self)
{
  foreman_deadline_clear (&self->silence);
  g_clear_pointer (&self->leftover, g_bytes_unref);
  g_clear_pointer (&self->connection, foreman_upstream_connection_free);
}

/* @error: (transfer full) */
static void
fail (ForemanUpstreamResponse *self, GError *error)
{
  drop_connection (self);
  self->error = error;
  foreman_upstream_report_error (self->upstream, error);
}

static void
complete (ForemanUpstreamResponse *self)
{
  if (self->reusable && !self->lost)
    foreman_upstream_give_back (self->upstream, g_steal_pointer (&self->connection));
  drop_connection (self);
}

/* Whether read() has something to tell that no event of the socket will announce. */
static gboolean
has_news (ForemanUpstreamResponse *self)
{
  if (!self->connection)
    return !self->announced;
  return self->leftover ||
         (!self->drained &&
          (self->lost || foreman_upstream_connection_reads_ahead (self->connection)));
}

static void socket_ready (guint32 events, gpointer data);

/* Waits for what the reader waits for. Input that is not wanted now is only switched off when some
 * comes: most often none does until it is wanted again. */
static void
update (ForemanUpstreamResponse *self)
{
  if (self->emitting)
    return;
  if (self->connection && self->lost && self->drained)
    {
      /* Not so broken after all. */
      self->lost = FALSE;
      foreman_upstream_connection_watch (self->connection, 0, socket_ready, self);
    }
  foreman_deadline_set (&self->turn, self->wanted && has_news (self) ? 1 : 0);
  if (self->connection && self->wanted)
    foreman_upstream_connection_set_events (self->connection, EPOLLIN);
}

static void
emit (ForemanUpstreamResponse *self)
{
  g_autoptr (ForemanUpstreamResponse) alive = g_object_ref (self);

  self->emitting = TRUE;
  self->budget = TURN_BYTES;
  for (guint i = 0; i < TURN && self->wanted && (i == 0 || has_news (self)); i++)
    foreman_byte_source_emit_readable (FOREMAN_BYTE_SOURCE (self));
  self->emitting = FALSE;
  update (self);
}

static void
turn_came (gpointer data)
{
  emit (data);
}

static void
socket_ready (guint32 events, gpointer data)
{
  ForemanUpstreamResponse *self = data;

  self->drained = FALSE;
  if (self->wanted)
    emit (self);
  else if (events & (EPOLLERR | EPOLLHUP))
    {
      /* Broken while nobody reads. It would go on telling us; reading will tell the reader. */
      self->lost = TRUE;
      foreman_upstream_connection_unwatch (self->connection);
    }
  else
    foreman_upstream_connection_set_events (self->connection, 0);
}

static void
restart_silence (ForemanUpstreamResponse *self)
{
  gint64 timeout = foreman_upstream_get_idle_timeout (self->upstream);

  if (timeout > 0 && self->connection)
    foreman_deadline_set (&self->silence, self->wanted ? g_get_monotonic_time () + timeout : 0);
}

static void
silence_lasted (gpointer data)
{
  g_autoptr (ForemanUpstreamResponse) self = g_object_ref (data);
  ForemanOrigin *origin = foreman_upstream_get_origin (self->upstream);

  fail (self, g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT,
                           "Ollama at %s was silent for %.3g seconds in the middle of its answer "
                           "(FOREMAN_IDLE_TIMEOUT)",
                           foreman_origin_get_display_name (origin),
                           foreman_upstream_get_idle_timeout (self->upstream) / 1e6));
  emit (self);
}

static gssize
would_block (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "nothing there now");
  return -1;
}

static gssize
take_leftover (ForemanUpstreamResponse *self, guint8 *buffer, gsize length)
{
  g_autoptr (GBytes) bytes = g_steal_pointer (&self->leftover);
  gsize size = g_bytes_get_size (bytes);
  gsize n = MIN (length, size);

  memcpy (buffer, g_bytes_get_data (bytes, NULL), n);
  if (n < size)
    self->leftover = g_bytes_new_from_bytes (bytes, n, size - n);
  return (gssize) n;
}

/* Bytes as they came, framing and all; or what the connection says, its end turned into a complete
 * body or an error. */
static gssize
receive (ForemanUpstreamResponse *self, guint8 *buffer, gsize length)
{
  GError *error = NULL;
  gssize n;

  if (self->leftover)
    return take_leftover (self, buffer, length);
  if (self->drained || self->budget == 0)
    return FOREMAN_IO_WOULD_BLOCK;

  n = foreman_upstream_connection_read (self->connection, buffer, length, &error);
  if (n == FOREMAN_IO_WOULD_BLOCK)
    self->drained = TRUE;
  else if (n == FOREMAN_IO_FAILED)
    fail (self, error);
  else if (n == 0 && foreman_body_decoder_end (&self->decoder, NULL))
    {
      self->reusable = FALSE;
      complete (self);
    }
  else if (n == 0)
    fail (self, foreman_upstream_connection_new_error (
                    self->connection, "closed the connection in the middle of its answer"));
  else if ((gsize) n < length)
    /* Asking again would only tell that there is no more. With TLS one has to ask; and nobody will
     * say when a socket that is not watched has more. */
    self->drained = !self->lost && !foreman_upstream_connection_reads_ahead (self->connection);
  if (n > 0)
    self->budget -= MIN (self->budget, (gsize) n);
  return n;
}

/* Takes the framing off @n bytes. Returns: how many are left */
static gsize
decode (ForemanUpstreamResponse *self, guint8 *buffer, gsize n)
{
  g_autoptr (GError) error = NULL;
  gsize consumed, produced;

  if (!foreman_body_decoder_decode (&self->decoder, buffer, n, &consumed, &produced, &error))
    {
      g_autofree char *what =
          g_strdup_printf ("sent an answer that is malformed (%s)", error->message);

      fail (self, foreman_upstream_connection_new_error (self->connection, what));
      return 0;
    }
  if (foreman_body_decoder_is_done (&self->decoder))
    {
      /* What nobody asked for makes the next answer on this connection untrustworthy. */
      if (consumed < n || self->leftover)
        self->reusable = FALSE;
      complete (self);
    }
  return produced;
}

static gssize
foreman_upstream_response_read (ForemanByteSource *source,
                                guint8 *buffer,
                                gsize length,
                                GError **error)
{
  ForemanUpstreamResponse *self = FOREMAN_UPSTREAM_RESPONSE (source);
  gsize produced = 0;

  while (self->connection && produced == 0)
    {
      gssize n = receive (self, buffer, length);

      if (n == FOREMAN_IO_WOULD_BLOCK)
        {
          update (self);
          return would_block (error);
        }
      if (n > 0)
        {
          restart_silence (self);
          produced = decode (self, buffer, (gsize) n);
        }
    }
  if (produced == 0)
    self->announced = TRUE;
  update (self);

  if (produced > 0)
    return (gssize) produced;
  if (self->error && error)
    *error = g_error_copy (self->error);
  return self->error ? -1 : 0;
}

static void
foreman_upstream_response_set_wanted (ForemanByteSource *source, gboolean wanted)
{
  ForemanUpstreamResponse *self = FOREMAN_UPSTREAM_RESPONSE (source);

  if (self->wanted == wanted)
    return;
  self->wanted = wanted;
  restart_silence (self);
  update (self);
}

static void
foreman_upstream_response_byte_source_init (ForemanByteSourceInterface *iface)
{
  iface->read = foreman_upstream_response_read;
  iface->set_wanted = foreman_upstream_response_set_wanted;
}

static void
foreman_upstream_response_dispose (GObject *object)
{
  ForemanUpstreamResponse *self = FOREMAN_UPSTREAM_RESPONSE (object);

  foreman_deadline_clear (&self->turn);
  drop_connection (self);

  G_OBJECT_CLASS (foreman_upstream_response_parent_class)->dispose (object);
}

static void
foreman_upstream_response_finalize (GObject *object)
{
  ForemanUpstreamResponse *self = FOREMAN_UPSTREAM_RESPONSE (object);

  g_clear_error (&self->error);
  foreman_head_unref (self->head);
  g_object_unref (self->upstream);

  G_OBJECT_CLASS (foreman_upstream_response_parent_class)->finalize (object);
}

static void
foreman_upstream_response_class_init (ForemanUpstreamResponseClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = foreman_upstream_response_dispose;
  object_class->finalize = foreman_upstream_response_finalize;
}

static void
foreman_upstream_response_init (ForemanUpstreamResponse *self)
{
}

/* @connection: (transfer full); @data: what came after the head; @reusable: whether the connection
 * can serve another request once the body was read. Returns: (transfer full) */
ForemanUpstreamResponse *
foreman_upstream_response_new (ForemanUpstream *upstream,
                               ForemanUpstreamConnection *connection,
                               ForemanHead *head,
                               gboolean has_body,
                               gboolean reusable,
                               const guint8 *data,
                               gsize length)
{
  ForemanUpstreamResponse *self = g_object_new (FOREMAN_TYPE_UPSTREAM_RESPONSE, NULL);
  ForemanReactor *reactor = foreman_upstream_get_reactor (upstream);

  self->upstream = g_object_ref (upstream);
  self->connection = connection;
  self->head = foreman_head_ref (head);
  self->reusable = reusable;
  self->budget = TURN_BYTES;
  foreman_deadline_init (&self->turn, reactor, turn_came, self);
  foreman_deadline_init (&self->silence, reactor, silence_lasted, self);
  if (length > 0)
    self->leftover = g_bytes_new (data, length);

  if (!has_body)
    foreman_body_decoder_init_length (&self->decoder, 0);
  else if (foreman_head_is_chunked (head))
    foreman_body_decoder_init_chunked (&self->decoder);
  else if (foreman_head_get_content_length (head) >= 0)
    foreman_body_decoder_init_length (&self->decoder, foreman_head_get_content_length (head));
  else
    foreman_body_decoder_init_until_close (&self->decoder);

  if (foreman_body_decoder_is_done (&self->decoder))
    {
      self->reusable = self->reusable && length == 0;
      complete (self);
    }
  else
    foreman_upstream_connection_watch (connection, EPOLLIN, socket_ready, self);
  return self;
}

/**
 * foreman_upstream_response_get_head:
 * @self: a response
 *
 * Returns: (transfer none): its head
 */
ForemanHead *
foreman_upstream_response_get_head (ForemanUpstreamResponse *self)
{
  g_return_val_if_fail (FOREMAN_IS_UPSTREAM_RESPONSE (self), NULL);

  return self->head;
}

/**
 * foreman_upstream_response_get_status:
 * @self: a response
 *
 * Returns: the status in its head
 */
guint
foreman_upstream_response_get_status (ForemanUpstreamResponse *self)
{
  g_return_val_if_fail (FOREMAN_IS_UPSTREAM_RESPONSE (self), 0);

  return foreman_head_get_status (self->head);
}

/**
 * foreman_upstream_response_is_complete:
 * @self: a response
 *
 * Whether all of the body has been read: the next foreman_byte_source_read() would return 0. A
 * reader can so end its own message together with the last bytes.
 *
 * Returns: %TRUE if so
 */
gboolean
foreman_upstream_response_is_complete (ForemanUpstreamResponse *self)
{
  g_return_val_if_fail (FOREMAN_IS_UPSTREAM_RESPONSE (self), FALSE);

  return !self->connection && !self->error;
}

/**
 * foreman_upstream_response_close:
 * @self: a response
 *
 * Gives the rest of the body up: the connection is closed at once and nothing is emitted any more.
 * A response that was read to its end has no connection left to close. Main thread.
 */
void
foreman_upstream_response_close (ForemanUpstreamResponse *self)
{
  g_return_if_fail (FOREMAN_IS_UPSTREAM_RESPONSE (self));

  self->wanted = FALSE;
  if (self->connection)
    fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "the answer was given up"));
  foreman_deadline_clear (&self->turn);
}

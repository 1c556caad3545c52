/* SPDX-License-Identifier: MIT */
/* What comes in over a connection: heads, bodies, and what nobody wants. */
#include "net/foreman-connection-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* As much of a chunked body as is read at once: what lies behind its end has to be stashed. */
#define CHUNKED_READ (64 * 1024)

/* Reads a wake-up when bytes are only thrown away. */
#define DISCARD_READS 16

/* Nothing lives in here across a return to the main loop, so idle connections hold no buffer. */
static guint8 scratch[16 * 1024];

/* Returns: how many bytes came; 0 if none will come any more; -1 if there is nothing now */
static gssize
receive (ForemanConnection *self, guint8 *buffer, gsize length)
{
  gssize n;

  do
    n = recv (self->fd, buffer, length, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n >= 0)
    return n;
  return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
}

gboolean
foreman_connection_has_stash (const ForemanConnection *self)
{
  return self->stash != NULL;
}

void
foreman_connection_drop_stash (ForemanConnection *self)
{
  g_clear_pointer (&self->stash, g_byte_array_unref);
  self->stash_start = 0;
}

static void
stash_put (ForemanConnection *self, const guint8 *data, gsize length)
{
  if (length == 0)
    return;
  if (self->stash == NULL)
    self->stash = g_byte_array_sized_new (length);
  g_byte_array_append (self->stash, data, length);
}

static void
stash_use (ForemanConnection *self, gsize length)
{
  self->stash_start += length;
  if (self->stash_start == self->stash->len)
    foreman_connection_drop_stash (self);
}

/* @size: (out): the head's */
static ForemanConnectionHeadResult
parse_head (ForemanConnection *self, const guint8 *data, gsize length, gsize *size, GError **error)
{
  g_autoptr (GError) refusal = NULL;

  *size = foreman_head_scan (&self->scan, data, length, &refusal);
  if (*size > 0)
    self->head = foreman_head_parse_request (data, *size, size, &refusal);
  if (refusal != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return HEAD_REFUSED;
    }
  return self->head != NULL ? HEAD_COMPLETE : HEAD_INCOMPLETE;
}

/*
 * foreman_connection_receive_head:
 * @from_socket: whether there may be more to read; else only the stash is looked at
 *
 * Goes on with a head; what lies behind it is stashed.
 */
ForemanConnectionHeadResult
foreman_connection_receive_head (ForemanConnection *self, gboolean from_socket, GError **error)
{
  ForemanConnectionHeadResult result;
  gssize n = 0;
  gsize size;

  if (from_socket)
    n = receive (self, scratch, sizeof scratch);
  if (from_socket && n <= 0)
    return n == 0 ? HEAD_NEVER : HEAD_INCOMPLETE;

  if (self->stash == NULL)
    {
      result = parse_head (self, scratch, n, &size, error);
      stash_put (self, scratch + size, n - size);
    }
  else
    {
      stash_put (self, scratch, n);
      result = parse_head (self, self->stash->data + self->stash_start,
                           self->stash->len - self->stash_start, &size, error);
      stash_use (self, size);
    }
  if (result != HEAD_INCOMPLETE)
    self->scan = (ForemanHeadScan){ 0 };
  if (result == HEAD_REFUSED)
    foreman_connection_drop_stash (self);
  return result;
}

void
foreman_connection_begin_body (ForemanConnection *self)
{
  gint64 length = foreman_head_get_content_length (self->head);

  if (foreman_head_is_chunked (self->head))
    foreman_body_decoder_init_chunked (&self->decoder);
  else
    foreman_body_decoder_init_length (&self->decoder, MAX (length, 0));
  self->discarded = 0;
  self->owes_continue = foreman_head_expects_continue (self->head) &&
                        !foreman_body_decoder_is_done (&self->decoder) && self->stash == NULL;
}

/* Whether somebody wants what the kernel may have. */
gboolean
foreman_connection_waits_for_body (const ForemanConnection *self)
{
  return self->state == STATE_REQUEST && self->wanted && self->stash == NULL &&
         self->body_error == NULL && !foreman_body_decoder_is_done (&self->decoder);
}

void
foreman_connection_fail_body (ForemanConnection *self, ForemanError code, const char *why)
{
  if (self->body_error == NULL)
    self->body_error = g_error_new_literal (FOREMAN_ERROR, code, why);
}

/* The peer holds its body back until it hears this; after the answer's head it would be wrong. */
static void
send_continue (ForemanConnection *self)
{
  static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";

  if (!self->owes_continue || self->answering)
    return;
  self->owes_continue = FALSE;
  foreman_connection_take_result (self, foreman_output_send (&self->output, self->fd, line,
                                                             sizeof line - 1));
}

/* Takes the next framed bytes, from the stash or from the socket.
 * Returns: as receive() does */
static gssize
next_bytes (ForemanConnection *self, guint8 *buffer, gsize length)
{
  gint64 remaining = foreman_body_decoder_get_remaining (&self->decoder);

  length = MIN (length, remaining >= 0 ? (guint64) remaining : CHUNKED_READ);
  if (self->stash == NULL)
    return receive (self, buffer, length);
  length = MIN (length, self->stash->len - self->stash_start);
  memcpy (buffer, self->stash->data + self->stash_start, length);
  return length;
}

/* Takes some of the body into @buffer. What lies behind it stays in, or goes to, the stash.
 * Returns: how many framed bytes were used; 0 if the peer left; -1 if there is nothing now, or
 *   the framing is wrong and body_error says so */
static gssize
take_body (ForemanConnection *self, guint8 *buffer, gsize length, gsize *produced)
{
  gboolean stashed = self->stash != NULL;
  gssize n = next_bytes (self, buffer, length);
  gsize consumed;

  if (n <= 0)
    return n;
  if (!foreman_body_decoder_decode (&self->decoder, buffer, n, &consumed, produced,
                                    &self->body_error))
    return -1;
  if (stashed)
    stash_use (self, consumed);
  else
    stash_put (self, buffer + consumed, n - consumed);
  return consumed;
}

/* There is no more body: whoever reads is told now, and whoever waits from the main loop. */
static gssize
lose_body (ForemanConnection *self, const char *why)
{
  if (self->state == STATE_REQUEST)
    {
      self->broken = TRUE;
      foreman_connection_schedule (self);
    }
  foreman_connection_fail_body (self, FOREMAN_ERROR_CONNECTION, why);
  return -1;
}

/* Returns: as take_body(), but for the peer's leaving */
static gssize
pull_body (ForemanConnection *self, guint8 *buffer, gsize length, gsize *produced)
{
  gssize used;

  if (self->state == STATE_CLOSED || self->broken)
    return lose_body (self, "The client left before its request was whole");
  if (self->state != STATE_REQUEST)
    return lose_body (self, "The request has been answered without the rest of its body");
  send_continue (self);
  used = take_body (self, buffer, length, produced);
  return used != 0 ? used : lose_body (self, "The client left before its request was whole");
}

static gssize
foreman_connection_read (ForemanByteSource *source, guint8 *buffer, gsize length, GError **error)
{
  ForemanConnection *self = FOREMAN_CONNECTION (source);
  gsize produced = 0;
  gssize used = 1;

  while (produced == 0 && used > 0 && self->body_error == NULL &&
         !foreman_body_decoder_is_done (&self->decoder))
    used = pull_body (self, buffer, length, &produced);
  if (produced > 0)
    {
      self->waiting_since = g_get_monotonic_time ();
      /* who was given the last byte is still to be told that it was the last */
      if (self->wanted && foreman_body_decoder_is_done (&self->decoder))
        foreman_connection_schedule (self);
      return produced;
    }
  if (self->body_error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->body_error));
      return -1;
    }
  if (foreman_body_decoder_is_done (&self->decoder))
    return 0;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "Nothing there now");
  return -1;
}

static void
foreman_connection_set_wanted (ForemanByteSource *source, gboolean wanted)
{
  ForemanConnection *self = FOREMAN_CONNECTION (source);

  /* what is wanted of a body that is over is told by reading it */
  wanted = wanted && self->state == STATE_REQUEST;
  if (self->wanted == wanted)
    return;
  self->wanted = wanted;
  if (!wanted)
    return;
  self->waiting_since = g_get_monotonic_time ();
  if (foreman_connection_waits_for_body (self))
    send_continue (self);
  else
    foreman_connection_schedule (self);
  foreman_connection_update (self);
}

void
foreman_connection_byte_source_init (ForemanByteSourceInterface *iface)
{
  iface->read = foreman_connection_read;
  iface->set_wanted = foreman_connection_set_wanted;
}

/* Whether the rest of a body may be read away. A peer that waits for 100 Continue may send it or
 * may not: the next byte could be a body's or a head's. */
gboolean
foreman_connection_can_discard (const ForemanConnection *self)
{
  return self->state == STATE_FINISHING && self->body_error == NULL && !self->owes_continue &&
         !foreman_body_decoder_is_done (&self->decoder) &&
         self->discarded < FOREMAN_CONNECTION_MAX_DISCARD;
}

/* Reads away what is there of a body that nobody read. */
void
foreman_connection_discard (ForemanConnection *self)
{
  for (guint i = 0; i < DISCARD_READS && foreman_connection_can_discard (self); i++)
    {
      gsize produced;
      gssize used = take_body (self, scratch, sizeof scratch, &produced);

      if (used == 0)
        self->peer_left = TRUE;
      if (used <= 0)
        break;
      self->discarded += used;
    }
}

/* Reads away whatever comes, so that closing does not reset the connection under the answer.
 * Returns: whether the peer has closed, too */
gboolean
foreman_connection_linger (ForemanConnection *self)
{
  gssize n = 1;

  for (guint i = 0; i < DISCARD_READS && n > 0; i++)
    n = receive (self, scratch, sizeof scratch);
  return n == 0;
}

/* SPDX-License-Identifier: MIT */
#include "net/foreman-body-decoder.h"

#include "libforeman/foreman-error.h"

#include <string.h>

/* Zero-filled memory is a body that is done: a message without one. */
enum
{
  DONE,
  LENGTH,
  UNTIL_CLOSE,
  CHUNK_SIZE,
  CHUNK_SPACE, /* white space after the size: only before an extension */
  CHUNK_EXTENSION,
  CHUNK_LINE_LF,
  CHUNK_DATA,
  CHUNK_DATA_CR,
  CHUNK_DATA_LF,
  TRAILER_START,
  TRAILER,
  TRAILER_LF,
  LAST_LF,
};

/**
 * foreman_body_decoder_init_length:
 * @self: memory for a decoder
 * @length: how long the body is, in bytes
 *
 * Prepares for a body with Content-Length; one of 0 bytes is done at once.
 */
void
foreman_body_decoder_init_length (ForemanBodyDecoder *self, gint64 length)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (length >= 0);

  *self = (ForemanBodyDecoder){ .state = length > 0 ? LENGTH : DONE, .remaining = length };
}

/**
 * foreman_body_decoder_init_chunked:
 * @self: memory for a decoder
 *
 * Prepares for a body with `Transfer-Encoding: chunked`.
 */
void
foreman_body_decoder_init_chunked (ForemanBodyDecoder *self)
{
  g_return_if_fail (self != NULL);

  *self = (ForemanBodyDecoder){ .state = CHUNK_SIZE };
}

/**
 * foreman_body_decoder_init_until_close:
 * @self: memory for a decoder
 *
 * Prepares for a response's body that ends where the connection does.
 */
void
foreman_body_decoder_init_until_close (ForemanBodyDecoder *self)
{
  g_return_if_fail (self != NULL);

  *self = (ForemanBodyDecoder){ .state = UNTIL_CLOSE };
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST, why);
  return FALSE;
}

static gboolean
chunk_size (ForemanBodyDecoder *self, guint8 byte, GError **error)
{
  int digit = g_ascii_xdigit_value ((char) byte);

  if (digit >= 0)
    {
      if (self->remaining > (G_MAXINT64 - digit) / 16 || ++self->digits > 16)
        return refuse (error, "A chunk's size is too large");
      self->remaining = self->remaining * 16 + digit;
      return TRUE;
    }
  if (self->digits == 0)
    return refuse (error, "A chunk's size is missing");
  if (byte == '\r')
    self->state = CHUNK_LINE_LF;
  else if (byte == ';')
    self->state = CHUNK_EXTENSION;
  else if (byte == ' ' || byte == '\t')
    self->state = CHUNK_SPACE;
  else
    return refuse (error, "A chunk's size is no hexadecimal number");
  return TRUE;
}

static gboolean
is_text (guint8 byte)
{
  return (byte >= ' ' && byte != 0x7f) || byte == '\t';
}

/* @byte must be an LF. */
static gboolean
line_feed (ForemanBodyDecoder *self, guint8 byte, guint next, GError **error)
{
  if (byte != '\n')
    return refuse (error, "A line of the chunk framing does not end with CR LF");
  self->state = next;
  return TRUE;
}

/* Within text that is dropped: up to the CR that ends it. */
static gboolean
dropped_text (ForemanBodyDecoder *self, guint8 byte, guint text, guint end, GError **error)
{
  if (byte != '\r' && !is_text (byte))
    return refuse (error, "The chunk framing has a control character");
  self->state = byte == '\r' ? end : text;
  return TRUE;
}

static gboolean
framing_byte (ForemanBodyDecoder *self, guint8 byte, GError **error)
{
  switch (self->state)
    {
    case CHUNK_SIZE:
      return chunk_size (self, byte, error);
    case CHUNK_SPACE:
      if (byte == ';')
        self->state = CHUNK_EXTENSION;
      else if (byte != ' ' && byte != '\t')
        return refuse (error, "A chunk's size is no hexadecimal number");
      return TRUE;
    case CHUNK_EXTENSION:
      return dropped_text (self, byte, CHUNK_EXTENSION, CHUNK_LINE_LF, error);
    case CHUNK_LINE_LF:
      self->overhead = 0;
      return line_feed (self, byte, self->remaining > 0 ? CHUNK_DATA : TRAILER_START, error);
    case CHUNK_DATA_CR:
      if (byte != '\r')
        return refuse (error, "A chunk is longer than its size says");
      self->state = CHUNK_DATA_LF;
      return TRUE;
    case CHUNK_DATA_LF:
      self->overhead = self->digits = 0;
      return line_feed (self, byte, CHUNK_SIZE, error);
    case TRAILER_START:
      return dropped_text (self, byte, TRAILER, LAST_LF, error);
    case TRAILER:
      return dropped_text (self, byte, TRAILER, TRAILER_LF, error);
    case TRAILER_LF:
      return line_feed (self, byte, TRAILER_START, error);
    case LAST_LF:
      return line_feed (self, byte, DONE, error);
    default:
      g_assert_not_reached ();
    }
}

static gboolean
overhead_is_bearable (ForemanBodyDecoder *self, GError **error)
{
  gboolean trailers = self->state >= TRAILER_START;
  guint limit = trailers ? FOREMAN_BODY_MAX_TRAILERS : FOREMAN_BODY_MAX_CHUNK_LINE;

  if (++self->overhead <= limit)
    return TRUE;
  return refuse (error, trailers ? "The trailers are too long" : "A chunk's line is too long");
}

/* Payload: moved down over the framing that was before it. */
static gsize
take_payload (ForemanBodyDecoder *self, guint8 *to, const guint8 *from, gsize available)
{
  gsize n = available;

  if (self->state != UNTIL_CLOSE)
    {
      n = (gsize) MIN ((guint64) available, (guint64) self->remaining);
      self->remaining -= n;
      if (self->remaining == 0)
        self->state = self->state == LENGTH ? DONE : CHUNK_DATA_CR;
    }
  if (to != from)
    memmove (to, from, n);
  return n;
}

/**
 * foreman_body_decoder_decode:
 * @self: a decoder
 * @data: (inout): bytes as they came; the payload in them is left at its start
 * @length: how many, in bytes
 * @consumed: (out): how many of them belong to this body. Fewer than @length only if the body is
 *   done: the rest, unchanged and where it was, is the next message's
 * @produced: (out): how many bytes of payload there are now at @data; 0 is no end
 * @error: return location
 *
 * Takes the framing off. Chunk extensions and trailers are dropped.
 *
 * Returns: %FALSE and %FOREMAN_ERROR_INVALID_REQUEST if the framing is malformed; the decoder is of
 *   no more use then
 */
gboolean
foreman_body_decoder_decode (ForemanBodyDecoder *self,
                             guint8 *data,
                             gsize length,
                             gsize *consumed,
                             gsize *produced,
                             GError **error)
{
  gsize in = 0;
  gsize out = 0;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (data != NULL || length == 0, FALSE);

  while (in < length && self->state != DONE)
    {
      if (self->state == LENGTH || self->state == UNTIL_CLOSE || self->state == CHUNK_DATA)
        {
          gsize n = take_payload (self, data + out, data + in, length - in);

          in += n;
          out += n;
          continue;
        }
      if (!overhead_is_bearable (self, error) || !framing_byte (self, data[in], error))
        return FALSE;
      in++;
    }
  *consumed = in;
  *produced = out;
  return TRUE;
}

/**
 * foreman_body_decoder_end:
 * @self: a decoder
 * @error: return location
 *
 * Tells @self that the connection has ended.
 *
 * Returns: whether the body is whole; else %FOREMAN_ERROR_CONNECTION
 */
gboolean
foreman_body_decoder_end (ForemanBodyDecoder *self, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->state == UNTIL_CLOSE)
    self->state = DONE;
  if (self->state == DONE)
    return TRUE;
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                       "The connection broke off in the middle of a body");
  return FALSE;
}

/**
 * foreman_body_decoder_is_done:
 * @self: a decoder
 *
 * Whether the body's end has been seen.
 *
 * Returns: %TRUE if no byte of it is to come
 */
gboolean
foreman_body_decoder_is_done (const ForemanBodyDecoder *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return self->state == DONE;
}

/**
 * foreman_body_decoder_get_remaining:
 * @self: a decoder
 *
 * How much of a body with a length is to come: reading no more than that leaves the next message
 * alone.
 *
 * Returns: a number of bytes, or -1 if only the body itself will tell
 */
gint64
foreman_body_decoder_get_remaining (const ForemanBodyDecoder *self)
{
  g_return_val_if_fail (self != NULL, 0);

  if (self->state == DONE)
    return 0;
  return self->state == LENGTH ? self->remaining : -1;
}

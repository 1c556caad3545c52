/* SPDX-License-Identifier: MIT */
#include "http/foreman-answer.h"

#include <string.h>

/**
 * foreman_headers_append:
 * @headers: header lines, each with its CRLF
 * @name: a header's name
 * @value: its value
 *
 * Adds a line to @headers. A value with a line end in it would end the head early, so such a header
 * is left out.
 */
void
foreman_headers_append (GString *headers, const char *name, const char *value)
{
  if (strpbrk (value, "\r\n"))
    return;
  g_string_append (headers, name);
  g_string_append (headers, ": ");
  g_string_append (headers, value);
  g_string_append (headers, "\r\n");
}

/**
 * foreman_answer_init:
 * @self: memory for an answer
 * @connection: where it goes
 * @request: (nullable): the request that it answers; %NULL when its head could not be read
 *
 * Prepares @self. Main thread, as is everything here.
 */
void
foreman_answer_init (ForemanAnswer *self, ForemanConnection *connection, ForemanHead *request)
{
  *self = (ForemanAnswer){
    .connection = g_object_ref (connection),
    .minor = request ? foreman_head_get_minor (request) : 1,
    .body_is_silent = request && g_str_equal (foreman_head_get_method (request), "HEAD"),
  };
}

/**
 * foreman_answer_clear:
 * @self: an answer
 *
 * Frees what @self holds.
 */
void
foreman_answer_clear (ForemanAnswer *self)
{
  if (self->head)
    g_string_free (g_steal_pointer (&self->head), TRUE);
  g_clear_object (&self->connection);
}

static void
choose_framing (ForemanAnswer *self, gint64 length)
{
  if (self->status == 204 || self->status == 304)
    self->framing = FOREMAN_FRAMING_NONE;
  else if (length >= 0)
    {
      self->framing = FOREMAN_FRAMING_LENGTH;
      self->left = length;
    }
  else if (self->body_is_silent)
    self->framing = FOREMAN_FRAMING_NONE;
  else if (self->minor >= 1)
    self->framing = FOREMAN_FRAMING_CHUNKED;
  else
    {
      self->framing = FOREMAN_FRAMING_UNTIL_CLOSE;
      self->keep_alive = FALSE;
    }
}

/**
 * foreman_answer_begin:
 * @self: an answer that has not begun
 * @status: the status code
 * @reason: the words behind it
 * @headers: header lines, without those that frame the body
 * @length: the body's length in bytes; -1 when it is not known yet
 *
 * Settles status and headers. The head leaves with the first bytes of the body, or with
 * foreman_answer_flush_head().
 */
void
foreman_answer_begin (ForemanAnswer *self,
                      guint status,
                      const char *reason,
                      const GString *headers,
                      gint64 length)
{
  g_return_if_fail (self->status == 0);

  self->status = status;
  self->keep_alive = foreman_connection_can_keep_alive (self->connection);
  choose_framing (self, length);

  self->head = g_string_sized_new (256);
  g_string_append_printf (self->head, "HTTP/1.%u %u %s\r\n", self->minor, status, reason);
  g_string_append_len (self->head, headers->str, headers->len);
  if (self->framing == FOREMAN_FRAMING_LENGTH)
    g_string_append_printf (self->head, "Content-Length: %" G_GINT64_FORMAT "\r\n", length);
  else if (self->framing == FOREMAN_FRAMING_CHUNKED)
    g_string_append (self->head, "Transfer-Encoding: chunked\r\n");
  if (self->minor == 0 && self->keep_alive)
    g_string_append (self->head, "Connection: keep-alive\r\n");
  else if (self->minor >= 1 && !self->keep_alive)
    g_string_append (self->head, "Connection: close\r\n");
  g_string_append (self->head, "\r\n");
}

/**
 * foreman_answer_flush_head:
 * @self: an answer that has begun
 *
 * Sends the head now, for a body whose first bytes may take a while.
 */
void
foreman_answer_flush_head (ForemanAnswer *self)
{
  g_autoptr (GString) head = g_steal_pointer (&self->head);

  if (head)
    foreman_connection_write (self->connection, head->str, head->len);
}

static void
send_with_head (ForemanAnswer *self, const void *data, gsize length)
{
  if (self->head)
    {
      g_string_append_len (self->head, data, length);
      foreman_answer_flush_head (self);
    }
  else
    foreman_connection_write (self->connection, data, length);
}

/**
 * foreman_answer_write_in_place:
 * @self: an answer that has begun
 * @payload: bytes of the body, with FOREMAN_ANSWER_HEADROOM bytes free in front of them and
 * FOREMAN_ANSWER_TAILROOM behind
 * @length: how many, more than 0
 *
 * Sends a piece of the body. Its chunk frame is written around it where it lies, so that a relayed
 * piece costs one send and no copy.
 */
void
foreman_answer_write_in_place (ForemanAnswer *self, guint8 *payload, gsize length)
{
  char frame[FOREMAN_ANSWER_HEADROOM + 1];
  int frame_length;

  g_return_if_fail (self->status != 0 && length > 0);

  self->body_bytes += length;
  if (self->body_is_silent || self->framing == FOREMAN_FRAMING_NONE)
    return;
  if (self->framing != FOREMAN_FRAMING_CHUNKED)
    {
      if (self->framing == FOREMAN_FRAMING_LENGTH)
        {
          /* More than was announced would be read as the next answer. */
          length = MIN (length, (guint64) self->left);
          self->left -= length;
        }
      if (length > 0)
        send_with_head (self, payload, length);
      return;
    }
  frame_length = g_snprintf (frame, sizeof frame, "%" G_GSIZE_MODIFIER "x\r\n", length);
  payload -= frame_length;
  memcpy (payload, frame, frame_length);
  memcpy (payload + frame_length + length, "\r\n", 2);
  send_with_head (self, payload, frame_length + length + 2);
}

/**
 * foreman_answer_write:
 * @self: an answer that has begun
 * @data: bytes of the body
 * @length: how many
 *
 * Sends a piece of the body that lies anywhere.
 */
void
foreman_answer_write (ForemanAnswer *self, const void *data, gsize length)
{
  g_autofree guint8 *copy = NULL;

  if (length == 0)
    return;
  copy = g_malloc (FOREMAN_ANSWER_HEADROOM + length + FOREMAN_ANSWER_TAILROOM);
  memcpy (copy + FOREMAN_ANSWER_HEADROOM, data, length);
  foreman_answer_write_in_place (self, copy + FOREMAN_ANSWER_HEADROOM, length);
}

/**
 * foreman_answer_end:
 * @self: an answer that has begun
 *
 * Says that the body is whole; the connection goes on to its next request or closes. A body that is
 * shorter than was announced cannot be ended: the connection is broken off, so that nobody takes it
 * for a whole one.
 */
void
foreman_answer_end (ForemanAnswer *self)
{
  g_return_if_fail (self->status != 0 && !self->ended);

  if (self->framing == FOREMAN_FRAMING_LENGTH && self->left > 0 && !self->body_is_silent)
    {
      foreman_answer_abort (self);
      return;
    }
  self->ended = TRUE;
  if (self->framing == FOREMAN_FRAMING_CHUNKED)
    send_with_head (self, "0\r\n\r\n", 5);
  else
    foreman_answer_flush_head (self);
  foreman_connection_finish (self->connection, self->keep_alive);
}

/**
 * foreman_answer_abort:
 * @self: an answer
 *
 * Breaks the connection off: what was sent must not look like a whole answer.
 */
void
foreman_answer_abort (ForemanAnswer *self)
{
  self->ended = TRUE;
  foreman_connection_abort (self->connection);
}

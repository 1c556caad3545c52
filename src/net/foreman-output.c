/* SPDX-License-Identifier: MIT */
#include "net/foreman-output.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Pieces up to this size are copied together, so that an answer's head, its chunk's size line and
 * its chunk go out in one piece; larger ones are kept as they came. */
#define COPY_LIMIT 4096

#define MAX_IOVECS 16

typedef struct _ForemanOutputChunk ForemanOutputChunk;

struct _ForemanOutputChunk
{
  ForemanOutputChunk *next; /* (owned) (nullable) */
  GBytes *bytes;            /* (owned) (nullable): NULL if the bytes are in here */
  const guint8 *data;
  gsize start; /* what was sent already */
  gsize end;
  gsize room; /* 0 with bytes */
  guint8 own[];
};

static void
chunk_free (ForemanOutputChunk *chunk)
{
  g_clear_pointer (&chunk->bytes, g_bytes_unref);
  g_free (chunk);
}

static void
push (ForemanOutput *self, ForemanOutputChunk *chunk)
{
  if (self->last != NULL)
    self->last->next = chunk;
  else
    self->first = chunk;
  self->last = chunk;
}

/**
 * foreman_output_append:
 * @self: an output
 * @data: bytes, which are copied
 * @length: how many, in bytes
 *
 * Lets more bytes wait.
 */
void
foreman_output_append (ForemanOutput *self, const void *data, gsize length)
{
  ForemanOutputChunk *chunk = self->last;

  g_return_if_fail (data != NULL || length == 0);

  if (length == 0)
    return;
  if (chunk == NULL || chunk->room - MIN (chunk->room, chunk->end) < length)
    {
      gsize room = MAX (COPY_LIMIT, length);

      chunk = g_malloc (sizeof *chunk + room);
      *chunk = (ForemanOutputChunk){ .data = chunk->own, .room = room };
      push (self, chunk);
    }
  memcpy (chunk->own + chunk->end, data, length);
  chunk->end += length;
  self->size += length;
}

/**
 * foreman_output_append_bytes:
 * @self: an output
 * @bytes: bytes, which are kept rather than copied if they are many
 *
 * Lets more bytes wait.
 */
void
foreman_output_append_bytes (ForemanOutput *self, GBytes *bytes)
{
  ForemanOutputChunk *chunk;
  gsize length;
  gconstpointer data;

  g_return_if_fail (bytes != NULL);

  data = g_bytes_get_data (bytes, &length);
  if (length <= COPY_LIMIT)
    {
      foreman_output_append (self, data, length);
      return;
    }
  chunk = g_malloc (sizeof *chunk);
  *chunk = (ForemanOutputChunk){ .bytes = g_bytes_ref (bytes), .data = data, .end = length };
  push (self, chunk);
  self->size += length;
}

static void
advance (ForemanOutput *self, gsize sent)
{
  self->size -= sent;
  while (self->first != NULL && sent >= self->first->end - self->first->start)
    {
      ForemanOutputChunk *chunk = self->first;

      sent -= chunk->end - chunk->start;
      self->first = chunk->next;
      if (self->first == NULL)
        self->last = NULL;
      chunk_free (chunk);
    }
  if (sent > 0)
    self->first->start += sent;
}

/* Returns: how many bytes the kernel took; 0 for none now; -1 if there is no connection any more */
static gssize
send_vector (int fd, struct iovec *iovecs, gsize n)
{
  struct msghdr message = { .msg_iov = iovecs, .msg_iovlen = n };
  gssize sent;

  do
    sent = sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return 0;
  return sent;
}

/**
 * foreman_output_flush:
 * @self: an output
 * @fd: a socket
 *
 * Hands to the kernel what it takes, without waiting.
 *
 * Returns: how far it got
 */
ForemanOutputResult
foreman_output_flush (ForemanOutput *self, int fd)
{
  while (self->first != NULL)
    {
      struct iovec iovecs[MAX_IOVECS];
      gsize n = 0, length = 0;
      gssize sent;

      for (ForemanOutputChunk *chunk = self->first; chunk != NULL && n < MAX_IOVECS;
           chunk = chunk->next)
        {
          iovecs[n].iov_base = (void *) (chunk->data + chunk->start);
          iovecs[n].iov_len = chunk->end - chunk->start;
          length += iovecs[n++].iov_len;
        }
      sent = send_vector (fd, iovecs, n);
      if (sent < 0)
        return FOREMAN_OUTPUT_BROKEN;
      advance (self, sent);
      /* asking again would only hear EAGAIN */
      if ((gsize) sent < length)
        return FOREMAN_OUTPUT_BLOCKED;
    }
  return FOREMAN_OUTPUT_SENT;
}

/**
 * foreman_output_send:
 * @self: an output
 * @fd: a socket
 * @data: bytes
 * @length: how many, in bytes
 *
 * Sends @data after all that waits already; only what the kernel does not take is copied.
 *
 * Returns: how far it got
 */
ForemanOutputResult
foreman_output_send (ForemanOutput *self, int fd, const void *data, gsize length)
{
  struct iovec iovec = { (void *) data, length };
  gssize sent;

  if (self->first != NULL)
    {
      foreman_output_append (self, data, length);
      return foreman_output_flush (self, fd);
    }
  if (length == 0)
    return FOREMAN_OUTPUT_SENT;
  sent = send_vector (fd, &iovec, 1);
  if (sent < 0)
    return FOREMAN_OUTPUT_BROKEN;
  if ((gsize) sent == length)
    return FOREMAN_OUTPUT_SENT;
  foreman_output_append (self, (const guint8 *) data + sent, length - sent);
  return FOREMAN_OUTPUT_BLOCKED;
}

/**
 * foreman_output_get_size:
 * @self: an output
 *
 * How much waits.
 *
 * Returns: a number of bytes
 */
gsize
foreman_output_get_size (const ForemanOutput *self)
{
  return self->size;
}

/**
 * foreman_output_clear:
 * @self: an output
 *
 * Drops what waits.
 */
void
foreman_output_clear (ForemanOutput *self)
{
  while (self->first != NULL)
    advance (self, self->first->end - self->first->start);
}

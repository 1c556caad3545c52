/* SPDX-License-Identifier: MIT */
#include "net/foreman-upstream-writer.h"

#include "libforeman/foreman-error.h"

#include <string.h>

/* A streamed body passes through this much memory, however long it is. */
#define WINDOW (64 * 1024)

/* Room for a chunk's size before its bytes, and for CR LF and the last chunk after them. */
#define CHUNK_HEAD 10
#define CHUNK_TAIL 8

/* As much as one turn sends before others have their turn. */
#define TURN (4 * WINDOW)

struct _ForemanUpstreamWriter
{
  char *head;                /* (owned) */
  GBytes *bytes;             /* (owned) (nullable) */
  ForemanByteSource *source; /* (owned) (nullable): NULL once it was read to its end */
  gulong readable_id;
  gint64 left;    /* of the source, in bytes; -1: not known, sent in chunks */
  guint8 *window; /* (owned) (nullable) */
  ForemanUpstreamWriterFunc func;
  gpointer data;

  GOutputVector pending[2]; /* (unowned): what is to be sent next: head, bytes, window */
  gboolean begun;
};

static void
source_readable (ForemanByteSource *source, gpointer data)
{
  ForemanUpstreamWriter *self = data;

  self->func (self->data);
}

static void
release_source (ForemanUpstreamWriter *self)
{
  if (!self->source)
    return;
  foreman_byte_source_set_wanted (self->source, FALSE);
  g_clear_signal_handler (&self->readable_id, self->source);
  g_clear_object (&self->source);
}

/**
 * foreman_upstream_writer_new:
 * @request: what to send
 * @origin: where to
 * @func: (scope notified): called when the writer should be run again, after it was starved
 * @data: for @func
 *
 * Returns: (transfer full): a writer that has sent nothing
 */
ForemanUpstreamWriter *
foreman_upstream_writer_new (ForemanUpstreamRequest *request,
                             ForemanOrigin *origin,
                             ForemanUpstreamWriterFunc func,
                             gpointer data)
{
  ForemanUpstreamWriter *self = g_new0 (ForemanUpstreamWriter, 1);
  GBytes *bytes = foreman_upstream_request_get_body_bytes (request);
  ForemanByteSource *source = foreman_upstream_request_get_body_source (request, &self->left);

  self->func = func;
  self->data = data;
  self->head = foreman_upstream_request_dup_head (request, foreman_origin_get_host_field (origin),
                                                  foreman_origin_get_prefix (origin),
                                                  &self->pending[0].size);
  self->pending[0].buffer = self->head;
  if (bytes)
    {
      self->bytes = g_bytes_ref (bytes);
      self->pending[1].buffer = g_bytes_get_data (bytes, &self->pending[1].size);
    }
  if (source && self->left != 0)
    {
      self->source = g_object_ref (source);
      self->readable_id = g_signal_connect (source, "readable", G_CALLBACK (source_readable), self);
    }
  return self;
}

/**
 * foreman_upstream_writer_free:
 * @self: (transfer full): a writer
 *
 * Stops sending; the source is left alone from now on.
 */
void
foreman_upstream_writer_free (ForemanUpstreamWriter *self)
{
  g_return_if_fail (self != NULL);

  release_source (self);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->window);
  g_free (self->head);
  g_free (self);
}

/**
 * foreman_upstream_writer_has_begun:
 * @self: a writer
 *
 * Returns: whether a byte of the request has left
 */
gboolean
foreman_upstream_writer_has_begun (ForemanUpstreamWriter *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->begun;
}

static gsize
unsent (ForemanUpstreamWriter *self)
{
  return self->pending[0].size + self->pending[1].size;
}

static void
consume (ForemanUpstreamWriter *self, gsize n)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->pending) && n > 0; i++)
    {
      gsize part = MIN (n, self->pending[i].size);

      self->pending[i].buffer = (const guint8 *) self->pending[i].buffer + part;
      self->pending[i].size -= part;
      n -= part;
    }
}

/* Puts @length bytes of the window, as one chunk where chunks are sent, in line; 0 is the end. */
static void
stage (ForemanUpstreamWriter *self, gsize length)
{
  guint8 *start = self->window + CHUNK_HEAD;
  char size[CHUNK_HEAD + 1];
  gsize digits;

  if (self->left < 0)
    {
      digits = g_snprintf (size, sizeof size, "%zx\r\n", length);
      memcpy (start + length, "\r\n", 2);
      start -= digits;
      memcpy (start, size, digits);
      length += digits + 2;
    }
  self->pending[0] = (GOutputVector){ start, length };
}

static void
source_ended (ForemanUpstreamWriter *self)
{
  release_source (self);
  if (self->left < 0)
    stage (self, 0);
}

/* What breaks on the side of the request is not the upstream's fault, and must not look so. */
static GError *
source_error (GError *why)
{
  g_autoptr (GError) owned = why;

  if (!g_error_matches (why, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION))
    return g_steal_pointer (&owned);
  return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                      "the request's body broke off: %s", why->message);
}

/* Reads from the source into the empty window.
 * Returns: DONE when there is something to send or the source has come to its end */
static ForemanUpstreamWriterState
refill (ForemanUpstreamWriter *self, GError **error)
{
  gsize room = WINDOW;
  GError *why = NULL;
  gssize n;

  if (!self->window)
    self->window = g_malloc (CHUNK_HEAD + WINDOW + CHUNK_TAIL);
  if (self->left >= 0)
    room = (gsize) MIN (self->left, WINDOW);

  n = foreman_byte_source_read (self->source, self->window + CHUNK_HEAD, room, &why);
  if (n > 0)
    {
      stage (self, (gsize) n);
      if (self->left > 0 && (self->left -= n) == 0)
        source_ended (self);
      return FOREMAN_UPSTREAM_WRITER_DONE;
    }
  if (n == 0 && self->left < 0)
    {
      source_ended (self);
      return FOREMAN_UPSTREAM_WRITER_DONE;
    }
  if (n < 0 && g_error_matches (why, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_error_free (why);
      foreman_byte_source_set_wanted (self->source, TRUE);
      return FOREMAN_UPSTREAM_WRITER_STARVED;
    }

  release_source (self);
  if (n == 0)
    why = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                               "the request's body is shorter than its length says");
  g_propagate_error (error, source_error (why));
  return FOREMAN_UPSTREAM_WRITER_SOURCE_FAILED;
}

/**
 * foreman_upstream_writer_run:
 * @self: a writer
 * @connection: what to send over; another one only as long as nothing has been sent
 * @error: return location; set with the failed states
 *
 * Sends what can be sent now. Main thread.
 *
 * Returns: where the request has got to
 */
ForemanUpstreamWriterState
foreman_upstream_writer_run (ForemanUpstreamWriter *self,
                             ForemanUpstreamConnection *connection,
                             GError **error)
{
  for (gsize sent = 0; sent < TURN;)
    {
      ForemanUpstreamWriterState state;

      while (unsent (self) > 0 && sent < TURN)
        {
          guint first = self->pending[0].size > 0 ? 0 : 1;
          gssize n = foreman_upstream_connection_write (connection, self->pending + first,
                                                        2 - first, error);

          if (n == FOREMAN_IO_FAILED)
            return FOREMAN_UPSTREAM_WRITER_SOCKET_FAILED;
          if (n == FOREMAN_IO_WOULD_BLOCK)
            {
              if (self->source)
                foreman_byte_source_set_wanted (self->source, FALSE);
              return FOREMAN_UPSTREAM_WRITER_BLOCKED;
            }
          self->begun = TRUE;
          consume (self, (gsize) n);
          sent += (gsize) n;
        }
      if (unsent (self) > 0)
        break; /* has had its turn */
      if (!self->source)
        return FOREMAN_UPSTREAM_WRITER_DONE;
      state = refill (self, error);
      if (state != FOREMAN_UPSTREAM_WRITER_DONE)
        return state;
    }
  return FOREMAN_UPSTREAM_WRITER_BLOCKED;
}

/* SPDX-License-Identifier: MIT */
#include "commands/foreman-line-input.h"

#include <string.h>

#include "commands/foreman-await.h"
#include "libforeman/foreman-error.h"

#define BUFFER_SIZE (64 * 1024)

struct _ForemanLineInput
{
  GBufferedInputStream *stream; /* (owned) */
  GCancellable *cancellable;    /* (owned) (nullable): of who reads */
  gulong cancelled;
  GCancellable *filling; /* (owned): of the reads of this object */
  GAsyncResult *filled;  /* (owned) (nullable): of a read that has ended */
  gboolean is_filling;
  gsize max_length;
  gsize taken;     /* bytes of the buffer that the last line held, with its end */
  gsize looked_at; /* bytes of the buffer that are known to have no line feed */
  gboolean is_torn;
  gboolean has_ended;
};

static void
on_cancelled (GCancellable *cancellable, gpointer filling)
{
  g_cancellable_cancel (filling);
}

/**
 * foreman_line_input_new:
 * @stream: what to read
 * @max_length: how long a line may be, in bytes
 * @cancellable: (nullable): ends waiting
 *
 * Begins to read @stream.
 *
 * Returns: (transfer full): its lines
 */
ForemanLineInput *
foreman_line_input_new (GInputStream *stream, gsize max_length, GCancellable *cancellable)
{
  ForemanLineInput *self = g_new0 (ForemanLineInput, 1);

  self->stream = G_BUFFERED_INPUT_STREAM (g_buffered_input_stream_new_sized (stream, BUFFER_SIZE));
  self->max_length = max_length;
  self->filling = g_cancellable_new ();
  if (g_set_object (&self->cancellable, cancellable))
    self->cancelled =
        g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self->filling, NULL);
  return self;
}

/**
 * foreman_line_input_free:
 * @self: (nullable): lines
 *
 * Ends reading, and closes the stream.
 */
void
foreman_line_input_free (ForemanLineInput *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->filling);
  if (self->is_filling)
    foreman_await (&self->filled, FOREMAN_AWAIT_FOREVER);
  g_clear_object (&self->filled);
  if (self->cancellable != NULL)
    g_cancellable_disconnect (self->cancellable, self->cancelled);
  g_clear_object (&self->cancellable);
  g_object_unref (self->filling);
  g_object_unref (self->stream);
  g_free (self);
}

/* Room for a line that is longer than the buffer. */
static gboolean
make_room (ForemanLineInput *self, GError **error)
{
  gsize size = g_buffered_input_stream_get_buffer_size (self->stream);

  if (self->looked_at > self->max_length)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE,
                   "a line is longer than %" G_GSIZE_FORMAT " bytes", self->max_length);
      return FALSE;
    }
  if (g_buffered_input_stream_get_available (self->stream) == size)
    g_buffered_input_stream_set_buffer_size (self->stream, size * 2);
  return TRUE;
}

static gboolean
fill (ForemanLineInput *self, gint64 deadline, GError **error)
{
  g_autoptr (GAsyncResult) filled = NULL;
  gssize n;

  if (!self->is_filling)
    {
      if (!make_room (self, error))
        return FALSE;
      g_buffered_input_stream_fill_async (self->stream, -1, G_PRIORITY_DEFAULT, self->filling,
                                          foreman_await_ready, &self->filled);
      self->is_filling = TRUE;
    }
  if (!foreman_await (&self->filled, deadline))
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT, "no line came in time");
      return FALSE;
    }
  self->is_filling = FALSE;
  filled = g_steal_pointer (&self->filled);
  n = g_buffered_input_stream_fill_finish (self->stream, filled, error);
  self->has_ended = n == 0;
  return n >= 0;
}

static gboolean
skip_taken (ForemanLineInput *self, GError **error)
{
  gsize taken = self->taken;

  self->taken = 0;
  self->looked_at = 0;
  return taken == 0 || g_input_stream_skip (G_INPUT_STREAM (self->stream), taken, NULL, error) >= 0;
}

static void
give (ForemanLineInput *self, const char *start, gsize size, const char **line, gsize *length)
{
  self->taken = size + (self->is_torn ? 0 : 1);
  if (size > 0 && start[size - 1] == '\r')
    size--;
  *line = start;
  *length = size;
}

/**
 * foreman_line_input_next:
 * @self: lines
 * @deadline: monotonic time in µs, or %FOREMAN_AWAIT_FOREVER
 * @line: (out) (transfer none) (array length=length): the line without its end, not terminated;
 * valid until the next call
 * @length: (out): how long it is
 * @error: return location for an error
 *
 * Waits for the next line. What stands behind the last line feed is one too.
 *
 * Returns: %FALSE at the end, or with an error: %FOREMAN_ERROR_TIMEOUT when the deadline passed
 * (the line may still come), %FOREMAN_ERROR_TOO_LARGE, those of GIO
 */
gboolean
foreman_line_input_next (ForemanLineInput *self,
                         gint64 deadline,
                         const char **line,
                         gsize *length,
                         GError **error)
{
  if (!skip_taken (self, error))
    return FALSE;
  for (;;)
    {
      gsize available = 0;
      const char *data = NULL, *feed = NULL;

      /* a read that is not over may move the buffer */
      if (!self->is_filling)
        {
          data = g_buffered_input_stream_peek_buffer (self->stream, &available);
          if (available > self->looked_at)
            feed = memchr (data + self->looked_at, '\n', available - self->looked_at);
        }
      self->is_torn = feed == NULL && self->has_ended && available > 0;
      if (feed != NULL || self->is_torn)
        {
          give (self, data, feed != NULL ? (gsize) (feed - data) : available, line, length);
          return TRUE;
        }
      if (self->has_ended)
        return FALSE;
      self->looked_at = MAX (self->looked_at, available);
      if (!fill (self, deadline, error))
        return FALSE;
    }
}

/**
 * foreman_line_input_is_torn:
 * @self: lines
 *
 * Returns: whether the last line had no line feed behind it
 */
gboolean
foreman_line_input_is_torn (ForemanLineInput *self)
{
  return self->is_torn;
}

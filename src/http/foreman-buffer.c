/* SPDX-License-Identifier: MIT */
#include "http/foreman-buffer.h"

#include "libforeman/foreman-error.h"

struct _ForemanBuffer
{
  ForemanHttpContext *context; /* (unowned): outlives every request */
  GByteArray *bytes;           /* (owned) (nullable): %NULL once they are settled in data */
  guint8 *data;                /* (owned) (nullable) */
  gsize length;
};

/**
 * foreman_buffer_new:
 * @context: (transfer none): whose budget it is; outlives the buffer and what becomes of it
 * @expected: how much there is to be room for, in bytes
 *
 * Makes an empty buffer. Main thread, as is everything here.
 *
 * Returns: (transfer full): a new buffer
 */
ForemanBuffer *
foreman_buffer_new (ForemanHttpContext *context, gsize expected)
{
  ForemanBuffer *self = g_new0 (ForemanBuffer, 1);

  self->context = context;
  self->bytes = g_byte_array_sized_new (expected);
  return self;
}

/**
 * foreman_buffer_free:
 * @self: (transfer full): a buffer
 *
 * Frees the bytes and gives their room back.
 */
void
foreman_buffer_free (ForemanBuffer *self)
{
  self->context->buffered -= self->length;
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  g_free (self->data);
  g_free (self);
}

/**
 * foreman_buffer_append:
 * @self: a buffer
 * @data: bytes
 * @length: how many
 * @error: return location for an error
 *
 * Adds bytes.
 *
 * Returns: whether there was room; otherwise %FOREMAN_ERROR_QUEUE_FULL is set
 */
gboolean
foreman_buffer_append (ForemanBuffer *self, const guint8 *data, gsize length, GError **error)
{
  gint64 limit = foreman_config_get_size (self->context->config, FOREMAN_CONFIG_MAX_BUFFERED);

  if (self->context->buffered + (gint64) length > limit)
    {
      g_set_error_literal (
          error, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL,
          "too many request bodies wait already (FOREMAN_MAX_BUFFERED); try again later");
      return FALSE;
    }
  self->context->buffered += length;
  self->length += length;
  g_byte_array_append (self->bytes, data, length);
  return TRUE;
}

/**
 * foreman_buffer_get_data:
 * @self: a buffer
 *
 * Returns: (transfer none) (nullable): the bytes, until the next are added
 */
const guint8 *
foreman_buffer_get_data (ForemanBuffer *self)
{
  return self->bytes->data;
}

/**
 * foreman_buffer_get_length:
 * @self: a buffer
 *
 * Returns: how many bytes there are
 */
gsize
foreman_buffer_get_length (ForemanBuffer *self)
{
  return self->length;
}

/**
 * foreman_buffer_free_to_bytes:
 * @self: (transfer full): a buffer
 *
 * Makes bytes of @self that still count until they are freed. What waits at the gate waits with
 * them, so they are kept without the room to grow.
 *
 * Returns: (transfer full): the bytes
 */
GBytes *
foreman_buffer_free_to_bytes (ForemanBuffer *self)
{
  self->data = g_realloc (g_byte_array_free (g_steal_pointer (&self->bytes), FALSE), self->length);
  return g_bytes_new_with_free_func (self->data, self->length, (GDestroyNotify) foreman_buffer_free,
                                     self);
}

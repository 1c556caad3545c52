/* SPDX-License-Identifier: MIT */
#include "http/foreman-body.h"

#include "http/foreman-buffer.h"
#include "net/foreman-byte-source.h"

#define READ_SIZE (16 * 1024)

/**
 * ForemanBody:
 *
 * A request body on its way into memory.
 */
typedef struct
{
  ForemanExchange *exchange; /* (owned) */
  ForemanBuffer *buffer;     /* (owned) (nullable): %NULL once it was handed over */
  gsize limit;
  gulong readable_id;
  gulong gone_id;
} ForemanBody;

static void
body_free (ForemanBody *self)
{
  g_clear_pointer (&self->buffer, foreman_buffer_free);
  g_clear_object (&self->exchange);
  g_free (self);
}

/* Ends the read, with an error or what was read. */
static void
body_return (GTask *task, GError *error)
{
  g_autoptr (GTask) owned = task;
  ForemanBody *self = g_task_get_task_data (task);
  ForemanConnection *connection = foreman_exchange_get_connection (self->exchange);

  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (connection), FALSE);
  g_clear_signal_handler (&self->readable_id, connection);
  g_clear_signal_handler (&self->gone_id, self->exchange);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, foreman_buffer_free_to_bytes (g_steal_pointer (&self->buffer)),
                           (GDestroyNotify) g_bytes_unref);
}

static GError *
too_large (gsize limit)
{
  return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE,
                      "the request body is larger than %" G_GSIZE_FORMAT
                      " bytes (FOREMAN_MAX_BODY)",
                      limit);
}

static gboolean
body_append (ForemanBody *self, const guint8 *data, gsize length, GError **error)
{
  if (foreman_buffer_get_length (self->buffer) + length <= self->limit)
    return foreman_buffer_append (self->buffer, data, length, error);
  g_propagate_error (error, too_large (self->limit));
  return FALSE;
}

static void
body_pump (GTask *task)
{
  static guint8 buffer[READ_SIZE];
  ForemanBody *self = g_task_get_task_data (task);
  ForemanByteSource *source =
      FOREMAN_BYTE_SOURCE (foreman_exchange_get_connection (self->exchange));
  g_autoptr (GError) error = NULL;
  gssize got;

  while ((got = foreman_byte_source_read (source, buffer, sizeof buffer, &error)) > 0)
    if (!body_append (self, buffer, got, &error))
      break;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    foreman_byte_source_set_wanted (source, TRUE);
  else
    body_return (task, g_steal_pointer (&error));
}

static void
on_gone (ForemanExchange *exchange, GTask *task)
{
  body_return (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the client left"));
}

/**
 * foreman_body_read_async:
 * @exchange: an exchange whose body was not read
 * @callback: called when the body is there, or will not come
 * @user_data: for @callback
 *
 * Reads the whole body of a request into memory, within the limits of the settings. Main thread.
 */
void
foreman_body_read_async (ForemanExchange *exchange,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (exchange, NULL, callback, user_data);
  ForemanBody *self = g_new0 (ForemanBody, 1);
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  gint64 length = foreman_head_get_content_length (foreman_exchange_get_head (exchange));

  g_task_set_source_tag (task, foreman_body_read_async);
  g_task_set_task_data (task, self, (GDestroyNotify) body_free);
  self->exchange = g_object_ref (exchange);
  self->limit = foreman_config_get_size (context->config, FOREMAN_CONFIG_MAX_BODY);
  if (length > 0 && (guint64) length > self->limit)
    {
      g_task_return_error (task, too_large (self->limit));
      g_object_unref (task);
      return;
    }
  self->buffer = foreman_buffer_new (context, CLAMP (length, 0, 64 * 1024));
  self->readable_id = g_signal_connect_swapped (foreman_exchange_get_connection (exchange),
                                                "readable", G_CALLBACK (body_pump), task);
  self->gone_id = g_signal_connect (exchange, "gone", G_CALLBACK (on_gone), task);
  body_pump (task);
}

/**
 * foreman_body_read_finish:
 * @exchange: the exchange
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_body_read_async().
 *
 * Returns: (transfer full): the body; %NULL with FOREMAN_ERROR_TOO_LARGE, FOREMAN_ERROR_QUEUE_FULL,
 *   FOREMAN_ERROR_INVALID_REQUEST for chunks that are none, or G_IO_ERROR_CANCELLED when the client
 * left
 */
GBytes *
foreman_body_read_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

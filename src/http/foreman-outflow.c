/* SPDX-License-Identifier: MIT */
#include "http/foreman-outflow.h"

#include <gio/gio.h>

#define READ_SIZE (16 * 1024)

/* The main thread's one buffer, with room for the chunk frame around what is read. */
static guint8 buffer[FOREMAN_ANSWER_HEADROOM + READ_SIZE + FOREMAN_ANSWER_TAILROOM];
static guint8 *const payload = buffer + FOREMAN_ANSWER_HEADROOM;

/**
 * ForemanOutflow:
 *
 * An answer of foreman's own that is too large to be held, on its way to the client. Its source is
 * not read while the client is behind.
 */
typedef struct
{
  ForemanExchange *exchange; /* (owned) */
  ForemanByteSource *source; /* (owned) */
  GTask *task;               /* (owned) (nullable): %NULL once all is over */
  gulong readable_id;
  gulong drained_id;
  gulong gone_id;
  gulong cut_id;
} ForemanOutflow;

static void
outflow_clear (ForemanOutflow *self)
{
  g_clear_object (&self->source);
  g_clear_object (&self->exchange);
}

static void
outflow_unref (ForemanOutflow *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) outflow_clear);
}

/* The end. The task comes last: who waits for it may start the next request at once. */
static void
outflow_return (ForemanOutflow *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  foreman_byte_source_set_wanted (self->source, FALSE);
  g_clear_signal_handler (&self->readable_id, self->source);
  g_clear_signal_handler (&self->drained_id, foreman_exchange_get_connection (self->exchange));
  g_clear_signal_handler (&self->gone_id, self->exchange);
  g_clear_signal_handler (&self->cut_id, self->exchange);
  outflow_unref (self);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* The status has been sent, so that a failure can only be told by breaking off: what came so far
 * must not look like all there is. */
static void
outflow_fail (ForemanOutflow *self, GError *error)
{
  foreman_exchange_note_failure (self->exchange, error->message);
  foreman_exchange_abort (self->exchange);
  outflow_return (self, error);
}

/* One read. Returns whether the next one is worth while now. */
static gboolean
outflow_step (ForemanOutflow *self)
{
  g_autoptr (GError) error = NULL;
  gssize got = foreman_byte_source_read (self->source, payload, READ_SIZE, &error);

  if (got > 0)
    {
      foreman_exchange_write_in_place (self->exchange, payload, got);
      return TRUE;
    }
  if (got == 0)
    {
      foreman_exchange_end (self->exchange);
      outflow_return (self, NULL);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      foreman_exchange_flush_head (self->exchange);
      if (self->task)
        foreman_byte_source_set_wanted (self->source, TRUE);
    }
  else
    outflow_fail (self, g_steal_pointer (&error));
  return FALSE;
}

static void
outflow_pump (ForemanOutflow *self)
{
  ForemanConnection *connection = foreman_exchange_get_connection (self->exchange);
  gboolean more = TRUE;

  /* A write can find that the client is gone, and that ends the outflow under our hands. */
  g_rc_box_acquire (self);
  while (more && self->task && foreman_connection_get_unsent (connection) < FOREMAN_OUTFLOW_WINDOW)
    more = outflow_step (self);
  if (more && self->task)
    foreman_byte_source_set_wanted (self->source, FALSE);
  outflow_unref (self);
}

static void
on_gone (ForemanExchange *exchange, ForemanOutflow *self)
{
  outflow_return (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the client left"));
}

static void
on_cut (ForemanExchange *exchange, const GError *error, ForemanOutflow *self)
{
  outflow_fail (self, g_error_copy (error));
}

/**
 * foreman_outflow_async:
 * @exchange: an exchange whose answer has begun
 * @source: (transfer none): where the answer's body comes from
 * @callback: called when all of @source was written, or the exchange is over
 * @user_data: for @callback
 *
 * Sends all of @source to the client as fast as that takes it, and ends the answer. When @source
 * fails, the answer is broken off, so that it cannot be taken for a whole one. Main thread.
 */
void
foreman_outflow_async (ForemanExchange *exchange,
                       ForemanByteSource *source,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  ForemanOutflow *self = g_rc_box_new0 (ForemanOutflow);

  self->task = g_task_new (exchange, NULL, callback, user_data);
  g_task_set_source_tag (self->task, foreman_outflow_async);
  self->exchange = g_object_ref (exchange);
  self->source = g_object_ref (source);
  if (foreman_exchange_is_over (exchange))
    {
      on_gone (exchange, self);
      return;
    }
  foreman_exchange_get_record (exchange)->stage = FOREMAN_STAGE_STREAMING;
  self->readable_id =
      g_signal_connect_swapped (source, "readable", G_CALLBACK (outflow_pump), self);
  self->drained_id = g_signal_connect_swapped (foreman_exchange_get_connection (exchange),
                                               "drained", G_CALLBACK (outflow_pump), self);
  self->gone_id = g_signal_connect (exchange, "gone", G_CALLBACK (on_gone), self);
  self->cut_id = g_signal_connect (exchange, "cut", G_CALLBACK (on_cut), self);
  outflow_pump (self);
}

/**
 * foreman_outflow_finish:
 * @exchange: the exchange
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_outflow_async().
 *
 * Returns: whether the client was sent all; otherwise @error is the source's, or
 *   %G_IO_ERROR_CANCELLED when the client left
 */
gboolean
foreman_outflow_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * foreman_outflow_run:
 * @exchange: an exchange whose answer has begun
 * @source: (transfer none): where the answer's body comes from
 *
 * foreman_outflow_async() for a route that has nothing left to do afterwards.
 */
void
foreman_outflow_run (ForemanExchange *exchange, ForemanByteSource *source)
{
  foreman_outflow_async (exchange, source, NULL, NULL);
}

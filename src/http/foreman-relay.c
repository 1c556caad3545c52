/* SPDX-License-Identifier: MIT */
#include "http/foreman-relay.h"

#include "libforeman/foreman-error.h"

#include <gio/gio.h>
#include <string.h>

#define READ_SIZE (16 * 1024)

/* The main thread's one buffer: a kept back half line, what is read behind it, and room for the
 * chunk frame around. */
static guint8
    buffer[FOREMAN_ANSWER_HEADROOM + FOREMAN_RELAY_WINDOW + READ_SIZE + FOREMAN_ANSWER_TAILROOM];
static guint8 *const payload = buffer + FOREMAN_ANSWER_HEADROOM;

/**
 * ForemanRelay:
 *
 * The bytes of one answer on their way from the target to the client. Reading stops while the
 * client is behind.
 */
typedef struct
{
  ForemanExchange *exchange;         /* (owned) */
  ForemanUpstreamResponse *response; /* (owned) */
  ForemanAnswerScan *scan;           /* (owned) */
  GByteArray *half_line; /* (owned) (nullable): many clients take one read for one line, so they get
                            whole ones */
  GTask *task;           /* (owned) (nullable): %NULL once all is over */
  gulong readable_id;
  gulong drained_id;
  gulong gone_id;
  gulong cut_id;
  ForemanAnswerKind kind;
  gboolean mid_line; /* a line too long to keep was sent in part */
} ForemanRelay;

/* Whether it is lines, which can be cut, and ended with an error. */
static gboolean
relay_is_streamed (ForemanRelay *self)
{
  return foreman_answer_kind_is_lines (self->kind) || foreman_answer_kind_is_sse (self->kind);
}

static void
relay_clear (ForemanRelay *self)
{
  g_clear_pointer (&self->scan, foreman_answer_scan_free);
  g_clear_pointer (&self->half_line, g_byte_array_unref);
  g_clear_object (&self->response);
  g_clear_object (&self->exchange);
}

static void
relay_unref (ForemanRelay *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) relay_clear);
}

static void
relay_disconnect (ForemanRelay *self)
{
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (self->response), FALSE);
  g_clear_signal_handler (&self->readable_id, self->response);
  g_clear_signal_handler (&self->drained_id, foreman_exchange_get_connection (self->exchange));
  g_clear_signal_handler (&self->gone_id, self->exchange);
  g_clear_signal_handler (&self->cut_id, self->exchange);
}

static void
note_usage (ForemanRelay *self)
{
  foreman_exchange_get_record (self->exchange)->usage = *foreman_answer_scan_get_usage (self->scan);
}

/* The relay's end. The task comes last: who waits for it may start the next request at once. */
static void
relay_return (ForemanRelay *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  relay_disconnect (self);
  if (error)
    foreman_upstream_response_close (self->response);
  relay_unref (self);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
write_half_line (ForemanRelay *self)
{
  if (self->half_line && self->half_line->len > 0)
    foreman_exchange_write (self->exchange, (char *) self->half_line->data, self->half_line->len);
  g_clear_pointer (&self->half_line, g_byte_array_unref);
}

/* Whether the client has been told how the answer ended, so that nothing is left to say. */
static gboolean
has_told_its_end (ForemanRelay *self)
{
  if (self->half_line && self->half_line->len > 0)
    return FALSE;
  return foreman_answer_scan_has_error (self->scan) ||
         (self->kind != FOREMAN_ANSWER_PROGRESS && foreman_answer_scan_is_complete (self->scan));
}

/* Behind the end of the line that it would tear. An event ends with an empty line, which is nothing
 * to readers of events but makes readers of lines stumble. */
static void
write_error (ForemanRelay *self, const char *message)
{
  g_autofree char *event =
      foreman_error_shape_event (foreman_exchange_get_api (self->exchange), message);

  if (self->mid_line)
    foreman_exchange_write (self->exchange, "\n", 1);
  if (foreman_answer_kind_is_sse (self->kind))
    foreman_exchange_write (self->exchange, "\n", 1);
  foreman_exchange_write (self->exchange, event, strlen (event));
}

/* The status has been sent, so that a failure can only be told in the body, or by breaking off. */
static void
relay_fail (ForemanRelay *self, GError *error)
{
  ForemanExchange *exchange = self->exchange;

  note_usage (self);
  if (!relay_is_streamed (self) || !foreman_exchange_is_framed (exchange))
    {
      foreman_exchange_note_failure (exchange, error->message);
      foreman_exchange_abort (exchange);
    }
  else
    {
      if (!has_told_its_end (self))
        {
          foreman_exchange_note_failure (exchange, error->message);
          write_error (self, error->message);
        }
      foreman_exchange_end (exchange);
    }
  relay_return (self, error);
}

static void
relay_end (ForemanRelay *self)
{
  foreman_answer_scan_finish (self->scan);
  if (relay_is_streamed (self) && !foreman_answer_scan_is_complete (self->scan) &&
      !foreman_answer_scan_has_error (self->scan))
    {
      relay_fail (self, g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                                             "the model's answer broke off before its end"));
      return;
    }
  write_half_line (self);
  note_usage (self);
  foreman_exchange_end (self->exchange);
  relay_return (self, NULL);
}

/* Sends what ends with a line end and keeps the rest for the next read, unless it is too long to be
 * kept. */
static void
relay_lines (ForemanRelay *self, gsize length)
{
  guint8 *end = memrchr (payload, '\n', length);
  gsize whole = end ? (gsize) (end + 1 - payload) : 0;

  if (length - whole > FOREMAN_RELAY_WINDOW)
    whole = length;
  if (whole < length)
    {
      self->half_line = g_byte_array_new ();
      g_byte_array_append (self->half_line, payload + whole, length - whole);
    }
  if (whole == 0)
    return;
  self->mid_line = payload[whole - 1] != '\n';
  foreman_exchange_write_in_place (self->exchange, payload, whole);
}

static gssize
relay_read (ForemanRelay *self, gsize *kept, GError **error)
{
  *kept = 0;
  if (self->half_line)
    {
      *kept = self->half_line->len;
      memcpy (payload, self->half_line->data, *kept);
    }
  return foreman_byte_source_read (FOREMAN_BYTE_SOURCE (self->response), payload + *kept, READ_SIZE,
                                   error);
}

static void
relay_write (ForemanRelay *self, gsize kept, gsize got)
{
  foreman_answer_scan_feed (self->scan, payload + kept, got);
  g_clear_pointer (&self->half_line, g_byte_array_unref);
  if (relay_is_streamed (self))
    relay_lines (self, kept + got);
  else
    foreman_exchange_write_in_place (self->exchange, payload, got);
}

/* One read. Returns whether the next one is worth while now. */
static gboolean
relay_step (ForemanRelay *self)
{
  ForemanConnection *connection = foreman_exchange_get_connection (self->exchange);
  g_autoptr (GError) error = NULL;
  gsize kept;
  gssize got = relay_read (self, &kept, &error);

  if (got < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      foreman_exchange_flush_head (self->exchange);
      if (self->task)
        foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (self->response), TRUE);
      return FALSE;
    }
  if (got < 0)
    relay_fail (self, g_steal_pointer (&error));
  else if (got > 0 && !foreman_upstream_response_is_complete (self->response))
    {
      relay_write (self, kept, got);
      return TRUE;
    }
  else
    {
      /* The last bytes and the answer's end leave in one piece. */
      foreman_connection_cork (connection);
      if (got > 0)
        relay_write (self, kept, got);
      if (self->task)
        relay_end (self);
      foreman_connection_uncork (connection);
    }
  return FALSE;
}

static void
relay_pump (ForemanRelay *self)
{
  ForemanConnection *connection = foreman_exchange_get_connection (self->exchange);
  gboolean more = TRUE;

  /* A write can find that the client is gone, and that ends the relay under our hands. */
  g_rc_box_acquire (self);
  while (more && self->task && foreman_connection_get_unsent (connection) < FOREMAN_RELAY_WINDOW)
    more = relay_step (self);
  if (more && self->task)
    foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (self->response), FALSE);
  relay_unref (self);
}

static void
on_readable (ForemanByteSource *source, ForemanRelay *self)
{
  relay_pump (self);
}

static void
on_drained (ForemanConnection *connection, ForemanRelay *self)
{
  relay_pump (self);
}

static void
on_gone (ForemanExchange *exchange, ForemanRelay *self)
{
  note_usage (self);
  relay_return (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the client left"));
}

static void
on_cut (ForemanExchange *exchange, const GError *error, ForemanRelay *self)
{
  relay_fail (self, g_error_copy (error));
}

/**
 * foreman_relay_async:
 * @exchange: an exchange whose answer has begun
 * @response: (transfer none): the target's answer
 * @kind: what it is
 * @callback: called when @response was read to its end, or the exchange is over
 * @user_data: for @callback
 *
 * Sends the body of @response to the client as it comes. An answer that breaks off is ended with an
 * error in its own format, or cut so that it cannot be taken for a whole one. When the client
 * leaves, @response is closed at once. Main thread.
 */
void
foreman_relay_async (ForemanExchange *exchange,
                     ForemanUpstreamResponse *response,
                     ForemanAnswerKind kind,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  ForemanRelay *self = g_rc_box_new0 (ForemanRelay);

  self->task = g_task_new (exchange, NULL, callback, user_data);
  g_task_set_source_tag (self->task, foreman_relay_async);
  self->exchange = g_object_ref (exchange);
  self->response = g_object_ref (response);
  self->scan = foreman_answer_scan_new (kind);
  self->kind = kind;
  if (foreman_exchange_is_over (exchange))
    {
      on_gone (exchange, self);
      return;
    }
  self->readable_id = g_signal_connect (response, "readable", G_CALLBACK (on_readable), self);
  self->drained_id = g_signal_connect (foreman_exchange_get_connection (exchange), "drained",
                                       G_CALLBACK (on_drained), self);
  self->gone_id = g_signal_connect (exchange, "gone", G_CALLBACK (on_gone), self);
  self->cut_id = g_signal_connect (exchange, "cut", G_CALLBACK (on_cut), self);
  relay_pump (self);
}

/**
 * foreman_relay_finish:
 * @exchange: the exchange
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_relay_async().
 *
 * Returns: whether the target's answer came whole
 */
gboolean
foreman_relay_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-event-stream.h"

#include "http/foreman-http-date.h"
#include "jobs/foreman-job-json.h"

#include <string.h>

/* Proxies close what is silent for a minute; a reader that is gone is found by it, too. */
#define PING_INTERVAL (15 * G_USEC_PER_SEC)

struct _ForemanEventStream
{
  GObject parent_instance;

  ForemanExchange *exchange; /* (owned) */
  gulong drained_id;
  gulong gone_id;
  gulong cut_id;
  guint ping_timer;
  gboolean closed;
};

enum
{
  SIGNAL_DRAINED,
  SIGNAL_CLOSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanEventStream, foreman_event_stream, G_TYPE_OBJECT)

static ForemanClock *
clock_of (ForemanEventStream *self)
{
  return foreman_exchange_get_context (self->exchange)->clock;
}

static void
close_stream (ForemanEventStream *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  foreman_clock_clear_timer (clock_of (self), &self->ping_timer);
  g_clear_signal_handler (&self->drained_id, foreman_exchange_get_connection (self->exchange));
  g_clear_signal_handler (&self->gone_id, self->exchange);
  g_clear_signal_handler (&self->cut_id, self->exchange);
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0);
}

static void
foreman_event_stream_dispose (GObject *object)
{
  ForemanEventStream *self = FOREMAN_EVENT_STREAM (object);

  if (self->exchange)
    close_stream (self);
  g_clear_object (&self->exchange);
  G_OBJECT_CLASS (foreman_event_stream_parent_class)->dispose (object);
}

static void
foreman_event_stream_class_init (ForemanEventStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_event_stream_dispose;

  /**
   * ForemanEventStream::drained:
   *
   * The reader has caught up.
   */
  signals[SIGNAL_DRAINED] = g_signal_new ("drained", FOREMAN_TYPE_EVENT_STREAM, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * ForemanEventStream::closed:
   *
   * The stream was ended, or its reader has left.
   */
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", FOREMAN_TYPE_EVENT_STREAM, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_event_stream_init (ForemanEventStream *self)
{
}

static void
on_drained (ForemanConnection *connection, ForemanEventStream *self)
{
  g_signal_emit (self, signals[SIGNAL_DRAINED], 0);
}

static void on_ping (gpointer data);

static void
set_ping_timer (ForemanEventStream *self)
{
  ForemanClock *clock = clock_of (self);

  self->ping_timer =
      foreman_clock_add_timer (clock, foreman_clock_get_monotonic (clock) + PING_INTERVAL, on_ping,
                               self, NULL);
}

static void
on_ping (gpointer data)
{
  g_autoptr (ForemanEventStream) self = g_object_ref (data);

  self->ping_timer = 0;
  if (foreman_event_stream_has_room (self))
    foreman_exchange_write (self->exchange, ": ping\n\n", 8);
  if (!self->closed)
    set_ping_timer (self);
}

static void
begin (ForemanExchange *exchange)
{
  g_autoptr (GString) headers = g_string_new (NULL);

  foreman_headers_append (headers, "Content-Type", "text/event-stream");
  foreman_headers_append (headers, "Cache-Control", "no-cache");
  foreman_headers_append (headers, "X-Accel-Buffering", "no");
  foreman_headers_append (headers, "Date", foreman_http_date_now ());
  foreman_exchange_begin (exchange, 200, "OK", headers, -1);
  foreman_exchange_flush_head (exchange);
}

/**
 * foreman_event_stream_new:
 * @exchange: an exchange that is not over and whose answer has not begun
 *
 * Begins to answer with events. Main thread, as is everything here.
 *
 * Returns: (transfer full): a stream
 */
ForemanEventStream *
foreman_event_stream_new (ForemanExchange *exchange)
{
  ForemanEventStream *self = g_object_new (FOREMAN_TYPE_EVENT_STREAM, NULL);

  self->exchange = g_object_ref (exchange);
  foreman_exchange_get_record (exchange)->stage = FOREMAN_STAGE_STREAMING;
  self->drained_id = g_signal_connect (foreman_exchange_get_connection (exchange), "drained",
                                       G_CALLBACK (on_drained), self);
  self->gone_id = g_signal_connect_swapped (exchange, "gone", G_CALLBACK (close_stream), self);
  self->cut_id =
      g_signal_connect_swapped (exchange, "cut", G_CALLBACK (foreman_event_stream_end), self);
  set_ping_timer (self);
  begin (exchange);
  return self;
}

/**
 * foreman_event_stream_is_open:
 * @self: a stream
 *
 * Returns: whether its reader is there and it was not ended
 */
gboolean
foreman_event_stream_is_open (ForemanEventStream *self)
{
  return !self->closed;
}

/**
 * foreman_event_stream_has_room:
 * @self: a stream
 *
 * Returns: whether the reader keeps up; otherwise the rest waits for [signal@EventStream::drained]
 */
gboolean
foreman_event_stream_has_room (ForemanEventStream *self)
{
  return !self->closed &&
         foreman_connection_get_unsent (foreman_exchange_get_connection (self->exchange)) <
             FOREMAN_EVENT_STREAM_WINDOW;
}

/**
 * foreman_event_stream_send:
 * @self: a stream
 * @event: what kind of event it is
 * @id: (nullable): what the reader may come back with as `Last-Event-ID`
 * @data: one line
 *
 * Sends an event, whether there is room or not.
 */
void
foreman_event_stream_send (ForemanEventStream *self,
                           const char *event,
                           const char *id,
                           const char *data)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (self->closed)
    return;
  g_string_printf (text, "event: %s\n", event);
  if (id)
    g_string_append_printf (text, "id: %s\n", id);
  g_string_append_printf (text, "data: %s\n\n", data);
  foreman_exchange_write (self->exchange, text->str, text->len);
}

/**
 * foreman_event_stream_send_state:
 * @self: a stream
 * @id: what the reader may come back with
 * @event: what happened to a job
 *
 * Sends the event `state`.
 */
void
foreman_event_stream_send_state (ForemanEventStream *self,
                                 const char *id,
                                 const ForemanJobEvent *event)
{
  g_autoptr (GString) json = g_string_new ("{\"job_id\":");

  foreman_job_json_append_string (json, event->job_id);
  g_string_append_printf (json, ",\"state\":\"%s\",\"previous_state\":\"%s\",\"timestamp\":",
                          foreman_job_state_to_string (event->state),
                          event->previous_state < 0
                              ? ""
                              : foreman_job_state_to_string (event->previous_state));
  foreman_job_json_append_time (json, event->at);
  g_string_append (json, ",\"model\":");
  foreman_job_json_append_string (json, event->model);
  g_string_append (json, ",\"group\":");
  foreman_job_json_append_string (json, event->group);
  g_string_append_printf (json, ",\"attempt\":%d,\"error\":", event->attempt);
  foreman_job_json_append_string (json, event->error);
  g_string_append (json, ",\"error_code\":");
  foreman_job_json_append_string (json, event->error_code);
  g_string_append_c (json, '}');
  foreman_event_stream_send (self, "state", id, json->str);
}

/**
 * foreman_event_stream_send_progress:
 * @self: a stream
 * @job_id: a job that runs
 * @tokens: how many it has written
 *
 * Sends the event `progress`, which has no id: the next one says all again. It is left out for who
 * does not keep up.
 */
void
foreman_event_stream_send_progress (ForemanEventStream *self, const char *job_id, gint64 tokens)
{
  g_autofree char *json =
      g_strdup_printf ("{\"job_id\":\"%s\",\"tokens\":%" G_GINT64_FORMAT "}", job_id, tokens);

  if (foreman_event_stream_has_room (self))
    foreman_event_stream_send (self, "progress", NULL, json);
}

/**
 * foreman_event_stream_end:
 * @self: a stream
 *
 * Ends it: there will be no more events, or the reader is to come again.
 */
void
foreman_event_stream_end (ForemanEventStream *self)
{
  g_autoptr (ForemanEventStream) alive = g_object_ref (self);

  if (self->closed)
    return;
  close_stream (self);
  foreman_exchange_end (self->exchange);
}

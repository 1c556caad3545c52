/* SPDX-License-Identifier: MIT */
#include "http/foreman-all-events.h"

#include "http/foreman-event-stream.h"
#include "http/foreman-job-access.h"

/* What is read of the store at once. */
#define STATES_A_PAGE 100

/**
 * ForemanAllEvents:
 *
 * The states of all jobs that one reader may see. As with #ForemanJobEvents, signals only say that
 * there may be more, which is then read from the store.
 */
#define FOREMAN_TYPE_ALL_EVENTS (foreman_all_events_get_type ())
G_DECLARE_FINAL_TYPE (ForemanAllEvents, foreman_all_events, FOREMAN, ALL_EVENTS, GObject)

struct _ForemanAllEvents
{
  GObject parent_instance; /* it holds itself until it is closed */

  ForemanExchange *exchange;  /* (owned) */
  ForemanEventStream *stream; /* (owned) (nullable): %NULL until it is known where to begin */
  ForemanJobWatch *watch;     /* (owned) */
  ForemanEventPosition position;
  gboolean behind;  /* the store may have states that were not sent */
  gboolean reading; /* the store is being asked for them */
  gboolean closed;
};

G_DEFINE_FINAL_TYPE (ForemanAllEvents, foreman_all_events, G_TYPE_OBJECT)

static void pump (ForemanAllEvents *self);

static void
close_events (ForemanAllEvents *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  g_signal_handlers_disconnect_by_data (self->watch, self);
  if (self->stream)
    {
      g_signal_handlers_disconnect_by_data (self->stream, self);
      foreman_event_stream_end (self->stream);
    }
  g_object_unref (self);
}

static void
foreman_all_events_finalize (GObject *object)
{
  ForemanAllEvents *self = FOREMAN_ALL_EVENTS (object);

  g_clear_object (&self->stream);
  g_clear_object (&self->watch);
  g_clear_object (&self->exchange);
  G_OBJECT_CLASS (foreman_all_events_parent_class)->finalize (object);
}

static void
foreman_all_events_class_init (ForemanAllEventsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_all_events_finalize;
}

static void
foreman_all_events_init (ForemanAllEvents *self)
{
}

/* Who has begun to read comes again and goes on. */
static void
fail (ForemanAllEvents *self, const GError *error)
{
  if (!self->stream)
    foreman_exchange_answer_failure (self->exchange, error);
  close_events (self);
}

static void
send_states (ForemanAllEvents *self, GPtrArray *events)
{
  for (guint i = 0; i < events->len; i++)
    {
      const ForemanJobEvent *event = events->pdata[i];
      g_autofree char *id = NULL;

      self->position.sequence = event->sequence;
      id = foreman_event_position_to_string (&self->position);
      foreman_event_stream_send_state (self->stream, id, event);
    }
  self->behind |= events->len == STATES_A_PAGE;
}

static void
list_events (ForemanAllEvents *self, gint64 after, guint limit, GAsyncReadyCallback callback)
{
  self->reading = TRUE;
  foreman_store_list_events_async (foreman_exchange_get_context (self->exchange)->store, NULL,
                                   foreman_job_access_get_submitter (self->exchange), after, limit,
                                   foreman_exchange_get_cancellable (self->exchange), callback,
                                   g_object_ref (self));
}

static GPtrArray *
list_events_finish (ForemanAllEvents *self, GObject *store, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *events = foreman_store_list_events_finish (FOREMAN_STORE (store), result, &error);

  self->reading = FALSE;
  if (!events && !self->closed)
    fail (self, error);
  return events;
}

static void
on_states (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanAllEvents) self = user_data;
  g_autoptr (GPtrArray) events = list_events_finish (self, source, result);

  if (self->closed || !events)
    return;
  send_states (self, events);
  pump (self);
}

static void
pump (ForemanAllEvents *self)
{
  if (self->closed || self->reading || !self->behind ||
      !foreman_event_stream_has_room (self->stream))
    return;
  self->behind = FALSE;
  list_events (self, self->position.sequence, STATES_A_PAGE, on_states);
}

static void
begin (ForemanAllEvents *self)
{
  if (foreman_exchange_is_over (self->exchange))
    {
      close_events (self);
      return;
    }
  self->stream = foreman_event_stream_new (self->exchange);
  g_signal_connect_swapped (self->stream, "drained", G_CALLBACK (pump), self);
  g_signal_connect_swapped (self->stream, "closed", G_CALLBACK (close_events), self);
  pump (self);
}

/* Who names no event gets those from now on: after the newest there is. */
static void
on_newest (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanAllEvents) self = user_data;
  g_autoptr (GPtrArray) events = list_events_finish (self, source, result);

  if (self->closed || !events)
    return;
  self->position.sequence =
      events->len > 0 ? ((ForemanJobEvent *) events->pdata[events->len - 1])->sequence : 0;
  begin (self);
}

static gboolean
is_visible (ForemanAllEvents *self, const char *submitter)
{
  const char *own = foreman_job_access_get_submitter (self->exchange);

  return !own || g_strcmp0 (own, submitter) == 0;
}

static void
on_changed (ForemanJobWatch *watch, ForemanJobRecord *job, ForemanAllEvents *self)
{
  if (!is_visible (self, job->submitter))
    return;
  self->behind = TRUE;
  if (self->stream)
    pump (self);
}

static void
on_progress (ForemanJobWatch *watch,
             const char *id,
             const char *submitter,
             guint64 tokens,
             ForemanAllEvents *self)
{
  if (self->stream && is_visible (self, submitter))
    foreman_event_stream_send_progress (self->stream, id, tokens);
}

static void
on_stopped (ForemanJobWatch *watch, ForemanAllEvents *self)
{
  g_autoptr (GError) error = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_DRAINING,
                                                  "foreman is shutting down; try again later");

  fail (self, error);
}

/**
 * foreman_all_events_run:
 * @exchange: an exchange
 * @position: how far its reader got before; if it names none, events are sent from now on
 *
 * Answers with the states of all jobs its caller sees, for as long as that stays. Main thread.
 */
void
foreman_all_events_run (ForemanExchange *exchange, const ForemanEventPosition *position)
{
  ForemanAllEvents *self = g_object_new (FOREMAN_TYPE_ALL_EVENTS, NULL);

  self->exchange = g_object_ref (exchange);
  self->watch = g_object_ref (foreman_exchange_get_context (exchange)->job_watch);
  self->position.sequence = position->sequence;
  self->position.claim = -1;
  g_signal_connect (self->watch, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->watch, "progress", G_CALLBACK (on_progress), self);
  g_signal_connect (self->watch, "stopped", G_CALLBACK (on_stopped), self);
  self->behind = position->sequence >= 0;
  if (self->behind)
    begin (self);
  else
    list_events (self, FOREMAN_STORE_NEWEST, 1, on_newest);
}

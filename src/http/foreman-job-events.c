/* SPDX-License-Identifier: MIT */
#include "http/foreman-job-events.h"

#include "http/foreman-event-stream.h"
#include "http/foreman-job-access.h"
#include "jobs/foreman-job-json.h"

#include <string.h>

/* What is read of the store, and sent, at once. */
#define STATES_A_PAGE 100
#define TEXT_PIECE    (16 * 1024)

/**
 * ForemanJobEvents:
 *
 * The events of one job for one reader. What the reader has got is its position; signals only say
 * that there may be more, which is then read from where it is kept: states in the store, text with
 * the dispatcher, and what that no longer has in the artifact `partial`. So a reader that is slow,
 * or was away, misses nothing and gets nothing twice.
 */
#define FOREMAN_TYPE_JOB_EVENTS (foreman_job_events_get_type ())
G_DECLARE_FINAL_TYPE (ForemanJobEvents, foreman_job_events, FOREMAN, JOB_EVENTS, GObject)

struct _ForemanJobEvents
{
  GObject parent_instance; /* it holds itself until it is closed */

  ForemanExchange *exchange;  /* (owned) */
  ForemanEventStream *stream; /* (owned) (nullable): %NULL until there is something to say */
  ForemanJobTopic *topic;     /* (owned) */
  ForemanJobRecord *job;      /* (owned) (nullable): the last that was heard; %NULL at first */
  char *id;                   /* (owned) */
  ForemanEventPosition position;
  gboolean states_behind; /* the store may have states that were not sent */
  gboolean text_behind;   /* there may be text that was not sent */
  gboolean reading;       /* the store is being asked for one of them */
  gboolean admitted;      /* the job is one that the reader may see */
  gboolean closed;
};

G_DEFINE_FINAL_TYPE (ForemanJobEvents, foreman_job_events, G_TYPE_OBJECT)

static void pump (ForemanJobEvents *self);
static void look_up (ForemanJobEvents *self);

static void
close_events (ForemanJobEvents *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  g_signal_handlers_disconnect_by_data (self->topic, self);
  if (self->stream)
    {
      g_signal_handlers_disconnect_by_data (self->stream, self);
      foreman_event_stream_end (self->stream);
    }
  g_object_unref (self);
}

static void
foreman_job_events_finalize (GObject *object)
{
  ForemanJobEvents *self = FOREMAN_JOB_EVENTS (object);

  g_clear_object (&self->stream);
  g_clear_object (&self->topic);
  g_clear_object (&self->exchange);
  g_clear_pointer (&self->job, foreman_job_record_unref);
  g_free (self->id);
  G_OBJECT_CLASS (foreman_job_events_parent_class)->finalize (object);
}

static void
foreman_job_events_class_init (ForemanJobEventsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_job_events_finalize;
}

static void
foreman_job_events_init (ForemanJobEvents *self)
{
}

static ForemanStore *
store_of (ForemanJobEvents *self)
{
  return foreman_exchange_get_context (self->exchange)->store;
}

static ForemanDispatcher *
dispatcher_of (ForemanJobEvents *self)
{
  return foreman_exchange_get_context (self->exchange)->dispatcher;
}

/* Nothing can be read now. Who has begun to read comes again and goes on. */
static void
fail (ForemanJobEvents *self, const GError *error)
{
  if (!self->stream)
    foreman_exchange_answer_failure (self->exchange, error);
  close_events (self);
}

static void
ensure_stream (ForemanJobEvents *self)
{
  if (self->stream)
    return;
  self->stream = foreman_event_stream_new (self->exchange);
  g_signal_connect_swapped (self->stream, "drained", G_CALLBACK (pump), self);
  g_signal_connect_swapped (self->stream, "closed", G_CALLBACK (close_events), self);
}

/* The state that says that all is over comes after all text. What was over and is tried again has a
 * later one. Returns: whether it has to wait */
static gboolean
is_too_early (ForemanJobEvents *self, GPtrArray *events)
{
  const ForemanJobEvent *last = events->len > 0 ? events->pdata[events->len - 1] : NULL;

  return last != NULL && events->len < STATES_A_PAGE &&
         foreman_job_state_is_terminal (last->state) &&
         (self->text_behind || !foreman_job_state_is_terminal (self->job->state));
}

static void
send_state (ForemanJobEvents *self, const ForemanJobEvent *event)
{
  g_autofree char *id = NULL;

  self->position.sequence = event->sequence;
  id = foreman_event_position_to_string (&self->position);
  ensure_stream (self);
  foreman_event_stream_send_state (self->stream, id, event);
}

static void
on_states (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanJobEvents) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events =
      foreman_store_list_events_finish (FOREMAN_STORE (source), result, &error);
  gboolean early;

  self->reading = FALSE;
  if (self->closed)
    return;
  if (!events)
    {
      fail (self, error);
      return;
    }
  self->states_behind |= events->len == STATES_A_PAGE;
  early = is_too_early (self, events);
  for (guint i = 0; i < events->len - early; i++)
    send_state (self, events->pdata[i]);
  self->states_behind |= early;
  if (early && !foreman_job_state_is_terminal (self->job->state))
    look_up (self);
  else
    pump (self);
}

static void
read_states (ForemanJobEvents *self)
{
  self->states_behind = FALSE;
  self->reading = TRUE;
  foreman_store_list_events_async (store_of (self), self->id,
                                   foreman_job_access_get_submitter (self->exchange),
                                   MAX (self->position.sequence, 0), STATES_A_PAGE,
                                   foreman_exchange_get_cancellable (self->exchange), on_states,
                                   g_object_ref (self));
}

/* How much of @text, which may begin or end within a character, is whole. @skip: (out): how much of
 * its beginning is not */
static gsize
whole_characters (const char *text, gsize length, gsize *skip)
{
  const char *end = text;

  *skip = 0;
  if (length == 0)
    return 0;
  for (; *skip < length && (text[*skip] & 0xc0) == 0x80;)
    ++*skip;
  g_utf8_validate_len (text + *skip, length - *skip, &end);
  return end - text - *skip;
}

/* Returns: whether any of it could be sent */
static gboolean
send_piece (ForemanJobEvents *self, const char *text, gsize length)
{
  gsize skip;
  gsize whole = whole_characters (text, length, &skip);
  g_autofree char *piece = g_strndup (text + skip, whole);
  g_autoptr (GString) json = g_string_new (NULL);
  g_autofree char *id = NULL;

  if (whole == 0)
    return FALSE;
  self->position.offset += skip;
  g_string_printf (json,
                   "{\"job_id\":\"%s\",\"run\":%" G_GINT64_FORMAT ",\"offset\":%" G_GUINT64_FORMAT
                   ",\"text\":",
                   self->id, self->position.claim, self->position.offset);
  foreman_job_json_append_string (json, piece);
  g_string_append_c (json, '}');
  self->position.offset += whole;
  id = foreman_event_position_to_string (&self->position);
  ensure_stream (self);
  foreman_event_stream_send (self->stream, "output", id, json->str);
  return TRUE;
}

/* The text of another run begins anew. */
static void
follow_run (ForemanJobEvents *self, gint64 claim)
{
  if (self->position.claim == claim)
    return;
  self->position.claim = claim;
  self->position.offset = 0;
}

/* What the store has not is skipped; the offset of what comes next shows it. */
static void
skip_gap (ForemanJobEvents *self)
{
  guint64 begin = 0;
  g_autofree char *text = NULL;

  if (dispatcher_of (self))
    text = foreman_dispatcher_dup_output (dispatcher_of (self), self->id, &begin);
  if (text && begin > self->position.offset)
    self->position.offset = begin;
  else
    self->text_behind = FALSE;
}

static void
on_stored_text (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanJobEvents) self = user_data;
  g_autoptr (GBytes) text = foreman_store_read_finish (FOREMAN_STORE (source), result, NULL);

  self->reading = FALSE;
  if (self->closed)
    return;
  if (!text || !send_piece (self, g_bytes_get_data (text, NULL), g_bytes_get_size (text)))
    skip_gap (self);
  pump (self);
}

static void
read_stored_text (ForemanJobEvents *self, guint64 length)
{
  self->reading = TRUE;
  foreman_store_read_async (store_of (self), self->id, "partial", self->position.offset,
                            MIN (length, TEXT_PIECE),
                            foreman_exchange_get_cancellable (self->exchange), on_stored_text,
                            g_object_ref (self));
}

static void
send_running_text (ForemanJobEvents *self)
{
  guint64 begin;
  g_autofree char *text = foreman_dispatcher_dup_output (dispatcher_of (self), self->id, &begin);
  gsize length = text ? strlen (text) : 0;

  if (self->position.offset < begin)
    read_stored_text (self, begin - self->position.offset);
  else if (self->position.offset >= begin + length ||
           !send_piece (self, text + (self->position.offset - begin),
                        MIN (begin + length - self->position.offset, TEXT_PIECE)))
    self->text_behind = FALSE;
}

/* What a job that failed or was cancelled has left behind. The text of one that is done is in its
 * result. */
static void
send_left_text (ForemanJobEvents *self)
{
  const ForemanArtifact *partial = foreman_job_record_find_artifact (self->job, "partial");

  if (partial)
    follow_run (self, self->job->claim);
  if (partial && (guint64) partial->size > self->position.offset)
    read_stored_text (self, partial->size - self->position.offset);
  else
    self->text_behind = FALSE;
}

static gint64
get_claim (ForemanJobEvents *self)
{
  return dispatcher_of (self) ? foreman_dispatcher_get_claim (dispatcher_of (self), self->id) : -1;
}

static void
send_text (ForemanJobEvents *self)
{
  gint64 claim = get_claim (self);

  if (claim >= 0)
    {
      follow_run (self, claim);
      send_running_text (self);
    }
  else if (foreman_job_state_is_terminal (self->job->state))
    send_left_text (self);
  else
    self->text_behind = FALSE;
}

/* There is no more, and never will be: 204 tells a reader that would come again and again. */
static void
end (ForemanJobEvents *self)
{
  if (!self->stream)
    foreman_exchange_answer (self->exchange, 204, NULL, "", 0);
  close_events (self);
}

/* Text comes before the state that says that it was the last. */
static void
step (ForemanJobEvents *self)
{
  gboolean is_terminal = foreman_job_state_is_terminal (self->job->state);

  if (self->text_behind && (is_terminal || !self->states_behind))
    send_text (self);
  else if (self->states_behind)
    read_states (self);
  else if (is_terminal)
    end (self);
}

static gboolean
can_step (ForemanJobEvents *self)
{
  return !self->closed && !self->reading &&
         (!self->stream || foreman_event_stream_has_room (self->stream)) &&
         (self->text_behind || self->states_behind ||
          foreman_job_state_is_terminal (self->job->state));
}

static void
pump (ForemanJobEvents *self)
{
  g_autoptr (ForemanJobEvents) alive = g_object_ref (self);

  if (!self->admitted)
    return;
  if (foreman_exchange_is_over (self->exchange))
    close_events (self);
  while (can_step (self))
    step (self);
  if (!self->closed && !self->reading)
    ensure_stream (self);
}

static void
on_job (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanJobEvents) self = user_data;
  g_autoptr (GError) error = NULL;
  ForemanJobRecord *job = foreman_job_access_get_finish (self->exchange, result, &error);

  if (self->closed)
    {
      g_clear_pointer (&job, foreman_job_record_unref);
      return;
    }
  if (!job)
    {
      fail (self, error);
      return;
    }
  /* A signal's is newer. */
  if (self->job)
    foreman_job_record_unref (job);
  else
    self->job = job;
  self->admitted = self->states_behind = self->text_behind = TRUE;
  pump (self);
}

/* What is known of the job until then is not what pump() goes by. */
static void
look_up (ForemanJobEvents *self)
{
  self->admitted = FALSE;
  g_clear_pointer (&self->job, foreman_job_record_unref);
  foreman_job_access_get_async (self->exchange, FALSE, on_job, g_object_ref (self));
}

static void
on_changed (ForemanJobTopic *topic, ForemanJobRecord *job, ForemanJobEvents *self)
{
  g_clear_pointer (&self->job, foreman_job_record_unref);
  self->job = foreman_job_record_ref (job);
  self->states_behind = self->text_behind = TRUE;
  pump (self);
}

static void
on_progress (ForemanJobTopic *topic, guint64 tokens, ForemanJobEvents *self)
{
  if (self->stream)
    foreman_event_stream_send_progress (self->stream, self->id, tokens);
}

/* Who has all that came before gets it as it comes. */
static void
on_output (ForemanJobTopic *topic, const char *text, guint64 offset, ForemanJobEvents *self)
{
  if (self->stream && !self->reading && !self->states_behind && !self->text_behind &&
      foreman_event_stream_has_room (self->stream) && offset == self->position.offset &&
      self->position.claim == get_claim (self))
    {
      send_piece (self, text, strlen (text));
      return;
    }
  self->text_behind = TRUE;
  pump (self);
}

static void
on_stopped (ForemanJobTopic *topic, ForemanJobEvents *self)
{
  g_autoptr (GError) error = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_DRAINING,
                                                  "foreman is shutting down; try again later");

  fail (self, error);
}

/**
 * foreman_job_events_run:
 * @exchange: an exchange whose path names a job
 * @id: the job's id
 * @position: how far its reader got before
 *
 * Answers with the job's events from there on, until it is terminal. Main thread.
 */
void
foreman_job_events_run (ForemanExchange *exchange,
                        const char *id,
                        const ForemanEventPosition *position)
{
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  ForemanJobEvents *self = g_object_new (FOREMAN_TYPE_JOB_EVENTS, NULL);

  self->exchange = g_object_ref (exchange);
  self->topic = foreman_job_watch_ref_topic (context->job_watch, id);
  self->id = g_strdup (id);
  self->position = *position;
  g_signal_connect (self->topic, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->topic, "progress", G_CALLBACK (on_progress), self);
  g_signal_connect (self->topic, "output", G_CALLBACK (on_output), self);
  g_signal_connect (self->topic, "stopped", G_CALLBACK (on_stopped), self);
  look_up (self);
}

/* SPDX-License-Identifier: MIT */
/* The life of a connection: what the reactor calls, and what follows from it.
 *
 * Signals are emitted from here only, never from within a method; whatever a handler does, the
 * state is looked at anew after each. */
#include "net/foreman-connection-private.h"
#include "net/foreman-tcp.h"

#include <sys/socket.h>
#include <unistd.h>

/* How long a peer that is told that this was all may take to hear it. */
#define LINGER_TIME (2 * G_USEC_PER_SEC)

/* Has on_soon() called in this turn of the main loop, or in the next. */
void
foreman_connection_schedule (ForemanConnection *self)
{
  foreman_deadline_set (&self->soon, 1);
}

static gboolean
wants_input (const ForemanConnection *self)
{
  switch ((ForemanConnectionState) self->state)
    {
    case STATE_IDLE:
      return !foreman_connection_has_stash (self);
    case STATE_HEAD:
    case STATE_LINGERING:
      return TRUE;
    case STATE_REQUEST:
      return foreman_connection_waits_for_body (self);
    case STATE_FINISHING:
      return foreman_connection_can_discard (self) && !self->peer_left;
    case STATE_CLOSED:
    default:
      return FALSE;
    }
}

static void
set_events (ForemanConnection *self, guint32 events)
{
  self->events = events;
  foreman_watch_set_events (self->watch, events);
}

static void
update_events (ForemanConnection *self)
{
  guint32 events = EPOLLRDHUP;

  if (self->peer_left || self->state == STATE_LINGERING)
    events = 0;
  /* Input that is not wanted now is only switched off when some comes (on_input): most often none
   * does until it is wanted again, and a request costs no epoll_ctl() at all. */
  if (wants_input (self) || (self->events & EPOLLIN && !self->peer_left))
    events |= EPOLLIN;
  if (self->blocked)
    events |= EPOLLOUT;
  set_events (self, events);
}

static gint64
after (gint64 start, gint64 time)
{
  return time > 0 ? start + time : 0;
}

static void
update_deadline (ForemanConnection *self)
{
  gint64 when = 0;

  switch ((ForemanConnectionState) self->state)
    {
    case STATE_IDLE:
      when = after (self->idle_since, self->limits.idle_timeout);
      break;
    case STATE_HEAD:
      when = after (self->waiting_since, self->limits.head_timeout);
      break;
    case STATE_REQUEST:
      when = g_get_monotonic_time () + FOREMAN_TCP_CHECK_INTERVAL;
      if (self->limits.body_timeout > 0 && foreman_connection_waits_for_body (self))
        when = MIN (when, self->waiting_since + self->limits.body_timeout);
      break;
    case STATE_FINISHING:
      when = g_get_monotonic_time () + FOREMAN_TCP_CHECK_INTERVAL;
      if (foreman_output_get_size (&self->output) == 0)
        when = self->waiting_since + LINGER_TIME;
      break;
    case STATE_LINGERING:
      when = self->waiting_since + LINGER_TIME;
      break;
    case STATE_CLOSED:
    default:
      break;
    }
  foreman_deadline_set (&self->deadline, when);
}

/* After the state has changed, or what is wanted in it. */
void
foreman_connection_update (ForemanConnection *self)
{
  if (self->watch == NULL)
    return;
  update_events (self);
  update_deadline (self);
}

/* Gives back all that the connection holds of the system; "closed" is still to be emitted. */
void
foreman_connection_shut (ForemanConnection *self)
{
  self->state = STATE_CLOSED;
  self->blocked = FALSE;
  foreman_deadline_clear (&self->deadline);
  foreman_deadline_clear (&self->soon);
  g_clear_pointer (&self->watch, foreman_watch_free);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  foreman_output_clear (&self->output);
  foreman_connection_drop_stash (self);
}

/* What a handler writes, if it answers at once, goes out in one piece. */
static void
emit_readable (ForemanConnection *self)
{
  foreman_connection_cork (self);
  foreman_byte_source_emit_readable (FOREMAN_BYTE_SOURCE (self));
  foreman_connection_uncork (self);
}

static void
announce_end (ForemanConnection *self)
{
  if (self->closed_announced)
    return;
  self->closed_announced = TRUE;
  /* who waits for the body must not wait for ever: reading it gives an error now */
  if (self->wanted)
    emit_readable (self);
  foreman_connection_emit_closed (self);
}

static void
end (ForemanConnection *self)
{
  foreman_connection_shut (self);
  announce_end (self);
}

static void
hang_up (ForemanConnection *self)
{
  gboolean under_way =
      self->state == STATE_REQUEST || self->broken || foreman_output_get_size (&self->output) > 0;

  foreman_connection_shut (self);
  if (under_way)
    foreman_connection_emit_hung_up (self);
  announce_end (self);
}

/* What became of sending something. */
void
foreman_connection_take_result (ForemanConnection *self, ForemanOutputResult result)
{
  if (result == FOREMAN_OUTPUT_BROKEN)
    {
      self->broken = TRUE;
      foreman_output_clear (&self->output);
      foreman_connection_schedule (self);
    }
  if (self->blocked != (result == FOREMAN_OUTPUT_BLOCKED))
    {
      self->blocked = result == FOREMAN_OUTPUT_BLOCKED;
      update_events (self);
    }
}

static void
next_request (ForemanConnection *self)
{
  self->state = STATE_IDLE;
  self->idle_since = g_get_monotonic_time ();
  self->answering = FALSE;
  self->dead_looks = 0;
  g_clear_pointer (&self->head, foreman_head_unref);
  if (foreman_connection_has_stash (self))
    foreman_connection_schedule (self);
  foreman_connection_update (self);
}

/* The answer is with the kernel, and there will be no other. Closing while bytes of the peer are
 * unread, or still come, would reset the connection, and the peer might never see the answer. */
static void
close_after_answer (ForemanConnection *self)
{
  gboolean is_last =
      self->draining || (self->head != NULL && !foreman_head_keeps_alive (self->head));
  gboolean has_said_all =
      foreman_body_decoder_is_done (&self->decoder) && !foreman_connection_has_stash (self);

  if (self->peer_left || (is_last && has_said_all))
    {
      self->closing = TRUE;
      foreman_connection_schedule (self);
      return;
    }
  shutdown (self->fd, SHUT_WR);
  self->state = STATE_LINGERING;
  self->waiting_since = g_get_monotonic_time ();
  foreman_connection_drop_stash (self);
  foreman_connection_update (self);
}

/* Goes on with a finished answer as far as it gets. */
void
foreman_connection_step (ForemanConnection *self)
{
  if (self->state != STATE_FINISHING || self->cork > 0)
    return;
  if (!self->blocked)
    foreman_connection_take_result (self, foreman_output_flush (&self->output, self->fd));
  if (self->broken)
    return;
  if (foreman_output_get_size (&self->output) == 0)
    {
      self->keep = self->keep && !self->peer_left && self->body_error == NULL;
      if (self->keep && foreman_body_decoder_is_done (&self->decoder))
        {
          next_request (self);
          return;
        }
      if (!self->keep || !foreman_connection_can_discard (self))
        {
          close_after_answer (self);
          return;
        }
    }
  foreman_connection_update (self);
}

static void
serve_head (ForemanConnection *self, gboolean from_socket)
{
  g_autoptr (GError) error = NULL;

  switch (foreman_connection_receive_head (self, from_socket, &error))
    {
    case HEAD_NEVER:
      end (self);
      return;
    case HEAD_INCOMPLETE:
      if (self->state == STATE_HEAD || !foreman_connection_has_stash (self))
        return;
      self->state = STATE_HEAD;
      self->waiting_since = g_get_monotonic_time ();
      foreman_connection_update (self);
      return;
    case HEAD_COMPLETE:
      foreman_connection_begin_body (self);
      break;
    case HEAD_REFUSED:
      foreman_body_decoder_init_length (&self->decoder, 0);
      break;
    default:
      g_assert_not_reached ();
    }
  self->state = STATE_REQUEST;
  foreman_connection_update (self);
  foreman_connection_cork (self);
  if (self->head != NULL)
    foreman_connection_emit_request (self);
  else
    foreman_connection_emit_rejected (self, error);
  foreman_connection_uncork (self);
}

static void
on_writable (ForemanConnection *self)
{
  foreman_connection_take_result (self, foreman_output_flush (&self->output, self->fd));
  if (self->broken || self->blocked)
    return;
  if (self->state == STATE_REQUEST)
    {
      foreman_connection_emit_drained (self);
      return;
    }
  self->waiting_since = g_get_monotonic_time ();
  foreman_connection_step (self);
}

static void
on_input (ForemanConnection *self)
{
  if (!wants_input (self))
    {
      if (self->watch != NULL)
        set_events (self, self->events & ~(guint32) EPOLLIN);
      return;
    }
  switch ((ForemanConnectionState) self->state)
    {
    case STATE_IDLE:
    case STATE_HEAD:
      serve_head (self, TRUE);
      break;
    case STATE_REQUEST:
      emit_readable (self);
      break;
    case STATE_FINISHING:
      foreman_connection_discard (self);
      foreman_connection_step (self);
      break;
    case STATE_LINGERING:
      if (foreman_connection_linger (self))
        end (self);
      break;
    case STATE_CLOSED:
    default:
      break;
    }
}

/* The peer sends nothing any more; if @gone, it does not listen either. */
static void
on_left (ForemanConnection *self, gboolean gone)
{
  if (self->state == STATE_REQUEST || (gone && self->state != STATE_CLOSED))
    {
      hang_up (self);
    }
  else if (self->state == STATE_FINISHING)
    {
      self->peer_left = TRUE;
      foreman_connection_step (self);
    }
}

void
foreman_connection_on_watch (guint32 events, gpointer data)
{
  g_autoptr (ForemanConnection) self = g_object_ref (data);
  gboolean gone = (events & (EPOLLERR | EPOLLHUP)) != 0;

  if (events & EPOLLOUT)
    on_writable (self);
  if (events & EPOLLIN)
    on_input (self);
  if (gone || events & EPOLLRDHUP)
    on_left (self, gone);
}

void
foreman_connection_on_soon (gpointer data)
{
  g_autoptr (ForemanConnection) self = g_object_ref (data);

  if (self->state == STATE_CLOSED)
    announce_end (self);
  else if (self->closing)
    end (self);
  else if (self->broken)
    hang_up (self);
  else if (self->state == STATE_IDLE && foreman_connection_has_stash (self))
    serve_head (self, FALSE);
  else if (self->state == STATE_REQUEST && self->wanted)
    {
      emit_readable (self);
      /* while something lies in the stash no watch will tell */
      if (self->state == STATE_REQUEST && self->wanted && foreman_connection_has_stash (self) &&
          !foreman_body_decoder_is_done (&self->decoder))
        foreman_connection_schedule (self);
      foreman_connection_update (self);
    }
}

/* Returns: whether the connection has been seen to be dead */
static gboolean
look_at_peer (ForemanConnection *self)
{
  self->dead_looks = foreman_tcp_looks_dead (self->fd) ? self->dead_looks + 1 : 0;
  return self->dead_looks >= FOREMAN_TCP_DEAD_AFTER;
}

static gboolean
body_is_late (ForemanConnection *self)
{
  return self->limits.body_timeout > 0 && foreman_connection_waits_for_body (self) &&
         g_get_monotonic_time () >= self->waiting_since + self->limits.body_timeout;
}

void
foreman_connection_on_deadline (gpointer data)
{
  g_autoptr (ForemanConnection) self = g_object_ref (data);

  switch ((ForemanConnectionState) self->state)
    {
    case STATE_REQUEST:
      if (look_at_peer (self))
        {
          hang_up (self);
          break;
        }
      if (body_is_late (self))
        {
          foreman_connection_fail_body (self, FOREMAN_ERROR_TIMEOUT,
                                        "The request's body did not come in time");
          foreman_connection_schedule (self);
        }
      foreman_connection_update (self);
      break;
    case STATE_FINISHING:
      if (foreman_output_get_size (&self->output) == 0)
        close_after_answer (self);
      else if (look_at_peer (self))
        hang_up (self);
      else
        foreman_connection_update (self);
      break;
    case STATE_IDLE:
    case STATE_HEAD:
    case STATE_LINGERING:
      end (self);
      break;
    case STATE_CLOSED:
    default:
      break;
    }
}

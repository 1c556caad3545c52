/* SPDX-License-Identifier: MIT */
#include "http/foreman-job-wait.h"

#include "http/foreman-job-access.h"

/**
 * ForemanJobWait:
 *
 * A client that waits for the end of a job.
 */
typedef struct
{
  ForemanExchange *exchange; /* (owned) */
  ForemanJobTopic *topic;    /* (owned) */
  gulong changed_id;
  gulong stopped_id;
  gulong gone_id;
  guint timer;
  gboolean reading;    /* the job is being read */
  gboolean read_again; /* it has changed since */
  gboolean is_time_up; /* the client gets what there is */
} ForemanJobWait;

static void
wait_free (ForemanJobWait *self)
{
  foreman_clock_clear_timer (foreman_exchange_get_context (self->exchange)->clock, &self->timer);
  g_clear_signal_handler (&self->changed_id, self->topic);
  g_clear_signal_handler (&self->stopped_id, self->topic);
  g_clear_signal_handler (&self->gone_id, self->exchange);
  g_clear_object (&self->topic);
  g_clear_object (&self->exchange);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobWait, wait_free)

static void on_job (GObject *source, GAsyncResult *result, gpointer user_data);

/* What the client gets is what the store has: with the answer, which no signal carries. */
static void
wait_read (ForemanJobWait *self)
{
  self->read_again = self->reading;
  if (self->reading)
    return;
  self->reading = TRUE;
  foreman_job_access_get_async (self->exchange, TRUE, on_job, self);
}

static void
on_job (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanJobWait) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job = foreman_job_access_get_finish (self->exchange, result, &error);

  self->reading = FALSE;
  if (!job)
    foreman_exchange_answer_failure (self->exchange, error);
  else if (foreman_job_state_is_terminal (job->state) || (self->is_time_up && !self->read_again))
    foreman_job_access_answer (self->exchange, job);
  else if (self->read_again)
    wait_read (g_steal_pointer (&self));
  else
    g_steal_pointer (&self);
}

static void
on_changed (ForemanJobTopic *topic, ForemanJobRecord *job, ForemanJobWait *self)
{
  if (foreman_job_state_is_terminal (job->state))
    wait_read (self);
}

static void
time_is_up (ForemanJobWait *self)
{
  self->is_time_up = TRUE;
  if (!self->reading)
    wait_read (self);
}

static void
on_timer (gpointer data)
{
  ForemanJobWait *self = data;

  self->timer = 0;
  time_is_up (self);
}

/* While the job is being read, its reader learns that the client left. */
static void
on_gone (ForemanExchange *exchange, ForemanJobWait *self)
{
  if (!self->reading)
    wait_free (self);
}

/**
 * foreman_job_wait_run:
 * @exchange: an exchange whose path names a job
 * @id: the job's id
 * @duration: how long to wait, in µs
 *
 * Answers with the job when it is terminal, or as it is after @duration, or when the service is
 * about to end. Main thread.
 */
void
foreman_job_wait_run (ForemanExchange *exchange, const char *id, gint64 duration)
{
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  ForemanJobWait *self = g_new0 (ForemanJobWait, 1);

  foreman_exchange_get_record (exchange)->stage = FOREMAN_STAGE_WAITING;
  self->exchange = g_object_ref (exchange);
  self->topic = foreman_job_watch_ref_topic (context->job_watch, id);
  self->changed_id = g_signal_connect (self->topic, "changed", G_CALLBACK (on_changed), self);
  self->stopped_id =
      g_signal_connect_swapped (self->topic, "stopped", G_CALLBACK (time_is_up), self);
  self->gone_id = g_signal_connect (exchange, "gone", G_CALLBACK (on_gone), self);
  self->is_time_up = foreman_job_watch_is_stopped (context->job_watch);
  self->timer = foreman_clock_add_timer (context->clock,
                                         foreman_clock_get_monotonic (context->clock) + duration,
                                         on_timer, self, NULL);
  wait_read (self);
}

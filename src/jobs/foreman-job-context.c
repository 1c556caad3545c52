/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-context.h"

#include "libforeman/foreman-ulid.h"

/* For how long after a sleep what breaks is taken to have broken of it. A connection that died
 * meanwhile is noticed by its keepalive within half of that. */
#define WAKING_UP (60 * G_USEC_PER_SEC)

static void
on_resumed (ForemanClock *clock, gint64 slept, gpointer data)
{
  ForemanJobContext *self = data;

  self->resumed_at = foreman_clock_get_monotonic (clock);
}

/**
 * foreman_job_context_new: (skip)
 * @store: where jobs are kept
 * @gate: where they wait for their turn
 * @target: where they run
 * @inventory: what is installed there
 * @clock: the clock
 *
 * Returns: (transfer full): a context with an owner of its own
 */
ForemanJobContext *
foreman_job_context_new (ForemanStore *store,
                         ForemanGate *gate,
                         ForemanTarget *target,
                         ForemanInventory *inventory,
                         ForemanClock *clock)
{
  ForemanJobContext *self = g_rc_box_new0 (ForemanJobContext);

  self->store = g_object_ref (store);
  self->gate = g_object_ref (gate);
  self->target = g_object_ref (target);
  self->inventory = g_object_ref (inventory);
  self->clock = g_object_ref (clock);
  self->owner = foreman_ulid_new_string ();
  self->resumed_at = -1;
  self->resumed_id = g_signal_connect (clock, "resumed", G_CALLBACK (on_resumed), self);
  return self;
}

/**
 * foreman_job_context_ref: (skip)
 * @self: a context
 *
 * Returns: (transfer full): @self
 */
ForemanJobContext *
foreman_job_context_ref (ForemanJobContext *self)
{
  return g_rc_box_acquire (self);
}

static void
context_clear (ForemanJobContext *self)
{
  g_clear_signal_handler (&self->resumed_id, self->clock);
  g_clear_object (&self->store);
  g_clear_object (&self->gate);
  g_clear_object (&self->target);
  g_clear_object (&self->inventory);
  g_clear_object (&self->clock);
  g_free (self->owner);
}

/**
 * foreman_job_context_unref: (skip)
 * @self: (transfer full): a context
 */
void
foreman_job_context_unref (ForemanJobContext *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) context_clear);
}

/**
 * foreman_job_context_has_slept: (skip)
 * @self: a context
 * @since: monotonic µs
 *
 * Returns: whether the host slept after @since, and woke only just now
 */
gboolean
foreman_job_context_has_slept (ForemanJobContext *self, gint64 since)
{
  return self->resumed_at >= since && self->resumed_at >= 0 &&
         foreman_clock_get_monotonic (self->clock) - self->resumed_at < WAKING_UP;
}

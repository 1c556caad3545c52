/* SPDX-License-Identifier: MIT */
/* A target that works on a job can be silent for long, and nothing is cut for that. But one that
 * does not answer polls for a minute either is not working on anything: it is black-holed, or has
 * lost us. */
#include "jobs/foreman-dispatcher-private.h"

#define PATIENCE (60 * G_USEC_PER_SEC)
#define INTERVAL (5 * G_USEC_PER_SEC)

/* A sleep counts: what was silent before it has not got better by it. */
static void
lose_what_is_lost (ForemanDispatcher *self)
{
  gint64 away = foreman_clock_get_boottime (self->context->clock) - self->away_since;
  g_autoptr (GPtrArray) runs = NULL;

  if (self->away_since < 0 || away < PATIENCE)
    return;
  runs = foreman_dispatcher_list_runs (self);
  for (guint i = 0; i < runs->len; i++)
    foreman_job_run_lose (runs->pdata[i]);
}

static void
on_look_due (gpointer data)
{
  ForemanDispatcher *self = data;

  self->away_timer = 0;
  foreman_dispatcher_watch_target (self);
}

/* Called when the target may have gone or come back, and again and again while it is away. */
void
foreman_dispatcher_watch_target (ForemanDispatcher *self)
{
  ForemanClock *clock = self->context->clock;

  lose_what_is_lost (self);
  if (!foreman_inventory_is_unreachable (self->context->inventory))
    {
      foreman_dispatcher_unwatch_target (self);
      return;
    }
  if (self->away_since < 0)
    self->away_since = foreman_clock_get_boottime (clock);
  if (self->away_timer == 0)
    self->away_timer =
        foreman_clock_add_timer (clock, foreman_clock_get_monotonic (clock) + INTERVAL, on_look_due,
                                 self, NULL);
}

/* The target is there again, or the dispatcher goes. */
void
foreman_dispatcher_unwatch_target (ForemanDispatcher *self)
{
  self->away_since = -1;
  foreman_clock_clear_timer (self->context->clock, &self->away_timer);
}

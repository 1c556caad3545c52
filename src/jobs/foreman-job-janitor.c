/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-janitor.h"

/* How often the clocks are compared, and how far apart they may be before that is a step. */
#define TICK       (10 * G_USEC_PER_SEC)
#define STEP_SLACK G_USEC_PER_SEC

/* However far away the next expiry is: a model can be waited for too long, too. */
#define LONGEST_SWEEP_WAIT (5 * 60 * G_USEC_PER_SEC)

/* Between two batches others have their turn. */
#define SHORTEST_SWEEP_WAIT (G_USEC_PER_SEC / 10)

/* How soon a store that failed is asked again, while it calls itself available. */
#define RETRY (5 * G_USEC_PER_SEC)

/* Something the store is asked to do when it is due. */
typedef struct
{
  gint64 due; /* by the wall clock; 0: never */
  guint timer;
  gboolean is_running;
  gboolean is_repeated; /* something happened while it ran */
} Chore;

struct _ForemanJobJanitor
{
  GObject parent_instance;

  ForemanStore *store; /* (owned) */
  ForemanClock *clock; /* (owned) */
  gint64 model_wait;
  gboolean is_started;
  Chore wake;
  Chore sweep;
  guint tick;
  gint64 offset; /* of the wall clock against time elapsed since boot, as delays go by it */
  guint shifts;  /* of delays, under way */
  gulong changed_id;
  gulong resumed_id;
  gulong set_id;
};

G_DEFINE_FINAL_TYPE (ForemanJobJanitor, foreman_job_janitor, G_TYPE_OBJECT)

static void
foreman_job_janitor_dispose (GObject *object)
{
  ForemanJobJanitor *self = FOREMAN_JOB_JANITOR (object);

  if (self->store != NULL)
    foreman_job_janitor_stop (self);
  g_clear_object (&self->store);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (foreman_job_janitor_parent_class)->dispose (object);
}

static void
foreman_job_janitor_class_init (ForemanJobJanitorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_job_janitor_dispose;
}

static void
foreman_job_janitor_init (ForemanJobJanitor *self)
{
}

/**
 * foreman_job_janitor_read_clock_offset: (skip)
 * @self: a janitor
 *
 * Returns: how far the wall clock is ahead of time elapsed since boot now, in µs
 */
gint64
foreman_job_janitor_read_clock_offset (ForemanJobJanitor *self)
{
  return foreman_clock_get_real (self->clock) - foreman_clock_get_boottime (self->clock);
}

/**
 * foreman_job_janitor_new: (skip)
 * @store: the store
 * @clock: the clock
 *
 * Returns: (transfer full): a janitor that does nothing yet
 */
ForemanJobJanitor *
foreman_job_janitor_new (ForemanStore *store, ForemanClock *clock)
{
  ForemanJobJanitor *self = g_object_new (FOREMAN_TYPE_JOB_JANITOR, NULL);

  self->store = g_object_ref (store);
  self->clock = g_object_ref (clock);
  self->offset = foreman_job_janitor_read_clock_offset (self);
  return self;
}

/**
 * foreman_job_janitor_set_model_wait: (skip)
 * @self: a janitor
 * @model_wait: µs that a job waits for its model (`FOREMAN_MODEL_WAIT`); 0: for ever
 */
void
foreman_job_janitor_set_model_wait (ForemanJobJanitor *self, gint64 model_wait)
{
  self->model_wait = model_wait;
}

/**
 * foreman_job_janitor_set_clock_offset: (skip)
 * @self: a janitor that is not started
 * @offset: in µs
 *
 * Tells which offset the delays in the store go by. If it is another than that of now, the clock
 * was set meanwhile.
 */
void
foreman_job_janitor_set_clock_offset (ForemanJobJanitor *self, gint64 offset)
{
  self->offset = offset;
}

/* Chores */

static void
janitor_schedule (ForemanJobJanitor *self, Chore *chore, gint64 due, ForemanTimerFunc func)
{
  gint64 delay = due - foreman_clock_get_real (self->clock);

  foreman_clock_clear_timer (self->clock, &chore->timer);
  chore->due = due;
  if (due > 0 && self->is_started)
    chore->timer =
        foreman_clock_add_timer (self->clock,
                                 foreman_clock_get_monotonic (self->clock) + MAX (delay, 0), func,
                                 self, NULL);
}

/* Returns: whether it is to be done now, and not when the one that runs has ended */
static gboolean
chore_begin (Chore *chore)
{
  chore->is_repeated = chore->is_running;
  if (chore->is_running)
    return FALSE;
  chore->is_running = TRUE;
  return TRUE;
}

static void janitor_follow_step (ForemanJobJanitor *self);
static void on_woken (GObject *source, GAsyncResult *result, gpointer data);

static void
on_wake_due (gpointer data)
{
  ForemanJobJanitor *self = data;

  self->wake.timer = 0;
  self->wake.due = 0;
  if (!self->is_started)
    return;
  janitor_follow_step (self);
  /* Otherwise a clock set forth would make delays short; on_shifted() comes here again. */
  if (self->shifts == 0 && chore_begin (&self->wake))
    foreman_store_wake_async (self->store, foreman_clock_get_real (self->clock), NULL, on_woken,
                              g_object_ref (self));
}

/* While it ran something nearer may have come up. */
static gint64
nearer (gint64 a, gint64 b)
{
  if (a == 0 || b == 0)
    return MAX (a, b);
  return MIN (a, b);
}

static void
on_woken (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobJanitor) self = data;
  g_autoptr (GError) error = NULL;
  gint64 next = 0;

  self->wake.is_running = FALSE;
  if (!foreman_store_wake_finish (FOREMAN_STORE (source), result, &next, &error))
    {
      g_debug ("jobs were not woken: %s", error->message);
      next = foreman_clock_get_real (self->clock) + RETRY;
    }
  if (self->wake.is_repeated)
    on_wake_due (self);
  else
    janitor_schedule (self, &self->wake, nearer (self->wake.due, next), on_wake_due);
}

static void on_swept (GObject *source, GAsyncResult *result, gpointer data);

static void
on_sweep_due (gpointer data)
{
  ForemanJobJanitor *self = data;

  self->sweep.timer = 0;
  self->sweep.due = 0;
  if (self->is_started && chore_begin (&self->sweep))
    foreman_store_sweep_async (self->store, foreman_clock_get_real (self->clock), self->model_wait,
                               NULL, on_swept, g_object_ref (self));
}

static void
on_swept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobJanitor) self = data;
  gint64 now = foreman_clock_get_real (self->clock);
  g_autoptr (GError) error = NULL;
  gint64 next = 0;

  self->sweep.is_running = FALSE;
  if (!foreman_store_sweep_finish (FOREMAN_STORE (source), result, &next, &error))
    {
      g_debug ("expired jobs were not removed: %s", error->message);
      next = 0;
    }
  next = nearer (nearer (self->sweep.due, next), now + LONGEST_SWEEP_WAIT);
  next = MAX (next, now + SHORTEST_SWEEP_WAIT);
  janitor_schedule (self, &self->sweep, next, on_sweep_due);
}

/* The clocks */

static void
on_shifted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobJanitor) self = data;
  g_autoptr (GError) error = NULL;

  if (!foreman_store_shift_delays_finish (FOREMAN_STORE (source), result, &error))
    g_warning ("delays do not follow the step of the clock: %s", error->message);
  self->shifts--;
  on_wake_due (self);
}

/* A sleep is no step: both clocks went on. What was asked for by the wall clock follows it, a delay
 * follows time elapsed. */
static void
janitor_follow_step (ForemanJobJanitor *self)
{
  gint64 offset = foreman_job_janitor_read_clock_offset (self);
  gint64 step = offset - self->offset;

  if (ABS (step) <= STEP_SLACK)
    return;
  self->offset = offset;
  g_message ("the clock was set by %.1f seconds", step / 1e6);
  self->shifts++;
  foreman_store_shift_delays_async (self->store, step, NULL, on_shifted, g_object_ref (self));
}

static void
on_tick (gpointer data)
{
  ForemanJobJanitor *self = data;

  self->tick =
      foreman_clock_add_timer (self->clock, foreman_clock_get_monotonic (self->clock) + TICK,
                               on_tick, self, NULL);
  janitor_follow_step (self);
}

static void
on_resumed (ForemanJobJanitor *self)
{
  on_wake_due (self);
}

/* Jobs changed: some may be due before what was known. */
static void
on_changed (ForemanStore *store, GPtrArray *jobs, ForemanJobJanitor *self)
{
  gint64 wake = 0, sweep = 0;

  for (guint i = 0; i < jobs->len; i++)
    {
      const ForemanJobRecord *job = g_ptr_array_index (jobs, i);

      if (job->state == FOREMAN_JOB_SCHEDULED || job->state == FOREMAN_JOB_QUEUED)
        wake = nearer (wake, MAX (job->not_before, 0));
      else if (foreman_job_state_is_terminal (job->state))
        sweep = nearer (sweep, job->expires_at);
    }
  if (wake != 0 && (self->wake.due == 0 || wake < self->wake.due))
    janitor_schedule (self, &self->wake, wake, on_wake_due);
  if (sweep != 0 && sweep < self->sweep.due)
    janitor_schedule (self, &self->sweep, sweep, on_sweep_due);
}

/**
 * foreman_job_janitor_start: (skip)
 * @self: a janitor
 *
 * Does what is due now and from now on. The store is available. Main thread, as is everything here.
 */
void
foreman_job_janitor_start (ForemanJobJanitor *self)
{
  if (self->is_started)
    return;
  self->is_started = TRUE;
  self->changed_id = g_signal_connect (self->store, "changed", G_CALLBACK (on_changed), self);
  self->set_id =
      g_signal_connect_swapped (self->clock, "set", G_CALLBACK (janitor_follow_step), self);
  self->resumed_id =
      g_signal_connect_swapped (self->clock, "resumed", G_CALLBACK (on_resumed), self);
  self->tick =
      foreman_clock_add_timer (self->clock, foreman_clock_get_monotonic (self->clock) + TICK,
                               on_tick, self, NULL);
  on_wake_due (self);
  on_sweep_due (self);
}

/**
 * foreman_job_janitor_stop: (skip)
 * @self: a janitor
 *
 * Does nothing any more.
 */
void
foreman_job_janitor_stop (ForemanJobJanitor *self)
{
  self->is_started = FALSE;
  g_clear_signal_handler (&self->changed_id, self->store);
  g_clear_signal_handler (&self->resumed_id, self->clock);
  g_clear_signal_handler (&self->set_id, self->clock);
  foreman_clock_clear_timer (self->clock, &self->tick);
  foreman_clock_clear_timer (self->clock, &self->wake.timer);
  foreman_clock_clear_timer (self->clock, &self->sweep.timer);
}

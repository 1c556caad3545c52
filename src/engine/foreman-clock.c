/* SPDX-License-Identifier: MIT */
#include "engine/foreman-clock.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* The offset of CLOCK_BOOTTIME against CLOCK_MONOTONIC grows only by time spent suspended; less
 * than this is the time between two readings. */
#define RESUME_THRESHOLD (G_USEC_PER_SEC / 10)

typedef struct
{
  gint64 deadline;
  guint id;
  guint index; /* in the heap */
  ForemanTimerFunc func;
  gpointer data; /* (owned) if destroy is set */
  GDestroyNotify destroy;
} Timer;

struct _ForemanClock
{
  GObject parent_instance;

  GPtrArray *heap;    /* (owned) (element-type Timer): binary heap, the earliest first */
  GHashTable *timers; /* (owned): id → Timer (owned) */
  guint last_id;

  GSource *source; /* (owned) (nullable): NULL in a manual clock */
  int resume_fd;   /* readable when the wall clock was set, which a resume does; -1: none */
  gint64 asleep;   /* µs spent suspended since boot, at the last look */

  gint64 manual_monotonic;
  gint64 manual_real;
  gint64 manual_asleep; /* µs */
};

G_DEFINE_FINAL_TYPE (ForemanClock, foreman_clock, G_TYPE_OBJECT)

enum
{
  RESUMED,
  SET,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  GSource parent;
  ForemanClock *clock; /* (unowned): destroys this source when it goes */
  gpointer fd_tag;
} ClockSource;

static gboolean
timer_is_before (const Timer *a, const Timer *b)
{
  return a->deadline != b->deadline ? a->deadline < b->deadline : a->id < b->id;
}

static void
heap_put (GPtrArray *heap, guint index, Timer *timer)
{
  g_ptr_array_index (heap, index) = timer;
  timer->index = index;
}

static void
heap_sift_up (GPtrArray *heap, guint index)
{
  Timer *timer = g_ptr_array_index (heap, index);

  while (index > 0)
    {
      Timer *parent = g_ptr_array_index (heap, (index - 1) / 2);

      if (!timer_is_before (timer, parent))
        break;
      heap_put (heap, index, parent);
      index = (index - 1) / 2;
    }
  heap_put (heap, index, timer);
}

static void
heap_sift_down (GPtrArray *heap, guint index)
{
  Timer *timer = g_ptr_array_index (heap, index);

  for (;;)
    {
      guint child = 2 * index + 1;

      if (child >= heap->len)
        break;
      if (child + 1 < heap->len &&
          timer_is_before (g_ptr_array_index (heap, child + 1), g_ptr_array_index (heap, child)))
        child++;
      if (!timer_is_before (g_ptr_array_index (heap, child), timer))
        break;
      heap_put (heap, index, g_ptr_array_index (heap, child));
      index = child;
    }
  heap_put (heap, index, timer);
}

static void
heap_remove (GPtrArray *heap, Timer *timer)
{
  guint index = timer->index;
  Timer *last = g_ptr_array_steal_index (heap, heap->len - 1);

  if (last == timer)
    return;
  heap_put (heap, index, last);
  heap_sift_up (heap, index);
  heap_sift_down (heap, last->index);
}

static void
timer_free (Timer *timer)
{
  if (timer->destroy != NULL)
    timer->destroy (timer->data);
  g_free (timer);
}

static Timer *
clock_peek_timer (ForemanClock *self)
{
  return self->heap->len > 0 ? g_ptr_array_index (self->heap, 0) : NULL;
}

static void
clock_fire (ForemanClock *self, Timer *timer)
{
  heap_remove (self->heap, timer);
  g_hash_table_steal (self->timers, GUINT_TO_POINTER (timer->id));
  timer->func (timer->data);
  timer_free (timer);
}

static gint64
read_clock (clockid_t id)
{
  struct timespec now;

  clock_gettime (id, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gint64
read_time_asleep (void)
{
  gint64 monotonic = read_clock (CLOCK_MONOTONIC);

  return read_clock (CLOCK_BOOTTIME) - monotonic;
}

static void
clock_look_for_resume (ForemanClock *self)
{
  gint64 asleep = read_time_asleep ();
  gint64 slept = asleep - self->asleep;

  self->asleep = asleep;
  if (slept >= RESUME_THRESHOLD)
    g_signal_emit (self, signals[RESUMED], 0, slept);
}

/* A timer that never comes but is cancelled whenever the wall clock jumps, as it does at a resume:
 * without it a sleeping loop would learn of the resume only at its next monotonic deadline. */
static void
clock_arm_resume_fd (ForemanClock *self)
{
  struct itimerspec never = { .it_value = { .tv_sec = G_MAXINT32 } };

  never.it_value.tv_sec += time (NULL);
  if (self->resume_fd >= 0)
    timerfd_settime (self->resume_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

/* The deadline goes through the poll timeout and not g_source_set_ready_time(), which writes an
 * eventfd each time it is set. */
static gboolean
clock_source_prepare (GSource *source, int *timeout)
{
  Timer *timer = clock_peek_timer (((ClockSource *) source)->clock);
  gint64 left;

  *timeout = -1;
  if (timer == NULL)
    return FALSE;
  left = timer->deadline - g_source_get_time (source);
  if (left <= 0)
    *timeout = 0;
  else
    *timeout = (int) MIN ((left + 999) / 1000, G_MAXINT);
  return left <= 0;
}

static gboolean
clock_source_check (GSource *source)
{
  ClockSource *clock_source = (ClockSource *) source;
  Timer *timer = clock_peek_timer (clock_source->clock);

  if (clock_source->fd_tag != NULL && g_source_query_unix_fd (source, clock_source->fd_tag) != 0)
    return TRUE;
  return timer != NULL && timer->deadline <= g_source_get_time (source);
}

static gboolean
clock_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ClockSource *clock_source = (ClockSource *) source;
  g_autoptr (ForemanClock) clock = g_object_ref (clock_source->clock);
  guint left = clock->heap->len; /* a timer set by a timer waits for the next turn of the loop */
  Timer *timer;

  if (clock_source->fd_tag != NULL && g_source_query_unix_fd (source, clock_source->fd_tag) != 0)
    {
      guint64 expirations;

      if (read (clock->resume_fd, &expirations, sizeof expirations) >= 0 || errno == ECANCELED)
        clock_arm_resume_fd (clock);
      g_signal_emit (clock, signals[SET], 0);
    }
  clock_look_for_resume (clock);

  while (left-- > 0 && (timer = clock_peek_timer (clock)) != NULL &&
         timer->deadline <= foreman_clock_get_monotonic (clock))
    clock_fire (clock, timer);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs clock_source_funcs = {
  .prepare = clock_source_prepare,
  .check = clock_source_check,
  .dispatch = clock_source_dispatch,
};

static void
foreman_clock_finalize (GObject *object)
{
  ForemanClock *self = FOREMAN_CLOCK (object);

  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_clear_pointer (&self->source, g_source_unref);
    }
  if (self->resume_fd >= 0)
    close (self->resume_fd);
  g_clear_pointer (&self->heap, g_ptr_array_unref);
  g_clear_pointer (&self->timers, g_hash_table_unref);

  G_OBJECT_CLASS (foreman_clock_parent_class)->finalize (object);
}

static void
foreman_clock_class_init (ForemanClockClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = foreman_clock_finalize;

  /**
   * ForemanClock::resumed:
   * @clock: the clock
   * @slept: for how long the machine was suspended, in µs
   *
   * The machine was suspended and runs again. Monotonic deadlines have not come nearer meanwhile.
   */
  signals[RESUMED] = g_signal_new ("resumed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);

  /**
   * ForemanClock::set:
   * @clock: the clock
   *
   * Somebody has set the wall clock, or a resume did. Emitted before what was due by then.
   */
  signals[SET] = g_signal_new ("set", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
}

static void
foreman_clock_init (ForemanClock *self)
{
  self->resume_fd = -1;
  self->heap = g_ptr_array_new ();
  self->timers = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) timer_free);
}

/**
 * foreman_clock_new:
 *
 * The system's clock. Its timers are dispatched by the thread-default main context of the caller.
 *
 * Returns: (transfer full): a clock
 */
ForemanClock *
foreman_clock_new (void)
{
  ForemanClock *self = g_object_new (FOREMAN_TYPE_CLOCK, NULL);
  ClockSource *source;

  self->asleep = read_time_asleep ();
  self->source = g_source_new (&clock_source_funcs, sizeof (ClockSource));
  g_source_set_static_name (self->source, "foreman-clock");
  source = (ClockSource *) self->source;
  source->clock = self;

  self->resume_fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (self->resume_fd >= 0)
    {
      clock_arm_resume_fd (self);
      source->fd_tag = g_source_add_unix_fd (self->source, self->resume_fd, G_IO_IN);
    }
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

/**
 * foreman_clock_new_manual:
 * @monotonic: what the monotonic clock shows, in µs
 * @real: what the wall clock shows, in µs since the epoch
 *
 * A clock that stands still until foreman_clock_advance(), for tests. Its timers run inside of
 * that.
 *
 * Returns: (transfer full): a clock
 */
ForemanClock *
foreman_clock_new_manual (gint64 monotonic, gint64 real)
{
  ForemanClock *self = g_object_new (FOREMAN_TYPE_CLOCK, NULL);

  self->manual_monotonic = monotonic;
  self->manual_real = real;
  return self;
}

/**
 * foreman_clock_get_monotonic:
 * @clock: a clock
 *
 * Returns: µs on a clock that never steps and stands still during a suspend
 */
gint64
foreman_clock_get_monotonic (ForemanClock *clock)
{
  g_return_val_if_fail (FOREMAN_IS_CLOCK (clock), 0);

  return clock->source != NULL ? g_get_monotonic_time () : clock->manual_monotonic;
}

/**
 * foreman_clock_get_boottime:
 * @clock: a clock
 *
 * Returns: µs on a clock that never steps and goes on during a suspend
 */
gint64
foreman_clock_get_boottime (ForemanClock *clock)
{
  g_return_val_if_fail (FOREMAN_IS_CLOCK (clock), 0);

  if (clock->source != NULL)
    return read_clock (CLOCK_BOOTTIME);
  return clock->manual_monotonic + clock->manual_asleep;
}

/**
 * foreman_clock_get_real:
 * @clock: a clock
 *
 * Returns: the wall clock's time in µs since the epoch; it can step, also backwards
 */
gint64
foreman_clock_get_real (ForemanClock *clock)
{
  g_return_val_if_fail (FOREMAN_IS_CLOCK (clock), 0);

  return clock->source != NULL ? g_get_real_time () : clock->manual_real;
}

/**
 * foreman_clock_add_timer:
 * @clock: a clock
 * @deadline: when to call @func, in µs of foreman_clock_get_monotonic(); the past means soon, never
 * at once
 * @func: (scope notified): called once; may add and remove timers
 * @data: for @func
 * @destroy: (nullable): frees @data, after @func or when the timer is removed
 *
 * Adds a timer that fires once. Timers with the same deadline fire in the order in which they were
 * added. Main thread only.
 *
 * Returns: the timer's id, never 0; no longer valid once @func is called
 */
guint
foreman_clock_add_timer (ForemanClock *clock,
                         gint64 deadline,
                         ForemanTimerFunc func,
                         gpointer data,
                         GDestroyNotify destroy)
{
  Timer *timer;

  g_return_val_if_fail (FOREMAN_IS_CLOCK (clock), 0);
  g_return_val_if_fail (func != NULL, 0);

  do
    clock->last_id++;
  while (clock->last_id == 0 ||
         g_hash_table_contains (clock->timers, GUINT_TO_POINTER (clock->last_id)));

  timer = g_new0 (Timer, 1);
  timer->id = clock->last_id;
  timer->deadline = deadline;
  timer->func = func;
  timer->data = data;
  timer->destroy = destroy;
  g_hash_table_insert (clock->timers, GUINT_TO_POINTER (timer->id), timer);
  g_ptr_array_add (clock->heap, timer);
  heap_sift_up (clock->heap, clock->heap->len - 1);
  return timer->id;
}

/**
 * foreman_clock_remove_timer:
 * @clock: a clock
 * @id: a timer
 *
 * Removes a timer that has not fired.
 *
 * Returns: %FALSE if there was no such timer, as it has fired or was removed
 */
gboolean
foreman_clock_remove_timer (ForemanClock *clock, guint id)
{
  Timer *timer;

  g_return_val_if_fail (FOREMAN_IS_CLOCK (clock), FALSE);

  timer = g_hash_table_lookup (clock->timers, GUINT_TO_POINTER (id));
  if (timer == NULL)
    return FALSE;
  heap_remove (clock->heap, timer);
  return g_hash_table_remove (clock->timers, GUINT_TO_POINTER (id));
}

/**
 * foreman_clock_clear_timer:
 * @clock: a clock
 * @id: (inout): where a timer's id is kept, or 0
 *
 * Removes the timer at @id, if there is one, and sets @id to 0.
 */
void
foreman_clock_clear_timer (ForemanClock *clock, guint *id)
{
  guint old;

  g_return_if_fail (id != NULL);

  old = *id;
  *id = 0;
  if (old != 0)
    foreman_clock_remove_timer (clock, old);
}

/**
 * foreman_clock_get_next_deadline:
 * @clock: a clock
 *
 * Returns: the earliest timer's deadline in µs, or -1 if there is no timer
 */
gint64
foreman_clock_get_next_deadline (ForemanClock *clock)
{
  Timer *timer;

  g_return_val_if_fail (FOREMAN_IS_CLOCK (clock), -1);

  timer = clock_peek_timer (clock);
  return timer != NULL ? timer->deadline : -1;
}

/**
 * foreman_clock_advance:
 * @clock: a manual clock
 * @duration: how far to go, in µs
 *
 * Lets time pass: each timer due until then is called in order, with the clock at its deadline.
 */
void
foreman_clock_advance (ForemanClock *clock, gint64 duration)
{
  g_autoptr (ForemanClock) guard = NULL;
  gint64 end;
  Timer *timer;

  g_return_if_fail (FOREMAN_IS_CLOCK (clock) && clock->source == NULL);
  g_return_if_fail (duration >= 0);

  guard = g_object_ref (clock);
  end = clock->manual_monotonic + duration;
  while ((timer = clock_peek_timer (clock)) != NULL && timer->deadline <= end)
    {
      gint64 step = MAX (timer->deadline - clock->manual_monotonic, 0);

      clock->manual_monotonic += step;
      clock->manual_real += step;
      clock_fire (clock, timer);
    }
  clock->manual_real += end - clock->manual_monotonic;
  clock->manual_monotonic = end;
}

/**
 * foreman_clock_set_real:
 * @clock: a manual clock
 * @real: the new wall clock time in µs since the epoch
 *
 * Lets the wall clock step, as NTP or an operator does.
 */
void
foreman_clock_set_real (ForemanClock *clock, gint64 real)
{
  g_return_if_fail (FOREMAN_IS_CLOCK (clock) && clock->source == NULL);

  clock->manual_real = real;
}

/**
 * foreman_clock_suspend:
 * @clock: a manual clock
 * @duration: how long the machine sleeps, in µs
 *
 * Simulates a suspend and the resume after it: the wall clock goes on, the monotonic one does not,
 * and [signal@ForemanEngine.Clock::resumed] is emitted.
 */
void
foreman_clock_suspend (ForemanClock *clock, gint64 duration)
{
  g_return_if_fail (FOREMAN_IS_CLOCK (clock) && clock->source == NULL);

  clock->manual_real += duration;
  clock->manual_asleep += duration;
  g_signal_emit (clock, signals[RESUMED], 0, duration);
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-clock.h"

typedef struct
{
  ForemanClock *clock;
  GString *log;
  const char *name;
} Entry;

static void
on_timer (gpointer data)
{
  Entry *entry = data;

  g_string_append_printf (entry->log, "%s@%" G_GINT64_FORMAT " ", entry->name,
                          foreman_clock_get_monotonic (entry->clock));
}

static guint
add (ForemanClock *clock, GString *log, const char *name, gint64 deadline)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->clock = clock;
  entry->log = log;
  entry->name = name;
  return foreman_clock_add_timer (clock, deadline, on_timer, entry, g_free);
}

static void
test_timers_fire_in_order (void)
{
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (100, 5000);
  g_autoptr (GString) log = g_string_new (NULL);

  add (clock, log, "c", 300);
  add (clock, log, "a", 150);
  add (clock, log, "b1", 200);
  add (clock, log, "b2", 200);
  add (clock, log, "past", 50);
  g_assert_cmpint (foreman_clock_get_next_deadline (clock), ==, 50);
  g_assert_cmpstr (log->str, ==, "");

  foreman_clock_advance (clock, 100);
  g_assert_cmpstr (log->str, ==, "past@100 a@150 b1@200 b2@200 ");
  g_assert_cmpint (foreman_clock_get_monotonic (clock), ==, 200);
  g_assert_cmpint (foreman_clock_get_real (clock), ==, 5100);
  foreman_clock_advance (clock, 99);
  g_assert_cmpint (foreman_clock_get_next_deadline (clock), ==, 300);
  foreman_clock_advance (clock, 1);
  g_assert_cmpstr (log->str, ==, "past@100 a@150 b1@200 b2@200 c@300 ");
  g_assert_cmpint (foreman_clock_get_next_deadline (clock), ==, -1);
}

static void
test_removed_timers_do_not_fire (void)
{
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (0, 0);
  g_autoptr (GString) log = g_string_new (NULL);
  guint id = add (clock, log, "x", 10);
  guint stale;

  add (clock, log, "y", 20);
  stale = id;
  foreman_clock_clear_timer (clock, &id);
  g_assert_cmpuint (id, ==, 0);
  g_assert_false (foreman_clock_remove_timer (clock, stale));
  foreman_clock_clear_timer (clock, &id);
  foreman_clock_advance (clock, 100);
  g_assert_cmpstr (log->str, ==, "y@20 ");
}

typedef struct
{
  ForemanClock *clock;
  guint fired, other;
} Chain;

static void
on_chain (gpointer data)
{
  Chain *chain = data;

  foreman_clock_clear_timer (chain->clock, &chain->other);
  if (++chain->fired < 5)
    foreman_clock_add_timer (chain->clock, foreman_clock_get_monotonic (chain->clock) + 10,
                             on_chain, chain, NULL);
}

static void
test_a_timer_may_change_timers (void)
{
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (0, 0);
  g_autoptr (GString) log = g_string_new (NULL);
  Chain chain = { .clock = clock };

  foreman_clock_add_timer (clock, 10, on_chain, &chain, NULL);
  chain.other = add (clock, log, "never", 10);
  foreman_clock_advance (clock, 1000);
  g_assert_cmpuint (chain.fired, ==, 5);
  g_assert_cmpstr (log->str, ==, "");
}

typedef struct
{
  ForemanClock *clock;
  gint64 deadline;
  guint id; /* 0: removed or fired */
  guint *fired;
} Timer;

static void
on_deadline (gpointer data)
{
  Timer *timer = data;

  g_assert_cmpint (foreman_clock_get_monotonic (timer->clock), ==, timer->deadline);
  g_assert_cmpuint (timer->id, !=, 0);
  timer->id = 0;
  ++*timer->fired;
}

static void
check_many_timers (guint seed)
{
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (0, 0);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  Timer timers[200];
  guint n = G_N_ELEMENTS (timers), fired = 0;

  for (guint i = 0; i < G_N_ELEMENTS (timers); i++)
    {
      timers[i] = (Timer){ clock, g_rand_int_range (rand, 1, 1000), 0, &fired };
      timers[i].id =
          foreman_clock_add_timer (clock, timers[i].deadline, on_deadline, &timers[i], NULL);
    }
  for (guint i = 0; i < 2 * G_N_ELEMENTS (timers); i++)
    {
      Timer *victim = &timers[g_rand_int_range (rand, 0, G_N_ELEMENTS (timers))];
      gint64 next = G_MAXINT64;

      if (victim->id != 0 && i % 3 != 0)
        {
          g_assert_true (foreman_clock_remove_timer (clock, victim->id));
          victim->id = 0;
          n--;
        }
      for (guint j = 0; j < G_N_ELEMENTS (timers); j++)
        if (timers[j].id != 0)
          next = MIN (next, timers[j].deadline);
      g_assert_cmpint (foreman_clock_get_next_deadline (clock), ==, next);
    }

  g_assert_cmpuint (n, >, 20);
  foreman_clock_advance (clock, 1000);
  g_assert_cmpuint (fired, ==, n);
}

static void
test_many_timers_against_a_scan (void)
{
  for (guint seed = 1; seed <= 30; seed++)
    check_many_timers (seed);
}

static void
on_resumed (ForemanClock *clock, gint64 slept, gint64 *total)
{
  *total += slept;
}

static void
test_suspend_leaves_deadlines_alone (void)
{
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (0, 0);
  g_autoptr (GString) log = g_string_new (NULL);
  gint64 slept = 0;

  g_signal_connect (clock, "resumed", G_CALLBACK (on_resumed), &slept);
  add (clock, log, "t", 10);
  foreman_clock_suspend (clock, 1000);
  g_assert_cmpint (slept, ==, 1000);
  g_assert_cmpint (foreman_clock_get_monotonic (clock), ==, 0);
  g_assert_cmpint (foreman_clock_get_real (clock), ==, 1000);
  g_assert_cmpint (foreman_clock_get_boottime (clock), ==, 1000);
  g_assert_cmpstr (log->str, ==, "");
  foreman_clock_set_real (clock, 7);
  foreman_clock_advance (clock, 10);
  g_assert_cmpstr (log->str, ==, "t@10 ");
  g_assert_cmpint (foreman_clock_get_real (clock), ==, 17);
  g_assert_cmpint (foreman_clock_get_boottime (clock), ==, 1010);
}

static void
quit (gpointer data)
{
  g_main_loop_quit (data);
}

static void
count (gpointer data)
{
  ++*(guint *) data;
}

static void
test_the_system_clock_fires_on_the_main_loop (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (ForemanClock) clock = foreman_clock_new ();
  gint64 start = foreman_clock_get_monotonic (clock);
  guint fired = 0, freed = 0;
  gint64 slept = 0;

  g_signal_connect (clock, "resumed", G_CALLBACK (on_resumed), &slept);
  foreman_clock_add_timer (clock, start + 2000, quit, loop, NULL);
  foreman_clock_add_timer (clock, start + 1000, count, &fired, NULL);
  foreman_clock_add_timer (clock, start - 1000, count, &fired, NULL);
  foreman_clock_add_timer (clock, G_MAXINT64, count, &freed, count);
  g_main_loop_run (loop);
  g_assert_cmpuint (fired, ==, 2);
  g_assert_cmpint (foreman_clock_get_monotonic (clock), >=, start + 2000);
  g_assert_cmpint (slept, ==, 0);

  g_clear_object (&clock);
  g_assert_cmpuint (freed, ==, 1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
drop_clock (gpointer data)
{
  g_clear_object ((ForemanClock **) data);
}

static void
test_a_timer_may_drop_the_clock (void)
{
  ForemanClock *clock = foreman_clock_new ();

  foreman_clock_add_timer (clock, 0, drop_clock, &clock, NULL);
  while (clock != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/timers-fire-in-order", test_timers_fire_in_order);
  g_test_add_func ("/clock/removed-timers-do-not-fire", test_removed_timers_do_not_fire);
  g_test_add_func ("/clock/a-timer-may-change-timers", test_a_timer_may_change_timers);
  g_test_add_func ("/clock/many-timers-against-a-scan", test_many_timers_against_a_scan);
  g_test_add_func ("/clock/suspend-leaves-deadlines-alone", test_suspend_leaves_deadlines_alone);
  g_test_add_func ("/clock/the-system-clock-fires-on-the-main-loop",
                   test_the_system_clock_fires_on_the_main_loop);
  g_test_add_func ("/clock/a-timer-may-drop-the-clock", test_a_timer_may_drop_the_clock);
  return g_test_run ();
}

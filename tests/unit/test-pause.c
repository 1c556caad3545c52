/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-pause.h"

#include "store-fixture.h"

#define SECOND G_USEC_PER_SEC
#define HOUR   (60 * (gint64) MINUTE)

typedef struct
{
  StoreFixture store;
  ForemanClock *clock;
  ForemanPause *pause;
  guint changed;
} Fixture;

static void
on_changed (Fixture *f)
{
  f->changed++;
}

static void
make_pause (Fixture *f)
{
  f->changed = 0;
  f->pause = foreman_pause_new (f->store.store, f->clock);
  g_signal_connect_swapped (f->pause, "changed", G_CALLBACK (on_changed), f);
}

static void
setup (Fixture *f, gconstpointer data)
{
  store_fixture_set_up (&f->store, data);
  f->clock = foreman_clock_new_manual (0, NOW);
  make_pause (f);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_object_unref (f->pause);
  store_fixture_tear_down (&f->store, NULL);
  g_object_unref (f->clock);
}

static char *
read_fact (Fixture *f)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *fact;

  foreman_store_get_fact_async (f->store.store, "pause", NULL, store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  fact = foreman_store_get_fact_finish (f->store.store, result, &error);
  g_assert_no_error (error);
  return fact;
}

static void
load (Fixture *f)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  foreman_pause_load_async (f->pause, NULL, store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  foreman_pause_load_finish (f->pause, result, &error);
  g_assert_no_error (error);
}

/* As another process would find it. */
static void
restart (Fixture *f)
{
  g_autofree char *fact = read_fact (f); /* what was to be written before is written */

  g_object_unref (f->pause);
  store_fixture_close (&f->store);
  store_fixture_open (&f->store);
  make_pause (f);
  load (f);
}

static void
test_set_and_resume (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
  g_assert_cmpuint (foreman_pause_get_retry_after (f->pause), ==, 0);

  foreman_pause_set (f->pause, FOREMAN_PAUSE_JOBS, 0);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_JOBS);
  g_assert_cmpuint (foreman_pause_get_retry_after (f->pause), ==, 60);
  g_assert_cmpuint (f->changed, ==, 1);
  foreman_pause_set (f->pause, FOREMAN_PAUSE_JOBS, 0);
  g_assert_cmpuint (f->changed, ==, 1);

  foreman_pause_set (f->pause, FOREMAN_PAUSE_NONE, 0);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
  g_assert_cmpuint (f->changed, ==, 2);
}

static void
test_ends_by_itself (Fixture *f, gconstpointer data)
{
  foreman_pause_set (f->pause, FOREMAN_PAUSE_ALL, NOW + 90 * SECOND);
  foreman_clock_advance (f->clock, 90 * SECOND - 1);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_ALL);
  g_assert_cmpuint (foreman_pause_get_retry_after (f->pause), ==, 1);
  foreman_clock_advance (f->clock, 1);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
  g_assert_cmpint (foreman_pause_get_until (f->pause), ==, 0);
  g_assert_cmpuint (f->changed, ==, 2);
  restart (f);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
}

static void
test_end_in_the_past_resumes (Fixture *f, gconstpointer data)
{
  foreman_pause_set (f->pause, FOREMAN_PAUSE_ALL, 0);
  foreman_pause_set (f->pause, FOREMAN_PAUSE_ALL, NOW);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
}

static void
test_survives_a_restart (Fixture *f, gconstpointer data)
{
  foreman_pause_set (f->pause, FOREMAN_PAUSE_JOBS, 0);
  foreman_pause_set (f->pause, FOREMAN_PAUSE_ALL, NOW + MINUTE);
  restart (f);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_ALL);
  g_assert_cmpint (foreman_pause_get_until (f->pause), ==, NOW + MINUTE);
  g_assert_cmpuint (f->changed, ==, 1);

  foreman_pause_set (f->pause, FOREMAN_PAUSE_NONE, 0);
  restart (f);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
  g_assert_cmpuint (f->changed, ==, 0);
}

static void
test_ends_while_nobody_runs (Fixture *f, gconstpointer data)
{
  foreman_pause_set (f->pause, FOREMAN_PAUSE_ALL, NOW + MINUTE);
  foreman_clock_set_real (f->clock, NOW + MINUTE);
  restart (f);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
  restart (f);
  foreman_clock_set_real (f->clock, NOW);
  restart (f);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
}

/* The end is what the wall clock shows, within half a minute. */
static void
test_clock_is_set (Fixture *f, gconstpointer data)
{
  foreman_pause_set (f->pause, FOREMAN_PAUSE_JOBS, NOW + HOUR);
  foreman_clock_set_real (f->clock, NOW + HOUR);
  foreman_clock_advance (f->clock, 30 * SECOND);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);

  foreman_clock_set_real (f->clock, NOW);
  foreman_pause_set (f->pause, FOREMAN_PAUSE_JOBS, NOW + 2 * MINUTE);
  foreman_clock_set_real (f->clock, NOW - MINUTE);
  foreman_clock_advance (f->clock, 2 * MINUTE);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_JOBS);
  foreman_clock_advance (f->clock, MINUTE);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
}

static void
test_machine_sleeps (Fixture *f, gconstpointer data)
{
  foreman_pause_set (f->pause, FOREMAN_PAUSE_JOBS, NOW + HOUR);
  foreman_clock_suspend (f->clock, HOUR + MINUTE);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
}

/* The store comes later: what was said meanwhile is what counts, and is kept then. */
static void
test_store_comes_later (Fixture *f, gconstpointer data)
{
  g_autofree char *fact = NULL;

  foreman_pause_set (f->pause, FOREMAN_PAUSE_JOBS, 0);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_JOBS);
  store_fixture_open (&f->store);
  restart (f);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_JOBS);
}

static void
test_resumed_before_it_was_loaded (Fixture *f, gconstpointer data)
{
  foreman_pause_set (f->pause, FOREMAN_PAUSE_ALL, 0);
  restart (f);
  g_object_unref (f->pause);
  make_pause (f);
  foreman_pause_set (f->pause, FOREMAN_PAUSE_NONE, 0);
  load (f);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
  restart (f);
  g_assert_cmpint (foreman_pause_get_scope (f->pause), ==, FOREMAN_PAUSE_NONE);
}

#define ADD(path, closed, func)                                                                    \
  g_test_add ("/pause/" path, Fixture, GINT_TO_POINTER (closed), setup, func, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("set", FALSE, test_set_and_resume);
  ADD ("ends", FALSE, test_ends_by_itself);
  ADD ("past", FALSE, test_end_in_the_past_resumes);
  ADD ("restart", FALSE, test_survives_a_restart);
  ADD ("ends-down", FALSE, test_ends_while_nobody_runs);
  ADD ("clock", FALSE, test_clock_is_set);
  ADD ("sleep", FALSE, test_machine_sleeps);
  ADD ("late-store", TRUE, test_store_comes_later);
  ADD ("resumed-first", FALSE, test_resumed_before_it_was_loaded);
  return g_test_run ();
}

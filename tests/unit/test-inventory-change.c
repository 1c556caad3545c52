/* SPDX-License-Identifier: MIT */
#include "inventory-fixture.h"

static void
test_unload_is_polled_for_until_it_shows (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse ("QWEN3:8b", NULL);

  fake_ollama_set_ps (&fixture->ollama, "qwen3:8b");
  start (fixture);
  foreman_inventory_expect_change (fixture->inventory, name);
  finish_poll (fixture);
  g_assert_cmpint (next_poll_in (fixture), ==, SECOND / 4);
  foreman_clock_advance (fixture->clock, SECOND / 4);
  finish_poll (fixture);
  g_assert_cmpint (next_poll_in (fixture), ==, SECOND / 2);
  fake_ollama_set_ps (&fixture->ollama, NULL);
  foreman_clock_advance (fixture->clock, SECOND / 2);
  wait_until (!is_resident (fixture, "qwen3:8b"));
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 4);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 1);
  g_assert_cmpint (next_poll_in (fixture), ==, INTERVAL - SECOND * 3 / 4);
}

static void
test_change_that_does_not_come_is_given_up (Fixture *fixture, gconstpointer data)
{
  gint64 end = START + 10 * SECOND;

  start (fixture);
  foreman_inventory_expect_change (fixture->inventory, NULL);
  finish_poll (fixture);
  while (foreman_clock_get_monotonic (fixture->clock) < end)
    {
      g_assert_cmpint (next_poll_in (fixture), <=, 2 * SECOND);
      foreman_clock_advance (fixture->clock, next_poll_in (fixture));
      finish_poll (fixture);
    }
  g_assert_cmpint (foreman_clock_get_monotonic (fixture->clock), >=, end);
  g_assert_cmpint (next_poll_in (fixture), ==, INTERVAL);
  g_assert_cmpuint (fixture->ollama.n_tags, <, 12);
}

static void
test_reading_waits_for_nothing_in_particular (Fixture *fixture, gconstpointer data)
{
  Caller caller = { 0 };

  start (fixture);
  settle (fixture, FOREMAN_INVENTORY_ALL, &caller);
  g_assert_cmpuint (caller.told, ==, 0);
  assert_told (&caller);

  /* Not even for a regular poll that hangs. */
  fixture->ollama.hold_ps = TRUE;
  foreman_clock_advance (fixture->clock, INTERVAL);
  wait_until (fixture->ollama.n_ps == 2);
  caller.told = 0;
  settle (fixture, FOREMAN_INVENTORY_ALL, &caller);
  assert_told (&caller);
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 2);
}

static void
test_reading_does_not_wait_for_the_next_regular_poll (Fixture *fixture, gconstpointer data)
{
  Caller refreshed = { 0 }, tags = { 0 };

  start (fixture);
  foreman_clock_advance (fixture->clock, INTERVAL - 1);
  fixture->ollama.hold_ps = TRUE;
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, TRUE, &refreshed);
  wait_until (fixture->ollama.n_ps == 2);
  foreman_clock_advance (fixture->clock, 1);
  settle (fixture, FOREMAN_INVENTORY_INSTALLED, &tags);
  assert_told (&tags);
  fake_ollama_answer_held (&fixture->ollama);
  assert_told (&refreshed);
  wait_until (fixture->ollama.n_tags == 2);
}

static void
test_reading_waits_for_a_refresh_of_its_list (Fixture *fixture, gconstpointer data)
{
  Caller refreshed = { 0 }, tags = { 0 }, ps = { 0 };

  start (fixture);
  fixture->ollama.hold_ps = TRUE;
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, TRUE, &refreshed);
  wait_until (fixture->ollama.n_ps == 2);
  settle (fixture, FOREMAN_INVENTORY_INSTALLED, &tags);
  settle (fixture, FOREMAN_INVENTORY_RESIDENT, &ps);
  assert_told (&tags);
  turn_loop ();
  g_assert_cmpuint (ps.told, ==, 0);
  fake_ollama_set_ps (&fixture->ollama, "qwen3:8b");
  fake_ollama_answer_held (&fixture->ollama);
  assert_told (&ps);
  g_assert_true (is_resident (fixture, "qwen3:8b"));
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 2);
  assert_told (&refreshed);
}

static void
test_reading_waits_for_the_last_refresh (Fixture *fixture, gconstpointer data)
{
  Caller first = { 0 }, second = { 0 }, ps = { 0 };

  start (fixture);
  fixture->ollama.hold_ps = TRUE;
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, TRUE, &first);
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, TRUE, &second);
  settle (fixture, FOREMAN_INVENTORY_RESIDENT, &ps);
  wait_until (fixture->ollama.n_ps == 2);
  fake_ollama_answer_held (&fixture->ollama);
  assert_told (&first);
  wait_until (fixture->ollama.n_ps == 3);
  g_assert_cmpuint (ps.told, ==, 0);
  fake_ollama_answer_held (&fixture->ollama);
  assert_told (&ps);
  assert_told (&second);
}

static void
test_reading_is_never_older_while_a_change_is_expected (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse ("qwen3:8b", NULL);
  Caller tags = { 0 }, ps = { 0 };

  fake_ollama_set_ps (&fixture->ollama, "qwen3:8b");
  start (fixture);
  foreman_inventory_expect_change (fixture->inventory, name);
  finish_poll (fixture);
  fake_ollama_set_ps (&fixture->ollama, NULL);
  settle (fixture, FOREMAN_INVENTORY_INSTALLED, &tags);
  settle (fixture, FOREMAN_INVENTORY_RESIDENT, &ps);
  assert_told (&tags);
  g_assert_cmpuint (ps.told, ==, 0);
  assert_told (&ps);
  g_assert_false (is_resident (fixture, "qwen3:8b"));
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 3);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/inventory/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("change/unload", test_unload_is_polled_for_until_it_shows);
  ADD ("change/given-up", test_change_that_does_not_come_is_given_up);
  ADD ("change/no-wait", test_reading_waits_for_nothing_in_particular);
  ADD ("change/regular", test_reading_does_not_wait_for_the_next_regular_poll);
  ADD ("change/wait", test_reading_waits_for_a_refresh_of_its_list);
  ADD ("change/last", test_reading_waits_for_the_last_refresh);
  ADD ("change/fresh", test_reading_is_never_older_while_a_change_is_expected);
  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "inventory-fixture.h"
#include "libforeman/foreman-error.h"

static void
tell_broken (Fixture *fixture)
{
  g_autoptr (GError) error = g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION, "reset");

  g_signal_emit_by_name (fixture->target, "broken", error);
}

static void
assert_backs_off (Fixture *fixture)
{
  static const int delays[] = { 1, 2, 4, 8, 16, 30, 30 };

  for (gsize i = 0; i < G_N_ELEMENTS (delays); i++)
    {
      gint64 longest = delays[i] * (gint64) SECOND;

      g_assert_cmpint (next_poll_in (fixture), <=, longest);
      g_assert_cmpint (next_poll_in (fixture), >=, longest / 2);
      foreman_clock_advance (fixture->clock, next_poll_in (fixture));
      finish_poll (fixture);
    }
}

static void
test_target_that_is_down_degrades (Fixture *fixture, gconstpointer data)
{
  gint64 since;

  start (fixture);
  fake_ollama_stop (&fixture->ollama);
  foreman_clock_advance (fixture->clock, INTERVAL);
  since = foreman_clock_get_real (fixture->clock);
  finish_poll (fixture);
  g_assert_true (foreman_inventory_is_degraded (fixture->inventory));
  g_assert_cmpint (foreman_inventory_get_since (fixture->inventory), ==, since);
  g_assert_cmpint (find (fixture, "qwen3:8b"), ==, FOREMAN_INVENTORY_KNOWN);
  g_assert_cmpint (foreman_inventory_get_last_poll (fixture->inventory), ==, START);

  assert_backs_off (fixture);
  g_assert_cmpuint (fixture->degraded_changed, ==, 1);
  g_assert_cmpint (foreman_inventory_get_since (fixture->inventory), ==, since);
  g_assert_cmpstr (foreman_inventory_get_reason (fixture->inventory), ==, "unreachable");
  g_assert_true (foreman_inventory_is_unreachable (fixture->inventory));

  fake_ollama_start (&fixture->ollama);
  foreman_clock_advance (fixture->clock, next_poll_in (fixture));
  wait_until (!foreman_inventory_is_degraded (fixture->inventory));
  g_assert_cmpuint (fixture->degraded_changed, ==, 2);
  g_assert_null (foreman_inventory_get_reason (fixture->inventory));
  g_assert_cmpint (foreman_inventory_get_since (fixture->inventory), ==, 0);
  g_assert_cmpint (next_poll_in (fixture), ==, INTERVAL);
  g_assert_cmpuint (fixture->changed, ==, 1);
}

static void
test_error_status_of_a_poll_degrades (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  fixture->ollama.status = 500;
  foreman_clock_advance (fixture->clock, INTERVAL);
  wait_until (foreman_inventory_is_degraded (fixture->inventory));
  g_assert_cmpstr (foreman_inventory_get_reason (fixture->inventory), ==, "poll_failed");
  g_assert_false (foreman_inventory_is_unreachable (fixture->inventory));
  g_assert_cmpint (find (fixture, "qwen3:8b"), ==, FOREMAN_INVENTORY_KNOWN);

  /* The heads of the polls' own answers are no recovery. */
  assert_backs_off (fixture);
  g_assert_cmpuint (fixture->degraded_changed, ==, 1);
  fixture->ollama.status = 200;
  foreman_clock_advance (fixture->clock, next_poll_in (fixture));
  wait_until (!foreman_inventory_is_degraded (fixture->inventory));
  g_assert_cmpuint (fixture->degraded_changed, ==, 2);
}

static void
test_garbage_degrades_and_is_not_kept (Fixture *fixture, gconstpointer data)
{
  g_autofree char *good = NULL;

  start (fixture);
  good = g_steal_pointer (&fixture->ollama.tags);
  fixture->ollama.tags = g_strdup ("{\"models\":[{\"na");
  fake_ollama_set_ps (&fixture->ollama, "qwen3:8b");
  foreman_clock_advance (fixture->clock, INTERVAL);
  wait_until (foreman_inventory_is_degraded (fixture->inventory));
  g_assert_cmpstr (foreman_inventory_get_reason (fixture->inventory), ==, "poll_failed");
  g_assert_true (bytes_are (foreman_inventory_get_tags (fixture->inventory), good));
  g_assert_false (is_resident (fixture, "qwen3:8b"));
}

static void
test_call_that_cannot_reach_degrades (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  tell_unreachable (fixture);
  tell_unreachable (fixture);
  g_assert_true (foreman_inventory_is_degraded (fixture->inventory));
  g_assert_cmpstr (foreman_inventory_get_reason (fixture->inventory), ==, "unreachable");
  g_assert_cmpuint (fixture->degraded_changed, ==, 1);
  g_assert_cmpint (next_poll_in (fixture), <=, SECOND);
  foreman_clock_advance (fixture->clock, SECOND);
  wait_until (!foreman_inventory_is_degraded (fixture->inventory));
}

static void
test_first_answer_to_anybody_recovers (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  foreman_clock_advance (fixture->clock, 5 * SECOND);
  tell_unreachable (fixture);
  g_assert_true (foreman_inventory_is_degraded (fixture->inventory));
  call_target (fixture);
  g_assert_false (foreman_inventory_is_degraded (fixture->inventory));
  g_assert_cmpuint (fixture->degraded_changed, ==, 2);
  wait_until (fixture->ollama.n_tags == 2 && fixture->ollama.n_ps == 2);
}

static void
test_target_that_fails_polls_only_is_polled_seldom (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  fixture->ollama.status = 500;
  foreman_clock_advance (fixture->clock, INTERVAL);
  wait_until (foreman_inventory_is_degraded (fixture->inventory));
  for (guint i = 0; i < 20; i++)
    call_target (fixture);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 2);
  foreman_clock_advance (fixture->clock, SECOND);
  wait_until (foreman_inventory_is_degraded (fixture->inventory));
  for (guint i = 0; i < 20; i++)
    call_target (fixture);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 3);
}

static void
test_answer_during_a_hanging_poll_recovers (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  fixture->ollama.hold_ps = TRUE;
  foreman_clock_advance (fixture->clock, INTERVAL);
  wait_until (fixture->ollama.n_ps == 2);
  tell_unreachable (fixture);
  call_target (fixture);
  g_assert_true (foreman_inventory_is_degraded (fixture->inventory));

  /* The answer was not the poll's own, or the poll would have ended by now. */
  fixture->ollama.hold_ps = FALSE;
  foreman_clock_advance (fixture->clock, SECOND / 4);
  g_assert_false (foreman_inventory_is_degraded (fixture->inventory));
  wait_until (fixture->ollama.n_ps == 3);
  wait_until (foreman_inventory_get_last_poll (fixture->inventory) > START);
  g_assert_cmpuint (fixture->degraded_changed, ==, 2);
}

static void
test_broken_call_only_polls (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  foreman_clock_advance (fixture->clock, 5 * SECOND);
  for (guint i = 0; i < 10; i++)
    tell_broken (fixture);
  wait_until (foreman_inventory_get_last_poll (fixture->inventory) > START);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 2);
  for (guint i = 0; i < 10; i++)
    tell_broken (fixture);
  call_target (fixture);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 2);
  g_assert_cmpint (next_poll_in (fixture), ==, SECOND);
  foreman_clock_advance (fixture->clock, SECOND);
  wait_until (fixture->ollama.n_tags == 3);
  g_assert_cmpuint (fixture->degraded_changed, ==, 0);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/inventory/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("degraded/down", test_target_that_is_down_degrades);
  ADD ("degraded/status", test_error_status_of_a_poll_degrades);
  ADD ("degraded/garbage", test_garbage_degrades_and_is_not_kept);
  ADD ("degraded/unreachable", test_call_that_cannot_reach_degrades);
  ADD ("degraded/recovers", test_first_answer_to_anybody_recovers);
  ADD ("degraded/seldom", test_target_that_fails_polls_only_is_polled_seldom);
  ADD ("degraded/hanging-poll", test_answer_during_a_hanging_poll_recovers);
  ADD ("degraded/broken", test_broken_call_only_polls);
  return g_test_run ();
}

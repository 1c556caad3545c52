/* SPDX-License-Identifier: MIT */
#include "inventory-fixture.h"
#include "libforeman/foreman-error.h"

/* Polls */

static void
test_first_poll_brings_the_lists (Fixture *fixture, gconstpointer data)
{
  ForemanInventory *inventory = fixture->inventory;

  g_assert_null (foreman_inventory_get_tags (inventory));
  g_assert_null (foreman_inventory_get_ps (inventory));
  g_assert_cmpint (find (fixture, "qwen3:8b"), ==, FOREMAN_INVENTORY_NO_LISTS_YET);
  g_assert_false (is_resident (fixture, "qwen3:8b"));

  fake_ollama_set_ps (&fixture->ollama, "gemma3:latest");
  start (fixture);
  g_assert_cmpint (foreman_inventory_get_last_poll (inventory), ==, START);
  g_assert_true (bytes_are (foreman_inventory_get_tags (inventory), fixture->ollama.tags));
  g_assert_true (bytes_are (foreman_inventory_get_ps (inventory), fixture->ollama.ps));
  g_assert_cmpuint (foreman_model_list_get_n (foreman_inventory_get_installed (inventory)), ==, 1);
  g_assert_cmpint (find (fixture, "library/QWEN3:8b"), ==, FOREMAN_INVENTORY_KNOWN);
  g_assert_cmpint (find (fixture, "qwen3"), ==, FOREMAN_INVENTORY_UNKNOWN);
  g_assert_true (is_resident (fixture, "gemma3"));
  g_assert_false (is_resident (fixture, "qwen3:8b"));
  g_assert_cmpuint (fixture->changed, ==, 1);
  g_assert_cmpuint (fixture->degraded_changed, ==, 0);
  g_assert_false (foreman_inventory_is_degraded (inventory));
}

static void
test_polls_regularly (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  for (guint i = 2; i < 5; i++)
    {
      g_assert_cmpint (next_poll_in (fixture), ==, INTERVAL);
      foreman_clock_advance (fixture->clock, INTERVAL - 1);
      g_assert_cmpint (next_poll_in (fixture), ==, 1);
      foreman_clock_advance (fixture->clock, 1);
      wait_until (foreman_inventory_get_last_poll (fixture->inventory) ==
                  foreman_clock_get_real (fixture->clock));
      g_assert_cmpuint (fixture->ollama.n_tags, ==, i);
      g_assert_cmpuint (fixture->ollama.n_ps, ==, i);
    }
  g_assert_cmpuint (fixture->changed, ==, 1);
  fake_ollama_set_ps (&fixture->ollama, "qwen3:8b");
  foreman_clock_advance (fixture->clock, INTERVAL);
  wait_until (fixture->changed == 2);
  g_assert_true (is_resident (fixture, "qwen3:8b"));
}

static void
test_new_interval_holds_from_now_on (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  foreman_inventory_set_poll_interval (fixture->inventory, 5 * SECOND);
  g_assert_cmpint (next_poll_in (fixture), ==, 5 * SECOND);
  foreman_inventory_set_poll_interval (fixture->inventory, 60 * SECOND);
  g_assert_cmpint (next_poll_in (fixture), ==, 60 * SECOND);
}

static void
test_poll_has_a_time_limit (Fixture *fixture, gconstpointer data)
{
  Caller caller = { 0 };

  fixture->ollama.hold_ps = TRUE;
  foreman_inventory_start (fixture->inventory);
  refresh (fixture, FOREMAN_INVENTORY_ALL, FALSE, &caller);
  wait_until (fixture->ollama.n_tags == 1 && fixture->ollama.n_ps == 1);
  foreman_clock_advance (fixture->clock, 30 * SECOND - 1);
  turn_loop ();
  g_assert_cmpuint (caller.told, ==, 0);
  foreman_clock_advance (fixture->clock, 1);
  wait_until (caller.told);
  g_assert_error (caller.error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT);
  g_clear_error (&caller.error);
  g_assert_cmpstr (foreman_inventory_get_reason (fixture->inventory), ==, "timeout");
  g_assert_true (foreman_inventory_is_unreachable (fixture->inventory));
  g_assert_null (foreman_inventory_get_tags (fixture->inventory));
}

static void
test_polls_after_a_suspend (Fixture *fixture, gconstpointer data)
{
  Caller caller = { 0 };

  start (fixture);
  foreman_clock_suspend (fixture->clock, 3600 * (gint64) SECOND);
  wait_until (fixture->ollama.n_ps == 2);

  /* A poll that hangs since before the sleep is given up; who waits for it waits for the new one.
   */
  fixture->ollama.hold_ps = TRUE;
  wait_until (foreman_inventory_get_last_poll (fixture->inventory) > START);
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, FALSE, &caller);
  wait_until (fixture->ollama.n_ps == 3);
  fixture->ollama.hold_ps = FALSE;
  foreman_clock_suspend (fixture->clock, 3600 * (gint64) SECOND);
  assert_told (&caller);
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 4);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 3);
  g_assert_cmpuint (fixture->degraded_changed, ==, 0);
}

static void
test_stop_ends_all (Fixture *fixture, gconstpointer data)
{
  Caller waiting = { 0 }, next = { 0 }, late = { 0 }, settled = { 0 };

  start (fixture);
  fixture->ollama.hold_ps = TRUE;
  foreman_inventory_expect_change (fixture->inventory, NULL);
  refresh (fixture, FOREMAN_INVENTORY_ALL, FALSE, &waiting);
  refresh (fixture, FOREMAN_INVENTORY_ALL, TRUE, &next);
  wait_until (fixture->ollama.n_ps == 2);
  foreman_inventory_stop (fixture->inventory);
  refresh (fixture, FOREMAN_INVENTORY_ALL, FALSE, &late);
  settle (fixture, FOREMAN_INVENTORY_ALL, &settled);
  wait_until (waiting.told && next.told && late.told && settled.told);
  g_assert_error (waiting.error, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  g_assert_error (next.error, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  g_assert_error (late.error, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  g_assert_no_error (settled.error);
  g_clear_error (&waiting.error);
  g_clear_error (&next.error);
  g_clear_error (&late.error);
  g_assert_cmpint (foreman_clock_get_next_deadline (fixture->clock), ==, -1);
  g_assert_cmpint (find (fixture, "qwen3:8b"), ==, FOREMAN_INVENTORY_KNOWN);
  tell_unreachable (fixture);
  g_assert_false (foreman_inventory_is_degraded (fixture->inventory));
}

/* Refreshes */

static void
test_all_who_ask_share_a_poll (Fixture *fixture, gconstpointer data)
{
  Caller callers[10] = { 0 };

  start (fixture);
  for (guint i = 0; i < 10; i++)
    refresh (fixture, i % 2 ? FOREMAN_INVENTORY_INSTALLED : FOREMAN_INVENTORY_ALL, FALSE,
             &callers[i]);
  for (guint i = 0; i < 10; i++)
    assert_told (&callers[i]);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 2);
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 2);
}

static void
test_fresh_ones_wait_for_the_next_poll (Fixture *fixture, gconstpointer data)
{
  Caller joins = { 0 }, fresh = { 0 }, fresh_too = { 0 };

  start (fixture);
  fixture->ollama.hold_ps = TRUE;
  foreman_clock_advance (fixture->clock, INTERVAL);
  wait_until (fixture->ollama.n_ps == 2);
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, FALSE, &joins);
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, TRUE, &fresh);
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, TRUE, &fresh_too);
  fake_ollama_answer_held (&fixture->ollama);
  assert_told (&joins);
  wait_until (fixture->ollama.n_ps == 3);
  g_assert_cmpuint (fresh.told, ==, 0);
  fake_ollama_set_ps (&fixture->ollama, "qwen3:8b");
  fake_ollama_answer_held (&fixture->ollama);
  assert_told (&fresh);
  assert_told (&fresh_too);
  g_assert_true (is_resident (fixture, "qwen3:8b"));
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 3);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 2);
}

static void
test_only_what_is_needed_is_asked_for (Fixture *fixture, gconstpointer data)
{
  Caller resident = { 0 }, installed = { 0 };
  gint64 due;

  start (fixture);
  foreman_clock_advance (fixture->clock, SECOND);
  due = foreman_clock_get_next_deadline (fixture->clock);
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, TRUE, &resident);
  assert_told (&resident);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 1);
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 2);
  refresh (fixture, FOREMAN_INVENTORY_INSTALLED, TRUE, &installed);
  assert_told (&installed);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 2);
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 2);

  /* Nor does it put the regular poll off. */
  g_assert_cmpint (foreman_clock_get_next_deadline (fixture->clock), ==, due);
  g_assert_cmpint (foreman_inventory_get_last_poll (fixture->inventory), ==, START);
}

static void
test_poll_for_another_list_will_not_do (Fixture *fixture, gconstpointer data)
{
  Caller resident = { 0 }, installed = { 0 };

  start (fixture);
  fixture->ollama.hold_ps = TRUE;
  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, TRUE, &resident);
  wait_until (fixture->ollama.n_ps == 2);
  refresh (fixture, FOREMAN_INVENTORY_INSTALLED, FALSE, &installed);
  fake_ollama_answer_held (&fixture->ollama);
  assert_told (&resident);
  assert_told (&installed);
  g_assert_cmpuint (fixture->ollama.n_tags, ==, 2);
}

static void
test_one_who_leaves_does_not_stop_the_others (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Caller leaving = { 0 }, staying = { 0 };

  start (fixture);
  fixture->ollama.hold_ps = TRUE;
  foreman_inventory_refresh_async (fixture->inventory, FOREMAN_INVENTORY_ALL, TRUE, cancellable,
                                   on_refreshed, &leaving);
  refresh (fixture, FOREMAN_INVENTORY_ALL, FALSE, &staying);
  wait_until (fixture->ollama.n_ps == 2);
  g_cancellable_cancel (cancellable);
  wait_until (leaving.told);
  g_assert_error (leaving.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&leaving.error);
  g_assert_cmpuint (staying.told, ==, 0);
  fake_ollama_answer_held (&fixture->ollama);
  assert_told (&staying);
}

static void
test_failure_is_told_to_all (Fixture *fixture, gconstpointer data)
{
  Caller callers[3] = { 0 };

  start (fixture);
  fake_ollama_stop (&fixture->ollama);
  for (guint i = 0; i < 3; i++)
    refresh (fixture, FOREMAN_INVENTORY_INSTALLED, FALSE, &callers[i]);
  for (guint i = 0; i < 3; i++)
    {
      wait_until (callers[i].told);
      g_assert_error (callers[i].error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
      g_clear_error (&callers[i].error);
    }
  g_assert_true (foreman_inventory_is_degraded (fixture->inventory));
}

static void
on_refreshed_refresh_again (GObject *source, GAsyncResult *result, gpointer data)
{
  on_refreshed (source, result, ((Caller **) data)[0]);
  foreman_inventory_refresh_async (FOREMAN_INVENTORY (source), FOREMAN_INVENTORY_ALL, TRUE, NULL,
                                   on_refreshed, ((Caller **) data)[1]);
}

static void
test_callback_may_ask_again (Fixture *fixture, gconstpointer data)
{
  Caller first = { 0 }, second = { 0 };
  Caller *both[] = { &first, &second };

  start (fixture);
  foreman_inventory_refresh_async (fixture->inventory, FOREMAN_INVENTORY_ALL, FALSE, NULL,
                                   on_refreshed_refresh_again, both);
  assert_told (&first);
  assert_told (&second);
  g_assert_cmpuint (fixture->ollama.n_ps, ==, 3);
}

static void
stop_it (ForemanInventory *inventory)
{
  foreman_inventory_stop (inventory);
}

static void
test_handler_may_stop_it (Fixture *fixture, gconstpointer data)
{
  Caller caller = { 0 };

  g_signal_connect (fixture->inventory, "changed", G_CALLBACK (stop_it), NULL);
  foreman_inventory_start (fixture->inventory);
  refresh (fixture, FOREMAN_INVENTORY_ALL, FALSE, &caller);
  assert_told (&caller);
  g_assert_cmpint (foreman_clock_get_next_deadline (fixture->clock), ==, -1);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/inventory/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("poll/first", test_first_poll_brings_the_lists);
  ADD ("poll/regularly", test_polls_regularly);
  ADD ("poll/interval", test_new_interval_holds_from_now_on);
  ADD ("poll/limit", test_poll_has_a_time_limit);
  ADD ("poll/suspend", test_polls_after_a_suspend);
  ADD ("poll/stop", test_stop_ends_all);
  ADD ("refresh/shared", test_all_who_ask_share_a_poll);
  ADD ("refresh/fresh", test_fresh_ones_wait_for_the_next_poll);
  ADD ("refresh/needed", test_only_what_is_needed_is_asked_for);
  ADD ("refresh/other-list", test_poll_for_another_list_will_not_do);
  ADD ("refresh/leaving", test_one_who_leaves_does_not_stop_the_others);
  ADD ("refresh/failure", test_failure_is_told_to_all);
  ADD ("refresh/again", test_callback_may_ask_again);
  ADD ("refresh/stopped", test_handler_may_stop_it);
  return g_test_run ();
}

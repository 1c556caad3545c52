/* SPDX-License-Identifier: MIT */
#include "engine/foreman-inventory.h"
#include "fake-ollama.h"
#include "libforeman/foreman-error.h"

#define SECOND   G_USEC_PER_SEC
#define INTERVAL (30 * SECOND)
#define START    (G_GINT64_CONSTANT (1000000) * SECOND)

typedef struct
{
  FakeOllama ollama;
  ForemanReactor *reactor;
  ForemanTarget *target;
  ForemanClock *clock;
  ForemanInventory *inventory;
  guint changed;
  guint degraded_changed;
} Fixture;

typedef struct
{
  guint told;
  GError *error;
} Caller;

static void
count (guint *number)
{
  (*number)++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  fake_ollama_start (&fixture->ollama);
  url = fake_ollama_get_url (&fixture->ollama);
  fixture->reactor = foreman_reactor_new (NULL);
  fixture->target = foreman_target_new (fixture->reactor, url, NULL, &error);
  g_assert_no_error (error);
  fixture->clock = foreman_clock_new_manual (START, START);
  fixture->inventory = foreman_inventory_new (fixture->target, fixture->clock, INTERVAL);
  g_signal_connect_swapped (fixture->inventory, "changed", G_CALLBACK (count), &fixture->changed);
  g_signal_connect_swapped (fixture->inventory, "degraded-changed", G_CALLBACK (count),
                            &fixture->degraded_changed);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gpointer inventory = fixture->inventory;

  foreman_inventory_stop (fixture->inventory);
  g_assert_cmpint (foreman_clock_get_next_deadline (fixture->clock), ==, -1);
  g_object_add_weak_pointer (inventory, &inventory);
  g_object_unref (fixture->inventory);
  wait_until (inventory == NULL);
  fake_ollama_clear (&fixture->ollama);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->target);
  g_clear_object (&fixture->reactor);
  g_clear_object (&fixture->clock);
}

static gint64
next_poll_in (Fixture *fixture)
{
  return foreman_clock_get_next_deadline (fixture->clock) -
         foreman_clock_get_monotonic (fixture->clock);
}

static void
start (Fixture *fixture)
{
  foreman_inventory_start (fixture->inventory);
  wait_until (foreman_inventory_get_last_poll (fixture->inventory) != 0);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;
  g_autoptr (GBytes) body = NULL;

  caller->told++;
  body = foreman_target_fetch_finish (FOREMAN_TARGET (source), result, &caller->error);
}

/* One call of somebody else's, there and back: what was on its way before has arrived then. */
static void
call_target (Fixture *fixture)
{
  Caller caller = { 0 };

  foreman_target_fetch_async (fixture->target, "/api/version", NULL, on_fetched, &caller);
  wait_until (caller.told);
  g_assert_no_error (caller.error);
}

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;

  caller->told++;
  foreman_inventory_refresh_finish (FOREMAN_INVENTORY (source), result, &caller->error);
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;

  caller->told++;
  foreman_inventory_settle_finish (FOREMAN_INVENTORY (source), result, &caller->error);
}

static void
refresh (Fixture *fixture, ForemanInventoryLists lists, gboolean fresh, Caller *caller)
{
  foreman_inventory_refresh_async (fixture->inventory, lists, fresh, NULL, on_refreshed, caller);
}

static void
settle (Fixture *fixture, ForemanInventoryLists lists, Caller *caller)
{
  foreman_inventory_settle_async (fixture->inventory, lists, NULL, on_settled, caller);
}

static void
assert_told (Caller *caller)
{
  wait_until (caller->told);
  g_assert_no_error (caller->error);
  g_assert_cmpuint (caller->told, ==, 1);
}

/* Waits for the end of the poll that is under way, or of a new one. */
static void
finish_poll (Fixture *fixture)
{
  Caller caller = { 0 };

  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, FALSE, &caller);
  wait_until (caller.told);
  g_clear_error (&caller.error);
}

static void
turn_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
bytes_are (GBytes *bytes, const char *text)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return length == strlen (text) && memcmp (data, text, length) == 0;
}

static ForemanInventoryMatch
find (Fixture *fixture, const char *text)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (text, NULL);

  return foreman_inventory_find (fixture->inventory, name);
}

static gboolean
is_resident (Fixture *fixture, const char *text)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (text, NULL);

  return foreman_inventory_is_resident (fixture->inventory, name);
}

static void
tell_unreachable (Fixture *fixture)
{
  g_autoptr (GError) error = foreman_error_new_unreachable ("cannot reach Ollama");

  g_signal_emit_by_name (fixture->target, "unreachable", error);
}

static void
tell_broken (Fixture *fixture)
{
  g_autoptr (GError) error = g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION, "reset");

  g_signal_emit_by_name (fixture->target, "broken", error);
}

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

/* Degraded */

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

/* Changes that are expected */

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

#define ADD(path, func) g_test_add ("/inventory/" path, Fixture, NULL, set_up, func, tear_down)

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
  ADD ("degraded/down", test_target_that_is_down_degrades);
  ADD ("degraded/status", test_error_status_of_a_poll_degrades);
  ADD ("degraded/garbage", test_garbage_degrades_and_is_not_kept);
  ADD ("degraded/unreachable", test_call_that_cannot_reach_degrades);
  ADD ("degraded/recovers", test_first_answer_to_anybody_recovers);
  ADD ("degraded/seldom", test_target_that_fails_polls_only_is_polled_seldom);
  ADD ("degraded/hanging-poll", test_answer_during_a_hanging_poll_recovers);
  ADD ("degraded/broken", test_broken_call_only_polls);
  ADD ("refresh/shared", test_all_who_ask_share_a_poll);
  ADD ("refresh/fresh", test_fresh_ones_wait_for_the_next_poll);
  ADD ("refresh/needed", test_only_what_is_needed_is_asked_for);
  ADD ("refresh/other-list", test_poll_for_another_list_will_not_do);
  ADD ("refresh/leaving", test_one_who_leaves_does_not_stop_the_others);
  ADD ("refresh/failure", test_failure_is_told_to_all);
  ADD ("refresh/again", test_callback_may_ask_again);
  ADD ("refresh/stopped", test_handler_may_stop_it);
  ADD ("change/unload", test_unload_is_polled_for_until_it_shows);
  ADD ("change/given-up", test_change_that_does_not_come_is_given_up);
  ADD ("change/no-wait", test_reading_waits_for_nothing_in_particular);
  ADD ("change/regular", test_reading_does_not_wait_for_the_next_regular_poll);
  ADD ("change/wait", test_reading_waits_for_a_refresh_of_its_list);
  ADD ("change/last", test_reading_waits_for_the_last_refresh);
  ADD ("change/fresh", test_reading_is_never_older_while_a_change_is_expected);
  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "gate-fixture.h"

static void
test_cancelled_before_entering (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  ForemanGateRequest request = { 0 };
  Caller caller = { 0 };

  g_cancellable_cancel (cancellable);
  foreman_gate_enter_async (fixture->gate, &request, cancellable, on_entered, &caller);
  g_assert_cmpuint (caller.told, ==, 0);
  assert_failed (&caller, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  g_clear_error (&caller.error);
}

static void
test_cancelled_while_waiting (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *c = enter (fixture->gate, (ForemanGateRequest){ 0 });

  assert_passed (a);
  g_cancellable_cancel (b->cancellable);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 1);
  g_assert_cmpuint (b->told, ==, 0);
  assert_failed (b, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_waits (c);
  leave (a);
  assert_passed (c);
  leave (b);
  leave (c);
}

static void
test_cancelled_after_the_grant_but_untold (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *c = enter (fixture->gate, (ForemanGateRequest){ 0 });

  /* a has the slot but was not told; it goes to b, who gives up in the same way. */
  g_cancellable_cancel (a->cancellable);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 1);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 1);
  g_cancellable_cancel (b->cancellable);
  assert_failed (a, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_failed (b, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_passed (c);
  leave (a);
  leave (b);
  leave (c);
}

static void
test_cancelled_while_running_changes_nothing (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });

  assert_passed (a);
  g_cancellable_cancel (a->cancellable);
  assert_waits (b);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 1);
  leave (a);
  assert_passed (b);
  leave (b);
}

static void
test_cancelled_when_refused_or_drained (Fixture *fixture, gconstpointer data)
{
  Caller *running, *drained, *refused;

  running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  drained = enter (fixture->gate, (ForemanGateRequest){ 0 });
  foreman_gate_set_limits (fixture->gate, 0, 0);
  refused = enter (fixture->gate, (ForemanGateRequest){ 0 });
  foreman_gate_drain (fixture->gate);
  g_cancellable_cancel (refused->cancellable);
  g_cancellable_cancel (drained->cancellable);
  assert_passed (running);
  g_assert_cmpuint (refused->told, ==, 1);
  g_assert_cmpuint (drained->told, ==, 1);
  g_assert_null (drained->ticket);
  leave (refused);
  leave (drained);
  leave (running);
}

static void
release_ticket (GCancellable *cancellable, gpointer data)
{
  foreman_ticket_release (data);
}

static void
test_one_cancellable_for_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  ForemanGateRequest request = { 0 };
  Caller callers[20] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (callers); i++)
    foreman_gate_enter_async (fixture->gate, &request, cancellable, on_entered, &callers[i]);
  assert_passed (&callers[0]);

  /* Inside of the same cancellation the slot is given back and would go to the next ones. */
  g_cancellable_connect (cancellable, G_CALLBACK (release_ticket), callers[0].ticket, NULL);
  g_cancellable_cancel (cancellable);
  for (guint i = 1; i < G_N_ELEMENTS (callers); i++)
    {
      assert_failed (&callers[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&callers[i].error);
    }
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  g_clear_object (&callers[0].ticket);
}

static void
on_entered_cancel_other (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanTicket) ticket =
      foreman_gate_enter_finish (FOREMAN_GATE (source), result, NULL);

  g_cancellable_cancel (data);
}

static void
test_cancelled_by_a_callback (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest request = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Caller caller = { 0 };

  foreman_gate_enter_async (fixture->gate, &request, NULL, on_entered_cancel_other, cancellable);
  foreman_gate_enter_async (fixture->gate, &request, cancellable, on_entered, &caller);
  assert_failed (&caller, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  g_clear_error (&caller.error);
}

static void
test_giving_up_frees_the_way (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ .model = "qwen3:8b" });
  Caller *blocker = enter (fixture->gate, (ForemanGateRequest){ .model = "gemma3" });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ .model = "qwen3:8b" });

  assert_waits (b);
  g_cancellable_cancel (blocker->cancellable);
  assert_passed (b);
  leave (a);
  leave (b);
  leave (blocker);
}

static void
test_ten_thousand_come_and_go (Fixture *fixture, gconstpointer data)
{
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  ForemanGateTotals totals;

  assert_passed (running);
  for (guint i = 0; i < 10000; i++)
    {
      Caller *caller = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });

      g_cancellable_cancel (caller->cancellable);
      g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 0);
      if (i % 3 == 0)
        run_loop ();
      g_cancellable_cancel (caller->cancellable);
      assert_failed (caller, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      leave (caller);
    }
  leave (running);
  foreman_gate_get_totals (fixture->gate, &totals);
  g_assert_cmpuint (totals.entered, ==, 10001);
  g_assert_cmpuint (totals.cancelled, ==, 10000);
  g_assert_cmpuint (totals.granted, ==, 1);
}

static void
test_ten_thousand_wait_and_leave_together (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) callers = g_ptr_array_new_with_free_func ((GDestroyNotify) leave);
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });

  for (guint i = 0; i < 10000; i++)
    g_ptr_array_add (callers, enter (fixture->gate, (ForemanGateRequest){ .client = "alice" }));
  assert_passed (running);
  for (guint i = 0; i < callers->len; i++)
    g_cancellable_cancel (((Caller *) callers->pdata[(i * 7919) % callers->len])->cancellable);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 0);
  run_loop ();
  for (guint i = 0; i < callers->len; i++)
    assert_failed (callers->pdata[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  leave (running);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/gate/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("cancel/before", NULL, test_cancelled_before_entering);
  ADD ("cancel/waiting", NULL, test_cancelled_while_waiting);
  ADD ("cancel/granted", NULL, test_cancelled_after_the_grant_but_untold);
  ADD ("cancel/running", NULL, test_cancelled_while_running_changes_nothing);
  ADD ("cancel/failed", NULL, test_cancelled_when_refused_or_drained);
  ADD ("cancel/shared", NULL, test_one_cancellable_for_all);
  ADD ("cancel/callback", NULL, test_cancelled_by_a_callback);
  ADD ("cancel/way", "1,qwen3:8b=2", test_giving_up_frees_the_way);
  ADD ("cancel/cycles", NULL, test_ten_thousand_come_and_go);
  ADD ("cancel/crowd", NULL, test_ten_thousand_wait_and_leave_together);
  return g_test_run ();
}

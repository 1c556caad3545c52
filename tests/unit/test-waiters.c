/* SPDX-License-Identifier: MIT */
#include "engine/foreman-waiters.h"

typedef struct
{
  ForemanWaiters *waiters; /* where to wait again when told (nullable) */
  GCancellable *disconnect_from;
  gulong handler;
  guint told;
  GError *error;
} Caller;

static void wait_for (ForemanWaiters *waiters, GCancellable *cancellable, Caller *caller);

static void
on_told (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;
  ForemanWaiters *waiters = g_steal_pointer (&caller->waiters);

  caller->told++;
  g_clear_error (&caller->error);
  g_assert_true (g_task_propagate_boolean (G_TASK (result), &caller->error) ==
                 (caller->error == NULL));
  if (caller->disconnect_from != NULL)
    g_cancellable_disconnect (caller->disconnect_from, caller->handler);
  if (waiters != NULL)
    wait_for (waiters, NULL, caller);
}

static void
wait_for (ForemanWaiters *waiters, GCancellable *cancellable, Caller *caller)
{
  foreman_waiters_take (waiters, g_task_new (NULL, cancellable, on_told, caller));
}

static void
run_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_all_are_told (void)
{
  g_autoptr (ForemanWaiters) waiters = foreman_waiters_new ();
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  Caller callers[3] = { 0 };

  for (guint i = 0; i < 3; i++)
    wait_for (waiters, NULL, &callers[i]);
  run_loop ();
  g_assert_false (foreman_waiters_is_empty (waiters));
  foreman_waiters_return (waiters, NULL);
  run_loop ();
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (callers[i].told, ==, 1);
      g_assert_no_error (callers[i].error);
      wait_for (waiters, NULL, &callers[i]);
    }
  foreman_waiters_return (waiters, error);
  run_loop ();
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (callers[i].told, ==, 2);
      g_assert_error (callers[i].error, G_IO_ERROR, G_IO_ERROR_BUSY);
      g_clear_error (&callers[i].error);
    }
  g_assert_true (foreman_waiters_is_empty (waiters));
}

static void
test_who_comes_while_they_are_told_waits_on (void)
{
  g_autoptr (ForemanWaiters) waiters = foreman_waiters_new ();
  Caller caller = { .waiters = waiters };

  wait_for (waiters, NULL, &caller);
  run_loop ();
  foreman_waiters_return (waiters, NULL);
  run_loop ();
  g_assert_cmpuint (caller.told, ==, 1);
  g_assert_false (foreman_waiters_is_empty (waiters));
  foreman_waiters_return (waiters, NULL);
  run_loop ();
  g_assert_cmpuint (caller.told, ==, 2);
}

static void
test_cancelled_one_leaves_at_once (void)
{
  g_autoptr (ForemanWaiters) waiters = foreman_waiters_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Caller leaving = { 0 }, staying = { 0 }, late = { 0 };

  wait_for (waiters, cancellable, &leaving);
  wait_for (waiters, NULL, &staying);
  run_loop ();
  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (leaving.told, ==, 0);
  wait_for (waiters, cancellable, &late);
  run_loop ();
  g_assert_cmpuint (leaving.told, ==, 1);
  g_assert_error (leaving.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error (late.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (staying.told, ==, 0);
  foreman_waiters_return (waiters, NULL);
  run_loop ();
  g_assert_cmpuint (leaving.told, ==, 1);
  g_assert_cmpuint (staying.told, ==, 1);
  g_clear_error (&leaving.error);
  g_clear_error (&late.error);
}

static void
do_nothing (void)
{
}

static void
test_caller_may_disconnect_from_its_cancellable (void)
{
  g_autoptr (ForemanWaiters) waiters = foreman_waiters_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Caller caller = { .disconnect_from = cancellable };

  caller.handler = g_cancellable_connect (cancellable, do_nothing, NULL, NULL);
  wait_for (waiters, cancellable, &caller);
  run_loop ();
  g_cancellable_cancel (cancellable);
  run_loop ();
  g_assert_cmpuint (caller.told, ==, 1);
  g_clear_error (&caller.error);
}

static void
test_moved_ones_can_still_be_told_or_leave (void)
{
  g_autoptr (ForemanWaiters) from = foreman_waiters_new ();
  g_autoptr (ForemanWaiters) to = foreman_waiters_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Caller leaving = { 0 }, staying = { 0 };

  wait_for (from, cancellable, &leaving);
  wait_for (from, NULL, &staying);
  foreman_waiters_move (to, from);
  run_loop ();
  g_assert_true (foreman_waiters_is_empty (from));
  g_cancellable_cancel (cancellable);
  run_loop ();
  g_assert_error (leaving.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  foreman_waiters_return (to, NULL);
  run_loop ();
  g_assert_cmpuint (staying.told, ==, 1);
  g_clear_error (&leaving.error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/waiters/told", test_all_are_told);
  g_test_add_func ("/waiters/again", test_who_comes_while_they_are_told_waits_on);
  g_test_add_func ("/waiters/cancelled", test_cancelled_one_leaves_at_once);
  g_test_add_func ("/waiters/disconnect", test_caller_may_disconnect_from_its_cancellable);
  g_test_add_func ("/waiters/moved", test_moved_ones_can_still_be_told_or_leave);
  return g_test_run ();
}

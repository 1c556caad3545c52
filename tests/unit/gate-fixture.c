/* SPDX-License-Identifier: MIT */
#include "gate-fixture.h"

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  const char *capacity = data != NULL ? data : "1";
  g_autoptr (GError) error = NULL;

  fixture->clock = foreman_clock_new_manual (1000, 5000000);
  fixture->gate = foreman_gate_new (fixture->clock, capacity, 100000, 100000, &error);
  g_assert_no_error (error);
}

void
run_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
assert_freed (gpointer data)
{
  GObject *object = data;

  run_loop ();
  g_object_add_weak_pointer (object, &data);
  g_object_unref (object);
  g_assert_null (data);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  assert_freed (fixture->gate);
  assert_freed (fixture->clock);
}

void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;

  caller->told++;
  caller->ticket = foreman_gate_enter_finish (FOREMAN_GATE (source), result, &caller->error);
  g_assert_true ((caller->ticket == NULL) == (caller->error != NULL));
}

Caller *
enter (ForemanGate *gate, ForemanGateRequest request)
{
  Caller *caller = g_new0 (Caller, 1);

  caller->cancellable = g_cancellable_new ();
  if (request.model == NULL)
    request.model = "qwen3:8b";
  foreman_gate_enter_async (gate, &request, caller->cancellable, on_entered, caller);
  g_assert_cmpuint (caller->told, ==, 0);
  return caller;
}

void
leave (Caller *caller)
{
  if (caller->ticket != NULL)
    foreman_ticket_release (caller->ticket);
  g_clear_object (&caller->ticket);
  g_clear_object (&caller->cancellable);
  g_clear_error (&caller->error);
  g_free (caller);
}

void
assert_waits (Caller *caller)
{
  run_loop ();
  g_assert_cmpuint (caller->told, ==, 0);
}

void
assert_passed (Caller *caller)
{
  run_loop ();
  g_assert_no_error (caller->error);
  g_assert_cmpuint (caller->told, ==, 1);
}

void
assert_failed (Caller *caller, GQuark domain, int code)
{
  run_loop ();
  g_assert_error (caller->error, domain, code);
  g_assert_cmpuint (caller->told, ==, 1);
}

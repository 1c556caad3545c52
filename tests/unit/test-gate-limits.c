/* SPDX-License-Identifier: MIT */
#include "gate-fixture.h"
#include "libforeman/foreman-error.h"

static void
test_capacity_must_be_understood (void)
{
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (0, 0);
  g_autoptr (GError) error = NULL;

  g_assert_null (foreman_gate_new (clock, "lots", 1, 1, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "FOREMAN_CAPACITY"));
}

static void
test_queue_is_bounded (Fixture *fixture, gconstpointer data)
{
  Caller *running, *waiting, *refused, *job;

  foreman_gate_set_limits (fixture->gate, 2, 100);
  running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  job = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB });
  waiting = enter (fixture->gate, (ForemanGateRequest){ 0 });
  refused = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_failed (refused, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 2);
  leave (refused);
  leave (running);
  assert_passed (waiting);
  leave (waiting);
  assert_passed (job);
  leave (job);
}

static void
test_no_queue_lets_pass_or_refuses (Fixture *fixture, gconstpointer data)
{
  Caller *running, *refused, *job, *next;

  foreman_gate_set_limits (fixture->gate, 0, 0);
  running = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });
  refused = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });
  job = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB });
  assert_passed (running);
  assert_failed (refused, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL);
  assert_failed (job, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL);
  leave (running);
  next = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });
  assert_passed (next);
  leave (next);
  leave (job);
  leave (refused);
}

static void
test_who_is_unlimited_counts_for_nobody (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest stored = { .class = FOREMAN_WORK_JOB,
                                .client = "alice",
                                .is_unlimited = TRUE };
  Caller *running, *jobs[5], *waiting, *refused;

  foreman_gate_set_limits (fixture->gate, 1, 1);
  running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    jobs[i] = enter (fixture->gate, stored);
  waiting = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });
  refused = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_failed (refused, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL);
  leave (running);
  assert_passed (waiting);
  leave (waiting);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      assert_passed (jobs[i]);
      leave (jobs[i]);
    }
  leave (refused);
  waiting = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });
  assert_passed (waiting);
  leave (waiting);
}

static void
test_lower_limits_send_nobody_away (Fixture *fixture, gconstpointer data)
{
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *waiting = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });

  foreman_gate_set_limits (fixture->gate, 0, 0);
  assert_waits (waiting);
  leave (running);
  assert_passed (waiting);
  leave (waiting);
}

static void
test_each_client_is_bounded (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest alice = { .client = "alice" };
  Caller *running, *a, *refused, *b, *nobody, *nobody2, *again, *job;

  foreman_gate_set_limits (fixture->gate, 100, 1);
  running = enter (fixture->gate, alice);
  a = enter (fixture->gate, alice);
  refused = enter (fixture->gate, alice);
  b = enter (fixture->gate, (ForemanGateRequest){ .client = "bob" });
  nobody = enter (fixture->gate, (ForemanGateRequest){ 0 });
  nobody2 = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_failed (refused, FOREMAN_ERROR, FOREMAN_ERROR_RATE_LIMITED);
  assert_waits (a);
  assert_waits (b);
  assert_waits (nobody2);

  g_cancellable_cancel (a->cancellable);
  again = enter (fixture->gate, alice);
  assert_waits (again);
  job = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB, .client = "alice" });
  assert_failed (job, FOREMAN_ERROR, FOREMAN_ERROR_RATE_LIMITED);
  leave (job);
  leave (running);
  leave (a);
  leave (refused);
  assert_passed (b);
  leave (b);
  assert_passed (nobody);
  leave (nobody);
  assert_passed (nobody2);
  leave (nobody2);
  assert_passed (again);
  leave (again);
}

static void
test_capacity_changes_while_running (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Caller *callers[4];

  for (guint i = 0; i < 4; i++)
    callers[i] = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_waits (callers[1]);
  g_assert_false (foreman_gate_set_capacity (fixture->gate, "0", &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_cmpstr (foreman_gate_get_capacity (fixture->gate), ==, "1");

  g_assert_true (foreman_gate_set_capacity (fixture->gate, "3", &error));
  g_assert_cmpstr (foreman_gate_get_capacity (fixture->gate), ==, "3");
  assert_passed (callers[1]);
  assert_passed (callers[2]);
  assert_waits (callers[3]);

  g_assert_true (foreman_gate_set_capacity (fixture->gate, "1", &error));
  leave (callers[0]);
  leave (callers[1]);
  assert_waits (callers[3]);
  leave (callers[2]);
  assert_passed (callers[3]);
  leave (callers[3]);
}

static void
test_drain_sends_away_who_waits (Fixture *fixture, gconstpointer data)
{
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *waiting = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *job = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB });
  ForemanGateTotals totals;
  Caller *late;

  assert_passed (running);
  foreman_gate_drain (fixture->gate);
  late = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_failed (waiting, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  assert_failed (job, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  assert_failed (late, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 1);
  leave (running);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  foreman_gate_get_totals (fixture->gate, &totals);
  g_assert_cmpuint (totals.drained, ==, 2);
  g_assert_cmpuint (totals.refused, ==, 1);
  leave (waiting);
  leave (job);
  leave (late);
}

static void
test_retry_after_follows_what_is_seen (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest alice = { .client = "alice" };
  Caller *callers[6];

  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 5);
  callers[0] = enter (fixture->gate, alice);
  run_loop ();
  foreman_clock_advance (fixture->clock, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 20);
  leave (callers[0]);
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 20);

  for (guint i = 0; i < 6; i++)
    callers[i] = enter (fixture->gate, i == 1 ? alice : (ForemanGateRequest){ .client = "bob" });
  run_loop ();
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, "alice"), ==, 100);
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, "bob"), ==, 25);
  g_assert_true (foreman_gate_set_capacity (fixture->gate, "2", NULL));
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 10);
  foreman_clock_advance (fixture->clock, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 300);
  for (guint i = 0; i < 6; i++)
    {
      run_loop ();
      leave (callers[i]);
    }
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/gate/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate/limits/capacity", test_capacity_must_be_understood);
  ADD ("limits/queue", NULL, test_queue_is_bounded);
  ADD ("limits/no-queue", NULL, test_no_queue_lets_pass_or_refuses);
  ADD ("limits/unlimited", NULL, test_who_is_unlimited_counts_for_nobody);
  ADD ("limits/lower", NULL, test_lower_limits_send_nobody_away);
  ADD ("limits/client", NULL, test_each_client_is_bounded);
  ADD ("limits/change", NULL, test_capacity_changes_while_running);
  ADD ("limits/drain", NULL, test_drain_sends_away_who_waits);
  ADD ("limits/retry-after", NULL, test_retry_after_follows_what_is_seen);
  return g_test_run ();
}

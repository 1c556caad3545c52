/* SPDX-License-Identifier: MIT */
/* What people do to jobs and to the dispatcher while it works. */
#include "dispatcher-fixture.h"

#include <string.h>

static char *
hold_one (Fixture *fixture, JobTargetScript script)
{
  char *id;

  job_target_push (fixture->target, script);
  begin (fixture);
  id = submit_chat (fixture);
  wait_until (job_target_count_held (fixture->target) == 1);
  return id;
}

static void
assert_cancelled (Fixture *fixture, const char *id)
{
  g_autofree char *next = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;

  act (fixture, id, FOREMAN_JOB_CANCEL);
  wait_until (job_target_count_left (fixture->target) == 1);
  job = get_job (fixture, id);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_CANCELLED);
  next = submit_chat (fixture);
  wait_for (fixture, next, FOREMAN_JOB_DONE);
  g_assert_true (is_in (fixture, id, FOREMAN_JOB_CANCELLED));
}

static void
test_cancelled_before_the_answer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = hold_one (fixture, job_target_hold_before);

  assert_cancelled (fixture, id);
}

static void
test_cancelled_within_the_answer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = hold_one (fixture, job_target_hold_within);
  g_autofree char *partial = NULL;

  wait_until (foreman_dispatcher_get_tokens (fixture->dispatcher, id) > 0);
  let_pass (fixture, SECOND);
  assert_cancelled (fixture, id);
  partial = read_artifact (fixture, id, "partial");
  g_assert_cmpstr (partial, ==, "Hello ");
}

static void
test_cancelled_while_it_waits (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = hold_one (fixture, job_target_hold_before);
  g_autofree char *second = submit_chat (fixture);

  wait_until (foreman_gate_get_waiting (fixture->gate) == 1);
  act (fixture, second, FOREMAN_JOB_CANCEL);
  wait_until (foreman_gate_get_waiting (fixture->gate) == 0);
  job_target_release (fixture->target);
  wait_for (fixture, first, FOREMAN_JOB_DONE);
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
}

static void
test_a_pause_lets_finish_and_begins_nothing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = hold_one (fixture, job_target_hold_before);
  g_autofree char *second = submit_chat (fixture);

  wait_until (foreman_gate_get_waiting (fixture->gate) == 1);
  foreman_pause_set (fixture->pause, FOREMAN_PAUSE_JOBS, 0);
  wait_until (foreman_gate_get_waiting (fixture->gate) == 0);
  job_target_release (fixture->target);
  wait_for (fixture, first, FOREMAN_JOB_DONE);
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  foreman_job_record_unref (get_job (fixture, second));
  turn_loop ();
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
  foreman_pause_set (fixture->pause, FOREMAN_PAUSE_NONE, 0);
  wait_for (fixture, second, FOREMAN_JOB_DONE);
}

static void
test_a_pause_survives_a_restart (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  foreman_pause_set (fixture->pause, FOREMAN_PAUSE_ALL, 0);
  id = submit_chat (fixture);
  restart (fixture, FALSE);
  wait_until (foreman_pause_get_scope (fixture->pause) == FOREMAN_PAUSE_ALL);
  foreman_job_record_unref (get_job (fixture, id));
  turn_loop ();
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 0);
  foreman_pause_set (fixture->pause, FOREMAN_PAUSE_NONE, 0);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
assert_preempted (Fixture *fixture, const char *id, const char *reason)
{
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GPtrArray) attempts = NULL;

  wait_until (has_gone (fixture, id, ">working>queued"));
  wait_until (job_target_count_left (fixture->target) == 1);
  job = get_job (fixture, id);
  g_assert_cmpint (job->attempt, ==, 0);
  g_assert_cmpint (job->crashes, ==, 0);
  g_assert_cmpstr (job->reason, ==, reason);
  attempts = list_attempts (fixture, id);
  g_assert_cmpstr (((ForemanJobAttempt *) attempts->pdata[0])->outcome, ==, reason);
}

static void
test_a_pause_at_once_preempts (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = hold_one (fixture, job_target_hold_before);

  foreman_pause_set (fixture->pause, FOREMAN_PAUSE_JOBS, 0);
  foreman_dispatcher_preempt (fixture->dispatcher, "paused");
  assert_preempted (fixture, id, "paused");
  foreman_pause_set (fixture->pause, FOREMAN_PAUSE_NONE, 0);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
on_idle (ForemanDispatcher *dispatcher, gboolean *is_idle)
{
  *is_idle = TRUE;
}

static void
test_a_drain_lets_finish (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = hold_one (fixture, job_target_hold_before);
  g_autofree char *second = submit_chat (fixture);
  gboolean is_idle = FALSE;

  wait_until (foreman_gate_get_waiting (fixture->gate) == 1);
  g_signal_connect (fixture->dispatcher, "idle", G_CALLBACK (on_idle), &is_idle);
  foreman_dispatcher_stop (fixture->dispatcher);
  g_assert_false (foreman_dispatcher_is_idle (fixture->dispatcher));
  job_target_release (fixture->target);
  wait_until (is_idle);
  g_assert_true (is_in (fixture, first, FOREMAN_JOB_DONE));
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
  restart (fixture, FALSE);
  wait_for (fixture, second, FOREMAN_JOB_DONE);
}

static void
test_a_drain_preempts_in_the_end (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = hold_one (fixture, job_target_hold_within);
  gboolean is_idle = FALSE;

  g_signal_connect (fixture->dispatcher, "idle", G_CALLBACK (on_idle), &is_idle);
  foreman_dispatcher_stop (fixture->dispatcher);
  foreman_dispatcher_preempt (fixture->dispatcher, "drained");
  wait_until (is_idle);
  assert_preempted (fixture, id, "drained");
  restart (fixture, FALSE);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_an_idle_dispatcher_stops_at_once (Fixture *fixture, gconstpointer data)
{
  begin (fixture);
  refresh_inventory (fixture);
  turn_loop ();
  foreman_dispatcher_stop (fixture->dispatcher);
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
}

static void
test_what_a_crash_left_runs_again (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = hold_one (fixture, job_target_hold_before);
  g_autofree char *second = submit_chat (fixture);
  g_autoptr (ForemanJobRecord) job = NULL;

  wait_until (foreman_gate_get_waiting (fixture->gate) == 1);
  wait_for (fixture, first, FOREMAN_JOB_WORKING);
  restart (fixture, TRUE);
  wait_for (fixture, first, FOREMAN_JOB_DONE);
  wait_for (fixture, second, FOREMAN_JOB_DONE);
  job = get_job (fixture, first);
  g_assert_cmpint (job->crashes, ==, 1);
  g_assert_cmpint (job->attempt, ==, 0);
}

static void
test_chats_go_first (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = hold_one (fixture, job_target_hold_before);
  g_autofree char *second = submit_chat (fixture);
  const ForemanGateRequest chat = { .model = "m" };
  g_autoptr (GPtrArray) waiting = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  wait_until (foreman_gate_get_waiting (fixture->gate) == 1);
  foreman_gate_enter_async (fixture->gate, &chat, cancellable, NULL, NULL);
  waiting = foreman_gate_list_waiting (fixture->gate, 10, NULL, NULL, NULL);
  g_assert_cmpuint (waiting->len, ==, 2);
  g_assert_cmpint (foreman_ticket_get_class (waiting->pdata[0]), ==, FOREMAN_WORK_INTERACTIVE);
  g_assert_cmpstr (foreman_ticket_get_request_id (waiting->pdata[1]), ==, second);
  g_cancellable_cancel (cancellable);
  job_target_release (fixture->target);
  wait_for (fixture, second, FOREMAN_JOB_DONE);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/dispatcher/control/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("cancel/before", NULL, test_cancelled_before_the_answer);
  ADD ("cancel/within", NULL, test_cancelled_within_the_answer);
  ADD ("cancel/waiting", NULL, test_cancelled_while_it_waits);
  ADD ("pause/later", NULL, test_a_pause_lets_finish_and_begins_nothing);
  ADD ("pause/restart", NULL, test_a_pause_survives_a_restart);
  ADD ("pause/now", NULL, test_a_pause_at_once_preempts);
  ADD ("drain/finish", NULL, test_a_drain_lets_finish);
  ADD ("drain/preempt", NULL, test_a_drain_preempts_in_the_end);
  ADD ("drain/idle", NULL, test_an_idle_dispatcher_stops_at_once);
  ADD ("crash", NULL, test_what_a_crash_left_runs_again);
  ADD ("chats", NULL, test_chats_go_first);
  return g_test_run ();
}

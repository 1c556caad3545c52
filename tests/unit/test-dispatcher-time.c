/* SPDX-License-Identifier: MIT */
/* What jobs have to do with clocks. */
#include "dispatcher-fixture.h"

#include <string.h>

static void
test_an_answer_that_takes_too_long_fails (Fixture *fixture, gconstpointer data)
{
  ForemanSubmission *submission = new_submission (fixture, "m");
  g_autofree char *id = NULL, *partial = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;

  submission->timeout = 10 * MINUTE;
  job_target_push (fixture->target, job_target_hold_within);
  begin (fixture);
  id = submit (fixture, submission);
  wait_until (foreman_dispatcher_get_tokens (fixture->dispatcher, id) > 0);
  let_pass (fixture, 10 * MINUTE - 1);
  turn_loop ();
  g_assert_cmpuint (foreman_dispatcher_get_running (fixture->dispatcher), ==, 1);
  let_pass (fixture, 1);
  wait_for (fixture, id, FOREMAN_JOB_FAILED);
  wait_until (job_target_count_left (fixture->target) == 1);
  job = get_job (fixture, id);
  g_assert_cmpstr (job->error_code, ==, "timeout");
  partial = read_artifact (fixture, id, "partial");
  g_assert_cmpstr (partial, ==, "Hello ");
}

static void
test_the_time_before_the_first_byte_does_not_count (Fixture *fixture, gconstpointer data)
{
  ForemanSubmission *submission = new_submission (fixture, "m");
  g_autofree char *id = NULL;

  submission->timeout = MINUTE;
  job_target_push (fixture->target, job_target_hold_before);
  begin (fixture);
  id = submit (fixture, submission);
  wait_until (job_target_count_held (fixture->target) == 1);
  let_pass (fixture, HOUR);
  job_target_release (fixture->target);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static char *
submit_later (Fixture *fixture, gint64 delay, gint64 run_at)
{
  ForemanSubmission *submission = new_submission (fixture, "m");

  submission->delay = delay;
  submission->run_at = run_at;
  return submit (fixture, submission);
}

static void
assert_still_waits (Fixture *fixture, const char *id)
{
  g_autoptr (ForemanJobRecord) job = NULL;

  foreman_job_record_unref (get_job (fixture, id));
  turn_loop ();
  job = get_job (fixture, id);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_SCHEDULED);
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 0);
}

static void
test_a_delay_is_waited_for (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  id = submit_later (fixture, HOUR, 0);
  assert_still_waits (fixture, id);
  let_pass (fixture, HOUR - 1);
  assert_still_waits (fixture, id);
  let_pass (fixture, 1);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

/* A delay follows time elapsed; the wall clock may say what it will. */
static void
test_a_step_forward_shortens_no_delay (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  id = submit_later (fixture, HOUR, 0);
  assert_still_waits (fixture, id);
  foreman_clock_set_real (fixture->clock, foreman_clock_get_real (fixture->clock) + 10 * HOUR);
  let_pass (fixture, 10 * SECOND);
  assert_still_waits (fixture, id);
  let_pass (fixture, 59 * MINUTE);
  assert_still_waits (fixture, id);
  let_pass (fixture, MINUTE);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_a_step_back_lengthens_no_delay (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  id = submit_later (fixture, HOUR, 0);
  assert_still_waits (fixture, id);
  foreman_clock_set_real (fixture->clock, foreman_clock_get_real (fixture->clock) - 10 * HOUR);
  let_pass (fixture, 10 * SECOND);
  assert_still_waits (fixture, id);
  let_pass (fixture, HOUR);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
assert_no_delay_follows_a_step_while_down (Fixture *fixture, gint64 step)
{
  g_autofree char *id = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  id = submit_later (fixture, HOUR, 0);
  assert_still_waits (fixture, id);
  g_clear_object (&fixture->dispatcher);
  foreman_clock_advance (fixture->clock, 20 * MINUTE);
  foreman_clock_set_real (fixture->clock, foreman_clock_get_real (fixture->clock) + step);
  restart (fixture, TRUE);
  let_pass (fixture, 39 * MINUTE);
  assert_still_waits (fixture, id);
  let_pass (fixture, MINUTE);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_a_step_forward_while_down_shortens_no_delay (Fixture *fixture, gconstpointer data)
{
  assert_no_delay_follows_a_step_while_down (fixture, 10 * HOUR);
}

static void
test_a_step_back_while_down_lengthens_no_delay (Fixture *fixture, gconstpointer data)
{
  assert_no_delay_follows_a_step_while_down (fixture, -10 * HOUR);
}

static void
test_a_time_of_day_follows_the_wall_clock (Fixture *fixture, gconstpointer data)
{
  gint64 now = foreman_clock_get_real (fixture->clock);
  g_autofree char *id = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  id = submit_later (fixture, 0, now + HOUR);
  assert_still_waits (fixture, id);
  foreman_clock_set_real (fixture->clock, now + HOUR);
  let_pass (fixture, 10 * SECOND);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_a_sleep_counts_for_a_delay (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  id = submit_later (fixture, HOUR, 0);
  assert_still_waits (fixture, id);
  foreman_clock_suspend (fixture->clock, HOUR);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_what_breaks_of_a_sleep_is_no_attempt (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GPtrArray) attempts = NULL;

  job_target_push (fixture->target, job_target_hold_before);
  begin (fixture);
  id = submit_chat (fixture);
  wait_until (job_target_count_held (fixture->target) == 1);
  job_target_push (fixture->target, job_target_answer);
  foreman_clock_suspend (fixture->clock, 8 * HOUR);
  job_target_break (fixture->target);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
  job = get_job (fixture, id);
  g_assert_cmpint (job->attempt, ==, 0);
  attempts = list_attempts (fixture, id);
  g_assert_cmpuint (attempts->len, ==, 2);
  g_assert_cmpstr (((ForemanJobAttempt *) attempts->pdata[0])->outcome, ==, "unreachable");
}

static void
test_an_expired_job_is_removed (Fixture *fixture, gconstpointer data)
{
  ForemanSubmission *submission = new_submission (fixture, "m");
  g_autofree char *id = NULL;
  const guint64 *counts = foreman_store_get_counts (fixture->store);

  submission->ttl = HOUR;
  begin (fixture);
  id = submit (fixture, submission);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  let_pass (fixture, HOUR - SECOND);
  foreman_job_record_unref (get_job (fixture, id));
  let_pass (fixture, SECOND);
  wait_until (counts[FOREMAN_JOB_DONE] == 0);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/dispatcher/time/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("timeout", NULL, test_an_answer_that_takes_too_long_fails);
  ADD ("first-byte", NULL, test_the_time_before_the_first_byte_does_not_count);
  ADD ("delay", NULL, test_a_delay_is_waited_for);
  ADD ("delay/step-forward", NULL, test_a_step_forward_shortens_no_delay);
  ADD ("delay/step-back", NULL, test_a_step_back_lengthens_no_delay);
  ADD ("delay/step-forward-while-down", NULL, test_a_step_forward_while_down_shortens_no_delay);
  ADD ("delay/step-back-while-down", NULL, test_a_step_back_while_down_lengthens_no_delay);
  ADD ("delay/sleep", NULL, test_a_sleep_counts_for_a_delay);
  ADD ("run-at", NULL, test_a_time_of_day_follows_the_wall_clock);
  ADD ("sleep", NULL, test_what_breaks_of_a_sleep_is_no_attempt);
  ADD ("expiry", NULL, test_an_expired_job_is_removed);
  return g_test_run ();
}

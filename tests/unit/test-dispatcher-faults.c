/* SPDX-License-Identifier: MIT */
/* What goes wrong at the target, and what becomes of the jobs. */
#include "dispatcher-fixture.h"

#include <string.h>

static char *
run_with (Fixture *fixture, JobTargetScript script)
{
  job_target_push (fixture->target, script);
  begin (fixture);
  return submit_chat (fixture);
}

static void
assert_backed_off (Fixture *fixture, const char *id, const char *code)
{
  g_autoptr (ForemanJobRecord) job = NULL;

  wait_until (has_gone (fixture, id, ">queued>working>queued"));
  job = get_job (fixture, id);
  g_assert_cmpint (job->attempt, ==, 1);
  g_assert_cmpstr (job->reason, ==, "backoff");
  g_assert_cmpstr (job->error_code, ==, code);
  g_assert_nonnull (job->error);
  g_assert_cmpint (job->not_before, >=, foreman_clock_get_real (fixture->clock) + SECOND);
}

/* What happens to the first attempt; the second goes well. */
static void
assert_tried_again (Fixture *fixture, JobTargetScript script, const char *code)
{
  g_autofree char *id = run_with (fixture, script);
  g_autofree char *completion = NULL;
  g_autoptr (GPtrArray) attempts = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;

  assert_backed_off (fixture, id, code);
  turn_loop ();
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
  let_pass (fixture, 5 * MINUTE);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
  job = get_job (fixture, id);
  g_assert_cmpint (job->attempt, ==, 1);
  completion = read_artifact (fixture, id, "completion");
  g_assert_nonnull (strstr (completion, "\"content\":\"" JOB_TARGET_TEXT "\""));
  attempts = list_attempts (fixture, id);
  g_assert_cmpuint (attempts->len, ==, 2);
  g_assert_cmpstr (((ForemanJobAttempt *) attempts->pdata[0])->outcome, ==, "retried");
  g_assert_cmpstr (((ForemanJobAttempt *) attempts->pdata[1])->outcome, ==, "done");
}

static void
test_a_reset_is_retried (Fixture *fixture, gconstpointer data)
{
  assert_tried_again (fixture, job_target_reset_within, "broken_off");
}

static void
test_an_early_end_is_retried (Fixture *fixture, gconstpointer data)
{
  assert_tried_again (fixture, job_target_end_early, "broken_off");
}

static void
test_a_500_is_retried (Fixture *fixture, gconstpointer data)
{
  assert_tried_again (fixture, job_target_say_500, "target_error");
}

static void
test_a_429_waits_as_long_as_it_says (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = run_with (fixture, job_target_say_429);

  assert_backed_off (fixture, id, "rate_limited");
  let_pass (fixture, 119 * SECOND);
  foreman_job_record_unref (get_job (fixture, id));
  turn_loop ();
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
  let_pass (fixture, SECOND);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_a_400_fails (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = run_with (fixture, job_target_say_400);
  g_autoptr (ForemanJobRecord) job = NULL;

  wait_for (fixture, id, FOREMAN_JOB_FAILED);
  job = get_job (fixture, id);
  g_assert_cmpint (job->http_status, ==, 400);
  g_assert_cmpstr (job->error_code, ==, "invalid_request");
  g_assert_nonnull (strstr (job->error, "no such thing"));
}

static void
test_attempts_are_spent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL, *partial = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;

  for (guint i = 0; i < 2; i++)
    job_target_push (fixture->target, job_target_end_early);
  id = run_with (fixture, job_target_end_early);
  while (!is_in (fixture, id, FOREMAN_JOB_FAILED))
    let_pass (fixture, MINUTE);
  job = get_job (fixture, id);
  g_assert_cmpint (job->attempt, ==, 3);
  g_assert_cmpstr (job->error_code, ==, "broken_off");
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 3);
  partial = read_artifact (fixture, id, "partial");
  g_assert_cmpstr (partial, ==, "Hello ");
}

static void
test_an_empty_answer_after_a_load_is_retried (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  job_target_set_resident (fixture->target, "other");
  refresh_inventory (fixture);
  id = run_with (fixture, job_target_say_nothing);
  wait_until (has_gone (fixture, id, ">loading>working>queued"));
  let_pass (fixture, 5 * MINUTE);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_a_request_to_load_is_done_when_it_has_loaded (Fixture *fixture, gconstpointer data)
{
  ForemanSubmission *submission = new_submission (fixture, "m");
  g_autofree char *id = NULL;

  g_bytes_unref (submission->request);
  submission->request = g_bytes_new_static ("{\"model\":\"m\",\"messages\":[]}", 27);
  submission->max_attempts = 1;
  job_target_set_resident (fixture->target, "other");
  job_target_push (fixture->target, job_target_say_nothing);
  begin (fixture);
  refresh_inventory (fixture);
  id = submit (fixture, submission);
  wait_until (has_gone (fixture, id, ">loading>working>done"));
}

static void
test_an_unreachable_target_is_waited_for (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  job_target_stop (fixture->target);
  id = submit_chat (fixture);
  wait_until (foreman_inventory_is_unreachable (fixture->inventory));
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  let_pass (fixture, 20 * MINUTE);
  job = get_job (fixture, id);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_QUEUED);
  g_assert_cmpint (job->attempt, ==, 0);
  g_assert_cmpstr (job->reason, ==, "target_unreachable");
  job_target_start (fixture->target);
  refresh_inventory (fixture);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
grow_deaf (Fixture *fixture)
{
  job_target_set_deaf (fixture->target, TRUE);
  while (!foreman_inventory_is_unreachable (fixture->inventory))
    {
      foreman_clock_advance (fixture->clock, SECOND);
      turn_loop ();
    }
}

/* Silence alone is no fault; but a target that does not answer polls either has lost us. */
static void
test_a_target_that_answers_nothing_is_left (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GPtrArray) attempts = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  job_target_push (fixture->target, job_target_hold_before);
  id = submit_chat (fixture);
  wait_until (job_target_count_held (fixture->target) == 1);
  let_pass (fixture, 10 * MINUTE);
  g_assert_cmpuint (foreman_dispatcher_get_running (fixture->dispatcher), ==, 1);

  grow_deaf (fixture);
  foreman_clock_advance (fixture->clock, 59 * SECOND);
  turn_loop ();
  g_assert_cmpuint (foreman_dispatcher_get_running (fixture->dispatcher), ==, 1);
  foreman_clock_advance (fixture->clock, 6 * SECOND);
  wait_until (job_target_count_left (fixture->target) == 1);
  job_target_set_deaf (fixture->target, FALSE);
  let_pass (fixture, MINUTE);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
  job = get_job (fixture, id);
  g_assert_cmpint (job->attempt, ==, 0);
  attempts = list_attempts (fixture, id);
  g_assert_cmpstr (((ForemanJobAttempt *) attempts->pdata[0])->outcome, ==, "unreachable");
}

static void
note_progress (ForemanDispatcher *dispatcher, const char *id, guint64 tokens, guint64 *noted)
{
  *noted = tokens;
}

/* Polls may fail because the target is so busy: with the very answer that is coming. */
static void
test_an_answer_that_still_comes_is_not_left (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;
  guint64 tokens = 0;

  begin (fixture);
  g_signal_connect (fixture->dispatcher, "progress", G_CALLBACK (note_progress), &tokens);
  refresh_inventory (fixture);
  job_target_push (fixture->target, job_target_trickle);
  id = submit_chat (fixture);
  wait_until (job_target_count_held (fixture->target) == 1 && tokens == 1);
  grow_deaf (fixture);
  for (guint i = 0; i < JOB_TARGET_TRICKLE; i++)
    {
      foreman_clock_advance (fixture->clock, 50 * SECOND);
      turn_loop ();
      job_target_release (fixture->target);
      wait_until (job_target_count_held (fixture->target) == 1 && tokens == 2 + i);
    }
  g_assert_cmpuint (job_target_count_left (fixture->target), ==, 0);
  foreman_clock_advance (fixture->clock, 66 * SECOND);
  wait_until (job_target_count_left (fixture->target) == 1);
  g_signal_handlers_disconnect_by_data (fixture->dispatcher, &tokens);
}

static void
test_nothing_is_claimed_before_there_are_lists (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  job_target_stop (fixture->target);
  refresh_inventory (fixture);
  begin (fixture);
  id = submit_chat (fixture);
  foreman_job_record_unref (get_job (fixture, id));
  turn_loop ();
  g_assert_true (foreman_dispatcher_is_idle (fixture->dispatcher));
  job_target_start (fixture->target);
  refresh_inventory (fixture);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_a_model_that_is_not_installed_is_waited_for (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = submit (fixture, new_submission (fixture, "other"));
  g_autofree char *there = submit_chat (fixture);
  g_autoptr (ForemanJobRecord) job = NULL;

  begin (fixture);
  wait_for (fixture, there, FOREMAN_JOB_DONE);
  job = get_job (fixture, missing);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_QUEUED);
  g_assert_cmpstr (job->reason, ==, "model_missing");
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
  job_target_set_installed (fixture->target, "m,other");
  refresh_inventory (fixture);
  wait_for (fixture, missing, FOREMAN_JOB_DONE);
}

static void
test_a_model_that_went_is_no_attempt (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  job_target_set_installed (fixture->target, "other");
  job_target_push (fixture->target, job_target_say_404);
  id = submit_chat (fixture);
  wait_until (has_gone (fixture, id, ">working>queued"));
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  job = get_job (fixture, id);
  g_assert_cmpint (job->attempt, ==, 0);
  g_assert_cmpstr (job->reason, ==, "model_missing");
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
  job_target_set_installed (fixture->target, "m,other");
  refresh_inventory (fixture);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_a_404_of_a_model_that_is_there_fails (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = run_with (fixture, job_target_say_404);
  g_autoptr (ForemanJobRecord) job = NULL;

  wait_for (fixture, id, FOREMAN_JOB_FAILED);
  job = get_job (fixture, id);
  g_assert_cmpstr (job->error_code, ==, "not_found");
}

static void
test_cloud_models_are_in_no_list (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = submit (fixture, new_submission (fixture, "gpt-oss:120b-cloud"));
  g_autofree char *chat = NULL;

  job_target_push (fixture->target, job_target_hold_before);
  begin (fixture);
  wait_until (job_target_count_held (fixture->target) == 1);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  chat = submit_chat (fixture);
  wait_for (fixture, chat, FOREMAN_JOB_DONE);
  job_target_release (fixture->target);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_the_rest_of_a_faulty_group_is_held (Fixture *fixture, gconstpointer data)
{
  char *ids[30];
  guint n_failed = 0, n_held = 0;
  g_autofree char *other = NULL;
  g_autoptr (ForemanJobRecord) held = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      ForemanSubmission *submission = new_submission (fixture, "m");

      submission->group = g_strdup ("night");
      ids[i] = submit (fixture, submission);
      job_target_push (fixture->target, job_target_say_400);
    }
  begin (fixture);
  wait_for (fixture, ids[G_N_ELEMENTS (ids) - 1], FOREMAN_JOB_HELD);
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      n_failed += is_in (fixture, ids[i], FOREMAN_JOB_FAILED);
      n_held += is_in (fixture, ids[i], FOREMAN_JOB_HELD);
    }
  g_assert_cmpuint (n_failed + n_held, ==, G_N_ELEMENTS (ids));
  g_assert_cmpuint (n_failed, >=, 10);
  g_assert_cmpuint (n_failed, <=, 11);
  held = get_job (fixture, ids[G_N_ELEMENTS (ids) - 1]);
  g_assert_nonnull (strstr (held->error, "no such thing"));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_free (ids[i]);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/dispatcher/faults/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("reset", NULL, test_a_reset_is_retried);
  ADD ("early-end", NULL, test_an_early_end_is_retried);
  ADD ("500", NULL, test_a_500_is_retried);
  ADD ("429", NULL, test_a_429_waits_as_long_as_it_says);
  ADD ("400", NULL, test_a_400_fails);
  ADD ("spent", NULL, test_attempts_are_spent);
  ADD ("empty", NULL, test_an_empty_answer_after_a_load_is_retried);
  ADD ("load", NULL, test_a_request_to_load_is_done_when_it_has_loaded);
  ADD ("unreachable", NULL, test_an_unreachable_target_is_waited_for);
  ADD ("away", NULL, test_a_target_that_answers_nothing_is_left);
  ADD ("away-but-heard", NULL, test_an_answer_that_still_comes_is_not_left);
  ADD ("no-lists", NULL, test_nothing_is_claimed_before_there_are_lists);
  ADD ("missing-model", NULL, test_a_model_that_is_not_installed_is_waited_for);
  ADD ("model-went", NULL, test_a_model_that_went_is_no_attempt);
  ADD ("404", NULL, test_a_404_of_a_model_that_is_there_fails);
  ADD ("cloud", NULL, test_cloud_models_are_in_no_list);
  ADD ("held", NULL, test_the_rest_of_a_faulty_group_is_held);
  return g_test_run ();
}

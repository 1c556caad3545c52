/* SPDX-License-Identifier: MIT */
/* Jobs run: their results, their order, what they leave behind. */
#include "dispatcher-fixture.h"

#include <string.h>

/* How many wait at the gate where one place is. */
#define WINDOW 10

static void
test_a_job_is_done (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL, *completion = NULL, *prompt = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GPtrArray) attempts = NULL;
  const ForemanJobAttempt *attempt;

  begin (fixture);
  id = submit_chat (fixture);
  wait_for (fixture, id, FOREMAN_JOB_DONE);

  job = get_job (fixture, id);
  g_assert_cmpint (job->attempt, ==, 0);
  g_assert_cmpint (job->prompt_tokens, ==, 7);
  g_assert_cmpint (job->completion_tokens, ==, 2);
  g_assert_cmpint (job->http_status, ==, 200);
  g_assert_null (job->error);
  completion = read_artifact (fixture, id, "completion");
  g_assert_nonnull (strstr (completion, "\"content\":\"" JOB_TARGET_TEXT "\""));
  g_assert_null (foreman_job_record_find_artifact (job, "partial"));
  prompt = job_target_dup_prompt (fixture->target, 0);
  g_assert_nonnull (strstr (prompt, "\"stream\":true"));

  attempts = list_attempts (fixture, id);
  g_assert_cmpuint (attempts->len, ==, 1);
  attempt = attempts->pdata[0];
  g_assert_cmpstr (attempt->outcome, ==, "done");
  g_assert_cmpint (attempt->ended_at, !=, 0);
}

static void
test_what_was_submitted_before_is_run (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = submit_chat (fixture);
  g_autofree char *second = submit_chat (fixture);

  begin (fixture);
  wait_for (fixture, first, FOREMAN_JOB_DONE);
  wait_for (fixture, second, FOREMAN_JOB_DONE);
}

static void
test_a_cold_model_is_loading_until_the_first_byte (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  job_target_set_resident (fixture->target, "other");
  refresh_inventory (fixture);
  job_target_push (fixture->target, job_target_hold_before);
  begin (fixture);
  id = submit_chat (fixture);
  wait_for (fixture, id, FOREMAN_JOB_LOADING);
  wait_until (job_target_count_held (fixture->target) == 1);
  job_target_push (fixture->target, job_target_hold_within);
  job_target_release (fixture->target);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_a_resident_model_is_working_at_once (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  job_target_push (fixture->target, job_target_hold_before);
  begin (fixture);
  id = submit_chat (fixture);
  wait_for (fixture, id, FOREMAN_JOB_WORKING);
  wait_until (job_target_count_held (fixture->target) == 1);
  job_target_release (fixture->target);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_one_runs_at_a_time_in_order (Fixture *fixture, gconstpointer data)
{
  char *ids[20];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = submit_chat (fixture);
  begin (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      wait_for (fixture, ids[i], FOREMAN_JOB_DONE);
      g_assert_cmpuint (foreman_dispatcher_get_running (fixture->dispatcher), <=, 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *prompt = job_target_dup_prompt (fixture->target, i);
      g_autofree char *seed = g_strdup_printf ("\"seed\":%u,", i);
      g_autofree char *last_seed = g_strdup_printf ("\"seed\":%u}", i);

      g_assert_true (strstr (prompt, seed) != NULL || strstr (prompt, last_seed) != NULL);
      g_free (ids[i]);
    }
}

static void
test_few_are_claimed_of_many (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = submit_chat (fixture);

  for (guint i = 0; i < 50; i++)
    g_free (submit_chat (fixture));
  job_target_push (fixture->target, job_target_hold_before);
  begin (fixture);
  wait_until (job_target_count_held (fixture->target) == 1);
  wait_until (foreman_gate_get_waiting (fixture->gate) == WINDOW);
  foreman_job_record_unref (get_job (fixture, first));
  turn_loop ();
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, WINDOW);
  job_target_release (fixture->target);
  wait_for (fixture, first, FOREMAN_JOB_DONE);
}

static gboolean
is_first_at_gate (Fixture *fixture, const char *id)
{
  g_autoptr (GPtrArray) waiting = foreman_gate_list_waiting (fixture->gate, 1, NULL, NULL, NULL);

  return waiting->len > 0 && g_strcmp0 (foreman_ticket_get_request_id (waiting->pdata[0]), id) == 0;
}

static void
test_the_urgent_overtake_those_that_wait (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = submit_chat (fixture);
  g_autofree char *urgent = NULL, *prompt = NULL;
  ForemanSubmission *submission;

  for (guint i = 0; i < 30; i++)
    g_free (submit_chat (fixture));
  job_target_push (fixture->target, job_target_hold_before);
  begin (fixture);
  wait_until (job_target_count_held (fixture->target) == 1);

  submission = new_submission (fixture, "m");
  submission->priority = 5;
  urgent = submit (fixture, submission);
  wait_until (is_first_at_gate (fixture, urgent));
  wait_until (foreman_gate_get_waiting (fixture->gate) == WINDOW);
  job_target_push (fixture->target, job_target_hold_before);
  job_target_release (fixture->target);
  wait_for (fixture, first, FOREMAN_JOB_DONE);
  wait_until (job_target_count_runs (fixture->target) == 2);
  prompt = job_target_dup_prompt (fixture->target, 1);
  g_assert_nonnull (strstr (prompt, "\"seed\":31"));
  job_target_release (fixture->target);
  wait_for (fixture, urgent, FOREMAN_JOB_DONE);
}

static void
test_a_long_answer_is_stored_whole (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL, *completion = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  const ForemanArtifact *artifact;

  job_target_push (fixture->target, job_target_say_much);
  begin (fixture);
  id = submit_chat (fixture);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
  job = get_job (fixture, id);
  artifact = foreman_job_record_find_artifact (job, "completion");
  g_assert_nonnull (artifact);
  completion = read_artifact (fixture, id, "completion");
  g_assert_cmpint (artifact->size, ==, strlen (completion));
  g_assert_cmpuint (strspn (strstr (completion, "xxx"), "x"), ==, JOB_TARGET_MUCH);
  g_assert_true (g_str_has_suffix (completion, "}"));
}

static void
test_a_large_request_is_sent_whole (Fixture *fixture, gconstpointer data)
{
  ForemanSubmission *submission = new_submission (fixture, "m");
  g_autofree char *filler = g_strnfill (6 * 1024 * 1024, 'y');
  char *request = g_strconcat ("{\"model\":\"m\",\"filler\":\"", filler, "\",\"last\":1}", NULL);
  g_autofree char *id = NULL, *prompt = NULL;

  g_bytes_unref (submission->request);
  submission->request = g_bytes_new_take (request, strlen (request));
  begin (fixture);
  id = submit (fixture, submission);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
  prompt = job_target_dup_prompt (fixture->target, 0);
  g_assert_cmpuint (strspn (strstr (prompt, "yyy"), "y"), ==, 6 * 1024 * 1024);
  g_assert_nonnull (strstr (prompt, "\"last\":1"));
}

static void
on_output (ForemanDispatcher *dispatcher,
           const char *id,
           const char *text,
           guint64 offset,
           GString *all)
{
  g_assert_cmpuint (offset, ==, all->len);
  g_string_append (all, text);
}

static void
on_progress (ForemanDispatcher *dispatcher, const char *id, guint64 tokens, guint *n)
{
  (*n)++;
}

static void
test_text_is_told_as_it_comes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *id = NULL, *text = NULL, *late = NULL;
  guint64 offset;
  guint n = 0;

  job_target_push (fixture->target, job_target_hold_within);
  begin (fixture);
  g_signal_connect (fixture->dispatcher, "output", G_CALLBACK (on_output), all);
  g_signal_connect (fixture->dispatcher, "progress", G_CALLBACK (on_progress), &n);
  id = submit_chat (fixture);
  wait_until (all->len > 0);
  g_assert_cmpstr (all->str, ==, "Hello ");
  text = foreman_dispatcher_dup_output (fixture->dispatcher, id, &offset);
  g_assert_cmpstr (text, ==, "Hello ");
  g_assert_cmpuint (offset, ==, 0);
  g_assert_cmpint (foreman_dispatcher_get_tokens (fixture->dispatcher, id), ==, 1);
  g_assert_cmpuint (n, ==, 1);
  job_target_release (fixture->target);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
  g_assert_cmpstr (all->str, ==, JOB_TARGET_TEXT);
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  late = foreman_dispatcher_dup_output (fixture->dispatcher, id, &offset);
  g_assert_cmpstr (late, ==, JOB_TARGET_TEXT);
  g_assert_cmpint (foreman_dispatcher_get_claim (fixture->dispatcher, id), ==, 1);
  g_assert_cmpint (foreman_dispatcher_get_tokens (fixture->dispatcher, id), ==, -1);
}

static void
test_text_is_kept_while_it_runs (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL, *partial = NULL;

  job_target_push (fixture->target, job_target_hold_within);
  begin (fixture);
  id = submit_chat (fixture);
  wait_until (foreman_dispatcher_get_tokens (fixture->dispatcher, id) > 0);
  let_pass (fixture, SECOND);
  partial = read_artifact (fixture, id, "partial");
  g_assert_cmpstr (partial, ==, "Hello ");
  job_target_release (fixture->target);
  wait_for (fixture, id, FOREMAN_JOB_DONE);
}

static void
test_embeddings_pass_beside_the_gate (Fixture *fixture, gconstpointer data)
{
  g_autofree char *chat = NULL;
  char *ids[6];

  job_target_push (fixture->target, job_target_hold_before);
  begin (fixture);
  chat = submit_chat (fixture);
  wait_until (job_target_count_held (fixture->target) == 1);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      ForemanSubmission *submission = new_submission (fixture, "m");

      g_free (submission->endpoint);
      submission->endpoint = g_strdup ("/api/embed");
      job_target_push (fixture->target, job_target_hold_before);
      ids[i] = submit (fixture, submission);
    }
  wait_until (job_target_count_held (fixture->target) == 5);
  turn_loop ();
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 5);
  release_until_done (fixture, chat);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      release_until_done (fixture, ids[i]);
      g_free (ids[i]);
    }
}

static void
test_capacity_is_used (Fixture *fixture, gconstpointer data)
{
  g_autofree char *last = NULL;

  for (guint i = 0; i < 5; i++)
    {
      job_target_push (fixture->target, job_target_hold_before);
      g_free (g_steal_pointer (&last));
      last = submit_chat (fixture);
    }
  begin (fixture);
  wait_until (job_target_count_held (fixture->target) == 4);
  g_assert_cmpuint (foreman_dispatcher_get_running (fixture->dispatcher), ==, 4);
  release_until_done (fixture, last);
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/dispatcher/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("done", NULL, test_a_job_is_done);
  ADD ("backlog", NULL, test_what_was_submitted_before_is_run);
  ADD ("loading", NULL, test_a_cold_model_is_loading_until_the_first_byte);
  ADD ("working", NULL, test_a_resident_model_is_working_at_once);
  ADD ("order", NULL, test_one_runs_at_a_time_in_order);
  ADD ("window", NULL, test_few_are_claimed_of_many);
  ADD ("urgent", NULL, test_the_urgent_overtake_those_that_wait);
  ADD ("long-answer", NULL, test_a_long_answer_is_stored_whole);
  ADD ("large-request", NULL, test_a_large_request_is_sent_whole);
  ADD ("output", NULL, test_text_is_told_as_it_comes);
  ADD ("partial", NULL, test_text_is_kept_while_it_runs);
  ADD ("embeddings", NULL, test_embeddings_pass_beside_the_gate);
  ADD ("capacity", "4", test_capacity_is_used);
  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-verdict.h"
#include "libforeman/foreman-error.h"

#include <gio/gio.h>

#define SECOND ((gint64) G_USEC_PER_SEC)

static ForemanJobRecord *
new_job (int attempt, int max_attempts)
{
  ForemanJobRecord *job = foreman_job_record_new ();

  job->attempt = attempt;
  job->max_attempts = max_attempts;
  return job;
}

static ForemanJobVerdict
judge (ForemanJobEvidence evidence, int attempt, int max_attempts)
{
  g_autoptr (ForemanJobRecord) job = new_job (attempt, max_attempts);

  return foreman_job_verdict_find (job, &evidence);
}

static ForemanJobVerdict
judge_error (GError *error /* (transfer full) */)
{
  ForemanJobVerdict verdict = judge ((ForemanJobEvidence){ .error = error }, 0, 3);

  g_error_free (error);
  return verdict;
}

static ForemanJobVerdict
judge_status (guint status, const char *text)
{
  return judge_error (foreman_error_new_http (status, "Ollama answered %u: %s", status, text));
}

static void
assert_retried (ForemanJobVerdict verdict, const char *code)
{
  g_assert_cmpint (verdict.state, ==, FOREMAN_JOB_QUEUED);
  g_assert_true (verdict.counts);
  g_assert_false (verdict.is_permanent);
  g_assert_cmpstr (verdict.outcome, ==, "retried");
  g_assert_cmpstr (verdict.reason, ==, "backoff");
  g_assert_cmpstr (verdict.error_code, ==, code);
  g_assert_cmpint (verdict.delay, >=, SECOND);
}

static void
assert_failed (ForemanJobVerdict verdict, const char *code)
{
  g_assert_cmpint (verdict.state, ==, FOREMAN_JOB_FAILED);
  g_assert_true (verdict.counts);
  g_assert_true (verdict.is_permanent);
  g_assert_cmpstr (verdict.outcome, ==, "failed");
  g_assert_cmpstr (verdict.error_code, ==, code);
}

static void
assert_uncounted (ForemanJobVerdict verdict, const char *outcome, const char *reason)
{
  g_assert_cmpint (verdict.state, ==, FOREMAN_JOB_QUEUED);
  g_assert_false (verdict.counts);
  g_assert_cmpstr (verdict.outcome, ==, outcome);
  g_assert_cmpstr (verdict.reason, ==, reason);
}

static void
assert_done (ForemanJobVerdict verdict, const char *code)
{
  g_assert_cmpint (verdict.state, ==, FOREMAN_JOB_DONE);
  g_assert_false (verdict.counts);
  g_assert_cmpstr (verdict.outcome, ==, "done");
  g_assert_cmpstr (verdict.error_code, ==, code);
}

static GError *
new_error (ForemanError code, const char *message)
{
  return g_error_new_literal (FOREMAN_ERROR, code, message);
}

static void
test_a_whole_answer_is_done (void)
{
  assert_done (judge ((ForemanJobEvidence){ 0 }, 0, 3), NULL);
  assert_done (judge ((ForemanJobEvidence){ .is_cold = TRUE }, 0, 3), NULL);
  assert_done (judge ((ForemanJobEvidence){ .is_empty = TRUE }, 0, 3), NULL);
  assert_done (judge ((ForemanJobEvidence){ .is_repetition = TRUE }, 0, 3), "repeated_tokens");
}

static void
test_an_empty_answer_after_a_load_is_retried (void)
{
  assert_retried (judge ((ForemanJobEvidence){ .is_empty = TRUE, .is_cold = TRUE }, 0, 3),
                  "empty_answer");
}

/* Every status, against job-api.md's sentence. */
static void
test_statuses (void)
{
  for (guint status = 300; status < 600; status++)
    {
      ForemanJobVerdict verdict = judge_status (status, "no");
      gboolean is_retried =
          status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501);

      g_assert_cmpint (verdict.state, ==, is_retried ? FOREMAN_JOB_QUEUED : FOREMAN_JOB_FAILED);
      g_assert_cmpint (verdict.is_permanent, ==, !is_retried);
      g_assert_true (verdict.counts);
    }
  assert_failed (judge_status (400, "bad"), "invalid_request");
  assert_failed (judge_status (401, "who"), "unauthorized");
  assert_failed (judge_status (403, "no"), "forbidden");
  assert_failed (judge_status (404, "what"), "not_found");
  assert_failed (judge_status (413, "much"), "too_large");
  assert_failed (judge_status (501, "never"), "target_error");
  assert_retried (judge_status (429, "slower"), "rate_limited");
  assert_retried (judge_status (503, "server busy"), "target_error");
}

static void
test_request_faults_in_a_500_are_permanent (void)
{
  static const char *const faults[] = {
    "option \"num_ctx\" must be of type integer",
    "invalid format: \"xml\"; expected \"json\" or a valid JSON Schema object",
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      assert_failed (judge_status (500, faults[i]), "invalid_request");
      assert_failed (judge_error (new_error (FOREMAN_ERROR_FAILED, faults[i])), "invalid_request");
    }
  assert_retried (judge_status (500, "an option \"x\" was bad"), "target_error");
  assert_retried (judge_status (500, "model runner has unexpectedly stopped"), "target_error");
  assert_retried (judge_error (new_error (FOREMAN_ERROR_FAILED, "unexpected EOF")), "target_error");
}

static void
test_broken_connections_are_retried (void)
{
  assert_retried (judge_error (new_error (FOREMAN_ERROR_CONNECTION, "reset")), "broken_off");
  assert_retried (judge_error (new_error (FOREMAN_ERROR_TIMEOUT, "silent")), "timeout");
  assert_retried (judge_error (g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "odd")),
                  "failed");
}

static void
test_what_cannot_be_read_is_permanent (void)
{
  assert_failed (judge_error (new_error (FOREMAN_ERROR_TOO_LARGE, "a line")), "too_large");
  assert_failed (judge_error (new_error (FOREMAN_ERROR_INVALID_REQUEST, "no object")),
                 "invalid_request");
}

static void
test_an_unreachable_target_burns_nothing (void)
{
  ForemanJobVerdict verdict = judge_error (foreman_error_new_unreachable ("refused"));

  assert_uncounted (verdict, "unreachable", "target_unreachable");
  g_assert_cmpint (verdict.delay, ==, 0);
  g_assert_cmpstr (verdict.error_code, ==, "target_unreachable");
}

static void
test_an_unreachable_target_burns_not_even_the_last_attempt (void)
{
  g_autoptr (GError) error = foreman_error_new_unreachable ("refused");

  assert_uncounted (judge ((ForemanJobEvidence){ .error = error }, 2, 3), "unreachable",
                    "target_unreachable");
}

static void
test_a_sleep_burns_nothing (void)
{
  g_autoptr (GError) broken = new_error (FOREMAN_ERROR_CONNECTION, "reset");
  g_autoptr (GError) refused = foreman_error_new_http (400, "bad");
  g_autoptr (GError) crashed = foreman_error_new_http (500, "crashed");

  assert_uncounted (judge ((ForemanJobEvidence){ .error = broken, .has_slept = TRUE }, 2, 3),
                    "unreachable", "target_unreachable");
  assert_failed (judge ((ForemanJobEvidence){ .error = refused, .has_slept = TRUE }, 0, 3),
                 "invalid_request");
  assert_retried (judge ((ForemanJobEvidence){ .error = crashed, .has_slept = TRUE }, 0, 3),
                  "target_error");
}

static void
test_a_missing_model_is_waited_for (void)
{
  g_autoptr (GError) error = foreman_error_new_http (404, "model 'm' not found");

  assert_uncounted (judge ((ForemanJobEvidence){ .error = error, .is_model_gone = TRUE }, 2, 3),
                    "retried", "model_missing");
  assert_failed (judge ((ForemanJobEvidence){ .error = error }, 0, 3), "not_found");
}

static void
test_a_full_disk_is_waited_for (void)
{
  ForemanJobVerdict verdict = judge_error (new_error (FOREMAN_ERROR_STORAGE_FULL, "full"));

  assert_uncounted (verdict, "retried", "storage_full");
  g_assert_cmpint (verdict.delay, >, 0);
}

static void
test_a_drain_burns_nothing (void)
{
  assert_uncounted (judge_error (new_error (FOREMAN_ERROR_DRAINING, "stopping")), "drained",
                    "drained");
}

static void
test_attempts_are_spent (void)
{
  g_autoptr (GError) error = new_error (FOREMAN_ERROR_CONNECTION, "reset");
  const ForemanJobEvidence evidence = { .error = error };
  ForemanJobVerdict verdict;

  assert_retried (judge (evidence, 0, 3), "broken_off");
  assert_retried (judge (evidence, 1, 3), "broken_off");
  verdict = judge (evidence, 2, 3);
  g_assert_cmpint (verdict.state, ==, FOREMAN_JOB_FAILED);
  g_assert_true (verdict.counts);
  g_assert_false (verdict.is_permanent);
  g_assert_cmpstr (verdict.outcome, ==, "failed");
  g_assert_cmpint (judge (evidence, 0, 1).state, ==, FOREMAN_JOB_FAILED);
}

static void
test_a_timeout_fails_unless_attempts_were_asked_for (void)
{
  const ForemanJobEvidence evidence = { .is_expired = TRUE };
  g_autoptr (ForemanJobRecord) job = new_job (0, 3);
  ForemanJobVerdict verdict = foreman_job_verdict_find (job, &evidence);

  g_assert_cmpint (verdict.state, ==, FOREMAN_JOB_FAILED);
  g_assert_false (verdict.is_permanent);
  g_assert_cmpstr (verdict.error_code, ==, "timeout");
  g_assert_cmpstr (verdict.outcome, ==, "timeout");

  job->attempts_given = TRUE;
  verdict = foreman_job_verdict_find (job, &evidence);
  g_assert_cmpint (verdict.state, ==, FOREMAN_JOB_QUEUED);
  g_assert_true (verdict.counts);
  g_assert_cmpstr (verdict.outcome, ==, "timeout");
  job->attempt = 2;
  g_assert_cmpint (foreman_job_verdict_find (job, &evidence).state, ==, FOREMAN_JOB_FAILED);
}

static void
test_backoff_grows_with_full_jitter (void)
{
  g_autoptr (GError) error = new_error (FOREMAN_ERROR_CONNECTION, "reset");

  for (int attempt = 0; attempt < 49; attempt++)
    {
      gint64 ceiling = attempt < 8 ? MIN (300, 2 << attempt) : 300;
      ForemanJobEvidence evidence = { .error = error };

      g_assert_cmpint (judge (evidence, attempt, 50).delay, ==, SECOND);
      evidence.chance = 0.999999;
      g_assert_cmpint (judge (evidence, attempt, 50).delay, <=, ceiling * SECOND);
      g_assert_cmpint (judge (evidence, attempt, 50).delay, >=, (ceiling - 1) * SECOND);
    }
}

static void
test_retry_after_is_a_lower_bound (void)
{
  g_autoptr (GError) error = foreman_error_new_http (429, "slower");
  ForemanJobEvidence evidence = { .error = error, .retry_after = 90 * SECOND };

  g_assert_cmpint (judge (evidence, 0, 3).delay, ==, 90 * SECOND);
  evidence.retry_after = SECOND / 2;
  g_assert_cmpint (judge (evidence, 0, 3).delay, ==, SECOND);
  evidence.retry_after = G_MAXINT64;
  g_assert_cmpint (judge (evidence, 0, 3).delay, ==, 3600 * SECOND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job-verdict/done", test_a_whole_answer_is_done);
  g_test_add_func ("/job-verdict/empty", test_an_empty_answer_after_a_load_is_retried);
  g_test_add_func ("/job-verdict/statuses", test_statuses);
  g_test_add_func ("/job-verdict/request-faults", test_request_faults_in_a_500_are_permanent);
  g_test_add_func ("/job-verdict/broken", test_broken_connections_are_retried);
  g_test_add_func ("/job-verdict/unreadable", test_what_cannot_be_read_is_permanent);
  g_test_add_func ("/job-verdict/unreachable", test_an_unreachable_target_burns_nothing);
  g_test_add_func ("/job-verdict/unreachable-at-last",
                   test_an_unreachable_target_burns_not_even_the_last_attempt);
  g_test_add_func ("/job-verdict/sleep", test_a_sleep_burns_nothing);
  g_test_add_func ("/job-verdict/missing-model", test_a_missing_model_is_waited_for);
  g_test_add_func ("/job-verdict/full-disk", test_a_full_disk_is_waited_for);
  g_test_add_func ("/job-verdict/drain", test_a_drain_burns_nothing);
  g_test_add_func ("/job-verdict/spent", test_attempts_are_spent);
  g_test_add_func ("/job-verdict/timeout", test_a_timeout_fails_unless_attempts_were_asked_for);
  g_test_add_func ("/job-verdict/backoff", test_backoff_grows_with_full_jitter);
  g_test_add_func ("/job-verdict/retry-after", test_retry_after_is_a_lower_bound);
  return g_test_run ();
}

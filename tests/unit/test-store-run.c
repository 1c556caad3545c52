/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-ulid.h"
#include "store-fixture.h"

static void
test_a_job_runs_to_its_answer (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
  g_autoptr (ForemanJobRecord) job = NULL;
  const ForemanArtifact *answer;

  g_assert_cmpstr (claim->job->id, ==, id);
  g_assert_cmpint (claim->job->claim, ==, 1);
  g_assert_cmpmem (g_bytes_get_data (claim->request, NULL), g_bytes_get_size (claim->request),
                   "{\"model\":\"llama\"}", 17);
  g_assert_null (store_fixture_claim (self));
  g_assert_cmpint (store_fixture_get_state (self, id), ==, FOREMAN_JOB_QUEUED);

  self->now += MINUTE;
  store_fixture_begin (self, claim, FOREMAN_JOB_LOADING);
  store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
  store_fixture_append (self, claim, "partial", "so far");
  store_fixture_end (self, claim, FOREMAN_JOB_DONE);

  job = store_fixture_get (self, id);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_DONE);
  g_assert_cmpint (job->previous_state, ==, FOREMAN_JOB_WORKING);
  g_assert_cmpint (job->queue_time, ==, MINUTE);
  g_assert_cmpint (job->finished_at, ==, self->now);
  g_assert_null (foreman_job_record_find_artifact (job, "partial"));
  answer = foreman_job_record_find_artifact (job, "completion");
  g_assert_nonnull (answer);
  g_assert_cmpint (answer->size, ==, 13);
  g_assert_cmpmem (g_bytes_get_data (answer->data, NULL), 13, "{\"done\":true}", 13);
}

static void
test_who_comes_late_changes_nothing (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanClaim) old = store_fixture_claim (self);
  g_autoptr (ForemanClaim) fresh = NULL;
  g_autoptr (ForemanJobRecord) late = NULL;
  g_autoptr (GError) error = NULL;

  store_fixture_begin (self, old, FOREMAN_JOB_WORKING);
  store_fixture_end (self, old, FOREMAN_JOB_QUEUED);
  fresh = store_fixture_claim (self);
  g_assert_cmpint (fresh->job->claim, ==, 2);
  store_fixture_begin (self, fresh, FOREMAN_JOB_WORKING);

  late = store_fixture_try_end (self, store_fixture_new_end (old, FOREMAN_JOB_DONE), &error);
  g_assert_null (late);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  g_assert_cmpint (store_fixture_get_state (self, id), ==, FOREMAN_JOB_WORKING);
  store_fixture_end (self, fresh, FOREMAN_JOB_DONE);
}

static void
test_a_cancelled_job_keeps_what_there_was (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
  store_fixture_append (self, claim, "partial", "so ");
  store_fixture_append (self, claim, "partial", "far");
  job = store_fixture_act (self, id, FOREMAN_JOB_CANCEL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_CANCELLED);
  text = store_fixture_read (self, id, "partial");
  g_assert_cmpstr (text, ==, "so far");

  g_assert_null (
      store_fixture_try_end (self, store_fixture_new_end (claim, FOREMAN_JOB_DONE), &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
}

static void
test_a_backoff_ends_by_waking (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
  g_autoptr (ForemanJobRecord) job = NULL;
  ForemanAttemptEnd *end = store_fixture_new_end (claim, FOREMAN_JOB_QUEUED);
  g_autoptr (GError) error = NULL;

  store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
  end->counts = TRUE;
  end->not_before = self->now + MINUTE;
  end->reason = g_strdup ("backoff");
  job = store_fixture_try_end (self, end, &error);
  g_assert_no_error (error);
  g_assert_cmpint (job->attempt, ==, 1);
  g_assert_cmpstr (job->reason, ==, "backoff");

  g_assert_cmpint (store_fixture_wake (self), ==, NOW + MINUTE);
  g_assert_null (store_fixture_claim (self));
  self->now += MINUTE;
  g_assert_cmpint (store_fixture_wake (self), ==, 0);
  store_fixture_run (self, id);
}

/* Not what the one before it ran into: that is told while the job waits for its next one. */
static void
test_a_new_attempt_has_no_error (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanClaim) first = store_fixture_claim (self);
  g_autoptr (ForemanClaim) second = NULL;
  g_autoptr (ForemanJobRecord) waiting = NULL, running = NULL, done = NULL;
  ForemanAttemptEnd *end = store_fixture_new_end (first, FOREMAN_JOB_QUEUED);
  const ForemanJobRecord *told;

  store_fixture_begin (self, first, FOREMAN_JOB_WORKING);
  end->error = g_strdup ("busy");
  end->error_code = g_strdup ("http_error");
  end->http_status = 503;
  waiting = store_fixture_try_end (self, end, NULL);
  g_assert_cmpstr (waiting->error, ==, "busy");

  second = store_fixture_claim (self);
  store_fixture_begin (self, second, FOREMAN_JOB_WORKING);
  running = store_fixture_get (self, id);
  told = g_ptr_array_index (self->changed, self->changed->len - 1);
  g_assert_cmpint (told->state, ==, FOREMAN_JOB_WORKING);
  g_assert_null (told->error);
  g_assert_null (running->error);
  g_assert_null (running->error_code);
  g_assert_cmpint (running->http_status, ==, 0);

  end = store_fixture_new_end (second, FOREMAN_JOB_DONE);
  end->error = g_strdup ("it repeats itself");
  done = store_fixture_try_end (self, end, NULL);
  g_assert_cmpstr (done->error, ==, "it repeats itself");
}

static void
test_the_higher_priority_goes_first (StoreFixture *self, gconstpointer data)
{
  g_autofree char *first = store_fixture_submit_model (self, "llama");
  g_autofree char *second = store_fixture_submit_model (self, "llama");
  ForemanSubmission *urgent = store_fixture_new_submission ("llama");
  g_autofree char *third = NULL;

  urgent->priority = 5;
  third = store_fixture_submit (self, urgent);
  store_fixture_run (self, third);
  store_fixture_run (self, first);
  store_fixture_run (self, second);
}

static void
test_what_died_is_queued_again (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  const ForemanJobState expected[] = { FOREMAN_JOB_QUEUED, FOREMAN_JOB_QUEUED, FOREMAN_JOB_FAILED };

  store_fixture_recover (self, OWNER, "boot");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
      g_autofree char *other = foreman_ulid_new_string ();
      g_autoptr (ForemanJobRecord) job = NULL;

      store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
      store_fixture_drop (self);
      store_fixture_open (self);
      store_fixture_recover (self, other, "boot");
      job = store_fixture_get (self, id);
      g_assert_cmpint (job->state, ==, expected[i]);
      g_assert_cmpint (job->crashes, ==, (int) i + 1);
      if (expected[i] == FOREMAN_JOB_FAILED)
        g_assert_cmpstr (job->error_code, ==, "poison");
    }
}

static void
test_an_end_is_no_crash (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autofree char *other = foreman_ulid_new_string ();
  g_autoptr (ForemanClaim) claim = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;

  store_fixture_recover (self, OWNER, "boot");
  claim = store_fixture_claim (self);
  store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
  store_fixture_close (self);
  store_fixture_open (self);
  store_fixture_recover (self, other, "boot");
  job = store_fixture_get (self, id);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_QUEUED);
  g_assert_cmpint (job->crashes, ==, 0);
}

/* What delays go by is known from one process to the next, until the machine boots. */
static void
test_the_clocks_offset_is_remembered (StoreFixture *self, gconstpointer data)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (store_fixture_recover_at (self, OWNER, "boot", NOW), ==, NOW);
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_cmpint (store_fixture_recover_at (self, OWNER, "boot", NOW + 60 * MINUTE), ==, NOW);
  foreman_store_shift_delays_async (self->store, 60 * MINUTE, NULL, store_fixture_on_result,
                                    &pending);
  result = store_fixture_wait (&pending);
  g_assert_true (foreman_store_shift_delays_finish (self->store, result, &error));
  g_assert_cmpint (store_fixture_recover_at (self, OWNER, "boot", NOW), ==, NOW + 60 * MINUTE);
  g_assert_cmpint (store_fixture_recover_at (self, OWNER, "other", NOW + 1), ==, NOW + 1);
  g_assert_cmpint (store_fixture_recover_at (self, OWNER, "other", NOW), ==, NOW + 1);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/store-run/" name, StoreFixture, NULL, store_fixture_set_up, function,              \
              store_fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("answer", test_a_job_runs_to_its_answer);
  ADD ("late", test_who_comes_late_changes_nothing);
  ADD ("cancelled", test_a_cancelled_job_keeps_what_there_was);
  ADD ("backoff", test_a_backoff_ends_by_waking);
  ADD ("no-error", test_a_new_attempt_has_no_error);
  ADD ("priority", test_the_higher_priority_goes_first);
  ADD ("died", test_what_died_is_queued_again);
  ADD ("ended", test_an_end_is_no_crash);
  ADD ("clock", test_the_clocks_offset_is_remembered);

  return g_test_run ();
}

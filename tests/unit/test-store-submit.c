/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "libforeman/foreman-error.h"
#include "store-fixture.h"

static void
test_ids_rise_whatever_happens (StoreFixture *self, gconstpointer data)
{
  g_autofree char *last = g_strdup ("");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *id = store_fixture_submit_model (self, "llama");
      g_autoptr (ForemanJobRecord) cancelled = NULL;
      g_autoptr (ForemanJobRecord) purged = NULL;

      g_assert_cmpstr (id, >, last);
      g_free (last);
      last = g_strdup (id);
      cancelled = store_fixture_act (self, id, FOREMAN_JOB_CANCEL, &error);
      g_assert_no_error (error);
      purged = store_fixture_act (self, id, FOREMAN_JOB_PURGE, &error);
      g_assert_no_error (error);
      store_fixture_drop (self);
      store_fixture_open (self);
      self->now -= MINUTE;
    }
}

static void
test_a_key_makes_one_job (StoreFixture *self, gconstpointer data)
{
  g_autoptr (ForemanSubmission) submission = store_fixture_new_submission ("llama");
  g_autoptr (ForemanSubmission) other = store_fixture_new_submission ("qwen");
  g_autoptr (ForemanSubmission) foreign = store_fixture_new_submission ("qwen");
  g_autoptr (ForemanJobRecord) first = NULL;
  g_autoptr (ForemanJobRecord) again = NULL;
  g_autoptr (ForemanJobRecord) refused = NULL;
  g_autoptr (ForemanJobRecord) theirs = NULL;
  g_autoptr (GError) error = NULL;

  submission->idempotency_key = g_strdup ("key");
  other->idempotency_key = g_strdup ("key");
  foreign->idempotency_key = g_strdup ("key");
  g_free (foreign->submitter);
  foreign->submitter = g_strdup ("token:other");
  first = store_fixture_try_submit (self, submission, &error);
  g_assert_no_error (error);
  again = store_fixture_try_submit (self, submission, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (first->id, ==, again->id);
  theirs = store_fixture_try_submit (self, foreign, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (first->id, !=, theirs->id);
  refused = store_fixture_try_submit (self, other, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  g_assert_cmpuint (foreman_store_get_counts (self->store)[FOREMAN_JOB_QUEUED], ==, 2);
}

static ForemanJobRecord *
find_submitted (StoreFixture *self, ForemanSubmission *submission, GError **error)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  foreman_store_find_submitted_async (self->store, submission, NULL, store_fixture_on_result,
                                      &pending);
  result = store_fixture_wait (&pending);
  return foreman_store_find_submitted_finish (self->store, result, error);
}

static void
test_a_repetition_is_found (StoreFixture *self, gconstpointer data)
{
  g_autoptr (ForemanSubmission) submission = store_fixture_new_submission ("llama");
  g_autoptr (ForemanSubmission) other = store_fixture_new_submission ("llama");
  g_autoptr (ForemanSubmission) nameless = store_fixture_new_submission ("llama");
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (ForemanJobRecord) found = NULL;
  g_autoptr (GError) error = NULL;

  submission->idempotency_key = g_strdup ("key");
  other->idempotency_key = g_strdup ("key");
  g_free (other->request_hash);
  other->request_hash = g_strdup ("another");
  g_assert_null (find_submitted (self, submission, &error));
  g_assert_no_error (error);
  job = store_fixture_try_submit (self, submission, &error);
  g_assert_no_error (error);
  found = find_submitted (self, submission, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found->id, ==, job->id);
  g_assert_null (find_submitted (self, nameless, &error));
  g_assert_no_error (error);
  g_assert_null (find_submitted (self, other, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  g_assert_cmpuint (foreman_store_get_counts (self->store)[FOREMAN_JOB_QUEUED], ==, 1);
}

static char *
submit_after (StoreFixture *self, const char *id, const char *other)
{
  ForemanSubmission *submission = store_fixture_new_submission ("llama");
  const char *after[] = { id, other, NULL };

  submission->after = g_strdupv ((char **) after);
  return store_fixture_submit (self, submission);
}

static void
test_who_sees_all_may_wait_for_all (StoreFixture *self, gconstpointer data)
{
  g_autofree char *anns = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanSubmission) submission = store_fixture_new_submission ("llama");
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GError) error = NULL;

  g_free (submission->submitter);
  submission->submitter = g_strdup ("token:other");
  submission->after = g_strsplit (anns, ",", 0);
  g_assert_null (store_fixture_try_submit (self, submission, &error));
  g_assert_cmpstr (foreman_error_get_field (error), ==, "after");

  submission->sees_all = TRUE;
  job = store_fixture_try_submit (self, submission, NULL);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_BLOCKED);
  store_fixture_run (self, anns);
  g_assert_cmpint (store_fixture_get_state (self, job->id), ==, FOREMAN_JOB_QUEUED);
}

static void
test_a_job_waits_for_others (StoreFixture *self, gconstpointer data)
{
  g_autofree char *first = store_fixture_submit_model (self, "llama");
  g_autofree char *second = store_fixture_submit_model (self, "llama");
  g_autofree char *last = submit_after (self, first, second);
  g_autoptr (ForemanJobRecord) job = NULL;

  store_fixture_run (self, first);
  g_assert_cmpint (store_fixture_get_state (self, last), ==, FOREMAN_JOB_BLOCKED);
  store_fixture_run (self, second);
  g_assert_cmpint (store_fixture_get_state (self, last), ==, FOREMAN_JOB_QUEUED);
  job = store_fixture_get (self, last);
  g_assert_cmpstr (job->after[0], ==, first);
  g_assert_cmpstr (job->after[1], ==, second);
  store_fixture_run (self, last);
}

static void
test_who_waits_in_vain_fails (StoreFixture *self, gconstpointer data)
{
  g_autofree char *first = store_fixture_submit_model (self, "llama");
  g_autofree char *second = submit_after (self, first, NULL);
  g_autofree char *third = submit_after (self, second, NULL);
  g_autofree char *late = NULL;
  g_autoptr (ForemanJobRecord) cancelled = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GError) error = NULL;

  cancelled = store_fixture_act (self, first, FOREMAN_JOB_CANCEL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (store_fixture_get_state (self, second), ==, FOREMAN_JOB_FAILED);
  job = store_fixture_get (self, third);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_FAILED);
  g_assert_cmpstr (job->error_code, ==, "dependency_failed");
  late = submit_after (self, third, NULL);
  g_assert_cmpint (store_fixture_get_state (self, late), ==, FOREMAN_JOB_FAILED);
}

static void
test_what_is_waited_for_must_be_there (StoreFixture *self, gconstpointer data)
{
  g_autoptr (ForemanSubmission) foreign = store_fixture_new_submission ("llama");
  g_autoptr (ForemanSubmission) waiting = store_fixture_new_submission ("llama");
  g_autoptr (ForemanJobRecord) theirs = NULL;
  g_autoptr (ForemanJobRecord) refused = NULL;
  g_autoptr (GError) error = NULL;

  g_free (foreign->submitter);
  foreign->submitter = g_strdup ("token:other");
  theirs = store_fixture_try_submit (self, foreign, &error);
  g_assert_no_error (error);
  waiting->after = g_new0 (char *, 2);
  waiting->after[0] = g_strdup (theirs->id);
  refused = store_fixture_try_submit (self, waiting, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  g_assert_cmpstr (foreman_error_get_field (error), ==, "after");
}

static void
test_a_delay_follows_elapsed_time (StoreFixture *self, gconstpointer data)
{
  ForemanSubmission *delayed = store_fixture_new_submission ("llama");
  ForemanSubmission *appointed = store_fixture_new_submission ("llama");
  g_autofree char *relative = NULL;
  g_autofree char *absolute = NULL;
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  delayed->delay = 10 * MINUTE;
  appointed->run_at = NOW + 10 * MINUTE;
  relative = store_fixture_submit (self, delayed);
  absolute = store_fixture_submit (self, appointed);
  g_assert_cmpint (store_fixture_get_state (self, relative), ==, FOREMAN_JOB_SCHEDULED);

  foreman_store_shift_delays_async (self->store, 60 * MINUTE, NULL, store_fixture_on_result,
                                    &pending);
  result = store_fixture_wait (&pending);
  foreman_store_shift_delays_finish (self->store, result, &error);
  g_assert_no_error (error);
  self->now += 60 * MINUTE;
  g_assert_cmpint (store_fixture_wake (self), ==, NOW + 70 * MINUTE);
  g_assert_cmpint (store_fixture_get_state (self, absolute), ==, FOREMAN_JOB_QUEUED);
  g_assert_cmpint (store_fixture_get_state (self, relative), ==, FOREMAN_JOB_SCHEDULED);
  self->now += 10 * MINUTE;
  store_fixture_wake (self);
  g_assert_cmpint (store_fixture_get_state (self, relative), ==, FOREMAN_JOB_QUEUED);
}

static void
test_limits_refuse (StoreFixture *self, gconstpointer data)
{
  g_autoptr (ForemanSubmission) submission = store_fixture_new_submission ("llama");
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanJobRecord) many = NULL;
  g_autoptr (ForemanJobRecord) full = NULL;
  g_autoptr (GError) error = NULL;

  self->limits.max_jobs = 1;
  foreman_store_set_limits (self->store, &self->limits);
  many = store_fixture_try_submit (self, submission, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL);
  g_clear_error (&error);
  store_fixture_run (self, id);

  self->limits.min_free = G_MAXUINT64;
  foreman_store_set_limits (self->store, &self->limits);
  full = store_fixture_try_submit (self, submission, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL);
}

static GBytes *
read_some (StoreFixture *self, const char *id, const char *name, gint64 offset, gsize length)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  foreman_store_read_async (self->store, id, name, offset, length, NULL, store_fixture_on_result,
                            &pending);
  result = store_fixture_wait (&pending);
  bytes = foreman_store_read_finish (self->store, result, &error);
  g_assert_no_error (error);
  return bytes;
}

static void
test_a_large_request_is_read_in_parts (StoreFixture *self, gconstpointer data)
{
  gsize size = 1024 * 1024 + 12345;
  g_autofree guint8 *body = g_malloc (size);
  ForemanSubmission *submission = store_fixture_new_submission ("llama");
  g_autofree char *id = NULL;
  g_autoptr (ForemanClaim) claim = NULL;
  const gint64 offsets[] = { 0, 5, 256 * 1024 - 3, 256 * 1024, 700000, size - 10, size, size + 99 };

  for (gsize i = 0; i < size; i++)
    body[i] = (i * 2654435761u) >> 13;
  g_bytes_unref (submission->request);
  submission->request = g_bytes_new (body, size);
  id = store_fixture_submit (self, submission);
  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++)
    {
      gint64 rest = MAX (0, (gint64) size - offsets[i]);
      g_autoptr (GBytes) bytes =
          read_some (self, id, FOREMAN_STORE_REQUEST, offsets[i], 300 * 1024);

      g_assert_cmpuint (g_bytes_get_size (bytes), ==, (gsize) MIN (rest, 300 * 1024));
      g_assert_true (rest == 0 || memcmp (g_bytes_get_data (bytes, NULL), body + offsets[i],
                                          g_bytes_get_size (bytes)) == 0);
    }
  claim = store_fixture_claim (self);
  g_assert_null (claim->request);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/store-submit/" name, StoreFixture, NULL, store_fixture_set_up, function,           \
              store_fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("ids", test_ids_rise_whatever_happens);
  ADD ("idempotency", test_a_key_makes_one_job);
  ADD ("found", test_a_repetition_is_found);
  ADD ("after", test_a_job_waits_for_others);
  ADD ("after-others", test_who_sees_all_may_wait_for_all);
  ADD ("in-vain", test_who_waits_in_vain_fails);
  ADD ("unknown-after", test_what_is_waited_for_must_be_there);
  ADD ("delay", test_a_delay_follows_elapsed_time);
  ADD ("limits", test_limits_refuse);
  ADD ("large", test_a_large_request_is_read_in_parts);

  return g_test_run ();
}

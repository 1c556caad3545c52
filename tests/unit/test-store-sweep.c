/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>

#include "libforeman/foreman-error.h"
#include "store-fixture.h"

static gint64
sweep (StoreFixture *self, gint64 model_wait)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 next;

  foreman_store_sweep_async (self->store, self->now, model_wait, NULL, store_fixture_on_result,
                             &pending);
  result = store_fixture_wait (&pending);
  foreman_store_sweep_finish (self->store, result, &next, &error);
  g_assert_no_error (error);
  return next;
}

static void
test_what_has_expired_goes (StoreFixture *self, gconstpointer data)
{
  const guint64 *counts = foreman_store_get_counts (self->store);
  g_autofree char *kept = store_fixture_submit_model (self, "llama");

  store_fixture_run (self, kept);
  for (guint i = 0; i < 120; i++)
    {
      ForemanSubmission *submission = store_fixture_new_submission ("llama");
      g_autofree char *id = NULL;

      submission->ttl = MINUTE;
      id = store_fixture_submit (self, submission);
      store_fixture_run (self, id);
    }
  g_assert_cmpint (sweep (self, 0), ==, self->now + MINUTE);
  g_assert_cmpuint (counts[FOREMAN_JOB_DONE], ==, 121);
  self->now += MINUTE;
  g_assert_cmpint (sweep (self, 0), ==, 0);
  g_assert_cmpuint (counts[FOREMAN_JOB_DONE], ==, 1);
  g_assert_cmpint (store_fixture_get_state (self, kept), ==, FOREMAN_JOB_DONE);
}

static char *
submit_with_ttl (StoreFixture *self, gint64 ttl)
{
  ForemanSubmission *submission = store_fixture_new_submission ("llama");

  submission->ttl = ttl;
  return store_fixture_submit (self, submission);
}

static void
test_what_is_waited_for_stays (StoreFixture *self, gconstpointer data)
{
  g_autofree char *awaited = submit_with_ttl (self, MINUTE);
  g_autofree char *slow = store_fixture_submit_model (self, "llama");
  ForemanSubmission *waiting = store_fixture_new_submission ("llama");
  const char *after[] = { awaited, slow, NULL };
  g_autofree char *last = NULL;
  g_autoptr (GError) error = NULL;

  waiting->after = g_strdupv ((char **) after);
  last = store_fixture_submit (self, waiting);
  store_fixture_run (self, awaited);
  g_assert_null (store_fixture_act (self, awaited, FOREMAN_JOB_PURGE, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  self->now += 2 * MINUTE;
  g_assert_cmpint (sweep (self, 0), >, self->now);
  g_assert_cmpint (store_fixture_get_state (self, awaited), ==, FOREMAN_JOB_DONE);

  store_fixture_run (self, slow);
  sweep (self, 0);
  g_assert_cmpuint (foreman_store_get_counts (self->store)[FOREMAN_JOB_DONE], ==, 1);
  store_fixture_run (self, last);
}

static gint64
get_file_size (StoreFixture *self)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (self->path, &status), ==, 0);
  return status.st_size;
}

static void
test_the_room_is_given_back (StoreFixture *self, gconstpointer data)
{
  const gsize size = 256 * 1024, n_pieces = 32;
  g_autofree char *id = submit_with_ttl (self, MINUTE);
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
  g_autofree char *piece = g_strnfill (size, 'x');
  g_autoptr (ForemanJobRecord) job = NULL;

  store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
  for (gsize i = 0; i < n_pieces; i++)
    store_fixture_append (self, claim, "completion", piece);
  store_fixture_end (self, claim, FOREMAN_JOB_DONE);
  job = store_fixture_get (self, id);
  g_assert_cmpint (foreman_job_record_find_artifact (job, "completion")->size, ==,
                   size * n_pieces + 13);
  g_assert_null (foreman_job_record_find_artifact (job, "completion")->data);
  store_fixture_close (self);
  g_assert_cmpint (get_file_size (self), >, size * n_pieces);

  store_fixture_open (self);
  self->now += MINUTE;
  g_assert_cmpint (sweep (self, 0), ==, 0);
  store_fixture_close (self);
  g_assert_cmpint (get_file_size (self), <, size * n_pieces / 2);
}

static void
test_no_model_is_waited_for_for_ever (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "gone");
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
  ForemanAttemptEnd *end = store_fixture_new_end (claim, FOREMAN_JOB_QUEUED);
  g_autoptr (ForemanJobRecord) parked = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GError) error = NULL;

  /* Found out when it was picked: nobody picks it again. */
  end->reason = g_strdup ("model_missing");
  parked = store_fixture_try_end (self, end, &error);
  g_assert_no_error (error);
  g_assert_null (store_fixture_claim (self));

  g_assert_cmpint (sweep (self, 10 * MINUTE), ==, self->now + 10 * MINUTE);
  self->now += 10 * MINUTE;
  sweep (self, 10 * MINUTE);
  job = store_fixture_get (self, id);
  g_assert_cmpint (job->state, ==, FOREMAN_JOB_FAILED);
  g_assert_cmpstr (job->error_code, ==, "model_missing");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/store-sweep/" name, StoreFixture, NULL, store_fixture_set_up, function,            \
              store_fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("expired", test_what_has_expired_goes);
  ADD ("awaited", test_what_is_waited_for_stays);
  ADD ("room", test_the_room_is_given_back);
  ADD ("model-wait", test_no_model_is_waited_for_for_ever);

  return g_test_run ();
}

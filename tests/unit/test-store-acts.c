/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "libforeman/foreman-error.h"
#include "store-fixture.h"

static gint64
act_on_many (StoreFixture *self,
             const ForemanJobQuery *query,
             ForemanJobAction action,
             gboolean dry_run)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 count;

  foreman_store_act_on_many_async (self->store, query, action, dry_run, self->now, NULL,
                                   store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  count = foreman_store_act_on_many_finish (self->store, result, &error);
  g_assert_no_error (error);
  return count;
}

static char *
submit_labelled (StoreFixture *self, const char *group, const char *value)
{
  ForemanSubmission *submission = store_fixture_new_submission ("llama");

  submission->group = g_strdup (group);
  submission->labels = g_new0 (char *, 3);
  submission->labels[0] = g_strdup ("night");
  submission->labels[1] = g_strdup (value);
  return store_fixture_submit (self, submission);
}

static void
test_many_at_once (StoreFixture *self, gconstpointer data)
{
  g_autoptr (ForemanJobQuery) query = foreman_job_query_new ();
  const guint64 *counts;

  for (guint i = 0; i < 450; i++)
    g_free (submit_labelled (self, "a", i % 3 == 0 ? "one" : "two"));
  g_free (submit_labelled (self, "b", "one"));
  query->group = g_strdup ("a");
  query->label_name = g_strdup ("night");
  query->label_value = g_strdup ("two");
  g_assert_cmpint (act_on_many (self, query, FOREMAN_JOB_CANCEL, TRUE), ==, 300);
  g_assert_cmpint (act_on_many (self, query, FOREMAN_JOB_CANCEL, FALSE), ==, 300);
  g_assert_cmpint (act_on_many (self, query, FOREMAN_JOB_CANCEL, FALSE), ==, 0);
  counts = foreman_store_get_counts (self->store);
  g_assert_cmpuint (counts[FOREMAN_JOB_CANCELLED], ==, 300);
  g_assert_cmpuint (counts[FOREMAN_JOB_QUEUED], ==, 151);
  g_assert_cmpint (act_on_many (self, query, FOREMAN_JOB_RETRY, FALSE), ==, 300);
  g_assert_cmpint (act_on_many (self, query, FOREMAN_JOB_PURGE, FALSE), ==, 0);
  g_assert_cmpint (act_on_many (self, query, FOREMAN_JOB_CANCEL, FALSE), ==, 300);
  g_assert_cmpint (act_on_many (self, query, FOREMAN_JOB_PURGE, FALSE), ==, 300);
  g_assert_cmpuint (counts[FOREMAN_JOB_CANCELLED], ==, 0);
  store_fixture_drop (self);
  store_fixture_open (self);
  counts = foreman_store_get_counts (self->store);
  g_assert_cmpuint (counts[FOREMAN_JOB_QUEUED], ==, 151);
}

static void
test_what_is_not_allowed (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  const ForemanJobAction refused[] = { FOREMAN_JOB_CANCEL, FOREMAN_JOB_RETRY };
  g_autoptr (GError) error = NULL;

  g_assert_null (store_fixture_act (self, id, FOREMAN_JOB_RETRY, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "queued"));
  g_clear_error (&error);
  g_assert_null (store_fixture_act (self, id, FOREMAN_JOB_PURGE, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  g_clear_error (&error);
  store_fixture_run (self, id);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_assert_null (store_fixture_act (self, id, refused[i], &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
      g_clear_error (&error);
    }
  g_assert_null (
      store_fixture_act (self, "01KDVDFG00000000000000ZZZZ", FOREMAN_JOB_CANCEL, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND);
}

static ForemanJobRecord *
patch (StoreFixture *self, const char *id, const ForemanJobPatch *what, GError **error)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  foreman_store_patch_async (self->store, id, NULL, what, self->now, NULL, store_fixture_on_result,
                             &pending);
  result = store_fixture_wait (&pending);
  return foreman_store_patch_finish (self->store, result, error);
}

static void
test_a_patch_takes_a_claim_back (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
  ForemanJobPatch other = {
    .model = "qwen", .model_key = "qwen", .has_priority = TRUE, .priority = 3
  };
  ForemanJobPatch keep = { .has_ttl = TRUE, .ttl = MINUTE };
  g_autoptr (ForemanJobRecord) patched = NULL;
  g_autoptr (ForemanJobRecord) kept = NULL;
  g_autoptr (ForemanClaim) fresh = NULL;
  g_autoptr (GError) error = NULL;

  patched = patch (self, id, &other, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (patched->model, ==, "qwen");
  g_assert_cmpint (patched->priority, ==, 3);
  g_assert_false (store_fixture_try_begin (self, claim, FOREMAN_JOB_WORKING, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  g_clear_error (&error);

  fresh = store_fixture_claim (self);
  g_assert_cmpstr (fresh->job->model, ==, "qwen");
  store_fixture_begin (self, fresh, FOREMAN_JOB_WORKING);
  g_assert_null (patch (self, id, &other, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  g_clear_error (&error);
  store_fixture_end (self, fresh, FOREMAN_JOB_DONE);
  kept = patch (self, id, &keep, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kept->expires_at, ==, self->now + MINUTE);
}

static void
park (StoreFixture *self, const char *model, const char *reason)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  foreman_store_park_async (self->store, model, reason, self->now, NULL, store_fixture_on_result,
                            &pending);
  result = store_fixture_wait (&pending);
  foreman_store_park_finish (self->store, result, &error);
  g_assert_no_error (error);
}

static void
assert_models (StoreFixture *self, const char *expected)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) models = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  foreman_store_list_models_async (self->store, NULL, store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  models = foreman_store_list_models_finish (self->store, result, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < models->len; i++)
    {
      ForemanQueuedModel *model = g_ptr_array_index (models, i);

      g_string_append_printf (text, "%s%s ", model->model_key, model->parked ? " parked" : "");
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_jobs_wait_for_their_model (StoreFixture *self, gconstpointer data)
{
  g_autofree char *present = NULL;
  g_autofree char *late = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (ForemanClaim) claim = NULL;

  for (guint i = 0; i < 700; i++)
    g_free (store_fixture_submit_model (self, "gone"));
  present = store_fixture_submit_model (self, "there");
  assert_models (self, "gone there ");
  park (self, "gone", "model_missing");
  assert_models (self, "gone parked there ");
  late = store_fixture_submit_model (self, "gone");
  job = store_fixture_get (self, late);
  g_assert_cmpstr (job->reason, ==, "model_missing");
  store_fixture_run (self, present);
  g_assert_null (store_fixture_claim (self));

  self->wanted = 0;
  park (self, "gone", NULL);
  g_assert_cmpuint (self->wanted, >, 0);
  assert_models (self, "gone ");
  claim = store_fixture_claim (self);
  g_assert_nonnull (claim);
}

static void
test_what_would_fail_is_held (StoreFixture *self, gconstpointer data)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *other = NULL;
  g_autofree char *held = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (ForemanJobRecord) retried = NULL;

  for (guint i = 0; i < 600; i++)
    {
      g_free (held);
      held = submit_labelled (self, "night", "one");
    }
  other = submit_labelled (self, "day", "one");
  foreman_store_hold_async (self->store, "local", "night", "llama", "option \"x\" must be of type",
                            "target_error", self->now, NULL, store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  foreman_store_hold_finish (self->store, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (foreman_store_get_counts (self->store)[FOREMAN_JOB_HELD], ==, 600);
  job = store_fixture_get (self, held);
  g_assert_cmpstr (job->error_code, ==, "target_error");
  store_fixture_run (self, other);
  g_assert_null (store_fixture_claim (self));
  retried = store_fixture_act (self, held, FOREMAN_JOB_RETRY, &error);
  g_assert_no_error (error);
  g_assert_null (retried->error);
  store_fixture_run (self, held);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/store-acts/" name, StoreFixture, NULL, store_fixture_set_up, function,             \
              store_fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("many", test_many_at_once);
  ADD ("refused", test_what_is_not_allowed);
  ADD ("patch", test_a_patch_takes_a_claim_back);
  ADD ("parked", test_jobs_wait_for_their_model);
  ADD ("held", test_what_would_fail_is_held);

  return g_test_run ();
}

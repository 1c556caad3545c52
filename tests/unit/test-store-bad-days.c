/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "faulty-vfs.h"
#include "libforeman/foreman-error.h"
#include "store-fixture.h"

static ForemanSubmission *
new_keyed (const char *key)
{
  ForemanSubmission *submission = store_fixture_new_submission ("llama");

  submission->idempotency_key = g_strdup (key);
  return submission;
}

static void
set_up (StoreFixture *self, gconstpointer data)
{
  faulty_vfs_install ();
  faulty_vfs_fail (FAULTY_VFS_NONE);
  store_fixture_set_up (self, data);
}

static void
tear_down (StoreFixture *self, gconstpointer data)
{
  faulty_vfs_fail (FAULTY_VFS_NONE);
  store_fixture_tear_down (self, data);
}

static void
wait_until_available (StoreFixture *self)
{
  while (!foreman_store_is_available (self->store))
    g_main_context_iteration (NULL, TRUE);
}

/* Whether it was stored or not is not known: but asked again, there is one such job. */
static void
test_a_failed_sync_leaves_one_job (StoreFixture *self, gconstpointer data)
{
  g_autofree char *before = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanSubmission) submission = new_keyed ("key");
  g_autoptr (ForemanJobRecord) lost = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (ForemanJobRecord) again = NULL;
  g_autoptr (GError) error = NULL;

  g_test_expect_message (NULL, G_LOG_LEVEL_WARNING, "*outcome unknown*");
  g_test_expect_message (NULL, G_LOG_LEVEL_WARNING, "*not available*");
  faulty_vfs_fail (FAULTY_VFS_SYNC);
  lost = store_fixture_try_submit (self, submission, &error);
  g_assert_null (lost);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "outcome unknown"));
  g_clear_error (&error);
  g_assert_false (foreman_store_is_available (self->store));
  g_assert_nonnull (foreman_store_get_problem (self->store));

  lost = store_fixture_try_submit (self, submission, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE);
  g_clear_error (&error);

  g_test_expect_message (NULL, G_LOG_LEVEL_MESSAGE, "*available again*");
  faulty_vfs_fail (FAULTY_VFS_NONE);
  wait_until_available (self);
  g_test_assert_expected_messages ();
  job = store_fixture_try_submit (self, submission, &error);
  g_assert_no_error (error);
  again = store_fixture_try_submit (self, submission, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (job->id, ==, again->id);
  g_assert_cmpint (store_fixture_get_state (self, before), ==, FOREMAN_JOB_QUEUED);
  g_assert_cmpuint (foreman_store_get_counts (self->store)[FOREMAN_JOB_QUEUED], ==, 2);
}

static void
test_a_full_disk_refuses_and_resumes (StoreFixture *self, gconstpointer data)
{
  g_autofree char *before = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanSubmission) submission = new_keyed ("key");
  g_autoptr (ForemanJobRecord) refused = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GError) error = NULL;

  faulty_vfs_fail (FAULTY_VFS_FULL);
  refused = store_fixture_try_submit (self, submission, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL);
  g_clear_error (&error);
  g_assert_true (foreman_store_is_available (self->store));
  g_assert_cmpint (store_fixture_get_state (self, before), ==, FOREMAN_JOB_QUEUED);
  faulty_vfs_fail (FAULTY_VFS_NONE);
  job = store_fixture_try_submit (self, submission, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (foreman_store_get_counts (self->store)[FOREMAN_JOB_QUEUED], ==, 2);
  store_fixture_run (self, before);
}

/* Of requests that are written together, those that fit are stored. */
static void
test_a_large_one_takes_no_others_down (StoreFixture *self, gconstpointer data)
{
  ForemanSubmission *submissions[] = { new_keyed ("a"), new_keyed ("b"), new_keyed ("c") };
  GAsyncResult *pending[G_N_ELEMENTS (submissions)] = { NULL };
  gsize size = 6 * 1024 * 1024;

  g_bytes_unref (submissions[1]->request);
  submissions[1]->request = g_bytes_new_take (g_malloc0 (size), size);
  faulty_vfs_fail (FAULTY_VFS_LARGE);
  for (guint i = 0; i < G_N_ELEMENTS (submissions); i++)
    foreman_store_submit_async (self->store, submissions[i], self->now, NULL,
                                store_fixture_on_result, &pending[i]);
  for (guint i = 0; i < G_N_ELEMENTS (submissions); i++)
    {
      g_autoptr (GAsyncResult) result = store_fixture_wait (&pending[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (ForemanJobRecord) job =
          foreman_store_submit_finish (self->store, result, NULL, &error);

      if (i == 1)
        g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL);
      else
        g_assert_no_error (error);
      foreman_submission_unref (submissions[i]);
    }
  g_assert_cmpint (faulty_vfs_get_failed (), >, 0);
}

static void
test_a_failed_write_is_survived (StoreFixture *self, gconstpointer data)
{
  g_autofree char *before = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanSubmission) submission = new_keyed ("key");
  g_autoptr (ForemanJobRecord) refused = NULL;
  g_autoptr (GError) error = NULL;

  g_test_expect_message (NULL, G_LOG_LEVEL_WARNING, "*job store*");
  g_test_expect_message (NULL, G_LOG_LEVEL_WARNING, "*not available*");
  g_test_expect_message (NULL, G_LOG_LEVEL_MESSAGE, "*available again*");
  faulty_vfs_fail (FAULTY_VFS_WRITE);
  refused = store_fixture_try_submit (self, submission, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE);
  faulty_vfs_fail (FAULTY_VFS_NONE);
  wait_until_available (self);
  g_test_assert_expected_messages ();
  store_fixture_run (self, before);
}

/* The log is empty, so that it hides nothing; then all but the first pages are overwritten. */
static void
damage (StoreFixture *self)
{
  g_autofree char *bytes = NULL;
  gsize size, sound = 4096;
  FILE *file;

  g_assert_true (g_file_get_contents (self->path, &bytes, &size, NULL));
  g_assert_cmpuint (size, >, sound);
  memset (bytes + sound, 0xa5, size - sound);
  file = fopen (self->path, "r+");
  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, (long) sound, SEEK_SET), ==, 0);
  g_assert_cmpuint (fwrite (bytes + sound, 1, size - sound, file), ==, size - sound);
  fclose (file);
}

static void
test_a_damaged_database_is_not_written_to (StoreFixture *self, gconstpointer data)
{
  g_autoptr (ForemanSubmission) submission = new_keyed ("key");
  g_autoptr (ForemanJobRecord) refused = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 300; i++)
    g_free (store_fixture_submit_model (self, "llama"));
  store_fixture_close (self);
  store_fixture_open (self);
  damage (self);
  g_test_expect_message (NULL, G_LOG_LEVEL_WARNING, "*job store*");
  g_test_expect_message (NULL, G_LOG_LEVEL_WARNING, "*not available*");
  refused = store_fixture_try_submit (self, submission, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE);
  g_assert_false (foreman_store_is_available (self->store));
  g_test_assert_expected_messages ();
}

#define ADD(name, function)                                                                        \
  g_test_add ("/store-bad-days/" name, StoreFixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("sync", test_a_failed_sync_leaves_one_job);
  ADD ("full", test_a_full_disk_refuses_and_resumes);
  ADD ("large", test_a_large_one_takes_no_others_down);
  ADD ("write", test_a_failed_write_is_survived);
  ADD ("damaged", test_a_damaged_database_is_not_written_to);

  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static void
on_changed (StoreFixture *self, GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    g_ptr_array_add (self->changed, foreman_job_record_ref (g_ptr_array_index (jobs, i)));
}

static void
on_wanted (StoreFixture *self)
{
  self->wanted++;
}

static void
make_store (StoreFixture *self)
{
  self->store = foreman_store_new (self->path, &self->limits);
  g_signal_connect_swapped (self->store, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->store, "wanted", G_CALLBACK (on_wanted), self);
}

void
store_fixture_set_up (StoreFixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("foreman-store-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "state", "foreman.db", NULL);
  self->limits.inline_limit = 64 * 1024;
  self->now = NOW;
  self->changed = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_record_unref);
  make_store (self);
  if (data == NULL)
    store_fixture_open (self);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      if (g_file_test (inner, G_FILE_TEST_IS_DIR))
        remove_folder (inner);
      else
        g_assert_cmpint (g_unlink (inner), ==, 0);
    }
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

void
store_fixture_tear_down (StoreFixture *self, gconstpointer data)
{
  g_clear_object (&self->store);
  remove_folder (self->folder);
  g_ptr_array_unref (self->changed);
  g_free (self->path);
  g_free (self->folder);
}

/* Waiting */

void
store_fixture_on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

GAsyncResult *
store_fixture_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (result);
}

#define CALL(call, ...)                                                                            \
  GAsyncResult *pending = NULL;                                                                    \
  g_autoptr (GAsyncResult) result = NULL;                                                          \
  foreman_store_##call##_async (self->store, __VA_ARGS__, NULL, store_fixture_on_result,           \
                                &pending);                                                         \
  result = store_fixture_wait (&pending)

/* Life */

gboolean
store_fixture_try_open (StoreFixture *self, GError **error)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  foreman_store_open_async (self->store, NULL, store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  return foreman_store_open_finish (self->store, result, error);
}

void
store_fixture_open (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;

  if (self->store == NULL)
    make_store (self);
  store_fixture_try_open (self, &error);
  g_assert_no_error (error);
  g_assert_true (foreman_store_is_available (self->store));
}

void
store_fixture_close (StoreFixture *self)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  foreman_store_close_async (self->store, NULL, store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  foreman_store_close_finish (self->store, result, &error);
  g_assert_no_error (error);
  g_clear_object (&result);
  g_clear_object (&self->store);
}

void
store_fixture_drop (StoreFixture *self)
{
  g_clear_object (&self->store);
}

/* Jobs */

ForemanSubmission *
store_fixture_new_submission (const char *model)
{
  ForemanSubmission *submission = foreman_submission_new ();
  g_autofree char *body = g_strdup_printf ("{\"model\":\"%s\"}", model);

  submission->submitter = g_strdup ("local");
  submission->endpoint = g_strdup ("/api/chat");
  submission->model = g_strdup (model);
  submission->model_key = g_strdup (model);
  submission->request = g_bytes_new (body, strlen (body));
  submission->request_hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, submission->request);
  submission->max_attempts = 3;
  return submission;
}

ForemanJobRecord *
store_fixture_try_submit (StoreFixture *self, ForemanSubmission *submission, GError **error)
{
  CALL (submit, submission, self->now);
  return foreman_store_submit_finish (self->store, result, NULL, error);
}

char *
store_fixture_submit (StoreFixture *self, ForemanSubmission *submission)
{
  g_autoptr (ForemanSubmission) taken = submission;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job = store_fixture_try_submit (self, taken, &error);

  g_assert_no_error (error);
  return g_strdup (job->id);
}

char *
store_fixture_submit_model (StoreFixture *self, const char *model)
{
  return store_fixture_submit (self, store_fixture_new_submission (model));
}

ForemanJobRecord *
store_fixture_get (StoreFixture *self, const char *id)
{
  g_autoptr (GError) error = NULL;
  ForemanJobRecord *job;

  CALL (get_job, id, NULL, TRUE);
  job = foreman_store_get_job_finish (self->store, result, &error);
  g_assert_no_error (error);
  return job;
}

ForemanJobState
store_fixture_get_state (StoreFixture *self, const char *id)
{
  g_autoptr (ForemanJobRecord) job = store_fixture_get (self, id);

  return job->state;
}

ForemanClaim *
store_fixture_claim (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) claims = NULL;

  CALL (claim, OWNER, 1);
  claims = foreman_store_claim_finish (self->store, result, &error);
  g_assert_no_error (error);
  return claims->len > 0 ? g_ptr_array_steal_index (claims, 0) : NULL;
}

gboolean
store_fixture_try_begin (StoreFixture *self,
                         ForemanClaim *claim,
                         ForemanJobState state,
                         GError **error)
{
  CALL (begin, claim->job->id, claim->job->claim, OWNER, state, self->now);
  return foreman_store_begin_finish (self->store, result, error);
}

void
store_fixture_begin (StoreFixture *self, ForemanClaim *claim, ForemanJobState state)
{
  g_autoptr (GError) error = NULL;

  store_fixture_try_begin (self, claim, state, &error);
  g_assert_no_error (error);
}

void
store_fixture_append (StoreFixture *self, ForemanClaim *claim, const char *name, const char *text)
{
  g_autoptr (GBytes) piece = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;

  CALL (append, claim->job->id, claim->job->claim, OWNER, name, "text/plain", piece);
  foreman_store_append_finish (self->store, result, &error);
  g_assert_no_error (error);
}

ForemanAttemptEnd *
store_fixture_new_end (ForemanClaim *claim, ForemanJobState state)
{
  ForemanAttemptEnd *end = foreman_attempt_end_new (claim->job->id, claim->job->claim, OWNER);

  end->state = state;
  end->outcome = g_strdup (state == FOREMAN_JOB_DONE     ? "done"
                           : state == FOREMAN_JOB_FAILED ? "failed"
                                                         : "retried");
  if (state == FOREMAN_JOB_DONE)
    end->completion = g_bytes_new_static ("{\"done\":true}", 13);
  if (state == FOREMAN_JOB_FAILED)
    {
      end->error = g_strdup ("no");
      end->error_code = g_strdup ("target_error");
    }
  return end;
}

ForemanJobRecord *
store_fixture_try_end (StoreFixture *self, ForemanAttemptEnd *end, GError **error)
{
  g_autoptr (ForemanAttemptEnd) taken = end;

  CALL (end, taken, self->now);
  return foreman_store_end_finish (self->store, result, error);
}

void
store_fixture_end (StoreFixture *self, ForemanClaim *claim, ForemanJobState state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      store_fixture_try_end (self, store_fixture_new_end (claim, state), &error);

  g_assert_no_error (error);
  g_assert_cmpint (job->state, ==, state);
}

void
store_fixture_run (StoreFixture *self, const char *id)
{
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);

  g_assert_nonnull (claim);
  g_assert_cmpstr (claim->job->id, ==, id);
  store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
  store_fixture_end (self, claim, FOREMAN_JOB_DONE);
}

ForemanJobRecord *
store_fixture_act (StoreFixture *self, const char *id, ForemanJobAction action, GError **error)
{
  CALL (act, id, NULL, action, self->now);
  return foreman_store_act_finish (self->store, result, error);
}

gint64
store_fixture_wake (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;
  gint64 next;

  CALL (wake, self->now);
  foreman_store_wake_finish (self->store, result, &next, &error);
  g_assert_no_error (error);
  return next;
}

gint64
store_fixture_recover_at (StoreFixture *self,
                          const char *owner,
                          const char *boot_id,
                          gint64 clock_offset)
{
  g_autoptr (GError) error = NULL;
  gint64 known = 0;

  CALL (recover, owner, boot_id, clock_offset, self->now);
  foreman_store_recover_finish (self->store, result, &known, &error);
  g_assert_no_error (error);
  return known;
}

void
store_fixture_recover (StoreFixture *self, const char *owner, const char *boot_id)
{
  store_fixture_recover_at (self, owner, boot_id, NOW);
}

char *
store_fixture_read (StoreFixture *self, const char *id, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  CALL (read, id, name, 0, 1024 * 1024);
  bytes = foreman_store_read_finish (self->store, result, &error);
  g_assert_no_error (error);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

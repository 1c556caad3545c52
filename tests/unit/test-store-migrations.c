/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#include "store-fixture.h"
#include "store/foreman-store-schema-private.h"

#define DONE      "01KDVDNA00A6H67ESQKXHT3W1S"
#define FAILED    "01KDVDQ4K04NZ293ARBB318050"
#define WORKING   "01KDVDQ4K04NZ293ARBB318051"
#define BLOCKED   "01KDVDQ4K04NZ293ARBB318052"
#define SCHEDULED "01KDVDQ4K04NZ293ARBB318053"

/* Every schema's database, as it was when it was the newest. */
static const char *const frozen[] = { "store-v1.sql" };

static void
thaw (const char *name, const char *path)
{
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "data", name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *sql = NULL;
  g_autoptr (GError) error = NULL;
  sqlite3 *handle;

  g_file_get_contents (source, &sql, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (handle);
}

static char *
describe_schema (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanStoreDatabase) database =
      foreman_store_database_open (self->path, &self->limits, &error);
  g_autoptr (ForemanStoreRows) rows = NULL;
  GString *text = g_string_new (NULL);

  g_assert_no_error (error);
  g_assert_cmpint (foreman_store_query_int (database, "PRAGMA auto_vacuum"), ==, 2);
  rows = foreman_store_query (database, "SELECT sql FROM sqlite_master ORDER BY name");
  while (foreman_store_rows_next (database, rows))
    g_string_append_printf (text, "%s\n", (const char *) sqlite3_column_text (rows, 0));
  g_clear_pointer (&rows, foreman_store_rows_end);
  return g_string_free (text, FALSE);
}

/* However old it was, it becomes what a new one is. */
static void
test_the_schema_is_todays (StoreFixture *self, gconstpointer data)
{
  g_autofree char *fresh = describe_schema (self);

  g_assert_cmpint (foreman_store_schema_get_version (), ==, G_N_ELEMENTS (frozen));
  for (guint i = 0; i < G_N_ELEMENTS (frozen); i++)
    {
      g_autofree char *migrated = NULL;

      g_assert_cmpint (g_unlink (self->path), ==, 0);
      thaw (frozen[i], self->path);
      migrated = describe_schema (self);
      g_assert_cmpstr (migrated, ==, fresh);
    }
}

static void
assert_done (StoreFixture *self)
{
  g_autoptr (ForemanJobRecord) job = store_fixture_get (self, DONE);
  g_autofree char *answer = store_fixture_read (self, DONE, "completion");
  g_autofree char *request = store_fixture_read (self, DONE, FOREMAN_STORE_REQUEST);

  g_assert_cmpint (job->state, ==, FOREMAN_JOB_DONE);
  g_assert_cmpstr (job->group, ==, "night");
  g_assert_cmpstr (job->labels[1], ==, "low");
  g_assert_cmpint (job->webhook_pending, ==, 4);
  g_assert_cmpint (job->queue_time, ==, MINUTE);
  g_assert_cmpstr (answer, ==, "{\"done\":true}");
  g_assert_cmpstr (request, ==, "{\"model\":\"llama\"}");
}

static void
test_the_jobs_are_there (StoreFixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (frozen); i++)
    {
      g_autofree char *partial = NULL;
      g_autofree char *fresh = NULL;

      thaw (frozen[i], self->path);
      store_fixture_open (self);
      assert_done (self);
      g_assert_cmpint (store_fixture_get_state (self, FAILED), ==, FOREMAN_JOB_FAILED);
      partial = store_fixture_read (self, FAILED, "partial");
      g_assert_cmpstr (partial, ==, "so far");
      g_assert_cmpint (store_fixture_get_state (self, WORKING), ==, FOREMAN_JOB_WORKING);
      fresh = store_fixture_submit_model (self, "llama");
      g_assert_cmpstr (fresh, >, SCHEDULED);

      store_fixture_recover (self, "01KDVDQ4K00000000000000000", "boot");
      store_fixture_run (self, WORKING);
      store_fixture_run (self, BLOCKED);
      self->now += 20 * MINUTE;
      store_fixture_wake (self);
      g_assert_cmpint (store_fixture_get_state (self, SCHEDULED), ==, FOREMAN_JOB_QUEUED);
      store_fixture_close (self);
      g_assert_cmpint (g_unlink (self->path), ==, 0);
    }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/store-migrations/" name, StoreFixture, "closed", store_fixture_set_up, function,   \
              store_fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("schema", test_the_schema_is_todays);
  ADD ("jobs", test_the_jobs_are_there);

  return g_test_run ();
}

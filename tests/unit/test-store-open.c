/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"
#include "store-fixture.h"
#include "store/foreman-store-schema-private.h"

/* Anything but NULL: the fixture does not open the store itself. */
#define CLOSED ((gconstpointer) "closed")

static void
execute (const char *path, const char *sql)
{
  sqlite3 *handle;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (handle);
}

static void
make_folder (StoreFixture *self)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
}

/* Opening fails with that in its one line, and leaves the file's bytes alone. */
static void
assert_refused (StoreFixture *self, const char *expected)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize size_before, size_after;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (ForemanSubmission) submission = store_fixture_new_submission ("llama");

  g_assert_true (g_file_get_contents (self->path, &before, &size_before, NULL));
  g_assert_false (store_fixture_try_open (self, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, expected));
  g_assert_nonnull (strstr (error->message, self->path));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_false (foreman_store_is_available (self->store));
  g_assert_cmpstr (foreman_store_get_problem (self->store), ==, error->message);
  g_clear_error (&error);
  job = store_fixture_try_submit (self, submission, &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE);
  store_fixture_drop (self);
  g_assert_true (g_file_get_contents (self->path, &after, &size_after, NULL));
  g_assert_cmpmem (before, size_before, after, size_after);
}

static void
test_it_is_nobody_elses (StoreFixture *self, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autofree char *log = g_strconcat (self->path, "-wal", NULL);
  GStatBuf status;

  g_free (store_fixture_submit_model (self, "llama"));
  g_assert_cmpint (g_stat (folder, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
  g_assert_cmpint (g_stat (self->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (log, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
}

static void
test_a_second_one_is_refused (StoreFixture *self, gconstpointer data)
{
  g_autoptr (ForemanStore) first = g_steal_pointer (&self->store);
  g_autofree char *id = NULL;

  self->store = foreman_store_new (self->path, &self->limits);
  assert_refused (self, "is in use by another foreman");
  self->store = g_steal_pointer (&first);
  id = store_fixture_submit_model (self, "llama");
  store_fixture_run (self, id);
}

static void
test_another_programs_database_is_left_alone (StoreFixture *self, gconstpointer data)
{
  make_folder (self);
  execute (self->path, "CREATE TABLE theirs (id); PRAGMA application_id = 7");
  assert_refused (self, "another program");
}

static void
test_a_database_of_nobody_is_left_alone (StoreFixture *self, gconstpointer data)
{
  make_folder (self);
  execute (self->path, "CREATE TABLE theirs (id)");
  assert_refused (self, "another program");
}

static void
test_what_is_no_database (StoreFixture *self, gconstpointer data)
{
  make_folder (self);
  g_assert_true (g_file_set_contents (self->path, "dear diary, today foreman", -1, NULL));
  assert_refused (self, "is no database");
}

static void
test_a_damaged_database_is_left_alone (StoreFixture *self, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize size;

  g_free (store_fixture_submit_model (self, "llama"));
  store_fixture_close (self);
  g_assert_true (g_file_get_contents (self->path, &bytes, &size, NULL));
  memset (bytes + 100, 0xa5, size - 100);
  g_assert_true (g_file_set_contents (self->path, bytes, (gssize) size, NULL));
  self->store = foreman_store_new (self->path, &self->limits);
  assert_refused (self, "cannot be used");
}

static void
test_a_newer_schema_names_the_backup (StoreFixture *self, gconstpointer data)
{
  g_autofree char *backup =
      foreman_store_schema_dup_backup_name (self->path, foreman_store_schema_get_version ());

  g_free (store_fixture_submit_model (self, "llama"));
  store_fixture_close (self);
  execute (self->path, "PRAGMA user_version = 99");
  self->store = foreman_store_new (self->path, &self->limits);
  assert_refused (self, backup);
}

static void
test_another_users_file (StoreFixture *self, gconstpointer data)
{
  if (geteuid () != 0)
    {
      g_test_skip ("only root can give files away");
      return;
    }
  store_fixture_close (self);
  g_assert_cmpint (chown (self->path, 1, 1), ==, 0);
  self->store = foreman_store_new (self->path, &self->limits);
  assert_refused (self, "belongs to user 1");
}

static void
test_what_can_be_used_later_is (StoreFixture *self, gconstpointer data)
{
  g_autoptr (ForemanStore) first = g_steal_pointer (&self->store);
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;

  self->store = foreman_store_new (self->path, &self->limits);
  g_assert_false (store_fixture_try_open (self, &error));
  g_test_expect_message (NULL, G_LOG_LEVEL_MESSAGE, "*available again*");
  g_clear_object (&first);
  while (!foreman_store_is_available (self->store))
    g_main_context_iteration (NULL, TRUE);
  g_test_assert_expected_messages ();
  id = store_fixture_submit_model (self, "llama");
  g_assert_cmpint (store_fixture_get_state (self, id), ==, FOREMAN_JOB_QUEUED);
}

/* Migrations */

static void
add_column (ForemanStoreDatabase *database)
{
  foreman_store_database_execute (database, "ALTER TABLE jobs ADD COLUMN later TEXT");
}

static void
break_off (ForemanStoreDatabase *database)
{
  foreman_store_database_execute (database, "ALTER TABLE jobs ADD COLUMN never TEXT");
  foreman_store_database_execute (database, "ALTER TABLE nothing ADD COLUMN never TEXT");
}

static void
test_a_migration_leaves_a_backup (StoreFixture *self, gconstpointer data)
{
  const ForemanStoreMigration migrations[] = { NULL, add_column, break_off };
  g_autofree char *backup = foreman_store_schema_dup_backup_name (self->path, 1);
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanStoreDatabase) database = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf status;

  g_assert_cmpint (foreman_store_schema_get_version (), ==, 1);
  store_fixture_close (self);
  database = foreman_store_database_open (self->path, &self->limits, &error);
  g_assert_no_error (error);
  g_assert_true (foreman_store_schema_migrate_with (database, migrations, 2, &error));
  g_assert_cmpint (foreman_store_query_int (database, "PRAGMA user_version"), ==, 2);
  g_assert_cmpint (g_stat (backup, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);

  g_assert_false (foreman_store_schema_migrate_with (database, migrations, 3, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE);
  foreman_store_database_rollback (database);
  g_assert_cmpint (foreman_store_query_int (database, "PRAGMA user_version"), ==, 2);
  g_clear_pointer (&database, foreman_store_database_close);

  /* What the refusal of a newer schema names can be used in its place. */
  g_assert_cmpint (g_rename (backup, self->path), ==, 0);
  store_fixture_open (self);
  g_assert_cmpint (store_fixture_get_state (self, id), ==, FOREMAN_JOB_QUEUED);
}

#define ADD(name, function, data)                                                                  \
  g_test_add ("/store-open/" name, StoreFixture, data, store_fixture_set_up, function,             \
              store_fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("modes", test_it_is_nobody_elses, NULL);
  ADD ("second", test_a_second_one_is_refused, NULL);
  ADD ("foreign", test_another_programs_database_is_left_alone, CLOSED);
  ADD ("unmarked", test_a_database_of_nobody_is_left_alone, CLOSED);
  ADD ("no-database", test_what_is_no_database, CLOSED);
  ADD ("damaged", test_a_damaged_database_is_left_alone, NULL);
  ADD ("newer", test_a_newer_schema_names_the_backup, NULL);
  ADD ("owner", test_another_users_file, NULL);
  ADD ("later", test_what_can_be_used_later_is, NULL);
  ADD ("migration", test_a_migration_leaves_a_backup, NULL);

  return g_test_run ();
}

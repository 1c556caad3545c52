/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-schema-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"

/* Times are µs UTC, 0 is none; states are ForemanJobState, whose values stand for ever. `key`
 * orders jobs as their ids do, and is never used again. `labels` and `after` are strings, each with
 * its zero. `parked_at`: since when the model is known to be missing. `waits_for`: how many jobs
 * are still to be done before. */
#define CREATE_JOBS                                                                                \
  "CREATE TABLE jobs ("                                                                            \
  " key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, submitter TEXT NOT NULL,"                    \
  " endpoint TEXT NOT NULL, model TEXT NOT NULL, model_key TEXT NOT NULL, job_group TEXT,"         \
  " custom_id TEXT, idempotency_key TEXT, request_hash TEXT NOT NULL, labels BLOB, after BLOB,"    \
  " state INTEGER NOT NULL, previous_state INTEGER NOT NULL, reason TEXT,"                         \
  " priority INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,"                                \
  " max_attempts INTEGER NOT NULL, attempts_given INTEGER NOT NULL,"                               \
  " crashes INTEGER NOT NULL DEFAULT 0, claim INTEGER NOT NULL DEFAULT 0, owner TEXT,"             \
  " created_at INTEGER NOT NULL, run_at INTEGER NOT NULL, not_before INTEGER NOT NULL,"            \
  " is_relative INTEGER NOT NULL, queued_at INTEGER NOT NULL, parked_at INTEGER NOT NULL,"         \
  " started_at INTEGER NOT NULL DEFAULT 0, finished_at INTEGER NOT NULL DEFAULT 0,"                \
  " expires_at INTEGER NOT NULL DEFAULT 0, timeout INTEGER NOT NULL, ttl INTEGER NOT NULL,"        \
  " error TEXT, error_code TEXT, http_status INTEGER NOT NULL DEFAULT 0,"                          \
  " prompt_tokens INTEGER NOT NULL DEFAULT -1, completion_tokens INTEGER NOT NULL DEFAULT -1,"     \
  " queue_time INTEGER NOT NULL DEFAULT 0, load_time INTEGER NOT NULL DEFAULT 0,"                  \
  " run_time INTEGER NOT NULL DEFAULT 0, webhook_url TEXT, webhook_events INTEGER NOT NULL,"       \
  " webhook_pending INTEGER NOT NULL DEFAULT 0, webhook_last_status INTEGER NOT NULL DEFAULT 0,"   \
  " waits_for_model INTEGER NOT NULL, waits_for INTEGER NOT NULL DEFAULT 0);"

/* Every index costs each submission; those for few jobs are partial. State 2 is queued. */
#define CREATE_JOBS_INDEXES                                                                        \
  "CREATE UNIQUE INDEX jobs_idempotency ON jobs (submitter, idempotency_key)"                      \
  " WHERE idempotency_key IS NOT NULL;"                                                            \
  "CREATE INDEX jobs_submitted ON jobs (submitter, key);"                                          \
  "CREATE INDEX jobs_next ON jobs (priority DESC, key)"                                            \
  " WHERE state = 2 AND parked_at = 0 AND not_before = 0 AND owner IS NULL;"                       \
  "CREATE INDEX jobs_queued ON jobs (model_key, parked_at, key) WHERE state = 2;"                  \
  "CREATE INDEX jobs_due ON jobs (not_before) WHERE not_before > 0 AND state IN (0, 2);"           \
  "CREATE INDEX jobs_settled ON jobs (state, key) WHERE state <> 2;"                               \
  "CREATE INDEX jobs_owned ON jobs (key) WHERE owner IS NOT NULL;"                                 \
  "CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE expires_at > 0;"                          \
  "CREATE INDEX jobs_grouped ON jobs (job_group, key) WHERE job_group IS NOT NULL;"

/* The beginning of a request stands in `payloads`, what is more than FOREMAN_STORE_PIECE_SIZE in
 * `pieces`, as all of an artifact does. `trash`: jobs that are gone, whose pieces are still there.
 */
#define CREATE_CONTENT                                                                             \
  "CREATE TABLE payloads (job INTEGER PRIMARY KEY, size INTEGER NOT NULL, request BLOB NOT NULL);" \
  "CREATE TABLE artifacts (job INTEGER NOT NULL, name TEXT NOT NULL, content_type TEXT NOT NULL,"  \
  " size INTEGER NOT NULL, claim INTEGER NOT NULL, PRIMARY KEY (job, name)) WITHOUT ROWID;"        \
  "CREATE TABLE pieces (job INTEGER NOT NULL, name TEXT NOT NULL, start INTEGER NOT NULL,"         \
  " bytes BLOB NOT NULL, PRIMARY KEY (job, name, start)) WITHOUT ROWID;"                           \
  "CREATE TABLE trash (job INTEGER PRIMARY KEY);"

/* `delivery` of an event: 0 nobody is told, 1 behind an earlier one of its job, 2 next of its job,
 * 3 delivered, 4 dropped. */
#define CREATE_HISTORY                                                                             \
  "CREATE TABLE attempts (job INTEGER NOT NULL, number INTEGER NOT NULL,"                          \
  " started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL DEFAULT 0, outcome TEXT, error TEXT,"   \
  " http_status INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (job, number)) WITHOUT ROWID;"             \
  "CREATE TABLE events (sequence INTEGER PRIMARY KEY, job INTEGER NOT NULL,"                       \
  " previous_state INTEGER NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL,"                 \
  " attempt INTEGER NOT NULL, error TEXT, error_code TEXT, delivery INTEGER NOT NULL DEFAULT 0,"   \
  " tries INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0,"                         \
  " last_status INTEGER NOT NULL DEFAULT 0);"                                                      \
  "CREATE INDEX events_of_job ON events (job, sequence);"                                          \
  "CREATE INDEX events_to_deliver ON events (next_at, sequence) WHERE delivery = 2;"

#define CREATE_RELATIONS                                                                           \
  "CREATE TABLE dependencies (job INTEGER NOT NULL, needs INTEGER NOT NULL,"                       \
  " PRIMARY KEY (job, needs)) WITHOUT ROWID;"                                                      \
  "CREATE INDEX dependencies_of ON dependencies (needs, job);"                                     \
  "CREATE TABLE labels (name TEXT NOT NULL, value TEXT NOT NULL, job INTEGER NOT NULL,"            \
  " PRIMARY KEY (name, value, job)) WITHOUT ROWID;"                                                \
  "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"

static void
execute (ForemanStoreDatabase *database, const char *sql)
{
  foreman_store_database_execute (database, sql);
}

static void
create_first (ForemanStoreDatabase *database)
{
  execute (database, CREATE_JOBS);
  execute (database, CREATE_JOBS_INDEXES);
  execute (database, CREATE_CONTENT);
  execute (database, CREATE_HISTORY);
  execute (database, CREATE_RELATIONS);
}

/* The Nth brings a database of version N to N + 1. What has been released never changes. */
static const ForemanStoreMigration migrations_of_foreman[] = {
  create_first,
};

int
foreman_store_schema_get_version (void)
{
  return G_N_ELEMENTS (migrations_of_foreman);
}

/* (transfer full): where the database of that version is kept before it is migrated */
char *
foreman_store_schema_dup_backup_name (const char *path, int version)
{
  return g_strdup_printf ("%s.v%d.bak", path, version);
}

static gboolean
sync_file (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean synced = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return synced;
}

/* A copy is made under another name first: a half one must not look whole. */
static gboolean
write_backup (ForemanStoreDatabase *database, int version, GError **error)
{
  g_autofree char *name = foreman_store_schema_dup_backup_name (database->path, version);
  g_autofree char *half = g_strconcat (name, ".part", NULL);
  g_autofree char *folder = g_path_get_dirname (name);
  int fd;

  g_unlink (half);
  fd = open (half, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    {
      close (fd);
      foreman_store_run (database, "VACUUM INTO ?", SQL_TEXT (half));
    }
  if (fd >= 0 && database->failure == 0 && sync_file (half) && g_rename (half, name) == 0 &&
      sync_file (folder))
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE,
               "%s could not be saved as %s before its migration: %s", database->path, name,
               database->failure_message != NULL ? database->failure_message : g_strerror (errno));
  g_unlink (half);
  return FALSE;
}

static gboolean
migrate_once (ForemanStoreDatabase *database,
              ForemanStoreMigration migration,
              int version,
              GError **error)
{
  g_autofree char *mark = g_strdup_printf ("PRAGMA user_version = %d", version + 1);

  if (version > 0 && !write_backup (database, version, error))
    return FALSE;
  execute (database, "BEGIN IMMEDIATE");
  migration (database);
  execute (database, mark);
  foreman_failpoint ("migration");
  execute (database, "COMMIT");
  if (database->failure == 0)
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE,
               "%s could not be migrated from version %d: %s", database->path, version,
               database->failure_message);
  return FALSE;
}

/* FALSE also for a database of a later foreman; it is as it was then. */
gboolean
foreman_store_schema_migrate_with (ForemanStoreDatabase *database,
                                   const ForemanStoreMigration *migrations,
                                   int n_migrations,
                                   GError **error)
{
  int version = (int) foreman_store_query_int (database, "PRAGMA user_version");

  if (version > n_migrations)
    {
      g_autofree char *backup = foreman_store_schema_dup_backup_name (database->path, n_migrations);

      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE,
                   "%s is of a newer foreman (version %d, this one knows %d); %s is from before",
                   database->path, version, n_migrations, backup);
      return FALSE;
    }
  for (; version < n_migrations; version++)
    if (!migrate_once (database, migrations[version], version, error))
      return FALSE;
  return TRUE;
}

/* Brings the database to this foreman's schema. */
gboolean
foreman_store_schema_migrate (ForemanStoreDatabase *database, GError **error)
{
  return foreman_store_schema_migrate_with (database, migrations_of_foreman,
                                            G_N_ELEMENTS (migrations_of_foreman), error);
}

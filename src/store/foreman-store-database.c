/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-database-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"
#include "store/foreman-store-schema-private.h"

#define FREE_KNOWN_FOR G_TIME_SPAN_SECOND

/* SQLite's header of a file, where it says whose it is. */
#define HEADER_SIZE           72
#define HEADER_MAGIC          "SQLite format 3"
#define HEADER_APPLICATION_ID 68

static GError *new_unavailable (const char *path, const char *format, ...) G_GNUC_PRINTF (2, 3);

static GError *
new_unavailable (const char *path, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE, "%s %s", path, why);
}

/* Looking at the file before SQLite does */

static guint32
get_uint32 (const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return GUINT32_FROM_BE (value);
}

static gboolean
is_blank (const guint8 *header, gssize length)
{
  for (gssize i = 0; i < length; i++)
    if (header[i] != 0)
      return FALSE;
  return TRUE;
}

/* A power cut in the file's first moments leaves it with room for a header and none there; what
 * that is worth SQLite's journal knows. */
static GError *
check_header (const char *path, const guint8 *header, gssize length)
{
  guint32 application;

  if (is_blank (header, length))
    return NULL;
  if (length < HEADER_SIZE || memcmp (header, HEADER_MAGIC, sizeof HEADER_MAGIC) != 0)
    return new_unavailable (path, "is no database");
  application = get_uint32 (header + HEADER_APPLICATION_ID);
  if (application != 0 && application != FOREMAN_STORE_APPLICATION_ID)
    return new_unavailable (path, "is the database of another program");
  return NULL;
}

/* Makes the file, so that it is nobody else's from the beginning, or looks whether it is ours. That
 * is done here because SQLite may already write when it opens a file: it replays its log. */
static gboolean
check_file (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) problem = NULL;
  guint8 header[HEADER_SIZE];
  struct stat status;
  int fd;

  if (g_mkdir_with_parents (folder, 0700) < 0)
    problem = new_unavailable (folder, "cannot be made: %s", g_strerror (errno));
  else if ((fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
    problem = new_unavailable (path, "cannot be opened for writing: %s", g_strerror (errno));
  else
    {
      if (fstat (fd, &status) < 0)
        problem = new_unavailable (path, "cannot be looked at: %s", g_strerror (errno));
      else if (!S_ISREG (status.st_mode))
        problem = new_unavailable (path, "is no file");
      else if (status.st_uid != geteuid ())
        problem = new_unavailable (path, "belongs to user %u, but foreman runs as user %u",
                                   (guint) status.st_uid, (guint) geteuid ());
      else
        problem = check_header (path, header, read (fd, header, sizeof header));
      close (fd);
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Opening */

static int
on_committed (void *data, sqlite3 *handle, const char *name, int frames)
{
  ForemanStoreDatabase *self = data;

  self->wal_frames = frames;
  return SQLITE_OK;
}

static GError *
new_open_failure (ForemanStoreDatabase *self)
{
  if ((self->failure & 0xff) == SQLITE_BUSY)
    return new_unavailable (self->path, "is in use by another foreman");
  return new_unavailable (self->path, "cannot be used: %s", self->failure_message);
}

/* Whether the database is foreman's or empty; an empty one is marked as foreman's. */
static gboolean
database_adopt (ForemanStoreDatabase *self, GError **error)
{
  gint64 application = foreman_store_query_int (self, "PRAGMA application_id");
  gint64 tables = foreman_store_query_int (self, "SELECT count(*) FROM sqlite_master");

  if (self->failure != 0 || application == FOREMAN_STORE_APPLICATION_ID)
    return TRUE;
  if (application != 0 || tables != 0)
    {
      g_propagate_error (error, new_unavailable (self->path, "is the database of another program"));
      return FALSE;
    }
  foreman_store_database_execute (self, "PRAGMA auto_vacuum = INCREMENTAL;"
                                        "PRAGMA application_id = " G_STRINGIFY (
                                            FOREMAN_STORE_APPLICATION_ID));
  return TRUE;
}

static gboolean
database_prepare (ForemanStoreDatabase *self, GError **error)
{
  /* Exclusive before anything else: then the index of the log is in our memory, and a second
   * foreman finds the file locked. */
  foreman_store_database_execute (self, "PRAGMA locking_mode = EXCLUSIVE;"
                                        "PRAGMA mmap_size = 0;"
                                        "PRAGMA trusted_schema = OFF;"
                                        "PRAGMA temp_store = MEMORY;"
                                        "PRAGMA cache_size = -8192");
  if (!database_adopt (self, error))
    return FALSE;
  foreman_store_database_execute (self, "PRAGMA journal_mode = WAL;"
                                        "PRAGMA synchronous = FULL;"
                                        "PRAGMA journal_size_limit = 67108864");
  if (foreman_planted ("sync-off"))
    foreman_store_database_execute (self, "PRAGMA synchronous = OFF");
  sqlite3_wal_hook (self->handle, on_committed, self);
  if (self->failure == 0 && !foreman_store_schema_migrate (self, error))
    return FALSE;
  if (self->failure == 0)
    foreman_store_database_load_memory (self);
  if (self->failure == 0)
    return TRUE;
  g_propagate_error (error, new_open_failure (self));
  return FALSE;
}

/* SQLite counts under a lock what it allocates, which nobody asks for. Where somebody else in the
 * process has begun with it, it goes on counting. */
static void
stop_counting_memory (void)
{
  static gsize is_done = 0;

  if (!g_once_init_enter (&is_done))
    return;
  sqlite3_config (SQLITE_CONFIG_MEMSTATUS, 0);
  g_once_init_leave (&is_done, 1);
}

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

/* (transfer full) (nullable) */
ForemanStoreDatabase *
foreman_store_database_open (const char *path, const ForemanStoreLimits *limits, GError **error)
{
  g_autoptr (ForemanStoreDatabase) self = NULL;

  if (!check_file (path, error))
    return NULL;
  stop_counting_memory ();
  self = g_new0 (ForemanStoreDatabase, 1);
  self->path = g_strdup (path);
  self->limits = *limits;
  self->statements =
      g_hash_table_new_full (foreman_store_hash_sql, g_str_equal, NULL, finalize_statement);
  self->parked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->changed = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_record_unref);
  self->settled = g_array_new (FALSE, FALSE, 2 * sizeof (gint64));
  if (sqlite3_open_v2 (path, &self->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
      SQLITE_OK)
    {
      g_propagate_error (error, new_unavailable (path, "cannot be opened: %s",
                                                 sqlite3_errmsg (self->handle)));
      return NULL;
    }
  if (database_prepare (self, error))
    return g_steal_pointer (&self);
  /* What is not ours, or cannot be understood, stays as it is. */
  foreman_store_database_abandon (g_steal_pointer (&self));
  return NULL;
}

void
foreman_store_database_close (ForemanStoreDatabase *self)
{
  g_clear_pointer (&self->statements, g_hash_table_unref);
  sqlite3_close (self->handle);
  g_ptr_array_unref (self->changed);
  g_array_unref (self->settled);
  g_hash_table_unref (self->parked);
  g_free (self->failure_message);
  g_free (self->path);
  g_free (self);
}

/* Closes it without writing or syncing anything. */
void
foreman_store_database_abandon (ForemanStoreDatabase *self)
{
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  foreman_store_database_close (self);
}

/* Transactions */

void
foreman_store_database_begin (ForemanStoreDatabase *self)
{
  foreman_store_run (self, "BEGIN IMMEDIATE");
}

gboolean
foreman_store_database_is_writing (ForemanStoreDatabase *self)
{
  return sqlite3_get_autocommit (self->handle) == 0;
}

static void
write_mark (ForemanStoreDatabase *self, const char *name, ForemanStoreValue value)
{
  foreman_store_run (self, "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
                     SQL_TEXT (name), value);
}

/* What was highest is remembered when it may be gone, so that it is not used again. */
static void
write_marks (ForemanStoreDatabase *self)
{
  g_autofree char *ulid = foreman_ulid_to_string (self->ulids.last);

  if (!self->has_purged)
    return;
  write_mark (self, "last_ulid", SQL_TEXT (ulid));
  write_mark (self, "last_job", SQL_INT (self->last_job));
  write_mark (self, "last_event", SQL_INT (self->last_event));
}

/* Returns: FALSE if COMMIT itself failed, so that nobody knows what is on disk */
gboolean
foreman_store_database_commit (ForemanStoreDatabase *self)
{
  write_marks (self);
  if (self->failure != 0)
    return TRUE;
  foreman_failpoint ("commit-before");
  foreman_store_run (self, "COMMIT");
  if (self->failure != 0)
    return FALSE;
  foreman_failpoint ("commit-after");
  self->has_purged = FALSE;
  memcpy (self->committed_counts, self->counts, sizeof self->counts);
  return TRUE;
}

static void
clear_failure (ForemanStoreDatabase *self)
{
  self->failure = 0;
  self->failure_errno = 0;
  g_clear_pointer (&self->failure_message, g_free);
}

/* Forgets what the transaction did, and why it failed. Returns: FALSE if even that failed */
gboolean
foreman_store_database_rollback (ForemanStoreDatabase *self)
{
  clear_failure (self);
  if (foreman_store_database_is_writing (self))
    foreman_store_run (self, "ROLLBACK");
  memcpy (self->counts, self->committed_counts, sizeof self->counts);
  g_ptr_array_set_size (self->changed, 0);
  g_array_set_size (self->settled, 0);
  self->wanted = FALSE;
  self->has_purged = FALSE;
  return self->failure == 0;
}

/* Whether what failed did so for want of room, so that it may work later as it is. */
gboolean
foreman_store_database_is_full (ForemanStoreDatabase *self)
{
  switch (self->failure)
    {
    case SQLITE_FULL:
      return TRUE;
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      /* What was written before may be lost: that is more than no room. */
      return FALSE;
    default:
      return (self->failure & 0xff) == SQLITE_IOERR &&
             (self->failure_errno == ENOSPC || self->failure_errno == EDQUOT);
    }
}

/* Copies the log into the database. Returns: FALSE after an error */
gboolean
foreman_store_database_checkpoint (ForemanStoreDatabase *self)
{
  self->wal_frames = 0;
  foreman_failpoint ("checkpoint");
  return foreman_store_run (self, "PRAGMA wal_checkpoint(PASSIVE)") >= 0 && self->failure == 0;
}

/* Looks at every page of the database, which takes its time. */
gboolean
foreman_store_database_is_sound (ForemanStoreDatabase *self, GError **error)
{
  g_autoptr (ForemanStoreRows) rows = foreman_store_query (self, "PRAGMA quick_check(1)");

  if (foreman_store_rows_next (self, rows) &&
      g_strcmp0 ((const char *) sqlite3_column_text (rows, 0), "ok") == 0)
    return TRUE;
  g_propagate_error (error, new_unavailable (self->path, "is damaged"));
  return FALSE;
}

/* Bytes of disk that are free where the database is, as of a second ago at most. */
guint64
foreman_store_database_get_free (ForemanStoreDatabase *self)
{
  g_autofree char *folder = NULL;
  gint64 now = g_get_monotonic_time ();
  struct statvfs status;

  if (self->free_known_at != 0 && now - self->free_known_at < FREE_KNOWN_FOR)
    return self->free_bytes;
  folder = g_path_get_dirname (self->path);
  self->free_known_at = now;
  self->free_bytes =
      statvfs (folder, &status) == 0 ? (guint64) status.f_bavail * status.f_frsize : G_MAXUINT64;
  return self->free_bytes;
}

/* What is kept in memory */

static void
load_counts (ForemanStoreDatabase *self)
{
  /* In these words, so that indexes are counted and not the rows themselves. */
  for (guint state = 0; state < FOREMAN_N_JOB_STATES; state++)
    self->counts[state] =
        foreman_store_query_int (self, "SELECT count(*) FROM jobs WHERE state = ? AND state <> 2",
                                 SQL_INT (state));
  self->counts[FOREMAN_JOB_QUEUED] =
      foreman_store_query_int (self, "SELECT count(*) FROM jobs WHERE state = 2");
  memcpy (self->committed_counts, self->counts, sizeof self->counts);
}

static void
seed_ulids (ForemanStoreDatabase *self, const char *sql)
{
  g_autoptr (ForemanStoreRows) rows = foreman_store_query (self, sql);

  if (foreman_store_rows_next (self, rows))
    foreman_ulid_generator_seed (&self->ulids, (const char *) sqlite3_column_text (rows, 0));
}

static void
load_parked (ForemanStoreDatabase *self)
{
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (self,
                           "SELECT DISTINCT model_key FROM jobs WHERE state = 2 AND parked_at > 0");

  while (foreman_store_rows_next (self, rows))
    g_hash_table_add (self->parked, foreman_store_rows_dup_text (rows, 0));
}

static gint64
highest (ForemanStoreDatabase *self, const char *now, const char *marked)
{
  gint64 in_table = foreman_store_query_int (self, now);
  gint64 in_meta = foreman_store_query_int (self, marked);

  return MAX (in_table, in_meta);
}

/* Reads what foreman_store_database_open() leaves in memory. */
void
foreman_store_database_load_memory (ForemanStoreDatabase *self)
{
  load_counts (self);
  load_parked (self);
  seed_ulids (self, "SELECT max(id) FROM jobs");
  seed_ulids (self, "SELECT value FROM meta WHERE name = 'last_ulid'");
  self->last_job =
      highest (self, "SELECT max(key) FROM jobs", "SELECT value FROM meta WHERE name = 'last_job'");
  self->last_event = highest (self, "SELECT max(sequence) FROM events",
                              "SELECT value FROM meta WHERE name = 'last_event'");
}

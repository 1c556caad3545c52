/* SPDX-License-Identifier: MIT */
#pragma once

#include <sqlite3.h>

#include "libforeman/foreman-ulid.h"
#include "store/foreman-store-types.h"

G_BEGIN_DECLS

/**
 * ForemanStoreDatabase:
 *
 * The one connection, for the store thread only. An error of SQLite's sticks: from then on every
 * statement does nothing and gives no rows, until the transaction was rolled back. So nobody has to
 * look after each statement; who commits looks once.
 */
typedef struct
{
  char *path;             /* (owned) */
  sqlite3 *handle;        /* (owned) */
  GHashTable *statements; /* (owned) (element-type utf8 sqlite3_stmt): prepared, by their text */
  int failure;            /* SQLite's code of the first error; 0: none */
  int failure_errno;      /* what the system said to that; 0: nothing */
  char *failure_message;  /* (owned) (nullable) */
  gboolean is_damaged;    /* whether SQLite found what it has not written so */
  int wal_frames;         /* pages in the log after the last commit */

  /* What is kept of the file in memory, so that nobody counts rows. */
  ForemanStoreLimits limits;
  ForemanUlidGenerator ulids;
  gint64 last_job; /* keys are never used twice, also after a purge */
  gint64 last_event;
  gboolean has_purged; /* so the highest of these may no longer be seen in the tables */
  guint64 counts[FOREMAN_N_JOB_STATES];
  guint64 committed_counts[FOREMAN_N_JOB_STATES];
  GHashTable *parked; /* (owned) (element-type utf8 utf8): models that are, or were, waited for */
  guint64 free_bytes;
  gint64 free_known_at; /* monotonic */

  /* What the transaction has changed so far. */
  GPtrArray *changed; /* (owned) (element-type ForemanJobRecord) */
  gboolean wanted;    /* whether something became claimable */
  GArray *settled; /* (owned): of those that became terminal, whose dependents are still to see */
} ForemanStoreDatabase;

/* Values that are bound to a statement, checked by the compiler. */
typedef struct
{
  enum
  {
    FOREMAN_STORE_VALUE_END,
    FOREMAN_STORE_VALUE_INT,
    FOREMAN_STORE_VALUE_TEXT,
    FOREMAN_STORE_VALUE_BLOB,
  } kind;
  gint64 integer;
  const void *data; /* (nullable) (unowned): until the statement has ended */
  gsize size;
} ForemanStoreValue;

#define SQL_END            ((ForemanStoreValue){ .kind = FOREMAN_STORE_VALUE_END })
#define SQL_INT(n)         ((ForemanStoreValue){ .kind = FOREMAN_STORE_VALUE_INT, .integer = (n) })
#define SQL_TEXT(text)     ((ForemanStoreValue){ .kind = FOREMAN_STORE_VALUE_TEXT, .data = (text) })
#define SQL_BLOB(bytes, n) ((ForemanStoreValue){ FOREMAN_STORE_VALUE_BLOB, 0, (bytes), (n) })

/* The rows that a statement gives; ended at the latest with their variable. */
typedef sqlite3_stmt ForemanStoreRows;

ForemanStoreDatabase *
foreman_store_database_open (const char *path, const ForemanStoreLimits *limits, GError **error);
void foreman_store_database_close (ForemanStoreDatabase *self);
void foreman_store_database_abandon (ForemanStoreDatabase *self);

/* After the text come its values: SQL_INT (…), SQL_TEXT (…), SQL_BLOB (…), or none. */
#define SQL_VALUES(...) ((const ForemanStoreValue[]){ __VA_ARGS__ __VA_OPT__ (, ) SQL_END })
#define foreman_store_query(self, sql, ...)                                                        \
  foreman_store_database_query (self, sql, SQL_VALUES (__VA_ARGS__))
#define foreman_store_run(self, sql, ...)                                                          \
  foreman_store_database_run (self, sql, SQL_VALUES (__VA_ARGS__))
#define foreman_store_query_keys(self, sql, ...)                                                   \
  foreman_store_database_query_keys (self, sql, SQL_VALUES (__VA_ARGS__))
#define foreman_store_query_int(self, sql, ...)                                                    \
  foreman_store_database_query_int (self, sql, SQL_VALUES (__VA_ARGS__))

ForemanStoreRows *foreman_store_database_query (ForemanStoreDatabase *self,
                                                const char *sql,
                                                const ForemanStoreValue *values);
int foreman_store_database_run (ForemanStoreDatabase *self,
                                const char *sql,
                                const ForemanStoreValue *values);
guint foreman_store_hash_sql (gconstpointer sql);
void foreman_store_database_execute (ForemanStoreDatabase *self, const char *sql);
GArray *foreman_store_database_query_keys (ForemanStoreDatabase *self,
                                           const char *sql,
                                           const ForemanStoreValue *values);
gint64 foreman_store_database_query_int (ForemanStoreDatabase *self,
                                         const char *sql,
                                         const ForemanStoreValue *values);

gboolean foreman_store_rows_next (ForemanStoreDatabase *self, ForemanStoreRows *rows);
void foreman_store_rows_end (ForemanStoreRows *rows);
char *foreman_store_rows_dup_text (ForemanStoreRows *rows, int column);
char **foreman_store_rows_dup_strings (ForemanStoreRows *rows, int column);
GBytes *foreman_store_rows_dup_bytes (ForemanStoreRows *rows, int column);
GByteArray *foreman_store_strings_pack (char **strings);

void foreman_store_database_begin (ForemanStoreDatabase *self);
gboolean foreman_store_database_commit (ForemanStoreDatabase *self);
gboolean foreman_store_database_rollback (ForemanStoreDatabase *self);
gboolean foreman_store_database_is_writing (ForemanStoreDatabase *self);
gboolean foreman_store_database_is_full (ForemanStoreDatabase *self);
gboolean foreman_store_database_is_sound (ForemanStoreDatabase *self, GError **error);
gboolean foreman_store_database_checkpoint (ForemanStoreDatabase *self);
guint64 foreman_store_database_get_free (ForemanStoreDatabase *self);
void foreman_store_database_load_memory (ForemanStoreDatabase *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanStoreDatabase, foreman_store_database_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanStoreRows, foreman_store_rows_end)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store/foreman-store-database-private.h"

/* Statements and their rows; what is common is that errors stick to the database. */

static void
note_failure (ForemanStoreDatabase *self)
{
  if (self->failure != 0)
    return;
  self->failure = sqlite3_extended_errcode (self->handle);
  self->failure_errno = sqlite3_system_errno (self->handle);
  if ((self->failure & 0xff) == SQLITE_CORRUPT || (self->failure & 0xff) == SQLITE_NOTADB)
    self->is_damaged = TRUE;
  g_free (self->failure_message);
  self->failure_message = g_strdup (sqlite3_errmsg (self->handle));
}

/* For a table by statements' texts: they are long and differ in length or at the end, and are
 * looked up for each run. */
guint
foreman_store_hash_sql (gconstpointer sql)
{
  gsize length = strlen (sql);
  const char *text = sql;
  guint hash = (guint) length;

  for (gsize i = length - MIN (length, 16); i < length; i++)
    hash = hash * 31 + (guchar) text[i];
  return hash;
}

static sqlite3_stmt *
prepare (ForemanStoreDatabase *self, const char *sql)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);

  if (statement != NULL || self->failure != 0)
    return statement;
  if (sqlite3_prepare_v3 (self->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
      SQLITE_OK)
    {
      note_failure (self);
      return NULL;
    }
  g_hash_table_insert (self->statements, (gpointer) sqlite3_sql (statement), statement);
  return statement;
}

static void
bind (sqlite3_stmt *statement, int index, const ForemanStoreValue *value)
{
  /* Nothing is copied: the values outlive the statement's run. */
  if (value->kind == FOREMAN_STORE_VALUE_INT)
    sqlite3_bind_int64 (statement, index, value->integer);
  else if (value->data == NULL)
    sqlite3_bind_null (statement, index);
  else if (value->kind == FOREMAN_STORE_VALUE_TEXT)
    sqlite3_bind_text (statement, index, value->data, -1, SQLITE_STATIC);
  else
    sqlite3_bind_blob64 (statement, index, value->data, value->size, SQLITE_STATIC);
}

/* (transfer full) (nullable): rows to be asked for with foreman_store_rows_next(). One text's rows
 * can be read only once at a time. */
ForemanStoreRows *
foreman_store_database_query (ForemanStoreDatabase *self,
                              const char *sql,
                              const ForemanStoreValue *values)
{
  sqlite3_stmt *statement = prepare (self, sql);

  if (statement == NULL)
    return NULL;
  for (int i = 0; values[i].kind != FOREMAN_STORE_VALUE_END; i++)
    bind (statement, i + 1, &values[i]);
  return statement;
}

/* Returns: how many rows were changed; 0 after an error */
int
foreman_store_database_run (ForemanStoreDatabase *self,
                            const char *sql,
                            const ForemanStoreValue *values)
{
  g_autoptr (ForemanStoreRows) rows = foreman_store_database_query (self, sql, values);

  while (foreman_store_rows_next (self, rows))
    ;
  return self->failure == 0 ? sqlite3_changes (self->handle) : 0;
}

/* Returns: the first column of the first row; 0 if there is none, or it is NULL */
gint64
foreman_store_database_query_int (ForemanStoreDatabase *self,
                                  const char *sql,
                                  const ForemanStoreValue *values)
{
  g_autoptr (ForemanStoreRows) rows = foreman_store_database_query (self, sql, values);

  return foreman_store_rows_next (self, rows) ? sqlite3_column_int64 (rows, 0) : 0;
}

/* (transfer full) (element-type gint64): the first column of all rows, so that what is done with
 * them may change the table */
GArray *
foreman_store_database_query_keys (ForemanStoreDatabase *self,
                                   const char *sql,
                                   const ForemanStoreValue *values)
{
  GArray *keys = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (ForemanStoreRows) rows = foreman_store_database_query (self, sql, values);

  while (foreman_store_rows_next (self, rows))
    {
      gint64 key = sqlite3_column_int64 (rows, 0);

      g_array_append_val (keys, key);
    }
  return keys;
}

/* Runs several statements that are not needed again. */
void
foreman_store_database_execute (ForemanStoreDatabase *self, const char *sql)
{
  if (self->failure == 0 && sqlite3_exec (self->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
    note_failure (self);
}

/* @rows: (nullable). Returns: whether there is another row */
gboolean
foreman_store_rows_next (ForemanStoreDatabase *self, ForemanStoreRows *rows)
{
  int code;

  if (rows == NULL || self->failure != 0)
    return FALSE;
  code = sqlite3_step (rows);
  if (code == SQLITE_ROW)
    return TRUE;
  if (code != SQLITE_DONE)
    note_failure (self);
  return FALSE;
}

/* @rows: (transfer full) (nullable) */
void
foreman_store_rows_end (ForemanStoreRows *rows)
{
  sqlite3_reset (rows);
}

/* (transfer full) (nullable) */
char *
foreman_store_rows_dup_text (ForemanStoreRows *rows, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (rows, column));
}

/* (transfer full): empty for NULL */
GBytes *
foreman_store_rows_dup_bytes (ForemanStoreRows *rows, int column)
{
  const void *data = sqlite3_column_blob (rows, column);

  return g_bytes_new (data, sqlite3_column_bytes (rows, column));
}

/* (transfer full) (nullable): what foreman_store_strings_pack() made */
char **
foreman_store_rows_dup_strings (ForemanStoreRows *rows, int column)
{
  const char *data = sqlite3_column_blob (rows, column);
  int size = sqlite3_column_bytes (rows, column);
  GPtrArray *strings;

  if (data == NULL || size == 0 || data[size - 1] != '\0')
    return NULL;
  strings = g_ptr_array_new ();
  for (const char *text = data; text < data + size; text += strlen (text) + 1)
    g_ptr_array_add (strings, g_strdup (text));
  g_ptr_array_add (strings, NULL);
  return (char **) g_ptr_array_free (strings, FALSE);
}

/* @strings: (nullable). (transfer full) (nullable): each with its zero; NULL for none */
GByteArray *
foreman_store_strings_pack (char **strings)
{
  GByteArray *packed;

  if (strings == NULL || strings[0] == NULL)
    return NULL;
  packed = g_byte_array_new ();
  for (guint i = 0; strings[i] != NULL; i++)
    g_byte_array_append (packed, (const guint8 *) strings[i], strlen (strings[i]) + 1);
  return packed;
}

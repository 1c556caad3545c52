/* SPDX-License-Identifier: MIT */
/* bench-sqlite DATABASE JOB SECONDS: what a submission writes, again and again, one transaction
 * after the other, each synced: SQLite's speed for who does not gather commits. The database is one
 * of foreman's, with that one job in it; its rows are the ones that are repeated. Prints one JSON
 * object. */
#include <glib.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row that belongs to a job, and where its own values stand. */
typedef struct
{
  sqlite3_stmt *insert; /* (owned) */
  int job;              /* column, from 1, as all of them; 0: none */
  int id;
  int serial; /* SQLite gives out the value */
} Row;

static const char *const tables[] = { "jobs", "payloads", "events", "labels", "dependencies" };

static void
check (sqlite3 *database, gboolean is_fine, const char *what)
{
  if (is_fine)
    return;
  fprintf (stderr, "bench-sqlite: %s: %s\n", what, sqlite3_errmsg (database));
  exit (1);
}

static void
execute (sqlite3 *database, const char *sql)
{
  check (database, sqlite3_exec (database, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static sqlite3_stmt *
prepare (sqlite3 *database, const char *sql)
{
  sqlite3_stmt *statement = NULL;

  check (database, sqlite3_prepare_v2 (database, sql, -1, &statement, NULL) == SQLITE_OK, sql);
  return statement;
}

static void
run (sqlite3 *database, sqlite3_stmt *statement)
{
  check (database, sqlite3_step (statement) == SQLITE_DONE, sqlite3_sql (statement));
  sqlite3_reset (statement);
}

/* An insert of the row that @select stands on. */
static Row
read_row (sqlite3 *database, const char *table, sqlite3_stmt *select)
{
  int columns = sqlite3_column_count (select);
  g_autoptr (GString) sql = g_string_new (NULL);
  Row row = { 0 };

  g_string_printf (sql, "INSERT INTO %s VALUES (?", table);
  for (int column = 2; column <= columns; column++)
    g_string_append (sql, ", ?");
  g_string_append_c (sql, ')');
  row.insert = prepare (database, sql->str);
  for (int column = 1; column <= columns; column++)
    {
      const char *name = sqlite3_column_name (select, column - 1);

      if (g_str_equal (name, "key") || g_str_equal (name, "job"))
        row.job = column;
      else if (g_str_equal (name, "id"))
        row.id = column;
      else if (g_str_equal (name, "sequence"))
        row.serial = column;
      sqlite3_bind_value (row.insert, column, sqlite3_column_value (select, column - 1));
    }
  if (row.serial)
    sqlite3_bind_null (row.insert, row.serial);
  return row;
}

static GArray *
read_rows (sqlite3 *database, gint64 job)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (Row));

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *sql =
          g_strdup_printf ("SELECT * FROM %s WHERE %s = %" G_GINT64_FORMAT, tables[i],
                           g_str_equal (tables[i], "jobs") ? "key" : "job", job);
      sqlite3_stmt *select = prepare (database, sql);

      while (sqlite3_step (select) == SQLITE_ROW)
        {
          Row row = read_row (database, tables[i], select);

          g_array_append_val (rows, row);
        }
      sqlite3_finalize (select);
    }
  return rows;
}

static void
insert (sqlite3 *database, GArray *rows, gint64 job)
{
  char id[32];

  g_snprintf (id, sizeof id, "7%025" G_GINT64_FORMAT, job);
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);

      sqlite3_bind_int64 (row->insert, row->job, job);
      if (row->id)
        sqlite3_bind_text (row->insert, row->id, id, -1, SQLITE_STATIC);
      run (database, row->insert);
    }
}

static gint64
find_job (sqlite3 *database, const char *id)
{
  sqlite3_stmt *select = prepare (database, "SELECT key FROM jobs WHERE id = ?");
  gint64 job;

  sqlite3_bind_text (select, 1, id, -1, SQLITE_STATIC);
  check (database, sqlite3_step (select) == SQLITE_ROW, id);
  job = sqlite3_column_int64 (select, 0);
  sqlite3_finalize (select);
  return job;
}

static void
repeat (sqlite3 *database, gint64 job, double seconds)
{
  g_autoptr (GArray) rows = read_rows (database, job);
  sqlite3_stmt *begin = prepare (database, "BEGIN IMMEDIATE");
  sqlite3_stmt *commit = prepare (database, "COMMIT");
  gint64 began = g_get_monotonic_time ();
  gint64 deadline = began + (gint64) (seconds * G_USEC_PER_SEC);
  guint count = 0;

  while (g_get_monotonic_time () < deadline)
    {
      run (database, begin);
      insert (database, rows, job + (gint64) ++count);
      run (database, commit);
    }
  printf ("{\"jobs\":%u,\"rows\":%u,\"seconds\":%.6f}\n", count, rows->len,
          (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC);
  sqlite3_finalize (begin);
  sqlite3_finalize (commit);
  for (guint i = 0; i < rows->len; i++)
    sqlite3_finalize (g_array_index (rows, Row, i).insert);
}

int
main (int argc, char **argv)
{
  sqlite3 *database = NULL;

  if (argc != 4)
    {
      fprintf (stderr, "usage: bench-sqlite DATABASE JOB SECONDS\n");
      return 2;
    }
  check (database, sqlite3_open_v2 (argv[1], &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK,
         argv[1]);
  execute (database, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                     "PRAGMA synchronous = FULL");
  repeat (database, find_job (database, argv[2]), atof (argv[3]));
  sqlite3_close (database);
  return 0;
}

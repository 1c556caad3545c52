/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"

/* Content in pieces, so that neither a transaction nor a reader ever has all of a large one in
 * memory. */

/* Pieces */

static void
insert_pieces (ForemanStoreDatabase *database,
               gint64 job,
               const char *name,
               gint64 start,
               const guint8 *data,
               gsize size)
{
  for (gsize done = 0; done < size; done += FOREMAN_STORE_PIECE_SIZE)
    foreman_store_run (database, "INSERT INTO pieces (job, name, start, bytes) VALUES (?, ?, ?, ?)",
                       SQL_INT (job), SQL_TEXT (name), SQL_INT (start + (gint64) done),
                       SQL_BLOB (data + done, MIN (size - done, (gsize) FOREMAN_STORE_PIECE_SIZE)));
}

/* Adds what a piece, which begins at @start, has of what is to be read. */
static void
take_piece (GByteArray *bytes, ForemanStoreRows *rows, gint64 offset, gsize length)
{
  gint64 start = sqlite3_column_int64 (rows, 0);
  const guint8 *data = sqlite3_column_blob (rows, 1);
  gint64 size = sqlite3_column_bytes (rows, 1);
  gint64 skip = MAX (0, offset - start);

  if (skip < size && bytes->len < length)
    g_byte_array_append (bytes, data + skip, MIN (size - skip, (gint64) (length - bytes->len)));
}

static void
take_pieces (ForemanStoreDatabase *database,
             gint64 job,
             const char *name,
             gint64 offset,
             gsize length,
             GByteArray *bytes)
{
  g_autoptr (ForemanStoreRows) rows = foreman_store_query (
      database,
      "SELECT start, bytes FROM pieces WHERE job = ?1 AND name = ?2 AND start >="
      " (SELECT coalesce(max(start), 0) FROM pieces WHERE job = ?1"
      " AND name = ?2 AND start <= ?3) ORDER BY start",
      SQL_INT (job), SQL_TEXT (name), SQL_INT (offset));

  while (bytes->len < length && foreman_store_rows_next (database, rows))
    take_piece (bytes, rows, offset, length);
}

/* (transfer full): empty behind the end */
GBytes *
foreman_store_read_pieces (ForemanStoreDatabase *database,
                           gint64 job,
                           const char *name,
                           gint64 offset,
                           gsize length)
{
  GByteArray *bytes = g_byte_array_new ();

  take_pieces (database, job, name, offset, length, bytes);
  return g_byte_array_free_to_bytes (bytes);
}

/* Requests */

void
foreman_store_write_request (ForemanStoreDatabase *database, gint64 job, GBytes *request)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (request, &size);
  gsize first = MIN (size, (gsize) FOREMAN_STORE_PIECE_SIZE);

  foreman_store_run (database, "INSERT INTO payloads (job, size, request) VALUES (?, ?, ?)",
                     SQL_INT (job), SQL_INT ((gint64) size),
                     SQL_BLOB (data != NULL ? data : (const guint8 *) "", first));
  insert_pieces (database, job, FOREMAN_STORE_REQUEST, (gint64) first, data + first, size - first);
}

/* (transfer full): empty behind the end */
GBytes *
foreman_store_read_request (ForemanStoreDatabase *database, gint64 job, gint64 offset, gsize length)
{
  GByteArray *bytes = g_byte_array_new ();
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database, "SELECT 0, request FROM payloads WHERE job = ?",
                           SQL_INT (job));

  if (foreman_store_rows_next (database, rows))
    take_piece (bytes, rows, offset, length);
  if (bytes->len < length)
    take_pieces (database, job, FOREMAN_STORE_REQUEST, offset + bytes->len, length, bytes);
  return g_byte_array_free_to_bytes (bytes);
}

/* Artifacts */

/* Returns: the claim that wrote it; -1: there is none */
gint64
foreman_store_get_artifact_claim (ForemanStoreDatabase *database, gint64 job, const char *name)
{
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database, "SELECT claim FROM artifacts WHERE job = ? AND name = ?",
                           SQL_INT (job), SQL_TEXT (name));

  return foreman_store_rows_next (database, rows) ? sqlite3_column_int64 (rows, 0) : -1;
}

void
foreman_store_remove_artifact (ForemanStoreDatabase *database, gint64 job, const char *name)
{
  if (foreman_store_run (database, "DELETE FROM artifacts WHERE job = ? AND name = ?",
                         SQL_INT (job), SQL_TEXT (name)) > 0)
    foreman_store_run (database, "DELETE FROM pieces WHERE job = ? AND name = ?", SQL_INT (job),
                       SQL_TEXT (name));
}

/* Adds to what this claim wrote; what an earlier one left goes. */
void
foreman_store_append_piece (ForemanStoreDatabase *database,
                            gint64 job,
                            gint64 claim,
                            const char *name,
                            const char *content_type,
                            GBytes *piece)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (piece, &size);
  gint64 start;

  if (foreman_store_get_artifact_claim (database, job, name) != claim)
    {
      foreman_store_remove_artifact (database, job, name);
      foreman_store_run (database,
                         "INSERT INTO artifacts (job, name, content_type, size, claim)"
                         " VALUES (?, ?, ?, 0, ?)",
                         SQL_INT (job), SQL_TEXT (name), SQL_TEXT (content_type), SQL_INT (claim));
    }
  start =
      foreman_store_query_int (database, "SELECT size FROM artifacts WHERE job = ? AND name = ?",
                               SQL_INT (job), SQL_TEXT (name));
  insert_pieces (database, job, name, start, data, size);
  foreman_store_run (database,
                     "UPDATE artifacts SET size = size + ?, content_type = ?"
                     " WHERE job = ? AND name = ?",
                     SQL_INT ((gint64) size), SQL_TEXT (content_type), SQL_INT (job),
                     SQL_TEXT (name));
}

/* Into the job's record; with the bytes of those that are few enough if @with_data. */
void
foreman_store_load_artifacts (ForemanStoreDatabase *database,
                              ForemanStoreJob *job,
                              gboolean with_data)
{
  g_autoptr (ForemanStoreRows) rows = foreman_store_query (
      database, "SELECT name, content_type, size FROM artifacts WHERE job = ? ORDER BY name",
      SQL_INT (job->key));

  while (foreman_store_rows_next (database, rows))
    {
      ForemanArtifact *artifact = g_new0 (ForemanArtifact, 1);

      artifact->name = foreman_store_rows_dup_text (rows, 0);
      artifact->content_type = foreman_store_rows_dup_text (rows, 1);
      artifact->size = sqlite3_column_int64 (rows, 2);
      if (with_data && (guint64) artifact->size <= database->limits.inline_limit)
        artifact->data = foreman_store_read_pieces (database, job->key, artifact->name, 0,
                                                    (gsize) artifact->size);
      foreman_job_record_take_artifact (job->record, artifact);
    }
}

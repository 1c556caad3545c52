/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

static gboolean
read_content (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  gint64 key = foreman_store_query_int (database, "SELECT key FROM jobs WHERE id = ?",
                                        SQL_TEXT (request->id));
  gsize length = (gsize) request->count;
  GBytes *bytes;

  if (key == 0)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND, "there is no job %s",
                   request->id);
      return FALSE;
    }
  if (g_str_equal (request->name, FOREMAN_STORE_REQUEST))
    {
      bytes = foreman_store_read_request (database, key, request->number, length);
    }
  else if (foreman_store_get_artifact_claim (database, key, request->name) >= 0)
    {
      bytes = foreman_store_read_pieces (database, key, request->name, request->number, length);
    }
  else
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND, "job %s has no artifact %s",
                   request->id, request->name);
      return FALSE;
    }
  foreman_store_request_set_result (request, bytes, (GDestroyNotify) g_bytes_unref);
  return TRUE;
}

/**
 * foreman_store_read_async:
 * @self: a store
 * @id: a job
 * @name: of an artifact, or %FOREMAN_STORE_REQUEST
 * @offset: from which byte on
 * @length: at most so many bytes
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Reads a part of what was submitted, or of what came of it. Whose job it is the caller has looked
 * at already.
 */
void
foreman_store_read_async (ForemanStore *self,
                          const char *id,
                          const char *name,
                          gint64 offset,
                          gsize length,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (id != NULL && name != NULL);
  g_return_if_fail (offset >= 0);

  request = foreman_store_request_new (self, FOREMAN_STORE_READS, read_content,
                                       foreman_store_read_async, cancellable, callback, data);
  request->id = g_strdup (id);
  request->name = g_strdup (name);
  request->number = offset;
  request->count = (gint64) MIN (length, (gsize) G_MAXINT);
  foreman_store_send (self, request);
}

/**
 * foreman_store_read_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (nullable): the bytes; empty behind the end
 */
GBytes *
foreman_store_read_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_read_async, error);
}

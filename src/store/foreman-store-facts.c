/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-request-private.h"

/* Facts share a table with what the store itself remembers. */
#define PREFIX "fact:"

static gboolean
set_fact (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  if (request->text != NULL)
    foreman_store_run (database, "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
                       SQL_TEXT (request->name), SQL_TEXT (request->text));
  else
    foreman_store_run (database, "DELETE FROM meta WHERE name = ?", SQL_TEXT (request->name));
  return TRUE;
}

static gboolean
get_fact (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database, "SELECT value FROM meta WHERE name = ?",
                           SQL_TEXT (request->name));

  if (foreman_store_rows_next (database, rows))
    foreman_store_request_set_result (request, foreman_store_rows_dup_text (rows, 0), g_free);
  return TRUE;
}

/**
 * foreman_store_set_fact_async:
 * @self: a store
 * @name: what it is called
 * @value: (nullable): what is to be remembered; %NULL: nothing
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Remembers something small over restarts.
 */
void
foreman_store_set_fact_async (ForemanStore *self,
                              const char *name,
                              const char *value,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (name != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, set_fact,
                                       foreman_store_set_fact_async, cancellable, callback, data);
  request->name = g_strconcat (PREFIX, name, NULL);
  request->text = g_strdup (value);
  foreman_store_send (self, request);
}

/**
 * foreman_store_set_fact_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: whether it is remembered
 */
gboolean
foreman_store_set_fact_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_set_fact_async, error);
}

/**
 * foreman_store_get_fact_async:
 * @self: a store
 * @name: what it is called
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Reads what foreman_store_set_fact_async() remembered.
 */
void
foreman_store_get_fact_async (ForemanStore *self,
                              const char *name,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (name != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_READS, get_fact,
                                       foreman_store_get_fact_async, cancellable, callback, data);
  request->name = g_strconcat (PREFIX, name, NULL);
  foreman_store_send (self, request);
}

/**
 * foreman_store_get_fact_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the value; %NULL without an error if there is none
 */
char *
foreman_store_get_fact_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_get_fact_async, error);
}

/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-events-private.h"
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

/* Events */

/* (transfer full) */
ForemanJobEvent *
foreman_store_event_from_row (ForemanStoreRows *rows)
{
  ForemanJobEvent *event = g_new0 (ForemanJobEvent, 1);

  event->sequence = sqlite3_column_int64 (rows, 0);
  event->job_id = foreman_store_rows_dup_text (rows, 1);
  event->previous_state = sqlite3_column_int (rows, 2);
  event->state = sqlite3_column_int (rows, 3);
  event->at = sqlite3_column_int64 (rows, 4);
  event->model = foreman_store_rows_dup_text (rows, 5);
  event->group = foreman_store_rows_dup_text (rows, 6);
  event->attempt = sqlite3_column_int (rows, 7);
  event->error = foreman_store_rows_dup_text (rows, 8);
  event->error_code = foreman_store_rows_dup_text (rows, 9);
  return event;
}

/* The newest, in the order in which they happened. */
static ForemanStoreRows *
query_newest (ForemanStoreDatabase *database, ForemanStoreRequest *request)
{
  return foreman_store_query (database,
                              "SELECT * FROM (" FOREMAN_STORE_SELECT_EVENT
                              " FROM events CROSS JOIN jobs ON jobs.key = events.job"
                              " ORDER BY sequence DESC LIMIT ?) ORDER BY 1",
                              SQL_INT (request->limit));
}

static ForemanStoreRows *
query_events (ForemanStoreDatabase *database, ForemanStoreRequest *request, gint64 job)
{
  if (request->number == FOREMAN_STORE_NEWEST)
    return query_newest (database, request);
  if (job != 0)
    return foreman_store_query (database,
                                FOREMAN_STORE_SELECT_EVENT
                                " FROM events JOIN jobs ON jobs.key = events.job"
                                " WHERE events.job = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                                SQL_INT (job), SQL_INT (request->number), SQL_INT (request->limit));
  return foreman_store_query (database,
                              FOREMAN_STORE_SELECT_EVENT
                              " FROM events CROSS JOIN jobs ON jobs.key = events.job"
                              " WHERE sequence > ?1 AND (?2 IS NULL OR submitter = ?2)"
                              " ORDER BY sequence LIMIT ?3",
                              SQL_INT (request->number), SQL_TEXT (request->submitter),
                              SQL_INT (request->limit));
}

static gboolean
list_events (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreRows) rows = NULL;
  GPtrArray *events;
  gint64 key = 0;

  if (request->id != NULL)
    {
      g_autoptr (ForemanStoreJob) job =
          foreman_store_job_find_of (database, request->id, request->submitter, error);

      if (job == NULL)
        return FALSE;
      key = job->key;
    }
  events = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_event_free);
  rows = query_events (database, request, key);
  while (foreman_store_rows_next (database, rows))
    g_ptr_array_add (events, foreman_store_event_from_row (rows));
  foreman_store_request_set_result (request, events, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

/* Attempts */

static ForemanJobAttempt *
attempt_from_row (ForemanStoreRows *rows)
{
  ForemanJobAttempt *attempt = g_new0 (ForemanJobAttempt, 1);

  attempt->number = sqlite3_column_int64 (rows, 0);
  attempt->started_at = sqlite3_column_int64 (rows, 1);
  attempt->ended_at = sqlite3_column_int64 (rows, 2);
  attempt->outcome = foreman_store_rows_dup_text (rows, 3);
  attempt->error = foreman_store_rows_dup_text (rows, 4);
  attempt->http_status = sqlite3_column_int (rows, 5);
  return attempt;
}

static gboolean
list_attempts (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreJob) job = foreman_store_job_find (database, request->id, error);
  g_autoptr (ForemanStoreRows) rows = NULL;
  GPtrArray *attempts;

  if (job == NULL)
    return FALSE;
  attempts = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_attempt_free);
  rows = foreman_store_query (database,
                              "SELECT number, started_at, ended_at, outcome, error, http_status"
                              " FROM attempts WHERE job = ? ORDER BY number",
                              SQL_INT (job->key));
  while (foreman_store_rows_next (database, rows))
    g_ptr_array_add (attempts, attempt_from_row (rows));
  foreman_store_request_set_result (request, attempts, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

/**
 * foreman_store_list_events_async:
 * @self: a store
 * @id: (nullable): only of that job; %NULL: of all
 * @submitter: (nullable): only of their jobs; %NULL: everybody's
 * @after: only those whose sequence is higher; 0: all; %FOREMAN_STORE_NEWEST: the last ones of all,
 *   whosever they are
 * @limit: at most so many
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Reads changes of state.
 */
void
foreman_store_list_events_async (ForemanStore *self,
                                 const char *id,
                                 const char *submitter,
                                 gint64 after,
                                 guint limit,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));

  request =
      foreman_store_request_new (self, FOREMAN_STORE_READS, list_events,
                                 foreman_store_list_events_async, cancellable, callback, data);
  request->id = g_strdup (id);
  request->submitter = g_strdup (submitter);
  request->number = after;
  request->limit = limit;
  foreman_store_send (self, request);
}

/**
 * foreman_store_list_events_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_NOT_FOUND
 *
 * Returns: (transfer container) (element-type ForemanJobEvent) (nullable): the events in their
 * order
 */
GPtrArray *
foreman_store_list_events_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_list_events_async, error);
}

/**
 * foreman_store_list_attempts_async:
 * @self: a store
 * @id: a job
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Reads all attempts at a job, also those before it was retried.
 */
void
foreman_store_list_attempts_async (ForemanStore *self,
                                   const char *id,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (id != NULL);

  request =
      foreman_store_request_new (self, FOREMAN_STORE_READS, list_attempts,
                                 foreman_store_list_attempts_async, cancellable, callback, data);
  request->id = g_strdup (id);
  foreman_store_send (self, request);
}

/**
 * foreman_store_list_attempts_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_NOT_FOUND
 *
 * Returns: (transfer container) (element-type ForemanJobAttempt) (nullable): the attempts, the
 * first first
 */
GPtrArray *
foreman_store_list_attempts_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_list_attempts_async, error);
}

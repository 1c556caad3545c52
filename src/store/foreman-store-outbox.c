/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-act-private.h"
#include "store/foreman-store-events-private.h"
#include "store/foreman-store-request-private.h"

static void
promote (ForemanStoreDatabase *database, gint64 job)
{
  foreman_store_run (database,
                     "UPDATE events SET delivery = ?1, next_at = 0 WHERE sequence ="
                     " (SELECT min(sequence) FROM events WHERE job = ?2 AND delivery = ?3)",
                     SQL_INT (FOREMAN_STORE_DELIVERY_NEXT), SQL_INT (job),
                     SQL_INT (FOREMAN_STORE_DELIVERY_WAITS));
}

/* All that this job's webhook was to be told it is told again. */
void
foreman_store_redeliver (ForemanStoreDatabase *database, gint64 job)
{
  int pending = foreman_store_run (database,
                                   "UPDATE events SET delivery = ?, tries = 0, next_at = 0"
                                   " WHERE job = ? AND delivery > 0",
                                   SQL_INT (FOREMAN_STORE_DELIVERY_WAITS), SQL_INT (job));

  promote (database, job);
  foreman_store_run (database, "UPDATE jobs SET webhook_pending = ? WHERE key = ?",
                     SQL_INT (pending), SQL_INT (job));
}

/* Reading them */

/* (transfer full): deliveries that are due, without their jobs */
static GPtrArray *
list_due (ForemanStoreDatabase *database, gint64 now, guint limit)
{
  GPtrArray *due = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_delivery_free);
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database,
                           FOREMAN_STORE_SELECT_EVENT
                           ", tries FROM events INDEXED BY events_to_deliver"
                           " CROSS JOIN jobs ON jobs.key = events.job WHERE delivery = 2"
                           " AND next_at <= ? ORDER BY next_at, sequence LIMIT ?",
                           SQL_INT (now), SQL_INT (limit));

  while (foreman_store_rows_next (database, rows))
    {
      ForemanDelivery *delivery = g_new0 (ForemanDelivery, 1);

      delivery->event = foreman_store_event_from_row (rows);
      delivery->tries = sqlite3_column_int (rows, FOREMAN_STORE_N_EVENT_COLUMNS);
      g_ptr_array_add (due, delivery);
    }
  return due;
}

static gboolean
list_deliveries (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  GPtrArray *due = list_due (database, request->now, request->limit);

  for (guint i = 0; i < due->len; i++)
    {
      ForemanDelivery *delivery = g_ptr_array_index (due, i);
      ForemanStoreJob *job = foreman_store_job_find (database, delivery->event->job_id, NULL);

      if (job == NULL)
        continue;
      foreman_store_load_artifacts (database, job, delivery->event->state == FOREMAN_JOB_DONE);
      delivery->job = foreman_store_job_to_record (job);
    }
  request->result_number =
      foreman_store_query_int (database,
                               "SELECT min(next_at) FROM events INDEXED BY events_to_deliver"
                               " WHERE delivery = 2 AND next_at > ?",
                               SQL_INT (request->now));
  foreman_store_request_set_result (request, due, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

/* Ending them */

static void
end_for_good (ForemanStoreDatabase *database, ForemanStoreRequest *request, gint64 job, int was)
{
  gboolean is_done = request->code == FOREMAN_DELIVERY_DONE;

  foreman_store_run (database, "UPDATE events SET delivery = ?, last_status = ? WHERE sequence = ?",
                     SQL_INT (is_done ? FOREMAN_STORE_DELIVERY_DONE
                                      : FOREMAN_STORE_DELIVERY_DROPPED),
                     SQL_INT (request->count), SQL_INT (request->number));
  foreman_store_run (database,
                     "UPDATE jobs SET webhook_pending = max (0, webhook_pending - 1),"
                     " webhook_last_status = ? WHERE key = ?",
                     SQL_INT (request->count), SQL_INT (job));
  if (was == FOREMAN_STORE_DELIVERY_NEXT)
    promote (database, job);
}

static gboolean
end_delivery (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database, "SELECT job, delivery FROM events WHERE sequence = ?",
                           SQL_INT (request->number));
  gint64 job;
  int was;

  /* The job may have been removed meanwhile: then there is nobody to tell of it any more. */
  if (!foreman_store_rows_next (database, rows))
    return TRUE;
  job = sqlite3_column_int64 (rows, 0);
  was = sqlite3_column_int (rows, 1);
  if (was != FOREMAN_STORE_DELIVERY_NEXT && was != FOREMAN_STORE_DELIVERY_WAITS)
    return TRUE;
  if (request->code != FOREMAN_DELIVERY_LATER)
    {
      end_for_good (database, request, job, was);
      return TRUE;
    }
  foreman_store_run (database,
                     "UPDATE events SET tries = tries + 1, next_at = ?, last_status = ?"
                     " WHERE sequence = ?",
                     SQL_INT (request->now), SQL_INT (request->count), SQL_INT (request->number));
  foreman_store_run (database, "UPDATE jobs SET webhook_last_status = ? WHERE key = ?",
                     SQL_INT (request->count), SQL_INT (job));
  return TRUE;
}

/**
 * foreman_store_list_deliveries_async:
 * @self: a store
 * @now: µs UTC
 * @limit: at most so many
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Asks who is to be told what now. Of a job it is at most one event, the earliest, until its end is
 * said by foreman_store_end_delivery_async().
 */
void
foreman_store_list_deliveries_async (ForemanStore *self,
                                     gint64 now,
                                     guint limit,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));

  request =
      foreman_store_request_new (self, FOREMAN_STORE_READS, list_deliveries,
                                 foreman_store_list_deliveries_async, cancellable, callback, data);
  request->now = now;
  request->limit = limit;
  foreman_store_send (self, request);
}

/**
 * foreman_store_list_deliveries_finish:
 * @self: a store
 * @result: what the callback got
 * @next: (out) (optional): when one that is not due yet will be, µs UTC; 0: there is none
 * @error: return location
 *
 * Returns: (transfer container) (element-type ForemanDelivery) (nullable): those that are due, also
 * those that are under way
 */
GPtrArray *
foreman_store_list_deliveries_finish (ForemanStore *self,
                                      GAsyncResult *result,
                                      gint64 *next,
                                      GError **error)
{
  if (next != NULL)
    *next = foreman_store_request_of (result)->result_number;
  return foreman_store_finish (self, result, foreman_store_list_deliveries_async, error);
}

/**
 * foreman_store_end_delivery_async:
 * @self: a store
 * @sequence: of the event
 * @how: what became of it
 * @status: what was answered; -1: it did not arrive
 * @next_at: with %FOREMAN_DELIVERY_LATER when it is to be tried again, µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Says how a delivery ended. Unless it is to be tried again, the next one of its job is due then.
 */
void
foreman_store_end_delivery_async (ForemanStore *self,
                                  gint64 sequence,
                                  ForemanDeliveryEnd how,
                                  int status,
                                  gint64 next_at,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));

  request =
      foreman_store_request_new (self, FOREMAN_STORE_WRITES, end_delivery,
                                 foreman_store_end_delivery_async, cancellable, callback, data);
  request->number = sequence;
  request->code = how;
  request->count = status;
  request->now = next_at;
  foreman_store_send (self, request);
}

/**
 * foreman_store_end_delivery_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: whether it was noted; also if the job is gone
 */
gboolean
foreman_store_end_delivery_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_end_delivery_async, error);
}

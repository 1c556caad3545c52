/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

/* A request that comes with its claim; larger ones are read when they are needed. */
#define MAX_REQUEST (1024 * 1024)

/* (transfer full) (nullable) */
static ForemanClaim *
claim_one (ForemanStoreDatabase *database, gint64 key, const char *owner)
{
  g_autoptr (ForemanStoreJob) job = NULL;
  ForemanClaim *claim;
  gint64 size;

  foreman_store_run (database, "UPDATE jobs SET claim = claim + 1, owner = ? WHERE key = ?",
                     SQL_TEXT (owner), SQL_INT (key));
  job = foreman_store_job_load (database, key);
  if (job == NULL)
    return NULL;
  claim = g_new0 (ForemanClaim, 1);
  size =
      foreman_store_query_int (database, "SELECT size FROM payloads WHERE job = ?", SQL_INT (key));
  if (size <= MAX_REQUEST)
    claim->request = foreman_store_read_request (database, key, 0, MAX_REQUEST);
  claim->job = foreman_store_job_to_record (g_steal_pointer (&job));
  return claim;
}

static gboolean
claim (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (GArray) keys = foreman_store_query_keys (
      database,
      "SELECT key FROM jobs INDEXED BY jobs_next WHERE state = 2 AND parked_at = 0"
      " AND not_before = 0 AND owner IS NULL ORDER BY priority DESC, key LIMIT ?",
      SQL_INT (request->limit));
  GPtrArray *claims = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_claim_free);

  for (guint i = 0; i < keys->len; i++)
    {
      ForemanClaim *one = claim_one (database, g_array_index (keys, gint64, i), request->owner);

      if (one != NULL)
        g_ptr_array_add (claims, one);
    }
  foreman_store_request_set_result (request, claims, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

static gboolean
release (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  g_autoptr (ForemanStoreJob) job =
      foreman_store_job_find_claimed (database, request->id, request->claim, request->owner, error);

  if (job == NULL)
    return FALSE;
  if (job->record->state != FOREMAN_JOB_QUEUED)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT, "job %s is %s", request->id,
                   foreman_job_state_to_string (job->record->state));
      return FALSE;
    }
  foreman_store_run (database, "UPDATE jobs SET owner = NULL WHERE key = ?", SQL_INT (job->key));
  database->wanted = TRUE;
  return TRUE;
}

/**
 * foreman_store_claim_async:
 * @self: a store
 * @owner: the process, a ULID
 * @limit: at most so many
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Picks the jobs that are to run next: of the highest priority, then the oldest. They stay queued,
 * but nobody else picks them until they are released or have ended.
 */
void
foreman_store_claim_async (ForemanStore *self,
                           const char *owner,
                           guint limit,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (owner != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, claim, foreman_store_claim_async,
                                       cancellable, callback, data);
  request->owner = g_strdup (owner);
  request->limit = limit;
  foreman_store_send (self, request);
}

/**
 * foreman_store_claim_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer container) (element-type ForemanClaim) (nullable): the jobs, in the order in
 * which they are to run; empty if none is to
 */
GPtrArray *
foreman_store_claim_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_claim_async, error);
}

/**
 * foreman_store_release_async:
 * @self: a store
 * @id: a job
 * @claim: the claim it was picked with
 * @owner: who picked it
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Gives a job back that was picked and not begun.
 */
void
foreman_store_release_async (ForemanStore *self,
                             const char *id,
                             gint64 claim,
                             const char *owner,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (id != NULL && owner != NULL);

  request = foreman_store_request_new (self, FOREMAN_STORE_WRITES, release,
                                       foreman_store_release_async, cancellable, callback, data);
  request->id = g_strdup (id);
  request->claim = claim;
  request->owner = g_strdup (owner);
  foreman_store_send (self, request);
}

/**
 * foreman_store_release_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location: %FOREMAN_ERROR_CONFLICT if it is no longer of that claim
 *
 * Returns: whether it was given back
 */
gboolean
foreman_store_release_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish_boolean (self, result, foreman_store_release_async, error);
}

/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-act-private.h"
#include "store/foreman-store-query-private.h"
#include "store/foreman-store-request-private.h"

/* Jobs of a step, so that others get in between. */
#define STEP 200

#define BIT(state) (1u << FOREMAN_JOB_##state)

static guint
get_possible_states (ForemanJobAction action)
{
  guint terminal = BIT (DONE) | BIT (FAILED) | BIT (CANCELLED);
  guint all = (1u << FOREMAN_N_JOB_STATES) - 1;

  switch (action)
    {
    case FOREMAN_JOB_CANCEL:
      return all & ~terminal;
    case FOREMAN_JOB_RETRY:
      return BIT (FAILED) | BIT (CANCELLED) | BIT (HELD);
    case FOREMAN_JOB_PURGE:
      return terminal;
    case FOREMAN_JOB_REDELIVER:
    default:
      return all;
    }
}

static const char *
get_condition (ForemanJobAction action)
{
  switch (action)
    {
    case FOREMAN_JOB_PURGE:
      return FOREMAN_STORE_NOT_WAITED_FOR;
    case FOREMAN_JOB_REDELIVER:
      return " AND webhook_url IS NOT NULL";
    default:
      return "";
    }
}

/* (transfer full): of those that are meant, those that it can be done with. What is submitted while
 * this goes on is not meant. */
static void
make_conditions (ForemanStoreConditions *conditions,
                 const char *select,
                 ForemanStoreRequest *request)
{
  foreman_store_conditions_init (conditions, select, request->value);
  g_string_append (conditions->sql, get_condition ((ForemanJobAction) request->code));
  foreman_store_conditions_add (conditions, " AND key > ?", SQL_INT (request->cursor));
  foreman_store_conditions_add (conditions, " AND key <= ?", SQL_INT (request->number));
}

static gint64
count_all (ForemanStoreDatabase *database, ForemanStoreRequest *request)
{
  ForemanStoreConditions conditions;
  gint64 count;

  make_conditions (&conditions, "SELECT count(*) FROM jobs", request);
  count = foreman_store_database_query_int (database, conditions.sql->str,
                                            foreman_store_conditions_get_values (&conditions));
  foreman_store_conditions_clear (&conditions);
  return count;
}

static GArray *
list_step (ForemanStoreDatabase *database, ForemanStoreRequest *request)
{
  ForemanStoreConditions conditions;
  GArray *keys;

  make_conditions (&conditions, "SELECT key FROM jobs", request);
  foreman_store_conditions_add (&conditions, " ORDER BY key LIMIT ?", SQL_INT (STEP));
  keys = foreman_store_database_query_keys (database, conditions.sql->str,
                                            foreman_store_conditions_get_values (&conditions));
  foreman_store_conditions_clear (&conditions);
  return keys;
}

static void
act_on_step (ForemanStoreDatabase *database, ForemanStoreRequest *request)
{
  g_autoptr (GArray) keys = list_step (database, request);

  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr (ForemanStoreJob) job =
          foreman_store_job_load (database, g_array_index (keys, gint64, i));

      if (job != NULL && foreman_store_job_act (database, job, (ForemanJobAction) request->code,
                                                request->now, NULL))
        request->count++;
      request->cursor = g_array_index (keys, gint64, i);
    }
  request->again = keys->len == STEP;
}

static gboolean
act_on_many (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  ForemanJobQuery *query = request->value;
  guint possible = get_possible_states ((ForemanJobAction) request->code);

  if (request->number == 0)
    {
      request->number = database->last_job;
      query->states = query->states != 0 ? query->states & possible : possible;
    }
  if (query->states != 0 && request->flag)
    request->count = count_all (database, request);
  else if (query->states != 0)
    act_on_step (database, request);
  request->result_number = request->count;
  return TRUE;
}

/**
 * foreman_store_act_on_many_async:
 * @self: a store
 * @query: with which jobs; copied. Its order, limit and position do not count
 * @action: what to do
 * @dry_run: whether they are only to be counted
 * @now: µs UTC
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is on disk
 * @data: for @callback
 *
 * Does with many jobs what foreman_store_act_async() does with one, a few hundred in a transaction;
 * those whose state does not allow it are left out.
 */
void
foreman_store_act_on_many_async (ForemanStore *self,
                                 const ForemanJobQuery *query,
                                 ForemanJobAction action,
                                 gboolean dry_run,
                                 gint64 now,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));
  g_return_if_fail (query != NULL);

  request = foreman_store_request_new (self, dry_run ? FOREMAN_STORE_READS : FOREMAN_STORE_WRITES,
                                       act_on_many, foreman_store_act_on_many_async, cancellable,
                                       callback, data);
  request->value = foreman_job_query_copy (query);
  request->free_value = (GDestroyNotify) foreman_job_query_free;
  request->code = action;
  request->flag = dry_run;
  request->now = now;
  foreman_store_send (self, request);
}

/**
 * foreman_store_act_on_many_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location. What was done before the error stays done
 *
 * Returns: with how many jobs it was done, or would be; -1 with @error
 */
gint64
foreman_store_act_on_many_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  if (!foreman_store_finish_boolean (self, result, foreman_store_act_on_many_async, error))
    return -1;
  return foreman_store_request_of (result)->result_number;
}

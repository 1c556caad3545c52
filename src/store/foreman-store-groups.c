/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

#define IS_MEANT                                                                                   \
  " FROM jobs WHERE job_group IS NOT NULL AND (?1 IS NULL OR submitter = ?1)"                      \
  " AND (?2 IS NULL OR job_group = ?2)"

/* The same with one group, which the index finds. */
#define IS_MEANT_OF_GROUP " FROM jobs WHERE job_group = ?2 AND (?1 IS NULL OR submitter = ?1)"

#define SELECT_SUMS                                                                                \
  "SELECT job_group, state, count(*), sum(max(prompt_tokens, 0)), sum(max(completion_tokens, 0))," \
  " min(created_at), max(finished_at), sum(CASE state WHEN 6 THEN run_time ELSE 0 END)"
#define SELECT_ERRORS "SELECT job_group, coalesce(error_code, 'failed'), count(*)"

static ForemanGroupSummary *
find_or_add (GPtrArray *groups, const char *name)
{
  ForemanGroupSummary *last = groups->len > 0 ? g_ptr_array_index (groups, groups->len - 1) : NULL;

  /* Rows come in the order of their groups. */
  if (last != NULL && g_str_equal (last->group, name))
    return last;
  last = g_new0 (ForemanGroupSummary, 1);
  last->group = g_strdup (name);
  last->errors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_ptr_array_add (groups, last);
  return last;
}

static void
take_sums (ForemanGroupSummary *group, ForemanStoreRows *rows)
{
  int state = sqlite3_column_int (rows, 1);
  gint64 first = sqlite3_column_int64 (rows, 5);

  if (state < 0 || state >= (int) FOREMAN_N_JOB_STATES)
    return;
  group->counts[state] = sqlite3_column_int64 (rows, 2);
  group->prompt_tokens += sqlite3_column_int64 (rows, 3);
  group->completion_tokens += sqlite3_column_int64 (rows, 4);
  if (group->first_created_at == 0 || first < group->first_created_at)
    group->first_created_at = first;
  group->last_finished_at = MAX (group->last_finished_at, sqlite3_column_int64 (rows, 6));
  group->run_time += sqlite3_column_int64 (rows, 7);
}

static GPtrArray *
sum_up (ForemanStoreDatabase *database, ForemanStoreRequest *request)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_group_summary_free);
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database,
                           request->group != NULL ? SELECT_SUMS IS_MEANT_OF_GROUP
                               " GROUP BY job_group, state ORDER BY job_group"
                                                  : SELECT_SUMS IS_MEANT
                               " GROUP BY job_group, state ORDER BY job_group",
                           SQL_TEXT (request->submitter), SQL_TEXT (request->group));

  while (foreman_store_rows_next (database, rows))
    take_sums (find_or_add (groups, (const char *) sqlite3_column_text (rows, 0)), rows);
  return groups;
}

static void
count_errors (ForemanStoreDatabase *database, ForemanStoreRequest *request, GPtrArray *groups)
{
  guint i = 0;
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database,
                           request->group != NULL ? SELECT_ERRORS IS_MEANT_OF_GROUP
                               " AND state = 7 GROUP BY 1, 2 ORDER BY 1"
                                                  : SELECT_ERRORS IS_MEANT
                               " AND state = 7 GROUP BY 1, 2 ORDER BY 1",
                           SQL_TEXT (request->submitter), SQL_TEXT (request->group));

  while (foreman_store_rows_next (database, rows))
    {
      const char *name = (const char *) sqlite3_column_text (rows, 0);
      gint64 count = sqlite3_column_int64 (rows, 2);
      ForemanGroupSummary *group;

      /* Both lists have the same order, and this one no others. */
      while (i < groups->len &&
             !g_str_equal (((ForemanGroupSummary *) g_ptr_array_index (groups, i))->group, name))
        i++;
      if (i == groups->len)
        break;
      group = g_ptr_array_index (groups, i);
      g_hash_table_insert (group->errors, foreman_store_rows_dup_text (rows, 1),
                           g_memdup2 (&count, sizeof count));
    }
}

static gboolean
list_groups (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  GPtrArray *groups = sum_up (database, request);

  count_errors (database, request, groups);
  foreman_store_request_set_result (request, groups, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

/**
 * foreman_store_list_groups_async:
 * @self: a store
 * @submitter: (nullable): only their jobs; %NULL: everybody's
 * @group: (nullable): only that group
 * @cancellable: (nullable): only what has not begun can be cancelled
 * @callback: called when it is done
 * @data: for @callback
 *
 * Sums up what became of groups of jobs so far.
 */
void
foreman_store_list_groups_async (ForemanStore *self,
                                 const char *submitter,
                                 const char *group,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data)
{
  ForemanStoreRequest *request;

  g_return_if_fail (FOREMAN_IS_STORE (self));

  request =
      foreman_store_request_new (self, FOREMAN_STORE_READS, list_groups,
                                 foreman_store_list_groups_async, cancellable, callback, data);
  request->submitter = g_strdup (submitter);
  request->group = g_strdup (group);
  foreman_store_send (self, request);
}

/**
 * foreman_store_list_groups_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer container) (element-type ForemanGroupSummary) (nullable): the groups by their
 * names; empty if there is no job of them
 */
GPtrArray *
foreman_store_list_groups_finish (ForemanStore *self, GAsyncResult *result, GError **error)
{
  return foreman_store_finish (self, result, foreman_store_list_groups_async, error);
}

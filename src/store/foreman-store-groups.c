/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

#define IS_MEANT                                                                                   \
  " FROM jobs WHERE job_group IS NOT NULL AND (?1 IS NULL OR submitter = ?1)"                      \
  " AND (?2 IS NULL OR job_group = ?2)"

/* The same with one group, which the index finds. */
#define IS_MEANT_OF_GROUP " FROM jobs WHERE job_group = ?2 AND (?1 IS NULL OR submitter = ?1)"

#define N_IN_STATE(state) "count(*) FILTER (WHERE state = " #state "), "
#define N_IN_STATES                                                                                \
  N_IN_STATE (0)                                                                                   \
  N_IN_STATE (1)                                                                                   \
  N_IN_STATE (2)                                                                                   \
  N_IN_STATE (3) N_IN_STATE (4) N_IN_STATE (5) N_IN_STATE (6) N_IN_STATE (7) N_IN_STATE (8)

/* A row a group, in the index's order: with one a state all of them would have to be sorted. */
#define SELECT_SUMS                                                                                \
  "SELECT job_group, " N_IN_STATES " sum(max(prompt_tokens, 0)), sum(max(completion_tokens, 0)),"  \
  " min(created_at), max(finished_at), sum(CASE state WHEN 6 THEN run_time ELSE 0 END)"
#define SELECT_ERRORS "SELECT job_group, coalesce(error_code, 'failed'), count(*)"

G_STATIC_ASSERT (FOREMAN_N_JOB_STATES == 9);

/* (transfer full) */
static ForemanGroupSummary *
group_from_row (ForemanStoreRows *rows)
{
  ForemanGroupSummary *group = g_new0 (ForemanGroupSummary, 1);
  int column = 0;

  group->group = foreman_store_rows_dup_text (rows, column++);
  group->errors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint state = 0; state < FOREMAN_N_JOB_STATES; state++)
    group->counts[state] = sqlite3_column_int64 (rows, column++);
  group->prompt_tokens = sqlite3_column_int64 (rows, column++);
  group->completion_tokens = sqlite3_column_int64 (rows, column++);
  group->first_created_at = sqlite3_column_int64 (rows, column++);
  group->last_finished_at = sqlite3_column_int64 (rows, column++);
  group->run_time = sqlite3_column_int64 (rows, column++);
  return group;
}

static GPtrArray *
sum_up (ForemanStoreDatabase *database, ForemanStoreRequest *request)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_group_summary_free);
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database,
                           request->group != NULL ? SELECT_SUMS IS_MEANT_OF_GROUP
                               " GROUP BY job_group ORDER BY job_group"
                                                  : SELECT_SUMS IS_MEANT
                               " GROUP BY job_group ORDER BY job_group",
                           SQL_TEXT (request->submitter), SQL_TEXT (request->group));

  while (foreman_store_rows_next (database, rows))
    g_ptr_array_add (groups, group_from_row (rows));
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
has_failures (GPtrArray *groups)
{
  for (guint i = 0; i < groups->len; i++)
    if (((ForemanGroupSummary *) g_ptr_array_index (groups, i))->counts[FOREMAN_JOB_FAILED] > 0)
      return TRUE;
  return FALSE;
}

static gboolean
list_groups (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  GPtrArray *groups = sum_up (database, request);

  if (has_failures (groups))
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

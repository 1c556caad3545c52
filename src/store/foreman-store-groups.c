/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"
#include "store/foreman-store-request-private.h"

/* The index gives groups one after the other. To have SQLite sum up would cost it a sort of all the
 * rows, three times as much as to read them. */
#define SELECT_JOBS                                                                                \
  "SELECT job_group, state, prompt_tokens, completion_tokens, created_at, finished_at, run_time,"  \
  " error_code FROM jobs INDEXED BY jobs_grouped"
#define WHERE_ALL       " WHERE job_group IS NOT NULL AND (?1 IS NULL OR submitter = ?1)"
#define WHERE_ONE_GROUP " WHERE job_group = ?2 AND (?1 IS NULL OR submitter = ?1)"
#define IN_ORDER        " ORDER BY job_group"

static ForemanGroupSummary *
find_or_add (GPtrArray *groups, const char *name)
{
  ForemanGroupSummary *last = groups->len > 0 ? g_ptr_array_index (groups, groups->len - 1) : NULL;

  if (last != NULL && g_str_equal (last->group, name))
    return last;
  last = g_new0 (ForemanGroupSummary, 1);
  last->group = g_strdup (name);
  last->errors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_ptr_array_add (groups, last);
  return last;
}

static void
count_error (ForemanGroupSummary *group, const char *code)
{
  gint64 *count = g_hash_table_lookup (group->errors, code);

  if (count == NULL)
    {
      count = g_new0 (gint64, 1);
      g_hash_table_insert (group->errors, g_strdup (code), count);
    }
  ++*count;
}

static void
add_job (ForemanGroupSummary *group, ForemanStoreRows *row)
{
  int state = sqlite3_column_int (row, 1);
  gint64 created_at = sqlite3_column_int64 (row, 4);
  const char *code;

  if (state < 0 || state >= (int) FOREMAN_N_JOB_STATES)
    return;
  group->counts[state]++;
  group->prompt_tokens += MAX (sqlite3_column_int64 (row, 2), 0);
  group->completion_tokens += MAX (sqlite3_column_int64 (row, 3), 0);
  if (group->first_created_at == 0 || created_at < group->first_created_at)
    group->first_created_at = created_at;
  group->last_finished_at = MAX (group->last_finished_at, sqlite3_column_int64 (row, 5));
  if (state == FOREMAN_JOB_DONE)
    group->run_time += sqlite3_column_int64 (row, 6);
  if (state != FOREMAN_JOB_FAILED)
    return;
  code = (const char *) sqlite3_column_text (row, 7);
  count_error (group, code != NULL ? code : "failed");
}

static gboolean
list_groups (ForemanStoreDatabase *database, ForemanStoreRequest *request, GError **error)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_group_summary_free);
  g_autoptr (ForemanStoreRows) rows =
      foreman_store_query (database,
                           request->group != NULL ? SELECT_JOBS WHERE_ONE_GROUP
                                                  : SELECT_JOBS WHERE_ALL IN_ORDER,
                           SQL_TEXT (request->submitter), SQL_TEXT (request->group));

  while (foreman_store_rows_next (database, rows))
    add_job (find_or_add (groups, (const char *) sqlite3_column_text (rows, 0)), rows);
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

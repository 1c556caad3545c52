/* SPDX-License-Identifier: MIT */
#include "http/foreman-job-access.h"
#include "http/foreman-params.h"
#include "http/foreman-routes.h"
#include "jobs/foreman-job-json.h"

#include <string.h>

static void
append_errors (GString *json, GHashTable *errors)
{
  g_autoptr (GList) codes = g_list_sort (g_hash_table_get_keys (errors), (GCompareFunc) strcmp);

  g_string_append_c (json, '{');
  for (GList *l = codes; l; l = l->next)
    {
      gint64 *count = g_hash_table_lookup (errors, l->data);

      if (l->prev)
        g_string_append_c (json, ',');
      foreman_job_json_append_string (json, l->data);
      g_string_append_printf (json, ":%" G_GINT64_FORMAT, *count);
    }
  g_string_append_c (json, '}');
}

/* Returns: how many there are; @left: (out): of these, how many are not terminal */
static gint64
append_counts (GString *json, const ForemanGroupSummary *summary, gint64 *left)
{
  gint64 total = 0;

  *left = 0;
  g_string_append_c (json, '{');
  for (int state = 0; state < FOREMAN_N_JOB_STATES; state++)
    {
      gint64 count = summary->counts[state];

      g_string_append_printf (json, "%s\"%s\":%" G_GINT64_FORMAT, state > 0 ? "," : "",
                              foreman_job_state_to_string (state), count);
      total += count;
      if (!foreman_job_state_is_terminal (state))
        *left += count;
    }
  g_string_append_c (json, '}');
  return total;
}

/* If the rest takes as long as what is done took, one after the other, and nothing else comes in
 * between. 0: nobody knows. */
static gint64
guess_end (const ForemanGroupSummary *summary, gint64 left, gint64 now)
{
  gint64 done = summary->counts[FOREMAN_JOB_DONE];
  double each = done > 0 ? summary->run_time / (double) done : 0;

  return left > 0 && done > 0 ? now + (gint64) (each * left) : 0;
}

static void
append_group (GString *json, const ForemanGroupSummary *summary, gint64 now)
{
  gint64 left, total;

  g_string_append (json, "{\"group\":");
  foreman_job_json_append_string (json, summary->group);
  g_string_append (json, ",\"counts\":");
  total = append_counts (json, summary, &left);
  g_string_append_printf (json,
                          ",\"total\":%" G_GINT64_FORMAT ",\"left\":%" G_GINT64_FORMAT
                          ",\"usage\":{\"prompt_tokens\":%" G_GINT64_FORMAT
                          ",\"completion_tokens\":%" G_GINT64_FORMAT "},\"created_at\":",
                          total, left, summary->prompt_tokens, summary->completion_tokens);
  foreman_job_json_append_time (json, summary->first_created_at);
  g_string_append (json, ",\"finished_at\":");
  foreman_job_json_append_time (json, left == 0 ? summary->last_finished_at : 0);
  g_string_append (json, ",\"expected_end\":");
  foreman_job_json_append_time (json, guess_end (summary, left, now));
  g_string_append (json, ",\"errors\":");
  append_errors (json, summary->errors);
  g_string_append_c (json, '}');
}

static GPtrArray *
finish (ForemanExchange *exchange, GObject *store, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *groups = foreman_store_list_groups_finish (FOREMAN_STORE (store), result, &error);

  if (!groups)
    foreman_exchange_answer_failure (exchange, error);
  return groups;
}

static void
on_groups (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  gint64 now = foreman_clock_get_real (foreman_exchange_get_context (exchange)->clock);
  g_autoptr (GPtrArray) groups = finish (exchange, source, result);
  g_autoptr (GString) json = g_string_new ("{\"groups\":[");

  if (!groups)
    return;
  for (guint i = 0; i < groups->len; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      append_group (json, groups->pdata[i], now);
    }
  g_string_append (json, "]}");
  foreman_job_access_answer_json (exchange, json);
}

static void
on_group (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  gint64 now = foreman_clock_get_real (foreman_exchange_get_context (exchange)->clock);
  g_autoptr (GPtrArray) groups = finish (exchange, source, result);
  g_autoptr (GString) json = g_string_new (NULL);

  if (!groups)
    return;
  if (groups->len == 0)
    {
      foreman_exchange_answer_error (exchange, 404, FOREMAN_ERROR_NOT_FOUND,
                                     "there is no job in such a group", NULL);
      return;
    }
  append_group (json, groups->pdata[0], now);
  foreman_job_access_answer_json (exchange, json);
}

static void
list_groups (ForemanExchange *exchange, const char *group, GAsyncReadyCallback callback)
{
  foreman_store_list_groups_async (foreman_exchange_get_context (exchange)->store,
                                   foreman_job_access_get_submitter (exchange), group,
                                   foreman_exchange_get_cancellable (exchange), callback,
                                   g_object_ref (exchange));
}

/**
 * foreman_route_groups:
 * @exchange: an exchange
 *
 * `GET /groups?group=`: all groups, or one whose name does not go into a path.
 */
void
foreman_route_groups (ForemanExchange *exchange)
{
  static const char *const known[] = { "group", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, &error);

  if (params)
    list_groups (exchange, foreman_params_get (params, "group"), on_groups);
  else
    foreman_exchange_answer_failure (exchange, error);
}

/**
 * foreman_route_group:
 * @exchange: an exchange
 *
 * `GET /groups/{group}`: how far a night's work has got.
 */
void
foreman_route_group (ForemanExchange *exchange)
{
  g_autofree char *group = foreman_exchange_dup_segment (exchange, "group");

  if (g_utf8_validate (group, -1, NULL))
    list_groups (exchange, group, on_group);
  else
    foreman_exchange_answer_error (exchange, 400, FOREMAN_ERROR_INVALID_REQUEST,
                                   "the group's name is not valid UTF-8", NULL);
}

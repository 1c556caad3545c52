/* SPDX-License-Identifier: MIT */
#include "http/foreman-job-filter.h"

#include "http/foreman-job-access.h"
#include "libforeman/foreman-ulid.h"

#include <string.h>

static const char *const filters[] = { FOREMAN_JOB_FILTER_PARAMS };

static gboolean
read_states (const char *text, guint *states, GError **error)
{
  g_auto (GStrv) names = text ? g_strsplit (text, ",", -1) : NULL;
  ForemanJobState state;

  *states = 0;
  for (gsize i = 0; names && names[i]; i++)
    {
      if (!foreman_job_state_from_string (names[i], &state))
        {
          g_propagate_error (error, foreman_error_new_field (
                                        "state", "there is no such state; there are scheduled, "
                                                 "blocked, queued, held, loading, working, done, "
                                                 "failed and cancelled, several by commas"));
          return FALSE;
        }
      *states |= 1u << state;
    }
  return TRUE;
}

/* All spellings of a model are one. */
static gboolean
read_model (const char *text, char **key, GError **error)
{
  g_autoptr (ForemanModelName) name = NULL;

  if (!text)
    return TRUE;
  name = foreman_model_name_parse (text, NULL);
  if (!name)
    {
      g_propagate_error (error, foreman_error_new_field ("model", "that is no name of a model"));
      return FALSE;
    }
  *key = foreman_model_name_to_key (name);
  return TRUE;
}

static void
read_label (const char *text, ForemanJobQuery *query)
{
  const char *colon = text ? strchr (text, ':') : NULL;

  if (!text)
    return;
  query->label_name = colon ? g_strndup (text, colon - text) : g_strdup (text);
  query->label_value = colon ? g_strdup (colon + 1) : NULL;
}

static gboolean
read_after (const char *text, char **after, GError **error)
{
  if (text && !foreman_ulid_is_valid (text))
    {
      g_propagate_error (error, foreman_error_new_field ("after", "after must be the id of a job"));
      return FALSE;
    }
  *after = g_strdup (text);
  return TRUE;
}

/* A variable of a script that is not set must not widen what is acted on. */
static gboolean
check_none_is_blank (const ForemanParams *params, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    if (g_strcmp0 (foreman_params_get (params, filters[i]), "") == 0)
      {
        g_propagate_error (error, foreman_error_new_field (filters[i],
                                                           "%s must not be empty: leave it out",
                                                           filters[i]));
        return FALSE;
      }
  return TRUE;
}

/**
 * foreman_job_filter_read:
 * @exchange: an exchange
 * @params: what its request says
 * @error: return location for an error
 *
 * Reads which jobs are meant: of those that the caller sees, by the parameters of
 * FOREMAN_JOB_FILTER_PARAMS, and `after`. Main thread.
 *
 * Returns: (transfer full): the query; %NULL with %FOREMAN_ERROR_INVALID_REQUEST
 */
ForemanJobQuery *
foreman_job_filter_read (ForemanExchange *exchange, const ForemanParams *params, GError **error)
{
  g_autoptr (ForemanJobQuery) query = NULL;

  if (!check_none_is_blank (params, error))
    return NULL;
  query = foreman_job_query_new ();
  query->submitter = g_strdup (foreman_job_access_get_submitter (exchange));
  query->group = g_strdup (foreman_params_get (params, "group"));
  read_label (foreman_params_get (params, "label"), query);
  if (!read_states (foreman_params_get (params, "state"), &query->states, error) ||
      !read_model (foreman_params_get (params, "model"), &query->model_key, error) ||
      !read_after (foreman_params_get (params, "after"), &query->after, error))
    return NULL;
  return g_steal_pointer (&query);
}

/**
 * foreman_job_filter_is_empty:
 * @params: what a request says
 *
 * Returns: whether it leaves no job out
 */
gboolean
foreman_job_filter_is_empty (const ForemanParams *params)
{
  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    if (foreman_params_get (params, filters[i]))
      return FALSE;
  return TRUE;
}

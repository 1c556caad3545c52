/* SPDX-License-Identifier: MIT */
#include "commands/foreman-jobs.h"

#include <stdio.h>

#include "commands/foreman-job-answer.h"
#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-error.h"

typedef struct
{
  const char *name;
  const char *method;
  const char *suffix; /* behind /jobs/ID */
  const char *past;
} Action;

static const Action actions[] = {
  { "cancel", "POST", "/cancel", "cancelled" },
  { "retry", "POST", "/retry", "queued again" },
  { "purge", "DELETE", "?purge=true", "removed" },
  { "output", NULL, NULL, NULL },
};

static const Action *
find_action (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (name, actions[i].name))
      return &actions[i];
  return NULL;
}

/**
 * foreman_jobs_is_action:
 * @name: a word
 *
 * Returns: whether it is something that can be done with jobs
 */
gboolean
foreman_jobs_is_action (const char *name)
{
  return find_action (name) != NULL;
}

static gboolean
act_on_one (ForemanJobs *self, const Action *action, const char *id, GError **error)
{
  g_autoptr (GString) path = g_string_new ("/jobs/");
  ForemanCall call = { .method = action->method };
  g_autoptr (GBytes) reply = NULL;

  g_string_append_uri_escaped (path, id, NULL, FALSE);
  g_string_append (path, action->suffix);
  call.path = path->str;
  reply = foreman_client_call (self->client, &call, error);
  if (reply == NULL)
    return FALSE;
  if (!self->common.json)
    printf ("%s %s\n", id, action->past);
  else if (g_bytes_get_size (reply) > 0)
    printf ("%.*s\n", (int) g_bytes_get_size (reply),
            (const char *) g_bytes_get_data (reply, NULL));
  else
    printf ("{\"job_id\":\"%s\",\"removed\":true}\n", id);
  return TRUE;
}

static gboolean
print_output (ForemanJobs *self, const char *id, GError **error)
{
  g_autoptr (JsonNode) job = NULL;
  g_autoptr (GBytes) bytes = foreman_job_fetch (self->client, id, &job, error);
  g_autoptr (GBytes) answer = NULL;
  g_autofree char *text = NULL;

  if (bytes == NULL)
    return FALSE;
  if (self->common.json)
    answer = foreman_job_answer_fetch (self->client, json_node_get_object (job), error);
  else
    text = foreman_job_answer_fetch_text (self->client, json_node_get_object (job), error);
  if (answer != NULL)
    foreman_print_bytes (answer);
  if (text != NULL)
    foreman_job_answer_print_line (text);
  return answer != NULL || text != NULL;
}

static ForemanExit
act_on_many (ForemanJobs *self, const Action *action)
{
  g_autoptr (GString) path = g_string_new ("/jobs/");
  ForemanCall call = { .method = "POST" };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) reply = NULL;
  gint64 count;

  g_string_append (path, action->name);
  foreman_filter_add_to (&self->filter, path);
  foreman_query_add (path, "all", self->all ? "true" : NULL);
  foreman_query_add (path, "dry_run", self->dry_run ? "true" : NULL);
  call.path = path->str;
  reply = foreman_client_call_json (self->client, &call, &error);
  if (reply == NULL)
    return foreman_client_fail (self->client, error);
  if (self->common.json)
    {
      foreman_print_json (json_node_get_object (reply));
      return FOREMAN_EXIT_OK;
    }
  count = foreman_reply_json_get_int (json_node_get_object (reply), "count");
  printf ("%" G_GINT64_FORMAT " %s %s%s\n", count, count == 1 ? "job" : "jobs",
          self->dry_run ? "would be " : "", action->past);
  return FOREMAN_EXIT_OK;
}

/* Returns: (nullable): what is wrong with the command line */
static const char *
find_contradiction (ForemanJobs *self, const Action *action, char **ids)
{
  gboolean is_filtered = !foreman_filter_is_empty (&self->filter);

  if (action->method == NULL && (is_filtered || self->all || self->dry_run))
    return "output takes ids of jobs; \"foreman results GROUP\" prints those of a group";
  if (*ids != NULL && (is_filtered || self->all))
    return "give ids, or say which by --group, --state, --model, --label or --all, not both";
  if (*ids == NULL && !is_filtered && !self->all)
    return "say which: ids, --group, --state, --model, --label or --all";
  if (is_filtered && self->all)
    return "--all is every one, so there is nothing to choose by";
  if (*ids != NULL && self->dry_run)
    return "--dry-run goes with --group, --state, --model, --label or --all";
  return NULL;
}

/**
 * foreman_jobs_act:
 * @jobs: what was given
 * @name: what to do, see foreman_jobs_is_action()
 * @ids: (array zero-terminated=1): ids; none: those of the filter
 *
 * Does something with jobs. One that fails does not keep the others from it.
 *
 * Returns: the exit code
 */
ForemanExit
foreman_jobs_act (ForemanJobs *jobs, const char *name, char **ids)
{
  const Action *action = find_action (name);
  const char *why = find_contradiction (jobs, action, ids);
  ForemanExit code = FOREMAN_EXIT_OK;

  if (why != NULL)
    return foreman_command_usage_error (jobs->command, "%s", why);
  if (*ids == NULL)
    return act_on_many (jobs, action);
  for (gsize i = 0; ids[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean is_done = action->method != NULL ? act_on_one (jobs, action, ids[i], &error)
                                                : print_output (jobs, ids[i], &error);

      if (!is_done)
        code = foreman_client_fail (jobs->client, error);
    }
  return code;
}

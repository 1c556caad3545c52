/* SPDX-License-Identifier: MIT */
#include "commands/foreman-jobs.h"

#include <stdio.h>
#include <unistd.h>

#include "commands/foreman-await.h"
#include "commands/foreman-events.h"
#include "commands/foreman-job-answer.h"
#include "commands/foreman-job-view.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-terminal.h"
#include "libforeman/foreman-error.h"

#define PAGE 500

/* However much happens, a list is not drawn more often than this. */
#define DRAW_INTERVAL (G_USEC_PER_SEC / 2)

#define CLEAR_SCREEN "\033[H\033[J"

static char *
make_path (ForemanJobs *self, const char *after, int limit)
{
  g_autofree char *number = g_strdup_printf ("%d", limit);
  GString *path = g_string_new ("/jobs");

  foreman_filter_add_to (&self->filter, path);
  foreman_query_add (path, "limit", number);
  foreman_query_add (path, "after", after);
  return g_string_free (path, FALSE);
}

/* A page of the list, as JSON at once or into the table. Returns: how many there were, or -1 */
static int
take_page (ForemanJobs *self, ForemanTable *table, JsonObject *page)
{
  JsonArray *jobs = foreman_reply_json_get_array (page, "jobs");
  guint n = jobs != NULL ? json_array_get_length (jobs) : 0;
  gint64 now = g_get_real_time ();

  for (guint i = 0; i < n; i++)
    {
      JsonObject *job = foreman_reply_json_get_element (jobs, i);

      if (job != NULL && self->common.json)
        foreman_print_json (job);
      else if (job != NULL)
        foreman_job_view_add (table, job, now);
    }
  return (int) n;
}

static gboolean
take_all (ForemanJobs *self, ForemanTable *table, GError **error)
{
  g_autofree char *after = NULL;
  int left = self->limit > 0 ? self->limit : G_MAXINT;

  do
    {
      g_autofree char *path = make_path (self, after, MIN (left, PAGE));
      g_autoptr (JsonNode) page = foreman_client_get_json (self->client, path, error);

      if (page == NULL)
        return FALSE;
      left -= take_page (self, table, json_node_get_object (page));
      g_free (after);
      after = g_strdup (foreman_reply_json_get_string (json_node_get_object (page), "next"));
    }
  while (left > 0 && after != NULL);
  return TRUE;
}

static gboolean
draw (ForemanJobs *self, GError **error)
{
  g_autoptr (ForemanTable) table = foreman_job_view_new_table ();

  if (!take_all (self, table, error))
    return FALSE;
  if (self->watch && foreman_terminal_is (STDOUT_FILENO))
    fputs (CLEAR_SCREEN, stdout);
  if (!self->common.json)
    foreman_client_options_print_table (&self->common, table);
  fflush (stdout);
  return TRUE;
}

/* Draws again after something has happened, until Ctrl-C. */
static gboolean
watch (ForemanJobs *self, GError **error)
{
  g_autoptr (ForemanEvents) events = foreman_events_new (self->client, "/events");
  gint64 due = FOREMAN_AWAIT_FOREVER;

  for (;;)
    {
      g_autoptr (GError) failure = NULL;
      ForemanEvent event;

      if (g_get_monotonic_time () >= due)
        {
          if (!draw (self, error))
            return FALSE;
          due = FOREMAN_AWAIT_FOREVER;
        }
      if (foreman_events_next (events, due, &event, &failure))
        {
          if (due == FOREMAN_AWAIT_FOREVER)
            due = g_get_monotonic_time () + (event.name != NULL ? DRAW_INTERVAL : 0);
        }
      else if (!g_error_matches (failure, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }
}

/* As JSON, what happens is what there is to see; `open` says that from then on all of it is. */
static gboolean
watch_json (ForemanJobs *self, GError **error)
{
  g_autoptr (ForemanEvents) events = foreman_events_new (self->client, "/events");
  ForemanEvent event;

  while (foreman_events_next (events, FOREMAN_AWAIT_FOREVER, &event, error))
    {
      g_autoptr (JsonObject) line =
          event.data != NULL ? json_object_ref (event.data) : json_object_new ();

      json_object_set_string_member (line, "event", event.name != NULL ? event.name : "open");
      foreman_print_json (line);
    }
  return FALSE;
}

/**
 * foreman_jobs_list:
 * @jobs: what was given
 *
 * Lists jobs, the newest first, or watches them.
 *
 * Returns: the exit code
 */
ForemanExit
foreman_jobs_list (ForemanJobs *jobs)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done;

  if (!jobs->watch)
    is_done = draw (jobs, &error);
  else
    is_done = jobs->common.json ? watch_json (jobs, &error) : watch (jobs, &error);
  return is_done ? FOREMAN_EXIT_OK : foreman_client_fail (jobs->client, error);
}

static gboolean
show (ForemanJobs *self, const char *id, GError **error)
{
  g_autoptr (JsonNode) job = NULL;
  g_autoptr (GBytes) bytes = foreman_job_fetch (self->client, id, &job, error);

  if (bytes == NULL)
    return FALSE;
  if (self->common.json)
    foreman_print_bytes (bytes);
  else
    foreman_job_view_print (json_node_get_object (job), &self->common, g_get_real_time ());
  return TRUE;
}

/**
 * foreman_jobs_show:
 * @jobs: what was given
 * @ids: (array zero-terminated=1): ids
 *
 * Shows all about jobs.
 *
 * Returns: the exit code
 */
ForemanExit
foreman_jobs_show (ForemanJobs *jobs, char **ids)
{
  ForemanExit code = FOREMAN_EXIT_OK;

  for (gsize i = 0; ids[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (i > 0 && !jobs->common.json)
        puts ("");
      if (!show (jobs, ids[i], &error))
        code = foreman_client_fail (jobs->client, error);
    }
  return code;
}

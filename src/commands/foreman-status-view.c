/* SPDX-License-Identifier: MIT */
#include "commands/foreman-status-view.h"

#include <stdio.h>

#include "commands/foreman-group.h"
#include "commands/foreman-human.h"
#include "commands/foreman-reply-json.h"

#define ID_LENGTH 12

/* As "ollama ps" has them. */
static const ForemanColumn model_columns[] = {
  { .title = "NAME", .min = 8 },
  { .title = "ID", .min = ID_LENGTH, .rank = 3 },
  { .title = "SIZE", .min = 6, .rank = 2 },
  { .title = "PROCESSOR", .min = 8, .rank = 4 },
  { .title = "CONTEXT", .min = 6, .rank = 5 },
  { .title = "UNTIL", .min = 10, .rank = 1 },
};

static const char *
get_work_color (const char *state)
{
  return g_str_equal (state, "running") ? "36" : NULL;
}

static const ForemanColumn work_columns[] = {
  { .title = "WORK", .min = 7, .get_color = get_work_color },
  { .title = "KIND", .min = 4, .rank = 2 },
  { .title = "MODEL", .min = 8 },
  { .title = "FOR", .min = 5, .max = 24, .rank = 1 },
  { .title = "ID", .min = 8, .max = 26, .rank = 3 },
  { .title = "SINCE", .min = 10 },
};

/**
 * foreman_status_view_describe_processor:
 * @size: what a model takes, in bytes
 * @size_vram: how much of that is on a GPU
 *
 * Returns: (transfer full): such as `100% GPU` or `48%/52% CPU/GPU`
 */
char *
foreman_status_view_describe_processor (gint64 size, gint64 size_vram)
{
  int cpu;

  if (size_vram == 0)
    return g_strdup ("100% CPU");
  if (size_vram == size)
    return g_strdup ("100% GPU");
  if (size_vram > size || size == 0)
    return g_strdup ("Unknown");
  cpu = (int) ((double) (size - size_vram) / (double) size * 100 + 0.5);
  return g_strdup_printf ("%d%%/%d%% CPU/GPU", cpu, 100 - cpu);
}

/* Ollama keeps "for ever" as a time centuries ahead. */
static char *
describe_until (gint64 expires, gint64 now)
{
  if (expires > now + 100 * 365 * (gint64) 86400 * G_USEC_PER_SEC)
    return g_strdup ("Forever");
  if (expires > 0 && expires < now)
    return g_strdup ("Stopping...");
  return foreman_human_time (expires, now);
}

static void
add_model (ForemanTable *table, JsonObject *model, gint64 now)
{
  const char *digest = foreman_reply_json_get_string (model, "digest");
  gint64 size = foreman_reply_json_get_int (model, "size");
  gint64 context = foreman_reply_json_get_int (model, "context_length");
  g_autofree char *id = digest != NULL ? g_strndup (digest, ID_LENGTH) : NULL;
  g_autofree char *size_text = foreman_human_size (size);
  g_autofree char *processor =
      foreman_status_view_describe_processor (size,
                                              foreman_reply_json_get_int (model, "size_vram"));
  g_autofree char *context_text =
      context > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, context) : NULL;
  g_autofree char *until = describe_until (foreman_reply_json_get_time (model, "expires_at"), now);
  const char *cells[] = {
    foreman_reply_json_get_string (model, "name"), id, size_text, processor, context_text, until,
  };

  foreman_table_add (table, cells);
}

/**
 * foreman_status_view_print_models:
 * @options: how
 * @models: (nullable): the models that are loaded, as `/api/ps` has them; %NULL: nobody knows
 * @now: the present, µs UTC
 *
 * Prints them.
 */
void
foreman_status_view_print_models (const ForemanClientOptions *options,
                                  JsonArray *models,
                                  gint64 now)
{
  g_autoptr (ForemanTable) table = foreman_table_new (model_columns, G_N_ELEMENTS (model_columns));

  for (guint i = 0; models != NULL && i < json_array_get_length (models); i++)
    add_model (table, foreman_reply_json_get_element (models, i), now);
  foreman_client_options_print_table (options, table);
}

static guint
count (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}

static void
add_ticket (ForemanTable *table, JsonObject *ticket, const char *state, gint64 now)
{
  gint64 since =
      foreman_reply_json_get_time (ticket,
                                   g_str_equal (state, "running") ? "started_at" : "enqueued_at");
  g_autofree char *relative = foreman_human_time (since, now);
  const char *class = foreman_reply_json_get_string (ticket, "class");
  const char *cells[] = {
    state,
    g_strcmp0 (class, "interactive") == 0 ? "chat" : class,
    foreman_reply_json_get_string (ticket, "model"),
    foreman_reply_json_get_string (ticket, "client"),
    foreman_reply_json_get_string (ticket, "request_id"),
    relative,
  };

  foreman_table_add (table, cells);
}

static void
add_tickets (ForemanTable *table, JsonArray *tickets, const char *state, gint64 now)
{
  for (guint i = 0; tickets != NULL && i < json_array_get_length (tickets); i++)
    add_ticket (table, foreman_reply_json_get_element (tickets, i), state, now);
}

/* (nullable): whom a job runs for, as the gate has it; not of one that runs beside it. */
static const char *
find_client (JsonArray *tickets, const char *job_id)
{
  for (guint i = 0; i < count (tickets); i++)
    {
      JsonObject *ticket = foreman_reply_json_get_element (tickets, i);

      if (g_strcmp0 (foreman_reply_json_get_string (ticket, "request_id"), job_id) == 0)
        return foreman_reply_json_get_string (ticket, "client");
    }
  return NULL;
}

static void
add_jobs (ForemanTable *table, JsonArray *jobs, JsonArray *tickets, gint64 now)
{
  for (guint i = 0; jobs != NULL && i < json_array_get_length (jobs); i++)
    {
      JsonObject *job = foreman_reply_json_get_element (jobs, i);
      const char *id = foreman_reply_json_get_string (job, "job_id");
      g_autofree char *relative =
          foreman_human_time (foreman_reply_json_get_time (job, "started_at"), now);
      const char *cells[] = {
        "running",
        "job",
        foreman_reply_json_get_string (job, "model"),
        find_client (tickets, id),
        id,
        relative,
      };

      foreman_table_add (table, cells);
    }
}

/* What passes the gate as a job is better known as that job, if it may be seen. */
static void
add_running (ForemanTable *table, JsonArray *tickets, JsonArray *jobs, gint64 now)
{
  for (guint i = 0; tickets != NULL && i < json_array_get_length (tickets); i++)
    {
      JsonObject *ticket = foreman_reply_json_get_element (tickets, i);
      gboolean is_job = g_strcmp0 (foreman_reply_json_get_string (ticket, "class"), "job") == 0;

      if (!is_job || jobs == NULL || json_array_get_length (jobs) == 0)
        add_ticket (table, ticket, "running", now);
    }
  add_jobs (table, jobs, tickets, now);
}

/**
 * foreman_status_view_print_work:
 * @options: how
 * @gate: (nullable): the gate, as `/status` has it
 * @jobs: (nullable): jobs that run, as far as the caller may see them
 * @now: the present, µs UTC
 *
 * Prints what runs, and what waits for its turn.
 */
void
foreman_status_view_print_work (const ForemanClientOptions *options,
                                JsonObject *gate,
                                JsonArray *jobs,
                                gint64 now)
{
  g_autoptr (ForemanTable) table = foreman_table_new (work_columns, G_N_ELEMENTS (work_columns));
  JsonArray *waiting = foreman_reply_json_get_array (gate, "waiting");
  gint64 more = foreman_reply_json_get_int (gate, "waiting_count");

  if (more == 0 && count (foreman_reply_json_get_array (gate, "running")) + count (jobs) == 0)
    {
      puts ("Nothing runs, and nothing waits for its turn.");
      return;
    }
  add_running (table, foreman_reply_json_get_array (gate, "running"), jobs, now);
  add_tickets (table, waiting, "waiting", now);
  foreman_client_options_print_table (options, table);
  more -= count (waiting);
  if (more > 0)
    printf ("and %" G_GINT64_FORMAT " more that wait\n", more);
}

/**
 * foreman_status_view_print_jobs:
 * @status: what `/status` says
 *
 * Prints how many jobs there are, or why there are none.
 */
void
foreman_status_view_print_jobs (JsonObject *status)
{
  JsonObject *jobs = foreman_reply_json_get_object (status, "jobs");
  const char *problem = foreman_reply_json_get_string (jobs, "problem");
  g_autofree char *counts = jobs != NULL ? foreman_group_describe (jobs) : NULL;

  if (problem != NULL)
    printf ("\nJobs are not available: %s\n", problem);
  else if (counts != NULL && *counts != '\0')
    printf ("\nJobs: %s\n", counts);
}

/**
 * foreman_status_view_print_trouble:
 * @status: what `/status` says
 * @now: the present, µs UTC
 *
 * Says so if Ollama is away.
 */
void
foreman_status_view_print_trouble (JsonObject *status, gint64 now)
{
  const char *reason = foreman_reply_json_get_string (status, "degraded_reason");
  g_autofree char *since =
      foreman_human_time_within (foreman_reply_json_get_time (status, "degraded_since"), now);

  if (json_object_has_member (status, "degraded") &&
      json_object_get_boolean_member (status, "degraded"))
    printf ("\nDegraded: Ollama at %s is away (%s), since %s.\n",
            foreman_reply_json_get_string (status, "target"), reason != NULL ? reason : "unknown",
            since);
}

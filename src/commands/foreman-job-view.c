/* SPDX-License-Identifier: MIT */
#include "commands/foreman-job-view.h"

#include <stdio.h>

#include "commands/foreman-human.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-terminal.h"

static const char *
get_state_color (const char *state)
{
  if (g_str_equal (state, "done"))
    return "32";
  if (g_str_equal (state, "failed") || g_str_equal (state, "held"))
    return "31";
  if (g_str_equal (state, "working") || g_str_equal (state, "loading"))
    return "36";
  return g_str_equal (state, "cancelled") ? "2" : NULL;
}

static const ForemanColumn columns[] = {
  { .title = "ID", .min = 26 },
  { .title = "STATE", .min = 5, .get_color = get_state_color },
  { .title = "MODEL", .min = 8, .max = 32, .rank = 2 },
  { .title = "GROUP", .min = 5, .max = 24, .rank = 3 },
  { .title = "TOKENS", .min = 6, .is_right = TRUE, .rank = 5 },
  { .title = "CREATED", .min = 14, .rank = 1 },
  { .title = "NOTE", .min = 8, .max = 60, .rank = 4 },
};

/**
 * foreman_job_view_new_table:
 *
 * Returns: (transfer full): a table for jobs
 */
ForemanTable *
foreman_job_view_new_table (void)
{
  return foreman_table_new (columns, G_N_ELEMENTS (columns));
}

static char *
get_tokens (JsonObject *job)
{
  JsonObject *usage = foreman_reply_json_get_object (job, "usage");

  return usage != NULL
             ? foreman_human_count (foreman_reply_json_get_int (usage, "completion_tokens"))
             : NULL;
}

/* What matters most about it beside its state. */
static char *
get_note (JsonObject *job, gint64 now)
{
  const char *error = foreman_reply_json_get_string (job, "error");
  const char *reason = foreman_reply_json_get_string (job, "reason");
  const char *state = foreman_reply_json_get_string (job, "state");
  gint64 run_at = foreman_reply_json_get_time (job, "run_at");

  if (error != NULL)
    return g_strdup (error);
  if (g_strcmp0 (state, "scheduled") == 0 && run_at > 0)
    return foreman_human_time (run_at, now);
  if (reason != NULL)
    return g_strdup (reason);
  if (foreman_reply_json_get_int (job, "position") > 0)
    return g_strdup_printf ("position %" G_GINT64_FORMAT,
                            foreman_reply_json_get_int (job, "position"));
  return NULL;
}

/**
 * foreman_job_view_add:
 * @table: a table for jobs
 * @job: a job object
 * @now: the present, µs UTC
 *
 * Adds its row.
 */
void
foreman_job_view_add (ForemanTable *table, JsonObject *job, gint64 now)
{
  g_autofree char *tokens = get_tokens (job);
  g_autofree char *created =
      foreman_human_time (foreman_reply_json_get_time (job, "created_at"), now);
  g_autofree char *note = get_note (job, now);
  const char *cells[] = {
    foreman_reply_json_get_string (job, "job_id"),
    foreman_reply_json_get_string (job, "state"),
    foreman_reply_json_get_string (job, "model"),
    foreman_reply_json_get_string (job, "group"),
    tokens,
    created,
    note,
  };

  foreman_table_add (table, cells);
}

static void
print_field (const char *name, const char *value)
{
  g_autofree char *line = value != NULL ? foreman_text_to_line (value) : NULL;

  if (line != NULL && *line != '\0')
    printf ("%-12s  %s\n", name, line);
}

static void
print_time (JsonObject *job, const char *member, const char *name, gint64 now)
{
  gint64 time = foreman_reply_json_get_time (job, member);
  g_autofree char *relative = foreman_human_time_within (time, now);
  g_autoptr (GDateTime) local = g_date_time_new_from_unix_local (time / G_USEC_PER_SEC);
  g_autofree char *clock = g_date_time_format (local, "%F %T");
  g_autofree char *text = g_strdup_printf ("%s (%s)", clock, relative);

  if (time > 0)
    print_field (name, text);
}

static void
print_seconds (JsonObject *job, const char *member, const char *name)
{
  JsonNode *node = json_object_get_member (job, member);
  double seconds = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : 0;
  g_autofree char *text = g_strdup_printf ("%.1f s", seconds);

  if (seconds > 0)
    print_field (name, text);
}

static void
print_labels (JsonObject *labels)
{
  g_autoptr (GList) names = labels != NULL ? json_object_get_members (labels) : NULL;
  GString *text = g_string_new (NULL);
  g_autofree char *line = NULL;

  for (GList *l = names; l != NULL; l = l->next)
    g_string_append_printf (text, "%s%s=%s", text->len > 0 ? ", " : "", (char *) l->data,
                            foreman_reply_json_get_string (labels, l->data));
  line = g_string_free (text, FALSE);
  print_field ("labels", line);
}

static void
print_artifacts (JsonArray *artifacts)
{
  for (guint i = 0; artifacts != NULL && i < json_array_get_length (artifacts); i++)
    {
      JsonObject *artifact = foreman_reply_json_get_element (artifacts, i);
      g_autofree char *size = foreman_human_size (foreman_reply_json_get_int (artifact, "size"));
      g_autofree char *text =
          g_strdup_printf ("%s, %s", foreman_reply_json_get_string (artifact, "name"), size);

      print_field ("artifact", text);
    }
}

static void
print_state (JsonObject *job, const ForemanClientOptions *options)
{
  const char *state = foreman_reply_json_get_string (job, "state");
  const char *color = options->use_color && state != NULL ? get_state_color (state) : NULL;

  if (color != NULL)
    printf ("%-12s  \033[%sm%s\033[0m\n", "state", color, state);
  else
    print_field ("state", state);
}

/**
 * foreman_job_view_print:
 * @job: a job object
 * @options: how
 * @now: the present, µs UTC
 *
 * Prints all that matters about one job.
 */
void
foreman_job_view_print (JsonObject *job, const ForemanClientOptions *options, gint64 now)
{
  g_autofree char *tokens = get_tokens (job);
  g_autofree char *attempts = g_strdup_printf ("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT,
                                               foreman_reply_json_get_int (job, "attempt"),
                                               foreman_reply_json_get_int (job, "max_attempts"));
  g_autofree char *priority =
      g_strdup_printf ("%" G_GINT64_FORMAT, foreman_reply_json_get_int (job, "priority"));
  g_autofree char *position =
      foreman_reply_json_get_int (job, "position") > 0
          ? g_strdup_printf ("%" G_GINT64_FORMAT, foreman_reply_json_get_int (job, "position"))
          : NULL;

  print_field ("id", foreman_reply_json_get_string (job, "job_id"));
  print_state (job, options);
  print_field ("reason", foreman_reply_json_get_string (job, "reason"));
  print_field ("error", foreman_reply_json_get_string (job, "error"));
  print_field ("code", foreman_reply_json_get_string (job, "error_code"));
  print_field ("model", foreman_reply_json_get_string (job, "model"));
  print_field ("endpoint", foreman_reply_json_get_string (job, "endpoint"));
  print_field ("group", foreman_reply_json_get_string (job, "group"));
  print_labels (foreman_reply_json_get_object (job, "labels"));
  print_field ("priority", priority);
  print_field ("position", position);
  print_field ("failures", attempts);
  print_time (job, "created_at", "created", now);
  print_time (job, "run_at", "not before", now);
  print_time (job, "started_at", "started", now);
  print_time (job, "finished_at", "finished", now);
  print_time (job, "expires_at", "kept until", now);
  print_seconds (job, "queue_seconds", "waited");
  print_seconds (job, "load_seconds", "loaded");
  print_seconds (job, "run_seconds", "ran");
  print_field ("tokens", tokens);
  print_artifacts (foreman_reply_json_get_array (job, "artifacts"));
}

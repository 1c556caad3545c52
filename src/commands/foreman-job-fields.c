/* SPDX-License-Identifier: MIT */
#include "commands/foreman-job-fields.h"

#include <string.h>

#include "commands/foreman-human.h"
#include "commands/foreman-json-text.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-ulid.h"

/**
 * foreman_job_fields_add_options:
 * @fields: gets what is given
 * @context: gets the options for all fields
 *
 * Makes a command take them.
 */
void
foreman_job_fields_add_options (ForemanJobFields *fields, GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "endpoint", 0, 0, G_OPTION_ARG_STRING, &fields->endpoint,
      "Where the request goes (/api/chat)", "PATH" },
    { "group", 'g', 0, G_OPTION_ARG_STRING, &fields->group,
      "What it belongs to, to wait for and collect together", "NAME" },
    { "priority", 0, 0, G_OPTION_ARG_STRING, &fields->priority, "-100 to 100; higher first", "N" },
    { "delay", 0, 0, G_OPTION_ARG_STRING, &fields->delay, "Not before so long from now: 90m",
      "TIME" },
    { "run-at", 0, 0, G_OPTION_ARG_STRING, &fields->run_at,
      "Not before: 22:00, 2026-12-24T06:00:00Z", "WHEN" },
    { "after", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fields->after,
      "Not before these jobs are done; by commas, or again", "ID" },
    { "label", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fields->labels, "A label; may be given again",
      "NAME=VALUE" },
    { "webhook", 0, 0, G_OPTION_ARG_STRING, &fields->webhook, "Where changes of state are told",
      "URL" },
    { "max-attempts", 0, 0, G_OPTION_ARG_STRING, &fields->max_attempts,
      "How often it may fail before it has failed", "N" },
    { "timeout", 0, 0, G_OPTION_ARG_STRING, &fields->timeout, "How long one attempt may take",
      "TIME" },
    { "ttl", 0, 0, G_OPTION_ARG_STRING, &fields->ttl, "How long it is kept when it is over",
      "TIME" },
    { "if-missing", 0, 0, G_OPTION_ARG_STRING, &fields->if_missing,
      "When the model is not installed: fail or wait", "WHAT" },
    { "idempotency-key", 0, 0, G_OPTION_ARG_STRING, &fields->idempotency_key,
      "The same key with the same request is the same job", "KEY" },
    G_OPTION_ENTRY_NULL,
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static gboolean
check_number (const char *text, const char *name, GError **error)
{
  if (text == NULL || g_ascii_string_to_signed (text, 10, -1000, 1000, NULL, NULL))
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST, "%s is a whole number", name);
  return FALSE;
}

static gboolean
check_labels (const GStrv labels, GError **error)
{
  for (gsize i = 0; labels != NULL && labels[i] != NULL; i++)
    if (strchr (labels[i], '=') == NULL || labels[i][0] == '=')
      {
        g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                     "a label is NAME=VALUE, not \"%s\"", labels[i]);
        return FALSE;
      }
  return TRUE;
}

/* `--after A,B --after C` is three ids. */
static gboolean
split_after (ForemanJobFields *fields, GError **error)
{
  g_autofree char *joined = fields->after != NULL ? g_strjoinv (",", fields->after) : NULL;

  if (joined == NULL)
    return TRUE;
  g_strfreev (fields->after);
  fields->after = g_strsplit (joined, ",", -1);
  for (gsize i = 0; fields->after[i] != NULL; i++)
    if (!foreman_ulid_is_valid (fields->after[i]))
      {
        g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                     "--after takes ids of jobs, and \"%s\" is none", fields->after[i]);
        return FALSE;
      }
  return TRUE;
}

/**
 * foreman_job_fields_check:
 * @fields: what was given
 * @error: return location for an error
 *
 * Brings it into the form that foreman takes. What the values mean is foreman's to judge.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST for what cannot be written as JSON
 */
gboolean
foreman_job_fields_check (ForemanJobFields *fields, GError **error)
{
  if (!check_number (fields->priority, "--priority", error) ||
      !check_number (fields->max_attempts, "--max-attempts", error) ||
      !check_labels (fields->labels, error) || !split_after (fields, error))
    return FALSE;
  if (fields->run_at != NULL)
    {
      g_autoptr (GDateTime) now = g_date_time_new_now_local ();
      char *time = foreman_human_read_time (fields->run_at, now);

      g_free (fields->run_at);
      fields->run_at = time;
    }
  return TRUE;
}

static void
append_number (GString *json, const char *name, const char *number)
{
  gint64 value;

  if (number == NULL ||
      !g_ascii_string_to_signed (number, 10, G_MININT64, G_MAXINT64, &value, NULL))
    return;
  foreman_json_text_begin_member (json, name);
  g_string_append_printf (json, "%" G_GINT64_FORMAT, value);
}

static void
append_labels (GString *json, const GStrv labels)
{
  if (labels == NULL)
    return;
  foreman_json_text_begin_member (json, "labels");
  g_string_append_c (json, '{');
  for (gsize i = 0; labels[i] != NULL; i++)
    {
      const char *equals = strchr (labels[i], '=');
      g_autofree char *name = g_strndup (labels[i], equals - labels[i]);

      foreman_json_text_append_member (json, name, equals + 1);
    }
  g_string_append_c (json, '}');
}

static void
append_after (GString *json, const GStrv after)
{
  if (after == NULL)
    return;
  foreman_json_text_begin_member (json, "after");
  g_string_append_c (json, '[');
  for (gsize i = 0; after[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      foreman_json_text_append_string (json, after[i]);
    }
  g_string_append_c (json, ']');
}

/**
 * foreman_job_fields_append:
 * @fields: what was given, checked
 * @json: members of an object so far
 *
 * Appends a member for each but the idempotency key, which is another for each job.
 */
void
foreman_job_fields_append (const ForemanJobFields *fields, GString *json)
{
  foreman_json_text_append_member (json, "endpoint", fields->endpoint);
  foreman_json_text_append_member (json, "group", fields->group);
  append_number (json, "priority", fields->priority);
  foreman_json_text_append_member (json, "delay", fields->delay);
  foreman_json_text_append_member (json, "run_at", fields->run_at);
  append_after (json, fields->after);
  append_labels (json, fields->labels);
  foreman_json_text_append_member (json, "state_webhook_url", fields->webhook);
  append_number (json, "max_attempts", fields->max_attempts);
  foreman_json_text_append_member (json, "timeout", fields->timeout);
  foreman_json_text_append_member (json, "ttl", fields->ttl);
  foreman_json_text_append_member (json, "if_missing", fields->if_missing);
}

/**
 * foreman_job_fields_clear:
 * @fields: what is freed
 */
void
foreman_job_fields_clear (ForemanJobFields *fields)
{
  g_free (fields->endpoint);
  g_free (fields->group);
  g_free (fields->priority);
  g_free (fields->delay);
  g_free (fields->run_at);
  g_strfreev (fields->after);
  g_strfreev (fields->labels);
  g_free (fields->webhook);
  g_free (fields->max_attempts);
  g_free (fields->timeout);
  g_free (fields->ttl);
  g_free (fields->if_missing);
  g_free (fields->idempotency_key);
  *fields = (ForemanJobFields){ NULL };
}

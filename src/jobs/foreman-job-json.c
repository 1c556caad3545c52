/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-json.h"

static void
append_name (GString *json, const char *name)
{
  g_string_append_printf (json, ",\"%s\":", name);
}

static void
append_member (GString *json, const char *name, const char *text)
{
  append_name (json, name);
  foreman_job_json_append_string (json, text);
}

static void
append_time_member (GString *json, const char *name, gint64 time)
{
  append_name (json, name);
  foreman_job_json_append_time (json, time);
}

static void
append_int (GString *json, const char *name, gint64 number)
{
  append_name (json, name);
  g_string_append_printf (json, "%" G_GINT64_FORMAT, number);
}

/* A number of which @none stands for there being none. */
static void
append_int_or_null (GString *json, const char *name, gint64 number, gint64 none)
{
  append_name (json, name);
  if (number != none)
    g_string_append_printf (json, "%" G_GINT64_FORMAT, number);
  else
    g_string_append (json, "null");
}

static void
append_seconds (GString *json, const char *name, gint64 duration)
{
  append_name (json, name);
  duration = MAX (duration, 0);
  g_string_append_printf (json, "%" G_GINT64_FORMAT ".%06d", duration / G_USEC_PER_SEC,
                          (int) (duration % G_USEC_PER_SEC));
}

static void
append_state (GString *json, const char *name, int state)
{
  append_member (json, name, state >= 0 ? foreman_job_state_to_string (state) : "");
}

static void
append_labels (GString *json, const ForemanJobRecord *job)
{
  append_name (json, "labels");
  g_string_append_c (json, '{');
  for (guint i = 0; job->labels != NULL && job->labels[i] != NULL; i += 2)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      foreman_job_json_append_string (json, job->labels[i]);
      g_string_append_c (json, ':');
      foreman_job_json_append_string (json, job->labels[i + 1]);
    }
  g_string_append_c (json, '}');
}

static void
append_artifact (GString *json,
                 const ForemanJobRecord *job,
                 const ForemanArtifact *artifact,
                 const char *prefix)
{
  g_autoptr (GString) url = NULL;

  if (artifact->data == NULL)
    {
      url = g_string_new (prefix);
      g_string_append_printf (url, "/jobs/%s/artifacts/", job->id);
      g_string_append_uri_escaped (url, artifact->name, NULL, FALSE);
    }
  g_string_append (json, "{\"name\":");
  foreman_job_json_append_string (json, artifact->name);
  append_member (json, "content_type", artifact->content_type);
  append_int (json, "size", artifact->size);
  append_name (json, "inline");
  foreman_job_json_append_inline (json, artifact);
  append_member (json, "url", url != NULL ? url->str : NULL);
  g_string_append_c (json, '}');
}

/* The members `result` and `artifacts`. */
static void
append_results (GString *json, const ForemanJobRecord *job, const char *prefix)
{
  const ForemanArtifact *completion =
      job->state == FOREMAN_JOB_DONE ? foreman_job_record_find_artifact (job, "completion") : NULL;

  append_name (json, "result");
  if (completion != NULL)
    foreman_job_json_append_inline (json, completion);
  else
    g_string_append (json, "null");

  append_name (json, "artifacts");
  g_string_append_c (json, '[');
  for (guint i = 0; i < job->artifacts->len; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      append_artifact (json, job, job->artifacts->pdata[i], prefix);
    }
  g_string_append_c (json, ']');
}

static void
append_usage (GString *json, const ForemanJobRecord *job)
{
  append_name (json, "usage");
  if (job->prompt_tokens < 0 && job->completion_tokens < 0)
    {
      g_string_append (json, "null");
      return;
    }
  g_string_append (json, "{\"prompt_tokens\":");
  g_string_append_printf (json, "%" G_GINT64_FORMAT, MAX (job->prompt_tokens, 0));
  append_int (json, "completion_tokens", MAX (job->completion_tokens, 0));
  g_string_append_c (json, '}');
}

static void
append_webhook (GString *json, const ForemanJobRecord *job)
{
  append_name (json, "webhook");
  g_string_append_printf (json, "{\"pending\":%d", job->webhook_pending);
  append_int_or_null (json, "last_status", job->webhook_last_status, 0);
  g_string_append_c (json, '}');
}

/* From `job_id` to `position`: what it is and where it stands. */
static void
append_standing (GString *json, const ForemanJobRecord *job)
{
  g_string_append (json, "\"job_id\":");
  foreman_job_json_append_string (json, job->id);
  append_state (json, "state", job->state);
  append_state (json, "previous_state", job->previous_state);
  append_member (json, "reason", job->reason);
  append_member (json, "endpoint", job->endpoint);
  append_member (json, "model", job->model);
  append_member (json, "group", job->group);
  append_int (json, "priority", job->priority);
  append_int (json, "attempt", job->attempt);
  append_int (json, "max_attempts", job->max_attempts);
  append_int (json, "crashes", job->crashes);
  append_int_or_null (json, "position", job->position, -1);
}

/**
 * foreman_job_json_append:
 * @json: where to append
 * @job: a job
 * @prefix: (nullable): `/as/TOKEN`, which comes before every url
 *
 * Appends the job object of job-api.md, in one line. Every member is there; what is not known, or
 * never was, is `null`, but a missing `previous_state` is `""`. Durations are seconds. A
 * `last_status` of -1 means that the last delivery did not arrive. Any thread.
 */
void
foreman_job_json_append (GString *json, const ForemanJobRecord *job, const char *prefix)
{
  g_return_if_fail (json != NULL && job != NULL);

  g_string_append_c (json, '{');
  append_standing (json, job);
  append_time_member (json, "created_at", job->created_at);
  append_time_member (json, "run_at", job->run_at);
  append_time_member (json, "started_at", job->started_at);
  append_time_member (json, "finished_at", job->finished_at);
  append_time_member (json, "expires_at", job->expires_at);
  append_labels (json, job);
  append_member (json, "error", job->error);
  append_member (json, "error_code", job->error_code);
  append_int_or_null (json, "http_status", job->http_status, 0);
  append_results (json, job, prefix);
  append_usage (json, job);
  append_seconds (json, "queue_seconds", job->queue_time);
  append_seconds (json, "load_seconds", job->load_time);
  append_seconds (json, "run_seconds", job->run_time);
  append_webhook (json, job);
  g_string_append_c (json, '}');
}

/**
 * foreman_job_json_dup_webhook:
 * @delivery: an event and its job
 *
 * Writes the body of a webhook as job-api.md has it. Results are there only when the event is
 * `done`. Any thread.
 *
 * Returns: (transfer full): the body
 */
char *
foreman_job_json_dup_webhook (const ForemanDelivery *delivery)
{
  const ForemanJobEvent *event = delivery->event;
  GString *json = g_string_new ("{\"job_id\":");

  foreman_job_json_append_string (json, event->job_id);
  append_state (json, "state", event->state);
  append_state (json, "previous_state", event->previous_state);
  append_time_member (json, "timestamp", event->at);
  append_member (json, "model", event->model);
  append_int (json, "attempt", event->attempt);
  append_member (json, "error", event->error);
  if (event->state == FOREMAN_JOB_DONE)
    append_results (json, delivery->job, NULL);
  else
    g_string_append (json, ",\"result\":null,\"artifacts\":null");
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

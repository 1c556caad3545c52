/* SPDX-License-Identifier: MIT */
/* One job as a line of OpenAI's batch output. */
#include "http/foreman-result-line.h"

#include "jobs/foreman-job-json.h"

static gboolean
is_json (const ForemanArtifact *artifact)
{
  return g_str_has_prefix (artifact->content_type, "application/json");
}

static const ForemanArtifact *
find_answer (const ForemanJobRecord *job)
{
  return job->state == FOREMAN_JOB_DONE
             ? foreman_job_record_find_artifact (job, FOREMAN_RESULT_ARTIFACT)
             : NULL;
}

static void
append_error (GString *text, const ForemanJobRecord *job)
{
  const char *code = job->error_code;

  if (!code)
    code = foreman_job_state_to_string (job->state);
  g_string_append (text, "{\"code\":");
  foreman_job_json_append_string (text, code);
  g_string_append (text, ",\"message\":");
  foreman_job_json_append_string (text, job->error ? job->error : code);
  g_string_append_c (text, '}');
}

/**
 * foreman_result_line_begin:
 * @text: where the line is written
 * @job: a job, with its artifacts' data where that is small enough
 *
 * Begins the line of @job: `id` is the job's id, after which a reader can go on. Any thread, as is
 * everything here.
 *
 * Returns: whether its answer has to follow in pieces; otherwise the line is whole
 */
gboolean
foreman_result_line_begin (GString *text, const ForemanJobRecord *job)
{
  const ForemanArtifact *answer = find_answer (job);

  g_string_append_printf (text, "{\"id\":\"%s\",\"custom_id\":", job->id);
  foreman_job_json_append_string (text, job->custom_id);
  if (!answer)
    {
      g_string_append (text, ",\"response\":null,\"error\":");
      append_error (text, job);
      g_string_append (text, "}\n");
      return FALSE;
    }
  g_string_append_printf (text, ",\"response\":{\"status_code\":%d,\"request_id\":\"%s\",\"body\":",
                          job->http_status > 0 ? job->http_status : 200, job->id);
  if (!is_json (answer))
    g_string_append_c (text, '"');
  if (!answer->data)
    return TRUE;
  foreman_result_line_append_piece (text, job, answer->data);
  foreman_result_line_end (text, job);
  return FALSE;
}

/* The bytes of a string, of which a piece may have a part of a character. */
static void
append_escaped (GString *text, const char *data, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (data[i] == '"' || data[i] == '\\')
      g_string_append_printf (text, "\\%c", data[i]);
    else if ((guchar) data[i] < 0x20)
      g_string_append_printf (text, "\\u%04x", data[i]);
    else
      g_string_append_c (text, data[i]);
}

/**
 * foreman_result_line_append_piece:
 * @text: where the line is written
 * @job: the job of the line
 * @piece: the next bytes of its answer
 *
 * Goes on with the line. JSON has line ends between its values only, where they are nothing.
 */
void
foreman_result_line_append_piece (GString *text, const ForemanJobRecord *job, GBytes *piece)
{
  gsize length, start = text->len;
  const char *data = g_bytes_get_data (piece, &length);

  if (!is_json (find_answer (job)))
    {
      append_escaped (text, data, length);
      return;
    }
  g_string_append_len (text, data, length);
  for (gsize i = start; i < text->len; i++)
    if (text->str[i] == '\n' || text->str[i] == '\r')
      text->str[i] = ' ';
}

/**
 * foreman_result_line_end:
 * @text: where the line is written
 * @job: the job of the line
 *
 * Ends the line, once all of the answer was appended.
 */
void
foreman_result_line_end (GString *text, const ForemanJobRecord *job)
{
  if (!is_json (find_answer (job)))
    g_string_append_c (text, '"');
  g_string_append (text, "},\"error\":null}\n");
}

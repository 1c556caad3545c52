/* SPDX-License-Identifier: MIT */
#include "commands/foreman-job-answer.h"

#include <stdio.h>
#include <unistd.h>

#include "commands/foreman-answer-text.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-terminal.h"
#include "libforeman/foreman-error.h"

/**
 * foreman_job_fetch:
 * @client: whom to ask
 * @id: of a job
 * @job: (out): the node of the job object
 * @error: return location for an error
 *
 * Gets a job.
 *
 * Returns: (transfer full) (nullable): the object as foreman wrote it, or %NULL with an error
 */
GBytes *
foreman_job_fetch (ForemanClient *client, const char *id, JsonNode **job, GError **error)
{
  g_autoptr (GString) path = g_string_new ("/jobs/");
  ForemanCall call = { .method = "GET" };
  g_autoptr (GBytes) bytes = NULL;

  g_string_append_uri_escaped (path, id, NULL, FALSE);
  call.path = path->str;
  bytes = foreman_client_call (client, &call, error);
  *job = bytes != NULL ? foreman_reply_json_parse (g_bytes_get_data (bytes, NULL),
                                                   g_bytes_get_size (bytes), error)
                       : NULL;
  return *job != NULL ? g_steal_pointer (&bytes) : NULL;
}

static JsonObject *
find_artifact (JsonObject *job, const char *name)
{
  JsonArray *artifacts = foreman_reply_json_get_array (job, "artifacts");

  for (guint i = 0; artifacts != NULL && i < json_array_get_length (artifacts); i++)
    {
      JsonObject *artifact = foreman_reply_json_get_element (artifacts, i);

      if (g_strcmp0 (foreman_reply_json_get_string (artifact, "name"), name) == 0)
        return artifact;
    }
  return NULL;
}

/**
 * foreman_job_answer_fetch:
 * @client: whom to ask
 * @job: a job object
 * @error: return location for an error
 *
 * Gets the answer of a job, or what of it is there.
 *
 * Returns: (transfer full) (nullable): its bytes, or %NULL with %FOREMAN_ERROR_NOT_FOUND if there
 * are none yet
 */
GBytes *
foreman_job_answer_fetch (ForemanClient *client, JsonObject *job, GError **error)
{
  const char *id = foreman_reply_json_get_string (job, "job_id");
  const char *name = find_artifact (job, "completion") != NULL ? "completion" : "partial";
  g_autofree char *path = g_strdup_printf ("/jobs/%s/artifacts/%s", id, name);
  const ForemanCall call = { .method = "GET", .path = path };

  if (find_artifact (job, name) != NULL)
    return foreman_client_call (client, &call, error);
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND, "job %s has no answer, it is %s", id,
               foreman_reply_json_get_string (job, "state"));
  return NULL;
}

/**
 * foreman_job_answer_fetch_text:
 * @client: whom to ask
 * @job: a job object
 * @error: return location for an error
 *
 * Gets what the model wrote; where that is no text, as embeddings are not, the answer itself.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL with %FOREMAN_ERROR_NOT_FOUND if there is
 * none yet
 */
char *
foreman_job_answer_fetch_text (ForemanClient *client, JsonObject *job, GError **error)
{
  JsonNode *result = json_object_get_member (job, "result");
  g_autoptr (JsonNode) parsed = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *data;
  char *text;
  gsize length;

  if (result != NULL && JSON_NODE_HOLDS_OBJECT (result))
    {
      text = foreman_answer_text_get (result);
      if (text != NULL)
        return text;
    }
  /* what is not read as text is given byte for byte, as json-glib would not write it */
  bytes = foreman_job_answer_fetch (client, job, error);
  if (bytes == NULL)
    return NULL;
  data = g_bytes_get_data (bytes, &length);
  parsed = length > 0 ? foreman_reply_json_parse (data, length, NULL) : NULL;
  text = parsed != NULL ? foreman_answer_text_get (parsed) : NULL;
  return text != NULL ? text : g_strndup (data != NULL ? data : "", length);
}

/**
 * foreman_job_answer_print:
 * @text: what a model wrote, or a part of it
 *
 * Prints it at once; on a terminal without what that would obey.
 */
void
foreman_job_answer_print (const char *text)
{
  g_autofree char *safe =
      foreman_terminal_is (STDOUT_FILENO) ? foreman_text_to_terminal (text) : NULL;

  fputs (safe != NULL ? safe : text, stdout);
  fflush (stdout);
}

/**
 * foreman_job_answer_print_line:
 * @text: what a model wrote, or the rest of it
 *
 * Prints it, and a line feed where it does not end with one.
 */
void
foreman_job_answer_print_line (const char *text)
{
  foreman_job_answer_print (text);
  if (!g_str_has_suffix (text, "\n"))
    puts ("");
}

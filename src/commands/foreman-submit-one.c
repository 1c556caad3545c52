/* SPDX-License-Identifier: MIT */
#include "commands/foreman-submit.h"

#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/foreman-await.h"
#include "commands/foreman-follow.h"
#include "commands/foreman-json-text.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-terminal.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-ulid.h"

#define INPUT_MAX (256 * 1024 * 1024)
#define TRIES     4

/**
 * foreman_submit_read_input:
 * @client: whose Ctrl-C ends it
 * @length: (out): how much it was, in bytes
 * @error: return location for an error
 *
 * Reads all of stdin.
 *
 * Returns: (transfer full) (nullable): what came, terminated, or %NULL with an error
 */
char *
foreman_submit_read_input (ForemanClient *client, gsize *length, GError **error)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GString) text = g_string_new (NULL);

  while (text->len < INPUT_MAX)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GBytes) piece = NULL;

      g_input_stream_read_bytes_async (input, 64 * 1024, G_PRIORITY_DEFAULT,
                                       foreman_client_get_cancellable (client), foreman_await_ready,
                                       &result);
      foreman_await (&result, FOREMAN_AWAIT_FOREVER);
      piece = g_input_stream_read_bytes_finish (input, result, error);
      if (piece == NULL)
        return NULL;
      if (g_bytes_get_size (piece) == 0)
        {
          *length = text->len;
          return g_string_free (g_steal_pointer (&text), FALSE);
        }
      g_string_append_len (text, g_bytes_get_data (piece, NULL), (gssize) g_bytes_get_size (piece));
    }
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE, "stdin is too long");
  return NULL;
}

/* Stdin and then the words, as "ollama run" has it. */
static char *
read_prompt (const ForemanSubmit *submit, ForemanClient *client, GError **error)
{
  g_autofree char *words = g_strjoinv (" ", submit->words);
  g_autofree char *input = NULL;
  gsize length = 0;

  if (!foreman_terminal_is (STDIN_FILENO))
    {
      input = foreman_submit_read_input (client, &length, error);
      if (input == NULL)
        return NULL;
    }
  if (length > 0 && *words != '\0')
    return g_strconcat (input, " ", words, NULL);
  if (length > 0)
    return g_steal_pointer (&input);
  if (*words != '\0')
    return g_steal_pointer (&words);
  g_set_error_literal (
      error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
      "a prompt is missing, as in foreman submit llama3.2 \"Why is the sky blue?\"");
  return NULL;
}

static char *
read_file (const ForemanSubmit *submit, ForemanClient *client, gsize *length, GError **error)
{
  char *text = NULL;

  if (g_str_equal (submit->file, "-"))
    return foreman_submit_read_input (client, length, error);
  return g_file_get_contents (submit->file, &text, length, error) ? text : NULL;
}

/* Returns: (transfer full) (nullable): the request, with the fields of the job */
static char *
make_body (const ForemanSubmit *submit, ForemanClient *client, GError **error)
{
  g_autoptr (GString) members = g_string_new (NULL);
  g_autofree char *key = foreman_ulid_new_string ();
  g_autofree char *request = NULL;
  g_autofree char *prompt = NULL;
  g_autoptr (JsonNode) root = NULL;
  gsize length = 0;
  char *body;

  if (submit->file != NULL)
    request = read_file (submit, client, &length, error);
  else if ((prompt = read_prompt (submit, client, error)) != NULL)
    request = foreman_submit_make_request (submit, prompt);
  if (request == NULL)
    return NULL;
  length = submit->file != NULL ? length : strlen (request);
  root = foreman_reply_json_parse (request, length, error);
  if (root == NULL)
    return NULL;
  foreman_job_fields_append (&submit->fields, members);
  if (submit->file != NULL)
    foreman_json_text_append_member (members, "model", submit->model);
  if (submit->fields.idempotency_key != NULL)
    foreman_json_text_append_member (members, "idempotency_key", submit->fields.idempotency_key);
  else if (!json_object_has_member (json_node_get_object (root), "idempotency_key"))
    /* so that it may be sent again when nobody knows whether it arrived */
    foreman_json_text_append_member (members, "idempotency_key", key);
  body = foreman_json_text_add_members (request, length, members->str);
  if (body == NULL)
    g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                         "the request is no JSON object");
  return body;
}

/* Sent again when the connection broke off after it was sent. */
static JsonNode *
post (ForemanClient *client, GBytes *body, GError **error)
{
  const ForemanCall call = {
    .method = "POST", .path = "/jobs", .content_type = "application/json", .body = body
  };

  for (guint try = 1;; try++)
    {
      g_autoptr (GError) failure = NULL;
      JsonNode *reply = foreman_client_call_json (client, &call, &failure);

      if (reply != NULL)
        return reply;
      if (try == TRIES || foreman_error_is_unreachable (failure) ||
          !g_error_matches (failure, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }
      foreman_await_time (try * G_USEC_PER_SEC, foreman_client_get_cancellable (client));
    }
}

static ForemanFollowStyle
get_style (const ForemanSubmit *submit)
{
  if (submit->common.json)
    return submit->follow ? FOREMAN_FOLLOW_JSON_STREAM : FOREMAN_FOLLOW_JSON;
  return submit->follow ? FOREMAN_FOLLOW_STREAM : FOREMAN_FOLLOW_ANSWER;
}

/**
 * foreman_submit_one:
 * @submit: what was given
 * @client: whom to submit to
 *
 * Submits one job, and waits for it if that was asked for.
 *
 * Returns: the exit code
 */
ForemanExit
foreman_submit_one (ForemanSubmit *submit, ForemanClient *client)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = make_body (submit, client, &error);
  g_autoptr (GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;
  g_autoptr (JsonNode) reply = bytes != NULL ? post (client, bytes, &error) : NULL;
  const char *id;

  if (reply == NULL)
    return foreman_client_fail (client, error);
  id = foreman_reply_json_get_string (json_node_get_object (reply), "job_id");
  if (id == NULL)
    {
      g_printerr ("foreman: the answer names no job; is that a foreman?\n");
      return FOREMAN_EXIT_FAILED;
    }
  if (submit->wait || submit->follow)
    return foreman_follow (client, id, get_style (submit));
  if (submit->common.json)
    foreman_print_json (json_node_get_object (reply));
  else
    puts (id);
  return FOREMAN_EXIT_OK;
}

/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client-error.h"

#include "commands/foreman-reply-json.h"
#include "commands/foreman-terminal.h"
#include "libforeman/foreman-error.h"

static ForemanError
from_status (guint status)
{
  switch (status)
    {
    case 400:
      return FOREMAN_ERROR_INVALID_REQUEST;
    case 401:
      return FOREMAN_ERROR_UNAUTHORIZED;
    case 403:
      return FOREMAN_ERROR_FORBIDDEN;
    case 404:
      return FOREMAN_ERROR_NOT_FOUND;
    case 409:
      return FOREMAN_ERROR_CONFLICT;
    case 413:
      return FOREMAN_ERROR_TOO_LARGE;
    case 429:
      return FOREMAN_ERROR_RATE_LIMITED;
    case 507:
      return FOREMAN_ERROR_STORAGE_FULL;
    default:
      return FOREMAN_ERROR_FAILED;
    }
}

static ForemanError
from_code (const char *code, guint status)
{
  for (guint i = 0; code != NULL && i < FOREMAN_N_ERRORS; i++)
    if (g_str_equal (code, foreman_error_to_code (i)))
      /* a connection that broke off is one to foreman; this is what foreman says of another */
      return i == FOREMAN_ERROR_CONNECTION ? FOREMAN_ERROR_HTTP : (ForemanError) i;
  return from_status (status);
}

/**
 * foreman_client_error_new_answer:
 * @status: a status of 400 or more
 * @body: (array length=length): what came with it
 * @length: how long that is
 *
 * What an answer says that is an error: foreman's own words and its hint, in one line. The shapes
 * of Ollama and OpenAI are understood too.
 *
 * Returns: (transfer full): an error of the domain %FOREMAN_ERROR
 */
GError *
foreman_client_error_new_answer (guint status, const char *body, gsize length)
{
  g_autoptr (JsonNode) root = foreman_reply_json_parse (body, length, NULL);
  JsonObject *object = root != NULL ? json_node_get_object (root) : NULL;
  const char *message = foreman_reply_json_get_string (object, "error");
  const char *hint = foreman_reply_json_get_string (object, "hint");
  const char *code = foreman_reply_json_get_string (object, "code");
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;

  if (message == NULL)
    message =
        foreman_reply_json_get_string (foreman_reply_json_get_object (object, "error"), "message");
  if (hint == NULL && status == 401)
    hint = "\"foreman login URL\" saves a token, FOREMAN_TOKEN is one";
  if (message == NULL)
    text = g_strdup_printf ("the server answered with status %u; is it a foreman?", status);
  else if (hint != NULL && *hint != '\0')
    text = g_strdup_printf ("%s; %s", message, hint);
  else
    text = g_strdup (message);
  line = foreman_text_to_line (text);
  return g_error_new_literal (FOREMAN_ERROR, from_code (code, status), line);
}

/**
 * foreman_client_error_get_exit:
 * @error: any error
 *
 * Returns: the exit code for it
 */
ForemanExit
foreman_client_error_get_exit (const GError *error)
{
  if (error->domain != FOREMAN_ERROR)
    return FOREMAN_EXIT_FAILED;
  switch ((ForemanError) error->code)
    {
    case FOREMAN_ERROR_INVALID_REQUEST:
      return FOREMAN_EXIT_USAGE;
    case FOREMAN_ERROR_NOT_FOUND:
      return FOREMAN_EXIT_NOT_FOUND;
    case FOREMAN_ERROR_TIMEOUT:
      return FOREMAN_EXIT_TIMEOUT;
    case FOREMAN_ERROR_UNAUTHORIZED:
    case FOREMAN_ERROR_FORBIDDEN:
      return FOREMAN_EXIT_DENIED;
    case FOREMAN_ERROR_CONNECTION:
      return FOREMAN_EXIT_NO_DAEMON;
    case FOREMAN_ERROR_QUEUE_FULL:
    case FOREMAN_ERROR_STORAGE_FULL:
    case FOREMAN_ERROR_RATE_LIMITED:
      return FOREMAN_EXIT_QUEUE_FULL;
    case FOREMAN_ERROR_INVALID_CONFIG:
      return FOREMAN_EXIT_CONFIG;
    default:
      return FOREMAN_EXIT_FAILED;
    }
}

/**
 * foreman_client_error_is_passing:
 * @error: any error
 *
 * Returns: whether the same call may well work in a moment
 */
gboolean
foreman_client_error_is_passing (const GError *error)
{
  return g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION) ||
         g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING) ||
         g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE) ||
         g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL) ||
         g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_RATE_LIMITED);
}

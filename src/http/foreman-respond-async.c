/* SPDX-License-Identifier: MIT */
#include "http/foreman-respond-async.h"

#include "http/foreman-router.h"
#include "http/foreman-submit.h"

#include <string.h>

#define PREFERENCE "respond-async"

/* RFC 7240: preferences have commas between, also inside of quotes; what follows a name is no
 * matter here. */
static gboolean
list_has_preference (const char *list)
{
  gboolean quoted = FALSE;

  for (;;)
    {
      gsize length;

      list += strspn (list, ", \t");
      length = strcspn (list, ",;= \t");
      if (length == strlen (PREFERENCE) && g_ascii_strncasecmp (list, PREFERENCE, length) == 0)
        return TRUE;
      for (; *list != '\0' && (quoted || *list != ','); list++)
        if (*list == '"')
          quoted = !quoted;
        else if (*list == '\\' && quoted && list[1] != '\0')
          list++;
      if (*list == '\0')
        return FALSE;
    }
}

/**
 * foreman_respond_async_is_preferred:
 * @head: a request's head
 *
 * Any thread.
 *
 * Returns: whether the client would rather have a job: `Prefer: respond-async`
 */
gboolean
foreman_respond_async_is_preferred (const ForemanHead *head)
{
  const char *name, *value;

  for (guint i = 0; i < foreman_head_get_n (head); i++)
    {
      foreman_head_nth (head, i, &name, &value);
      if (g_ascii_strcasecmp (name, "prefer") == 0 && list_has_preference (value))
        return TRUE;
    }
  return FALSE;
}

/**
 * foreman_respond_async_admit:
 * @exchange: an exchange whose answer has not begun
 *
 * A job takes more than to be answered. Main thread.
 *
 * Returns: whether the caller may submit jobs; otherwise that was answered
 */
gboolean
foreman_respond_async_admit (ForemanExchange *exchange)
{
  ForemanCaller *caller = foreman_exchange_get_caller (exchange);
  g_autofree char *message = NULL;

  if (foreman_caller_may (caller, FOREMAN_SCOPE_JOBS))
    return TRUE;
  message = foreman_caller_dup_scope_message (caller, FOREMAN_SCOPE_JOBS);
  foreman_exchange_answer_error (exchange, 403, FOREMAN_ERROR_FORBIDDEN, message, NULL);
  return FALSE;
}

static const char *
get_header (gpointer data, const char *name)
{
  return foreman_head_get (data, name);
}

/**
 * foreman_respond_async_run:
 * @exchange: an exchange of an inference route
 * @body: its body, decoded
 *
 * Makes a job of an inference request. Main thread.
 */
void
foreman_respond_async_run (ForemanExchange *exchange, GBytes *body)
{
  const ForemanRoute *route = foreman_exchange_get_record (exchange)->route;
  gsize length;
  gconstpointer data = g_bytes_get_data (body, &length);
  /* The store's thread must not free what counts on this one as buffered. */
  g_autoptr (GBytes) request = g_bytes_new (data, length);
  ForemanSubmissionDefaults defaults;
  ForemanSubmission *submission = NULL;
  g_autoptr (GError) error = NULL;

  if (foreman_submit_get_defaults (exchange, &defaults, &error))
    submission = foreman_submission_read_headers (&defaults, route->endpoint, request, get_header,
                                                  foreman_exchange_get_head (exchange), &error);
  if (submission)
    foreman_submit_run (exchange, submission);
  else
    foreman_exchange_answer_failure (exchange, error);
}

/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-submission-reader.h"

#include "engine/foreman-inference-peek.h"
#include "engine/foreman-json-splice.h"
#include "jobs/foreman-submission-fields-private.h"
#include "jobs/foreman-submission-values-private.h"
#include "libforeman/foreman-error.h"

#include <string.h>

/* The members of a line of OpenAI's batch input. */
enum
{
  CUSTOM_ID,
  METHOD,
  URL,
  BODY,
  N_BATCH,
};

static const char *const batch_names[N_BATCH] = {
  [CUSTOM_ID] = "custom_id",
  [METHOD] = "method",
  [URL] = "url",
  [BODY] = "body",
};

#define CUSTOM_ID_MAX 512

/* The members of an object that mean something to foreman: the extension fields, and behind them
 * those of a batch line. */
typedef struct
{
  const char *data;
  ForemanJsonSpan spans[FOREMAN_N_SUBMISSION_FIELDS + N_BATCH];
} Members;

static const ForemanJsonSpan *
batch_of (const Members *members)
{
  return members->spans + FOREMAN_N_SUBMISSION_FIELDS;
}

static gboolean
members_scan (Members *members, const char *data, gsize length, GError **error)
{
  const char *names[G_N_ELEMENTS (members->spans) + 1] = { NULL };

  for (guint i = 0; i < FOREMAN_N_SUBMISSION_FIELDS; i++)
    names[i] = foreman_submission_field_get_name (i);
  for (guint i = 0; i < N_BATCH; i++)
    names[FOREMAN_N_SUBMISSION_FIELDS + i] = batch_names[i];
  members->data = data;
  if (length > 0 && !g_utf8_validate_len (data, length, NULL))
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                           "the body is not valid UTF-8");
      return FALSE;
    }
  return foreman_json_scan_whole (data, length, names, members->spans, error);
}

static ForemanSubmission *
submission_new (const ForemanSubmissionDefaults *defaults)
{
  ForemanSubmission *submission = foreman_submission_new ();

  submission->submitter = g_strdup (defaults->submitter);
  submission->sees_all = defaults->sees_all;
  submission->endpoint = g_strdup (foreman_endpoint_get_path (FOREMAN_ENDPOINT_CHAT));
  submission->max_attempts = defaults->max_attempts;
  submission->timeout = defaults->timeout;
  submission->ttl = defaults->ttl;
  submission->idempotency_key = g_strdup (defaults->idempotency_key);
  return submission;
}

static gboolean
take_request (ForemanSubmission *submission, GBytes *request, GError **error)
{
  g_autoptr (ForemanInferencePeek) peek = NULL;
  g_autofree char *key = NULL;
  ForemanEndpoint endpoint = FOREMAN_ENDPOINT_OTHER;
  gsize length;
  const char *data = g_bytes_get_data (request, &length);

  foreman_endpoint_from_path (submission->endpoint, &endpoint);
  peek = foreman_inference_peek (endpoint, data, length);
  if (peek->name == NULL)
    {
      g_propagate_error (
          error,
          foreman_error_new_field ("model", "model must be the name of a model, such as qwen3:8b"));
      return FALSE;
    }
  key = foreman_model_name_to_key (peek->name);
  foreman_submission_set_request (submission, peek->model, key, request);
  return TRUE;
}

static gboolean
finish (ForemanSubmission *submission,
        const ForemanSubmissionDefaults *defaults,
        GBytes *request,
        GError **error)
{
  if (submission->delay != 0 && submission->run_at != 0)
    {
      g_propagate_error (error, foreman_error_new_field ("run_at", "run_at and delay exclude each "
                                                                   "other: give one of them"));
      return FALSE;
    }
  submission->priority = MIN (submission->priority, defaults->max_priority);
  return take_request (submission, request, error);
}

/* Returns: (transfer full) (nullable): without the extension fields that are there */
static GBytes *
cut_fields (const Members *members, gsize length, GError **error)
{
  ForemanJsonEdit edits[FOREMAN_N_SUBMISSION_FIELDS] = { { NULL } };
  guint n_edits = 0;

  for (guint i = 0; i < FOREMAN_N_SUBMISSION_FIELDS; i++)
    if (members->spans[i].length > 0)
      edits[n_edits++].name = foreman_submission_field_get_name (i);
  return n_edits > 0 ? foreman_json_splice (members->data, length, edits, n_edits, error)
                     : g_bytes_new (members->data, length);
}

static ForemanSubmission *
read_own (const ForemanSubmissionDefaults *defaults,
          const Members *members,
          gsize length,
          GError **error)
{
  g_autoptr (ForemanSubmission) submission = submission_new (defaults);
  g_autoptr (GBytes) request = NULL;

  if (!foreman_submission_fields_take_json (submission, members->data, members->spans, error))
    return NULL;
  request = cut_fields (members, length, error);
  if (request == NULL || !finish (submission, defaults, request, error))
    return NULL;
  return g_steal_pointer (&submission);
}

/**
 * foreman_submission_read_body:
 * @defaults: who submits, and what holds where nothing is said
 * @data: (array length=length): the body of `POST /jobs`
 * @length: its length in bytes
 * @error: return location for an error
 *
 * Reads a request for an endpoint with extension fields among its members. They are found as Go's
 * decoder finds them, and cut out; every other byte stays. Any thread.
 *
 * Returns: (transfer full): what is to become a job, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST,
 * of which foreman_error_get_field() may know the field
 */
ForemanSubmission *
foreman_submission_read_body (const ForemanSubmissionDefaults *defaults,
                              const char *data,
                              gsize length,
                              GError **error)
{
  Members members;

  return members_scan (&members, data, length, error) ? read_own (defaults, &members, length, error)
                                                      : NULL;
}

static gboolean
is_given (const Members *members, guint which)
{
  ForemanJsonSpan span = batch_of (members)[which];

  return span.length > 0 && !foreman_json_span_is_null (members->data, span);
}

/* Returns: (transfer full) (nullable): %NULL with an error that says what it must be */
static char *
dup_batch_string (const Members *members, guint which, const char *allowed, GError **error)
{
  char *text = foreman_json_span_dup_string (members->data, batch_of (members)[which]);

  if (text == NULL)
    g_propagate_error (error, foreman_error_new_field (batch_names[which], "%s must be %s",
                                                       batch_names[which], allowed));
  return text;
}

static gboolean
take_custom_id (ForemanSubmission *submission, const Members *members, GError **error)
{
  if (!is_given (members, CUSTOM_ID))
    return TRUE;
  submission->custom_id = dup_batch_string (members, CUSTOM_ID, "a string", error);
  if (submission->custom_id == NULL)
    return FALSE;
  if (g_utf8_strlen (submission->custom_id, -1) <= CUSTOM_ID_MAX)
    return TRUE;
  g_propagate_error (error, foreman_error_new_field (
                                "custom_id", "custom_id must be a string of up to 512 characters"));
  return FALSE;
}

static gboolean
take_url (ForemanSubmission *submission, const Members *members, GError **error)
{
  g_autofree char *method = NULL;
  g_autofree char *url = dup_batch_string (members, URL, "the path of an endpoint", error);
  const char *values[] = { url, NULL };

  if (url == NULL || !foreman_submission_take_endpoint (submission, "url", values, error))
    return FALSE;
  if (!is_given (members, METHOD))
    return TRUE;
  method = dup_batch_string (members, METHOD, "POST", error);
  if (method == NULL || g_str_equal (method, "POST"))
    return method != NULL;
  g_propagate_error (error, foreman_error_new_field ("method", "method must be POST"));
  return FALSE;
}

static ForemanSubmission *
read_batch (const ForemanSubmissionDefaults *defaults, const Members *members, GError **error)
{
  g_autoptr (ForemanSubmission) submission = submission_new (defaults);
  ForemanJsonSpan body = batch_of (members)[BODY];
  g_autoptr (GBytes) request = NULL;

  if (!foreman_submission_fields_take_json (submission, members->data, members->spans, error) ||
      !take_url (submission, members, error) || !take_custom_id (submission, members, error))
    return NULL;
  if (!foreman_json_span_is_object (members->data, body))
    {
      g_propagate_error (error, foreman_error_new_field ("body", "body must be an object"));
      return NULL;
    }
  request = g_bytes_new (members->data + body.offset, body.length);
  if (!finish (submission, defaults, request, error))
    return NULL;
  return g_steal_pointer (&submission);
}

/**
 * foreman_submission_read_line:
 * @defaults: who submits, and what holds where nothing is said
 * @data: (array length=length): a line of a bulk submission
 * @length: its length in bytes
 * @error: return location for an error
 *
 * Reads what foreman_submission_read_body() reads, or a line of OpenAI's batch input, which is told
 * by its `url` or `body`; extension fields may stand beside these. Any thread.
 *
 * Returns: (transfer full): what is to become a job, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST
 */
ForemanSubmission *
foreman_submission_read_line (const ForemanSubmissionDefaults *defaults,
                              const char *data,
                              gsize length,
                              GError **error)
{
  Members members;

  if (!members_scan (&members, data, length, error))
    return NULL;
  return is_given (&members, URL) || is_given (&members, BODY)
             ? read_batch (defaults, &members, error)
             : read_own (defaults, &members, length, error);
}

/**
 * foreman_submission_read_headers:
 * @defaults: who submits, and what holds where nothing is said
 * @endpoint: where the request was sent
 * @body: its body, decoded from any Content-Encoding
 * @get_header: (scope call): finds a header
 * @header_data: for @get_header
 * @error: return location for an error
 *
 * Reads a request as the endpoint takes it, with the extension fields in headers. Any thread.
 *
 * Returns: (transfer full): what is to become a job, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST
 */
ForemanSubmission *
foreman_submission_read_headers (const ForemanSubmissionDefaults *defaults,
                                 ForemanEndpoint endpoint,
                                 GBytes *body,
                                 ForemanHeaderFunc get_header,
                                 gpointer header_data,
                                 GError **error)
{
  static const char *const names[] = { NULL };
  g_autoptr (ForemanSubmission) submission = submission_new (defaults);
  gsize length;
  const char *data = g_bytes_get_data (body, &length);

  g_free (submission->endpoint);
  submission->endpoint = g_strdup (foreman_endpoint_get_path (endpoint));
  if (!foreman_json_scan (data != NULL ? data : "", length, names, NULL, error) ||
      !foreman_submission_fields_take_headers (submission, get_header, header_data, error) ||
      !finish (submission, defaults, body, error))
    return NULL;
  return g_steal_pointer (&submission);
}

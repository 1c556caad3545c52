/* SPDX-License-Identifier: MIT */
/* Whatever is submitted: what is accepted is within the contract's bounds, holds no extension field
 * any more, and can be made to stream; what is not has an error. */
#include "engine/foreman-json-scan.h"
#include "jobs/foreman-submission-reader.h"
#include "libforeman/foreman-error.h"

#include <string.h>

#include "fuzz.h"

static const ForemanSubmissionDefaults defaults = {
  .submitter = "local",
  .max_priority = 50,
  .max_attempts = 3,
};

static void
check (ForemanSubmission *submission)
{
  static const char *const names[] = { "priority", "labels", "stream", NULL };
  g_autoptr (GBytes) streamed = NULL;
  ForemanEndpoint endpoint;
  ForemanJsonSpan spans[3];
  g_autoptr (GError) error = NULL;
  const char *data;
  gsize length;

  g_assert_true (submission->priority >= -100 && submission->priority <= 50);
  g_assert_true (submission->max_attempts >= 1 && submission->max_attempts <= 50);
  g_assert_true (submission->delay >= 0 && submission->timeout >= 0 && submission->ttl >= 0);
  g_assert_true (submission->delay == 0 || submission->run_at == 0);
  g_assert_true (submission->labels == NULL || g_strv_length (submission->labels) <= 32);
  g_assert_true ((submission->request_hash != NULL) == (submission->idempotency_key != NULL));
  g_assert_true (foreman_endpoint_from_path (submission->endpoint, &endpoint));

  streamed =
      foreman_submission_dup_streamed (endpoint, submission->model, submission->request, &error);
  g_assert_no_error (error);
  data = g_bytes_get_data (streamed, &length);
  g_assert_true (foreman_json_scan (data, length, names, spans, NULL));
  if (submission->custom_id == NULL && strstr (submission->endpoint, "embed") == NULL)
    g_assert_cmpmem (data + spans[2].offset, spans[2].length, "true", 4);
}

static void
check_own (ForemanSubmission *submission)
{
  static const char *const names[] = { "priority", "labels", "endpoint", NULL };
  ForemanJsonSpan spans[3];
  gsize length;
  const char *data = g_bytes_get_data (submission->request, &length);

  g_assert_true (foreman_json_scan_whole (data, length, names, spans, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (spans); i++)
    g_assert_cmpuint (spans[i].length, ==, 0);
}

static const char *
get_header (gpointer data, const char *name)
{
  return g_str_equal (name, "x-foreman-labels") || g_str_equal (name, "x-foreman-run-at") ? data
                                                                                          : NULL;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  /* of exactly that size, so that a sanitizer sees a step too far */
  g_autofree char *text = g_memdup2 (data, size);
  g_autofree char *header = g_strndup ((const char *) data, size);
  g_autoptr (GBytes) body = g_bytes_new_static ("{\"model\":\"m\"}", 13);
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanSubmission) own =
      foreman_submission_read_body (&defaults, text != NULL ? text : "", size, &error);
  g_autoptr (ForemanSubmission) line = NULL;
  g_autoptr (ForemanSubmission) headed = NULL;

  g_assert_true (own != NULL ||
                 g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST));
  line = foreman_submission_read_line (&defaults, text != NULL ? text : "", size, NULL);
  headed = foreman_submission_read_headers (&defaults, FOREMAN_ENDPOINT_CHAT, body, get_header,
                                            header, NULL);
  if (own != NULL)
    {
      check (own);
      check_own (own);
    }
  if (line != NULL)
    check (line);
  if (headed != NULL)
    check (headed);
  return 0;
}

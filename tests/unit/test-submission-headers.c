/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-submission-reader.h"
#include "libforeman/foreman-error.h"

#include <string.h>

static const ForemanSubmissionDefaults defaults = {
  .submitter = "local",
  .max_priority = 100,
  .max_attempts = 3,
};

/* @data: names and values in turn. */
static const char *
get_header (gpointer data, const char *name)
{
  for (const char *const *header = data; *header != NULL; header += 2)
    if (g_str_equal (header[0], name))
      return header[1];
  return NULL;
}

static ForemanSubmission *
read_request (const char *body, const char *const *headers, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

  return foreman_submission_read_headers (&defaults, FOREMAN_ENDPOINT_V1_MESSAGES, bytes,
                                          get_header, (gpointer) headers, error);
}

static void
test_fields_come_as_headers (void)
{
  static const char body[] = "{\"model\":\"m\",\"group\":\"the target's\"} ";
  static const char *const headers[] = {
    "idempotency-key",
    "k",
    "x-foreman-webhook-url",
    "http://h/",
    "x-foreman-webhook-events",
    "done, failed",
    "x-foreman-group",
    "night",
    "x-foreman-priority",
    "-3",
    "x-foreman-max-attempts",
    "7",
    "x-foreman-run-at",
    "2026-01-31T22:00:00Z",
    "x-foreman-timeout",
    "90s",
    "x-foreman-ttl",
    "0",
    "x-foreman-labels",
    "b=2 ,a = x=y,",
    "x-foreman-if-missing",
    "wait",
    "x-foreman-endpoint",
    "/api/chat",
    NULL,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanSubmission) submission = read_request (body, headers, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (submission->request, NULL),
                   g_bytes_get_size (submission->request), body, strlen (body));
  g_assert_cmpstr (submission->endpoint, ==, "/v1/messages");
  g_assert_cmpstr (submission->idempotency_key, ==, "k");
  g_assert_cmpstr (submission->webhook_url, ==, "http://h/");
  g_assert_cmpuint (submission->webhook_events, ==,
                    1u << FOREMAN_JOB_DONE | 1u << FOREMAN_JOB_FAILED);
  g_assert_cmpstr (submission->group, ==, "night");
  g_assert_cmpint (submission->priority, ==, -3);
  g_assert_cmpint (submission->max_attempts, ==, 7);
  g_assert_cmpint (submission->run_at, ==, G_GINT64_CONSTANT (1769896800000000));
  g_assert_cmpint (submission->timeout, ==, 90 * G_USEC_PER_SEC);
  g_assert_cmpint (submission->ttl, ==, 0);
  g_assert_cmpstrv (submission->labels, ((const char *const[]){ "a", "x=y", "b", "2", NULL }));
  g_assert_true (submission->waits_for_model);
}

static void
test_every_field_has_its_regular_name_too (void)
{
  static const char *const headers[] = { "x-foreman-idempotency-key", "k",
                                         "x-foreman-state-webhook-url", "http://h/", NULL };
  g_autoptr (ForemanSubmission) submission = read_request ("{\"model\":\"m\"}", headers, NULL);

  g_assert_cmpstr (submission->idempotency_key, ==, "k");
  g_assert_cmpstr (submission->webhook_url, ==, "http://h/");
}

static void
test_refusals_name_the_field (void)
{
  static const struct
  {
    const char *body;
    const char *field;
    const char *header[3];
  } cases[] = {
    { "{\"model\":\"m\"}", "priority", { "x-foreman-priority", "high" } },
    { "{\"model\":\"m\"}", "labels", { "x-foreman-labels", "a" } },
    { "{\"model\":\"m\"}", "group", { "x-foreman-group", "\xff" } },
    { "{\"model\":\"m\"}", "after", { "x-foreman-after", "nobody" } },
    { "{\"model\":\"m\"}", "idempotency_key", { "idempotency-key", "" } },
    { "{}", "model", { NULL } },
    { "", NULL, { NULL } },
    { "hello", NULL, { NULL } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_request (cases[i].body, cases[i].header, &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      g_assert_cmpstr (foreman_error_get_field (error), ==, cases[i].field);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/submission-headers/fields", test_fields_come_as_headers);
  g_test_add_func ("/submission-headers/names", test_every_field_has_its_regular_name_too);
  g_test_add_func ("/submission-headers/refusals", test_refusals_name_the_field);
  return g_test_run ();
}

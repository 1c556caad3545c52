/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-submission-reader.h"

#include "libforeman/foreman-error.h"
#include "libforeman/foreman-job-state.h"

#include <string.h>

#define HOUR (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define ID_A "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#define ID_B "01ARZ3NDEKTSV4RRFFQ69G5FAW"

static const ForemanSubmissionDefaults defaults = {
  .submitter = "token:night",
  .max_priority = 50,
  .max_attempts = 3,
  .timeout = HOUR,
  .ttl = 30 * 24 * HOUR,
};

static ForemanSubmission *
read_body (const char *json)
{
  g_autoptr (GError) error = NULL;
  ForemanSubmission *submission =
      foreman_submission_read_body (&defaults, json, strlen (json), &error);

  g_assert_no_error (error);
  return submission;
}

static ForemanSubmission *
read_line (const char *json)
{
  g_autoptr (GError) error = NULL;
  ForemanSubmission *submission =
      foreman_submission_read_line (&defaults, json, strlen (json), &error);

  g_assert_no_error (error);
  return submission;
}

static void
assert_request (const ForemanSubmission *submission, const char *expected)
{
  g_assert_cmpmem (g_bytes_get_data (submission->request, NULL),
                   g_bytes_get_size (submission->request), expected, strlen (expected));
}

static void
test_says_nothing_but_the_request (void)
{
  static const char json[] =
      "{ \"model\" : \"qwen3:8B\", \"options\":{\"seed\":1e400},\"x\":0.10 }";
  g_autoptr (ForemanSubmission) submission = read_body (json);

  assert_request (submission, json);
  g_assert_cmpstr (submission->submitter, ==, "token:night");
  g_assert_cmpstr (submission->endpoint, ==, "/api/chat");
  g_assert_cmpstr (submission->model, ==, "qwen3:8B");
  g_assert_cmpint (submission->max_attempts, ==, 3);
  g_assert_false (submission->attempts_given);
  g_assert_cmpint (submission->timeout, ==, HOUR);
  g_assert_cmpint (submission->ttl, ==, 30 * 24 * HOUR);
  g_assert_cmpint (submission->priority, ==, 0);
  g_assert_cmpint (submission->run_at, ==, 0);
  g_assert_cmpint (submission->delay, ==, 0);
  g_assert_cmpuint (submission->webhook_events, ==, 0);
  g_assert_null (submission->group);
  g_assert_null (submission->labels);
  g_assert_null (submission->after);
  g_assert_null (submission->idempotency_key);
  g_assert_null (submission->custom_id);
  g_assert_null (submission->webhook_url);
  g_assert_false (submission->waits_for_model);
}

static void
test_every_field_is_read_and_cut_out (void)
{
  g_autoptr (ForemanSubmission) submission = read_body (
      "{\"endpoint\":\"/v1/chat/completions\",\"model\":\"m\",\"state_webhook_url\":\"http://h/\","
      "\"webhook_events\":[\"done\",\"failed\"],\"group\":\"night\",\"messages\":[],"
      "\"priority\":-7,\"max_attempts\":5,\"delay\":\"1h30m\",\"timeout\":\"2d\",\"ttl\":0,"
      "\"idempotency_key\":\"k\",\"labels\":{\"b\":\"2\",\"a\":\"1\",\"b\":\"3\"},"
      "\"after\":[\"" ID_B "\",\"" ID_A "\",\"" ID_B "\"],\"if_missing\":\"wait\"}");

  assert_request (submission, "{\"model\":\"m\",\"messages\":[]}");
  g_assert_cmpstr (submission->endpoint, ==, "/v1/chat/completions");
  g_assert_cmpstr (submission->webhook_url, ==, "http://h/");
  g_assert_cmpuint (submission->webhook_events, ==,
                    1u << FOREMAN_JOB_DONE | 1u << FOREMAN_JOB_FAILED);
  g_assert_cmpstr (submission->group, ==, "night");
  g_assert_cmpint (submission->priority, ==, -7);
  g_assert_cmpint (submission->max_attempts, ==, 5);
  g_assert_true (submission->attempts_given);
  g_assert_cmpint (submission->delay, ==, HOUR * 3 / 2);
  g_assert_cmpint (submission->timeout, ==, 48 * HOUR);
  g_assert_cmpint (submission->ttl, ==, 0);
  g_assert_cmpstr (submission->idempotency_key, ==, "k");
  g_assert_cmpstrv (submission->labels, ((const char *const[]){ "a", "1", "b", "3", NULL }));
  g_assert_cmpstrv (submission->after, ((const char *const[]){ ID_B, ID_A, NULL }));
  g_assert_true (submission->waits_for_model);
}

static void
test_members_are_found_as_go_finds_them (void)
{
  g_autoptr (ForemanSubmission) submission =
      read_body ("{\"GROUP\":\"a\",\"model\":\"m\",\"group\":\"b\",\"Group\":null,\"label\\u0073\":"
                 "{\"a\":\"1\"},"
                 "\"labels\":null,\"delay\":null,\"nested\":{\"group\":\"c\"}}");

  assert_request (submission, "{\"model\":\"m\",\"nested\":{\"group\":\"c\"}}");
  g_assert_cmpstr (submission->group, ==, "b");
  g_assert_null (submission->labels);
}

static void
test_a_token_caps_the_priority (void)
{
  g_autoptr (ForemanSubmission) high = read_body ("{\"model\":\"m\",\"priority\":100}");
  ForemanSubmissionDefaults low = defaults;
  g_autoptr (ForemanSubmission) none = NULL;

  g_assert_cmpint (high->priority, ==, 50);
  low.max_priority = -10;
  none = foreman_submission_read_body (&low, "{\"model\":\"m\"}", 13, NULL);
  g_assert_cmpint (none->priority, ==, -10);
}

static gint64
run_at (const char *time)
{
  g_autofree char *json = g_strdup_printf ("{\"model\":\"m\",\"run_at\":\"%s\"}", time);
  g_autoptr (ForemanSubmission) submission =
      foreman_submission_read_body (&defaults, json, strlen (json), NULL);

  return submission != NULL ? submission->run_at : -1;
}

static void
test_run_at_is_rfc_3339 (void)
{
  static const char *const bad[] = {
    "2026-01-31",
    "2026-01-31T22:00:00",
    "20260131T220000Z",
    "2026-W05-6T22:00:00Z",
    "2026-02-30T22:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T22:00Z",
    "2026-01-31T22:00:00.Z",
    "2026-01-31T22:00:00+0100",
    "2026-01-31 22:00:00Z",
    "2026-01-31T22:00:00Zjunk",
    "tomorrow",
    "",
    "2026-01-31T22:00:00+01",
    "2026-01-31T22:00:00,5Z",
  };

  g_assert_cmpint (run_at ("2026-01-31T22:00:00Z"), ==, G_GINT64_CONSTANT (1769896800000000));
  g_assert_cmpint (run_at ("2026-01-31t22:00:00z"), ==, G_GINT64_CONSTANT (1769896800000000));
  g_assert_cmpint (run_at ("2026-01-31T23:30:00.25+01:30"), ==,
                   G_GINT64_CONSTANT (1769896800000000) + 250000);
  g_assert_cmpint (run_at ("1969-01-31T22:00:00Z"), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    if (run_at (bad[i]) != -1)
      g_error ("%s was taken for a time", bad[i]);
}

static void
test_refusals_name_the_field (void)
{
  static const struct
  {
    const char *field;
    const char *member;
    const char *allowed;
  } cases[] = {
    { "endpoint", "\"endpoint\":\"/api/tags\"", "/v1/messages" },
    { "endpoint", "\"endpoint\":\"/v1/audio/transcriptions\"", "/api/chat" },
    { "endpoint", "\"endpoint\":7", "a string" },
    { "webhook_events", "\"webhook_events\":[\"done\",\"gone\"]", "cancelled" },
    { "webhook_events", "\"webhook_events\":\"done\"", "an array of strings" },
    { "priority", "\"priority\":101", "from -100 to 100" },
    { "priority", "\"priority\":1.5", "an integer" },
    { "priority", "\"priority\":\"5\"", "an integer" },
    { "max_attempts", "\"max_attempts\":0", "from 1 to 50" },
    { "delay", "\"delay\":30", "a duration such as" },
    { "delay", "\"delay\":\"-1s\"", "a duration such as" },
    { "timeout", "\"timeout\":true", "a string such as" },
    { "ttl", "\"ttl\":\"for ever\"", "a duration such as" },
    { "idempotency_key", "\"idempotency_key\":\"\"", "1 to 255 characters" },
    { "labels", "\"labels\":{\"a\":1}", "an object of strings" },
    { "labels", "\"labels\":[\"a\",\"b\"]", "an object of strings" },
    { "labels", "\"labels\":{\"a:b\":\"1\"}", "without a colon" },
    { "after", "\"after\":[\"01arz3ndektsv4rrffq69g5fav\"]", "job ids" },
    { "if_missing", "\"if_missing\":\"never\"", "fail or wait" },
    { "group", "\"group\":\"a\\u0000b\"", "a string" },
    { "run_at", "\"run_at\":\"2026-01-31T22:00:00Z\",\"delay\":\"1s\"", "exclude each other" },
    { "model", "\"model\":\"a//b\"", "the name of a model" },
    { "model", "\"model\":null", "the name of a model" },
    { NULL, "\"a\":}", "byte 17" },
    { NULL, "\"a\":1}{", "something follows" },
    { NULL, "\"a\":\"\xff\"", "UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean has_model = strstr (cases[i].member, "model") != NULL;
      g_autofree char *json =
          g_strdup_printf ("{%s%s}", has_model ? "" : "\"model\":\"m\",", cases[i].member);
      g_autoptr (GError) error = NULL;

      g_assert_null (foreman_submission_read_body (&defaults, json, strlen (json), &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      g_assert_cmpstr (foreman_error_get_field (error), ==, cases[i].field);
      if (strstr (error->message, cases[i].allowed) == NULL)
        g_error ("%s: %s", cases[i].member, error->message);
    }
}

static void
test_lengths_are_limited (void)
{
  static const struct
  {
    const char *field;
    guint max;
  } cases[] = { { "group", 128 }, { "idempotency_key", 255 }, { "state_webhook_url", 2048 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint excess = 0; excess < 2; excess++)
      {
        g_autoptr (GString) json = g_string_new ("{\"model\":\"m\",\"");
        g_autoptr (ForemanSubmission) submission = NULL;

        g_string_append_printf (json, "%s\":\"", cases[i].field);
        for (guint n = 0; n < cases[i].max + excess; n++)
          g_string_append (json, "\u00e9");
        g_string_append (json, "\"}");
        submission = foreman_submission_read_body (&defaults, json->str, json->len, NULL);
        g_assert_true ((submission != NULL) == (excess == 0));
      }
}

static void
test_no_more_than_16_labels (void)
{
  for (guint n = 16; n < 18; n++)
    {
      g_autoptr (GString) json = g_string_new ("{\"model\":\"m\",\"labels\":{\"l0\":\"\"");
      g_autoptr (ForemanSubmission) submission = NULL;

      for (guint i = 1; i < n; i++)
        g_string_append_printf (json, ",\"l%u\":\"\"", i);
      g_string_append (json, "}}");
      submission = foreman_submission_read_body (&defaults, json->str, json->len, NULL);
      g_assert_true ((submission != NULL) == (n == 16));
    }
}

static void
test_empty_texts_are_left_out (void)
{
  g_autoptr (ForemanSubmission) submission =
      read_body ("{\"model\":\"m\",\"group\":\"\",\"state_webhook_url\":\"\",\"labels\":{},"
                 "\"after\":[],\"webhook_events\":[]}");

  g_assert_null (submission->group);
  g_assert_null (submission->webhook_url);
  g_assert_null (submission->labels);
  g_assert_null (submission->after);
}

static void
test_the_hash_is_of_endpoint_and_request (void)
{
  g_autoptr (ForemanSubmission) a =
      read_body ("{\"model\":\"m\",\"group\":\"a\",\"idempotency_key\":\"1\"}");
  g_autoptr (ForemanSubmission) b = read_body ("{\"idempotency_key\":\"2\",\"model\":\"m\"}");
  g_autoptr (ForemanSubmission) c =
      read_body ("{\"model\":\"m\",\"endpoint\":\"/api/generate\",\"idempotency_key\":\"1\"}");
  g_autoptr (ForemanSubmission) d = read_body ("{\"idempotency_key\":\"1\",\"model\":\"m\" }");
  g_autoptr (ForemanSubmission) e = read_body ("{\"model\":\"m\"}");
  g_autofree char *expected =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256,
                                   (const guchar *) "/api/chat\0{\"model\":\"m\"}", 23);

  g_assert_cmpstr (a->request_hash, ==, expected);
  g_assert_cmpstr (b->request_hash, ==, expected);
  g_assert_cmpstr (c->request_hash, !=, expected);
  g_assert_cmpstr (d->request_hash, !=, expected);
  g_assert_null (e->request_hash);
}

static void
test_spellings_of_a_model_have_one_key (void)
{
  g_autoptr (ForemanSubmission) a = read_body ("{\"model\":\"Llama3\"}");
  g_autoptr (ForemanSubmission) b =
      read_body ("{\"model\":\"registry.ollama.ai/library/llama3:latest\"}");

  g_assert_cmpstr (a->model, ==, "Llama3");
  g_assert_cmpstr (a->model_key, ==, b->model_key);
}

static void
test_batch_lines (void)
{
  g_autoptr (ForemanSubmission) submission =
      read_line ("{\"custom_id\":\"r-1\",\"method\":\"POST\",\"url\":\"/v1/embeddings\","
                 "\"body\": { \"model\":\"m\",\"group\":\"inside\" } ,\"group\":\"outside\"}");

  assert_request (submission, "{ \"model\":\"m\",\"group\":\"inside\" }");
  g_assert_cmpstr (submission->custom_id, ==, "r-1");
  g_assert_cmpstr (submission->endpoint, ==, "/v1/embeddings");
  g_assert_cmpstr (submission->group, ==, "outside");
}

static void
test_a_line_may_be_a_request (void)
{
  g_autoptr (ForemanSubmission) submission =
      read_line ("{\"model\":\"m\",\"custom_id\":\"stays\",\"priority\":1}");

  assert_request (submission, "{\"model\":\"m\",\"custom_id\":\"stays\"}");
  g_assert_null (submission->custom_id);
  g_assert_cmpint (submission->priority, ==, 1);
}

static void
test_bad_batch_lines (void)
{
  static const struct
  {
    const char *field;
    const char *line;
  } cases[] = {
    { "url", "{\"body\":{\"model\":\"m\"}}" },
    { "url",
      "{\"url\":\"https://api.openai.com/v1/chat/completions\",\"body\":{\"model\":\"m\"}}" },
    { "body", "{\"url\":\"/api/chat\"}" },
    { "body", "{\"url\":\"/api/chat\",\"body\":\"{}\"}" },
    { "method", "{\"method\":\"GET\",\"url\":\"/api/chat\",\"body\":{\"model\":\"m\"}}" },
    { "custom_id", "{\"custom_id\":1,\"url\":\"/api/chat\",\"body\":{\"model\":\"m\"}}" },
    { "model", "{\"url\":\"/api/chat\",\"body\":{},\"model\":\"m\"}" },
    { "priority", "{\"url\":\"/api/chat\",\"body\":{\"model\":\"m\"},\"priority\":\"high\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (
          foreman_submission_read_line (&defaults, cases[i].line, strlen (cases[i].line), &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      g_assert_cmpstr (foreman_error_get_field (error), ==, cases[i].field);
    }
}

static void
test_a_key_for_all_gives_way_to_ones_own (void)
{
  ForemanSubmissionDefaults keyed = defaults;
  static const char own[] = "{\"model\":\"m\",\"idempotency_key\":\"own\"}";
  g_autoptr (ForemanSubmission) a = NULL;
  g_autoptr (ForemanSubmission) b = NULL;

  keyed.idempotency_key = "all#1";
  a = foreman_submission_read_line (&keyed, "{\"model\":\"m\"}", 13, NULL);
  b = foreman_submission_read_line (&keyed, own, strlen (own), NULL);
  g_assert_cmpstr (a->idempotency_key, ==, "all#1");
  g_assert_cmpstr (b->idempotency_key, ==, "own");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/submission-reader/plain", test_says_nothing_but_the_request);
  g_test_add_func ("/submission-reader/every-field", test_every_field_is_read_and_cut_out);
  g_test_add_func ("/submission-reader/as-go", test_members_are_found_as_go_finds_them);
  g_test_add_func ("/submission-reader/priority-cap", test_a_token_caps_the_priority);
  g_test_add_func ("/submission-reader/run-at", test_run_at_is_rfc_3339);
  g_test_add_func ("/submission-reader/refusals", test_refusals_name_the_field);
  g_test_add_func ("/submission-reader/lengths", test_lengths_are_limited);
  g_test_add_func ("/submission-reader/16-labels", test_no_more_than_16_labels);
  g_test_add_func ("/submission-reader/empty-texts", test_empty_texts_are_left_out);
  g_test_add_func ("/submission-reader/hash", test_the_hash_is_of_endpoint_and_request);
  g_test_add_func ("/submission-reader/model-key", test_spellings_of_a_model_have_one_key);
  g_test_add_func ("/submission-reader/batch", test_batch_lines);
  g_test_add_func ("/submission-reader/line", test_a_line_may_be_a_request);
  g_test_add_func ("/submission-reader/bad-batch", test_bad_batch_lines);
  g_test_add_func ("/submission-reader/key-for-all", test_a_key_for_all_gives_way_to_ones_own);
  return g_test_run ();
}

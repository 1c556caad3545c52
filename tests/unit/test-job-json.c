/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-json.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define ID "01JZZZZZZZZZZZZZZZZZZZZZZZ"
#define TIME                                                                                       \
  (G_GINT64_CONSTANT (1767323045) * G_USEC_PER_SEC + 6) /* 2026-01-02T03:04:05.000006Z             \
                                                         */

static ForemanJobRecord *
make_job (ForemanJobState state)
{
  ForemanJobRecord *job = foreman_job_record_new ();

  job->id = g_strdup (ID);
  job->submitter = g_strdup ("local");
  job->endpoint = g_strdup ("/api/chat");
  job->model = g_strdup ("qwen3:8b");
  job->state = state;
  job->max_attempts = 3;
  job->created_at = TIME;
  return job;
}

static void
add_artifact (ForemanJobRecord *job, const char *name, const char *content_type, const char *text)
{
  ForemanArtifact *artifact = g_new0 (ForemanArtifact, 1);

  artifact->name = g_strdup (name);
  artifact->content_type = g_strdup (content_type);
  artifact->size = (gint64) strlen (text);
  artifact->data = g_bytes_new (text, strlen (text));
  foreman_job_record_take_artifact (job, artifact);
}

static void
add_large_artifact (ForemanJobRecord *job, const char *name)
{
  ForemanArtifact *artifact = g_new0 (ForemanArtifact, 1);

  artifact->name = g_strdup (name);
  artifact->content_type = g_strdup ("application/json; charset=utf-8");
  artifact->size = 1 << 20;
  foreman_job_record_take_artifact (job, artifact);
}

static char *
to_text (const ForemanJobRecord *job, const char *prefix)
{
  GString *json = g_string_new (NULL);

  foreman_job_json_append (json, job, prefix);
  return g_string_free (json, FALSE);
}

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *root = json_from_string (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (root);
  return root;
}

static void
assert_members (JsonObject *object, const char *expected)
{
  g_autoptr (GList) members = json_object_get_members (object);
  g_autoptr (GString) names = g_string_new (NULL);

  for (GList *l = members; l != NULL; l = l->next)
    g_string_append_printf (names, "%s%s", l->prev != NULL ? " " : "", (char *) l->data);
  g_assert_cmpstr (names->str, ==, expected);
}

static void
test_new_job_to_the_byte (void)
{
  g_autoptr (ForemanJobRecord) job = make_job (FOREMAN_JOB_QUEUED);
  g_autofree char *text = NULL;

  job->position = 0;
  text = to_text (job, NULL);
  g_assert_cmpstr (
      text, ==,
      "{\"job_id\":\"" ID "\",\"state\":\"queued\",\"previous_state\":\"\",\"reason\":null,"
      "\"endpoint\":\"/api/chat\",\"model\":\"qwen3:8b\",\"group\":null,\"priority\":0,"
      "\"attempt\":0,\"max_attempts\":3,\"crashes\":0,\"position\":0,"
      "\"created_at\":\"2026-01-02T03:04:05.000006Z\",\"run_at\":null,\"started_at\":null,"
      "\"finished_at\":null,\"expires_at\":null,\"labels\":{},\"error\":null,\"error_code\":null,"
      "\"http_status\":null,\"result\":null,\"artifacts\":[],\"usage\":null,"
      "\"queue_seconds\":0.000000,\"load_seconds\":0.000000,\"run_seconds\":0.000000,"
      "\"webhook\":{\"pending\":0,\"last_status\":null}}");
}

static void
test_finished_job (void)
{
  static const char *const labels[] = { "night", "1", "who", "\"me\"", NULL };
  g_autoptr (ForemanJobRecord) job = make_job (FOREMAN_JOB_FAILED);
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  JsonObject *object;

  job->previous_state = FOREMAN_JOB_WORKING;
  job->group = g_strdup ("g\n1");
  job->labels = g_strdupv ((char **) labels);
  job->priority = -7;
  job->error = g_strdup ("it said \"no\\\"\x01");
  job->error_code = g_strdup ("target_error");
  job->http_status = 400;
  job->prompt_tokens = 26;
  job->completion_tokens = G_GINT64_CONSTANT (9007199254740993);
  job->queue_time = 1500000;
  job->run_time = 42;
  job->webhook_pending = 2;
  job->webhook_last_status = -1;
  text = to_text (job, NULL);
  root = parse (text);
  object = json_node_get_object (root);

  g_assert_cmpstr (json_object_get_string_member (object, "previous_state"), ==, "working");
  g_assert_cmpstr (json_object_get_string_member (object, "group"), ==, "g\n1");
  g_assert_cmpstr (json_object_get_string_member (object, "error"), ==, "it said \"no\\\"\x01");
  g_assert_cmpint (json_object_get_int_member (object, "priority"), ==, -7);
  g_assert_cmpint (json_object_get_int_member (object, "http_status"), ==, 400);
  g_assert_true (json_object_get_null_member (object, "position"));
  g_assert_nonnull (strstr (text, ",\"labels\":{\"night\":\"1\",\"who\":\"\\\"me\\\"\"},"));
  g_assert_nonnull (
      strstr (text, ",\"usage\":{\"prompt_tokens\":26,\"completion_tokens\":9007199254740993},"));
  g_assert_nonnull (strstr (text, ",\"queue_seconds\":1.500000,"));
  g_assert_nonnull (strstr (text, ",\"run_seconds\":0.000042,"));
  g_assert_nonnull (strstr (text, ",\"webhook\":{\"pending\":2,\"last_status\":-1}}"));
}

static void
test_inline_json_stays_to_the_byte (void)
{
  static const char answer[] = "{\"big\":12345678901234567890123, \"tenth\":0.10,\"e\":1E+2}";
  g_autoptr (ForemanJobRecord) job = make_job (FOREMAN_JOB_DONE);
  g_autofree char *artifact = NULL, *text = NULL, *result = NULL, *padded = NULL;

  padded = g_strconcat ("\n", answer, "\n \n", NULL);
  add_artifact (job, "completion", "application/json; charset=utf-8", padded);
  text = to_text (job, "/as/secret");
  result = g_strdup_printf (",\"result\": %s,\"artifacts\":[", answer);
  artifact =
      g_strdup_printf ("[{\"name\":\"completion\",\"content_type\":\"application/json; "
                       "charset=utf-8\",\"size\":%" G_GSIZE_FORMAT ",\"inline\": %s,\"url\":null}]",
                       strlen (padded), answer);
  g_assert_nonnull (strstr (text, result));
  g_assert_nonnull (strstr (text, artifact));
}

/* Events and lines of results are lines. */
static void
test_job_is_one_line (void)
{
  g_autoptr (ForemanJobRecord) job = make_job (FOREMAN_JOB_DONE);
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  add_artifact (job, "completion", "application/json", "{\n \"a\": [1,\r\n2]\n}");
  text = to_text (job, NULL);
  g_assert_null (strpbrk (text, "\r\n"));
  root = parse (text);
  g_assert_nonnull (json_object_get_object_member (json_node_get_object (root), "result"));
}

static void
test_what_is_no_json_is_a_string (gconstpointer data)
{
  const char *const *inlined = data; /* content type, bytes, expected */
  g_autoptr (ForemanJobRecord) job = make_job (FOREMAN_JOB_DONE);
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  add_artifact (job, "completion", inlined[0], inlined[1]);
  text = to_text (job, NULL);
  root = parse (text);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (root), "result"), ==,
                   inlined[2]);
}

static void
test_large_answer_has_a_url (void)
{
  g_autoptr (ForemanJobRecord) job = make_job (FOREMAN_JOB_DONE);
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  JsonObject *object, *artifact;

  add_large_artifact (job, "completion");
  text = to_text (job, "/as/secret");
  root = parse (text);
  object = json_node_get_object (root);
  g_assert_true (json_object_get_null_member (object, "result"));
  artifact = json_array_get_object_element (json_object_get_array_member (object, "artifacts"), 0);
  assert_members (artifact, "name content_type size inline url");
  g_assert_true (json_object_get_null_member (artifact, "inline"));
  g_assert_cmpint (json_object_get_int_member (artifact, "size"), ==, 1 << 20);
  g_assert_cmpstr (json_object_get_string_member (artifact, "url"), ==,
                   "/as/secret/jobs/" ID "/artifacts/completion");
}

/* What an unfinished job has written so far is an artifact, but no result. */
static void
test_partial_is_no_result (void)
{
  g_autoptr (ForemanJobRecord) job = make_job (FOREMAN_JOB_FAILED);
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  JsonObject *object;

  add_artifact (job, "partial", "text/plain; charset=utf-8", "half a sen");
  text = to_text (job, NULL);
  root = parse (text);
  object = json_node_get_object (root);
  g_assert_true (json_object_get_null_member (object, "result"));
  g_assert_nonnull (strstr (text, "\"size\":10,\"inline\":\"half a sen\",\"url\":null}"));
}

static ForemanDelivery *
make_delivery (int previous_state, ForemanJobState state)
{
  ForemanDelivery *delivery = g_new0 (ForemanDelivery, 1);

  delivery->job = make_job (FOREMAN_JOB_DONE);
  add_artifact (delivery->job, "completion", "application/json", "{\"n\":1e400}");
  delivery->event = g_new0 (ForemanJobEvent, 1);
  delivery->event->job_id = g_strdup (ID);
  delivery->event->previous_state = previous_state;
  delivery->event->state = state;
  delivery->event->at = TIME;
  delivery->event->model = g_strdup ("qwen3:8b");
  delivery->event->attempt = 1;
  return delivery;
}

static void
test_webhook_of_a_submission (void)
{
  g_autoptr (ForemanDelivery) delivery = make_delivery (-1, FOREMAN_JOB_QUEUED);
  g_autofree char *body = foreman_job_json_dup_webhook (delivery);

  g_assert_cmpstr (
      body, ==,
      "{\"job_id\":\"" ID "\",\"state\":\"queued\",\"previous_state\":\"\","
      "\"timestamp\":\"2026-01-02T03:04:05.000006Z\",\"model\":\"qwen3:8b\",\"attempt\":1,"
      "\"error\":null,\"result\":null,\"artifacts\":null}");
}

static void
test_webhook_of_an_answer (void)
{
  g_autoptr (ForemanDelivery) delivery = make_delivery (FOREMAN_JOB_WORKING, FOREMAN_JOB_DONE);
  g_autofree char *body = NULL;

  delivery->event->error = g_strdup ("stopped repeating itself");
  body = foreman_job_json_dup_webhook (delivery);
  g_assert_nonnull (strstr (body, ",\"state\":\"done\",\"previous_state\":\"working\","));
  g_assert_nonnull (strstr (body, ",\"error\":\"stopped repeating itself\","));
  g_assert_nonnull (strstr (body, ",\"result\":{\"n\":1e400},\"artifacts\":[{\"name\":"));
}

static void
test_times (void)
{
  static const struct
  {
    gint64 time;
    const char *text;
  } times[] = {
    { 0, "null" },
    { G_USEC_PER_SEC, "\"1970-01-01T00:00:01.000000Z\"" },
    { TIME, "\"2026-01-02T03:04:05.000006Z\"" },
    { G_MAXINT64, "null" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autoptr (GString) json = g_string_new (NULL);

      foreman_job_json_append_time (json, times[i].time);
      g_assert_cmpstr (json->str, ==, times[i].text);
    }
}

int
main (int argc, char **argv)
{
  static const char *const no_json[][3] = {
    { "text/plain", "{\"a\":1}", "{\"a\":1}" },
    { "application/json", "{\"a\":", "{\"a\":" },
    { "application/json", "", "" },
    { "application/json", "nul", "nul" },
    { "text/plain", "br\xf6ken", "br\xef\xbf\xbdken" },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job-json/new", test_new_job_to_the_byte);
  g_test_add_func ("/job-json/finished", test_finished_job);
  g_test_add_func ("/job-json/inline/json", test_inline_json_stays_to_the_byte);
  g_test_add_func ("/job-json/inline/one-line", test_job_is_one_line);
  for (gsize i = 0; i < G_N_ELEMENTS (no_json); i++)
    {
      g_autofree char *path = g_strdup_printf ("/job-json/inline/string/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, no_json[i], test_what_is_no_json_is_a_string);
    }
  g_test_add_func ("/job-json/large", test_large_answer_has_a_url);
  g_test_add_func ("/job-json/partial", test_partial_is_no_result);
  g_test_add_func ("/job-json/webhook/submitted", test_webhook_of_a_submission);
  g_test_add_func ("/job-json/webhook/done", test_webhook_of_an_answer);
  g_test_add_func ("/job-json/times", test_times);
  return g_test_run ();
}

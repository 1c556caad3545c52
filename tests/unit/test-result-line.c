/* SPDX-License-Identifier: MIT */
#include "http/foreman-result-line.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define ID "01J00000000000000000000000"

static ForemanJobRecord *
new_job (ForemanJobState state)
{
  ForemanJobRecord *job = foreman_job_record_new ();

  job->id = g_strdup (ID);
  job->state = state;
  return job;
}

static void
add_answer (ForemanJobRecord *job, const char *type, const char *data)
{
  ForemanArtifact *artifact = g_new0 (ForemanArtifact, 1);

  artifact->name = g_strdup ("completion");
  artifact->content_type = g_strdup (type);
  artifact->size = data ? strlen (data) : 1000000;
  artifact->data = data ? g_bytes_new (data, strlen (data)) : NULL;
  foreman_job_record_take_artifact (job, artifact);
}

static void
assert_line (const char *line, const char *expected)
{
  g_assert_cmpstr (line, ==, expected);
  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
  json_node_unref (json_from_string (line, NULL));
}

static void
an_answer_is_the_body (void)
{
  g_autoptr (ForemanJobRecord) job = new_job (FOREMAN_JOB_DONE);
  g_autoptr (GString) text = g_string_new (NULL);

  job->custom_id = g_strdup ("night-\"7\"");
  add_answer (job, "application/json; charset=utf-8", "{\"a\":\r\n1.50,\"b\":\"\\n\"}\n");
  g_assert_false (foreman_result_line_begin (text, job));
  assert_line (text->str, "{\"id\":\"" ID
                          "\",\"custom_id\":\"night-\\\"7\\\"\",\"response\":{\"status_code\":200,"
                          "\"request_id\":\"" ID
                          "\",\"body\":{\"a\":  1.50,\"b\":\"\\n\"} },\"error\":null}\n");
}

static void
a_long_answer_comes_in_pieces (void)
{
  g_autoptr (ForemanJobRecord) job = new_job (FOREMAN_JOB_DONE);
  g_autoptr (GString) text = g_string_new (NULL);
  static const char *const pieces[] = { "a\"\\", "\n\xc3", "\xa4" };

  add_answer (job, "text/plain", NULL);
  g_assert_true (foreman_result_line_begin (text, job));
  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autoptr (GBytes) piece = g_bytes_new_static (pieces[i], strlen (pieces[i]));

      foreman_result_line_append_piece (text, job, piece);
    }
  foreman_result_line_end (text, job);
  assert_line (text->str,
               "{\"id\":\"" ID "\",\"custom_id\":null,\"response\":{\"status_code\":200,"
               "\"request_id\":\"" ID "\",\"body\":\"a\\\"\\\\\\u000aä\"},\"error\":null}\n");
}

static void
what_has_no_answer_has_an_error (void)
{
  g_autoptr (ForemanJobRecord) failed = new_job (FOREMAN_JOB_FAILED);
  g_autoptr (ForemanJobRecord) cancelled = new_job (FOREMAN_JOB_CANCELLED);
  g_autoptr (GString) text = g_string_new (NULL);

  failed->error = g_strdup ("it took too long");
  failed->error_code = g_strdup ("timeout");
  g_assert_false (foreman_result_line_begin (text, failed));
  assert_line (text->str, "{\"id\":\"" ID "\",\"custom_id\":null,\"response\":null,\"error\":{"
                          "\"code\":\"timeout\",\"message\":\"it took too long\"}}\n");
  g_string_truncate (text, 0);
  g_assert_false (foreman_result_line_begin (text, cancelled));
  assert_line (text->str, "{\"id\":\"" ID "\",\"custom_id\":null,\"response\":null,\"error\":{"
                          "\"code\":\"cancelled\",\"message\":\"cancelled\"}}\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/result-line/answer", an_answer_is_the_body);
  g_test_add_func ("/result-line/pieces", a_long_answer_comes_in_pieces);
  g_test_add_func ("/result-line/error", what_has_no_answer_has_an_error);
  return g_test_run ();
}

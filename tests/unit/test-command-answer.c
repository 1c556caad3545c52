/* SPDX-License-Identifier: MIT */
#include "commands/foreman-answer-text.h"
#include "commands/foreman-client-error.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-status-view.h"

#include <string.h>

#include "libforeman/foreman-error.h"

static void
the_text_of_every_endpoint_is_found (void)
{
  static const struct
  {
    const char *answer;
    const char *text;
  } cases[] = {
    { "{\"message\":{\"role\":\"assistant\",\"content\":\"hi\",\"thinking\":\"hm\"}}", "hi" },
    { "{\"response\":\"hi\"}", "hi" },
    { "{\"choices\":[{\"message\":{\"content\":\"hi\"}}]}", "hi" },
    { "{\"choices\":[{\"text\":\"hi\"}]}", "hi" },
    { "{\"output\":[{\"type\":\"reasoning\",\"content\":[{\"text\":\"hm\"}]},{\"type\":\"message\","
      "\"content\":[{\"type\":\"output_text\",\"text\":\"h\"},{\"text\":\"i\"}]}]}",
      "hi" },
    { "{\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"},{\"type\":\"text\","
      "\"text\":\"hi\"}]}",
      "hi" },
    { "{\"message\":{\"content\":\"\"}}", "" },
    { "{\"embeddings\":[[0.1]]}", NULL },
    { "{\"choices\":[]}", NULL },
    { "{\"choices\":5,\"message\":[],\"output\":{},\"content\":1}", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) answer =
          foreman_reply_json_parse (cases[i].answer, strlen (cases[i].answer), NULL);
      g_autofree char *text = foreman_answer_text_get (answer);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
errors_have_their_exit_code (void)
{
  static const struct
  {
    guint status;
    const char *body;
    ForemanExit exit;
    const char *message;
  } cases[] = {
    { 400, "{\"error\":\"bad\",\"code\":\"invalid_request\",\"hint\":\"do this\"}", 2,
      "bad; do this" },
    { 401, "{\"error\":\"no token\",\"code\":\"unauthorized\"}", 5,
      "no token; \"foreman login URL\" saves a token, FOREMAN_TOKEN is one" },
    { 403, "{\"error\":\"no\",\"code\":\"forbidden\"}", 5, "no" },
    { 404, "{\"error\":\"gone\",\"code\":\"not_found\"}", 3, "gone" },
    { 409, "{\"error\":\"over\",\"code\":\"conflict\"}", 1, "over" },
    { 503, "{\"error\":\"full\",\"code\":\"queue_full\"}", 7, "full" },
    { 507, "{\"error\":\"full\",\"code\":\"storage_full\"}", 7, "full" },
    { 502, "{\"error\":\"away\",\"code\":\"target_unreachable\"}", 1, "away" },
    { 500, "{\"error\":{\"message\":\"as OpenAI has it\"}}", 1, "as OpenAI has it" },
    { 404, "404 page not found", 3, "the server answered with status 404; is it a foreman?" },
    { 500, "{\"error\":\"two\\nlines \\u001b[31m\"}", 1, "two lines [31m" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error =
          foreman_client_error_new_answer (cases[i].status, cases[i].body, strlen (cases[i].body));

      g_assert_cmpstr (error->message, ==, cases[i].message);
      g_assert_cmpint (foreman_client_error_get_exit (error), ==, cases[i].exit);
    }
}

static void
only_what_passes_is_tried_again (void)
{
  g_autoptr (GError) away = foreman_error_new_unreachable ("away");
  g_autoptr (GError) draining =
      foreman_client_error_new_answer (503, "{\"error\":\"x\",\"code\":\"draining\"}",
                                       strlen ("{\"error\":\"x\",\"code\":\"draining\"}"));
  g_autoptr (GError) denied = foreman_client_error_new_answer (403, "", 0);

  g_assert_true (foreman_client_error_is_passing (away));
  g_assert_true (foreman_client_error_is_passing (draining));
  g_assert_false (foreman_client_error_is_passing (denied));
  g_assert_cmpint (foreman_client_error_get_exit (away), ==, 6);
}

static void
processors_are_told_as_ollama_does (void)
{
  static const struct
  {
    gint64 size;
    gint64 vram;
    const char *text;
  } cases[] = {
    { 100, 100, "100% GPU" },
    { 100, 0, "100% CPU" },
    { 100, 52, "48%/52% CPU/GPU" },
    { 100, 200, "Unknown" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = foreman_status_view_describe_processor (cases[i].size, cases[i].vram);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command-answer/text", the_text_of_every_endpoint_is_found);
  g_test_add_func ("/command-answer/errors", errors_have_their_exit_code);
  g_test_add_func ("/command-answer/passing", only_what_passes_is_tried_again);
  g_test_add_func ("/command-answer/processor", processors_are_told_as_ollama_does);
  return g_test_run ();
}

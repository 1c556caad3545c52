/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-submission-reader.h"

#include <string.h>

static void
assert_streamed (ForemanEndpoint endpoint, const char *request, const char *expected)
{
  g_autoptr (GBytes) bytes = g_bytes_new (request, strlen (request));
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) streamed = foreman_submission_dup_streamed (endpoint, NULL, bytes, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (streamed, NULL), g_bytes_get_size (streamed), expected,
                   strlen (expected));
}

static void
test_requests_are_made_to_stream (void)
{
  assert_streamed (FOREMAN_ENDPOINT_CHAT, "{\"model\":\"m\", \"x\":0.10}",
                   "{\"model\":\"m\", \"x\":0.10,\"stream\":true}");
  assert_streamed (FOREMAN_ENDPOINT_GENERATE, "{\"Stream\":false,\"stream\":null}",
                   "{\"Stream\":true,\"stream\":true}");
  assert_streamed (FOREMAN_ENDPOINT_V1_MESSAGES, "{}", "{\"stream\":true}");
  assert_streamed (FOREMAN_ENDPOINT_V1_RESPONSES, "{\"stream_options\":{}}",
                   "{\"stream_options\":{},\"stream\":true}");
}

static void
test_usage_is_asked_for_where_it_must_be (void)
{
  assert_streamed (FOREMAN_ENDPOINT_V1_CHAT, "{}",
                   "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
  assert_streamed (FOREMAN_ENDPOINT_V1_COMPLETIONS,
                   "{\"stream_options\":{\"a\":1,\"include_usage\":false},\"stream\":false}",
                   "{\"stream_options\":{\"a\":1,\"include_usage\":true},\"stream\":true}");
  assert_streamed (FOREMAN_ENDPOINT_V1_CHAT, "{\"stream_options\":null}",
                   "{\"stream_options\":{\"include_usage\":true},\"stream\":true}");
  assert_streamed (FOREMAN_ENDPOINT_V1_CHAT,
                   "{\"stream_options\":{\"a\":1},\"Stream_options\":null,\"stream\":true}",
                   "{\"stream_options\":{\"include_usage\":true},"
                   "\"Stream_options\":{\"include_usage\":true},\"stream\":true}");
  /* What the target would refuse stays for it to refuse. */
  assert_streamed (FOREMAN_ENDPOINT_V1_CHAT, "{\"stream_options\":\"yes\"}",
                   "{\"stream_options\":\"yes\",\"stream\":true}");
}

static void
test_embeddings_go_as_they_are (void)
{
  assert_streamed (FOREMAN_ENDPOINT_EMBED, "{\"stream\":false}", "{\"stream\":false}");
  assert_streamed (FOREMAN_ENDPOINT_EMBEDDINGS, "{ }", "{ }");
  assert_streamed (FOREMAN_ENDPOINT_V1_EMBEDDINGS, "{ }", "{ }");
}

static void
test_another_model_is_asked (void)
{
  static const struct
  {
    const char *request;
    const char *model;
    const char *expected;
  } cases[] = {
    { "{\"model\":\"a\"}", "a", "{\"model\":\"a\"}" },
    { "{\"model\":\"\\u0061\"}", "a", "{\"model\":\"\\u0061\"}" },
    { "{\"model\":\"a\",\"Model\":\"b\"}", "b", "{\"model\":\"a\",\"Model\":\"b\"}" },
    { "{\"model\":\"a\",\"x\":1.0}", "b:c", "{\"model\":\"b:c\",\"x\":1.0}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (cases[i].request, strlen (cases[i].request));
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) changed =
          foreman_submission_dup_streamed (FOREMAN_ENDPOINT_EMBED, cases[i].model, bytes, &error);

      g_assert_no_error (error);
      g_assert_cmpmem (g_bytes_get_data (changed, NULL), g_bytes_get_size (changed),
                       cases[i].expected, strlen (cases[i].expected));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/submission-streamed/streams", test_requests_are_made_to_stream);
  g_test_add_func ("/submission-streamed/usage", test_usage_is_asked_for_where_it_must_be);
  g_test_add_func ("/submission-streamed/embeddings", test_embeddings_go_as_they_are);
  g_test_add_func ("/submission-streamed/model", test_another_model_is_asked);
  return g_test_run ();
}

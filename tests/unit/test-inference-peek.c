/* SPDX-License-Identifier: MIT */
#include "engine/foreman-inference-peek.h"

#include <string.h>

#define CHAT      FOREMAN_ENDPOINT_CHAT
#define GENERATE  FOREMAN_ENDPOINT_GENERATE
#define EMBED     FOREMAN_ENDPOINT_EMBED
#define V1_CHAT   FOREMAN_ENDPOINT_V1_CHAT
#define RESPONSES FOREMAN_ENDPOINT_V1_RESPONSES
#define MESSAGES  FOREMAN_ENDPOINT_V1_MESSAGES

static ForemanInferencePeek *
peek (ForemanEndpoint endpoint, const char *json)
{
  /* an own block of just this size, so that ASan sees each byte read too many */
  g_autofree char *copy = g_memdup2 (json, strlen (json));

  return foreman_inference_peek (endpoint, copy, strlen (json));
}

static void
assert_name (ForemanEndpoint endpoint, const char *json, const char *model, const char *name)
{
  g_autoptr (ForemanInferencePeek) found = peek (endpoint, json);
  g_autofree char *text = found->name != NULL ? foreman_model_name_to_string (found->name) : NULL;

  g_assert_cmpstr (found->model, ==, model);
  g_assert_cmpstr (text, ==, name);
  g_assert_nonnull (found->load_options);
}

static void
test_the_model_is_what_ollama_will_read (void)
{
  assert_name (CHAT, "{\"model\":\"Tiny\"}", "Tiny", "Tiny:latest");
  assert_name (CHAT, "{\"model\":\" library/tiny \"}", " library/tiny ", "tiny:latest");
  assert_name (CHAT, "{\"model\":\"a\",\"MODEL\":\"b\",\"model\":null}", "b", "b:latest");
  assert_name (V1_CHAT, "{\"mode\\u006c\":\"t\\u0069ny:8b\"} junk", "tiny:8b", "tiny:8b");
  assert_name (EMBED, "{\"model\":\"e\",\"input\":[]}", "e", "e:latest");
}

static void
test_what_ollama_refuses_has_no_name (void)
{
  assert_name (CHAT, "", NULL, NULL);
  assert_name (CHAT, "{\"model\":\"tiny\"", NULL, NULL);
  assert_name (CHAT, "[]", NULL, NULL);
  assert_name (CHAT, "null", NULL, NULL);
  assert_name (CHAT, "{}", NULL, NULL);
  assert_name (CHAT, "{\"model\":null}", NULL, NULL);
  assert_name (CHAT, "{\"model\":7}", NULL, NULL);
  assert_name (CHAT, "{\"model\":[\"tiny\"]}", NULL, NULL);
  assert_name (CHAT, "{\"model\":\"tiny\\u0000\"}", NULL, NULL);
  assert_name (CHAT, "{\"model\":\"\"}", "", NULL);
  assert_name (CHAT, "{\"model\":\" \"}", " ", NULL);
  assert_name (CHAT, "{\"model\":\"a b\"}", "a b", NULL);
  assert_name (CHAT, "{\"model\":\"tiny@sha256:0\"}", "tiny@sha256:0", NULL);
  assert_name (CHAT, "{\"model\":\"tiny\xff\"}", "tiny\ufffd", NULL);
  /* recorded: no inference route takes it from "name" */
  assert_name (CHAT, "{\"name\":\"tiny\"}", NULL, NULL);
  assert_name (FOREMAN_ENDPOINT_V1_AUDIO, "{\"model\":\"tiny\"}", NULL, NULL);
}

static void
assert_cloud (const char *json, gboolean is_cloud)
{
  g_autoptr (ForemanInferencePeek) found = peek (CHAT, json);

  g_assert_cmpint (found->is_cloud, ==, is_cloud);
}

static void
test_cloud_models_are_seen (void)
{
  assert_cloud ("{\"model\":\"gpt-oss:120b-cloud\"}", TRUE);
  assert_cloud ("{\"model\":\"tiny:CLOUD\"}", TRUE);
  assert_cloud ("{\"model\":\"tiny-cloud\"}", FALSE);
  assert_cloud ("{\"model\":\"tiny:cloud:local\"}", FALSE);
  assert_cloud ("{\"model\":\"a b:cloud\"}", FALSE);
  assert_cloud ("{\"model\":\"x:cloud\",\"model\":\"tiny\"}", FALSE);
}

static void
assert_stream (ForemanEndpoint endpoint, const char *member, gboolean stream)
{
  g_autofree char *json = g_strdup_printf ("{\"model\":\"tiny\"%s}", member);
  g_autoptr (ForemanInferencePeek) found = peek (endpoint, json);

  g_test_message ("%s %s", foreman_endpoint_get_path (endpoint), member);
  g_assert_cmpint (found->stream, ==, stream);
}

static void
test_stream_defaults_by_endpoint (void)
{
  for (ForemanEndpoint endpoint = CHAT; endpoint < FOREMAN_N_ENDPOINTS; endpoint++)
    {
      gboolean native = endpoint == CHAT || endpoint == GENERATE;
      gboolean never = endpoint == EMBED || endpoint == FOREMAN_ENDPOINT_EMBEDDINGS ||
                       endpoint == FOREMAN_ENDPOINT_V1_EMBEDDINGS ||
                       endpoint == FOREMAN_ENDPOINT_V1_AUDIO;

      assert_stream (endpoint, "", native);
      assert_stream (endpoint, ",\"stream\":null", native);
      assert_stream (endpoint, ",\"stream\":\"yes\"", native);
      assert_stream (endpoint, ",\"stream\":false", FALSE);
      assert_stream (endpoint, ",\"stream\":true", !never);
    }
}

static void
test_a_null_unsets_only_optional_streams (void)
{
  assert_stream (CHAT, ",\"stream\":false,\"stream\":null", TRUE);
  assert_stream (RESPONSES, ",\"stream\":true,\"stream\":null", FALSE);
  assert_stream (V1_CHAT, ",\"stream\":true,\"stream\":null", TRUE);
  assert_stream (MESSAGES, ",\"stream\":true,\"stream\":null", TRUE);
}

static void
assert_unload (ForemanEndpoint endpoint, const char *members, gboolean is_unload)
{
  g_autofree char *json = g_strdup_printf ("{\"model\":\"tiny\",%s}", members);
  g_autoptr (ForemanInferencePeek) found = peek (endpoint, json);

  g_assert_cmpint (found->is_unload, ==, is_unload);
}

static void
test_plain_unloads_are_seen (void)
{
  assert_unload (CHAT, "\"keep_alive\":0", TRUE);
  assert_unload (CHAT, "\"keep_alive\":0,\"messages\":[]", TRUE);
  assert_unload (CHAT, "\"keep_alive\":0,\"messages\":[ ]", TRUE);
  assert_unload (CHAT, "\"keep_alive\":0,\"messages\":null", TRUE);
  assert_unload (CHAT, "\"keep_alive\":0,\"messages\":[{}],\"messages\":null", TRUE);
  assert_unload (GENERATE, "\"keep_alive\":0", TRUE);
  assert_unload (GENERATE, "\"keep_alive\":0,\"prompt\":\"\"", TRUE);
  assert_unload (GENERATE, "\"keep_alive\":0,\"prompt\":null,\"messages\":[1]", TRUE);
}

static void
test_what_may_load_is_no_unload (void)
{
  assert_unload (CHAT, "\"messages\":[]", FALSE);
  assert_unload (CHAT, "\"keep_alive\":null", FALSE);
  assert_unload (CHAT, "\"keep_alive\":0,\"keep_alive\":null", FALSE);
  assert_unload (CHAT, "\"keep_alive\":0,\"keep_alive\":\"5m\"", FALSE);
  assert_unload (CHAT, "\"keep_alive\":0,\"messages\":[null]", FALSE);
  assert_unload (CHAT, "\"keep_alive\":0,\"messages\":\"\"", FALSE);
  assert_unload (CHAT, "\"keep_alive\":0,\"messages\":{}", FALSE);
  assert_unload (CHAT, "\"keep_alive\":false", FALSE);
  assert_unload (GENERATE, "\"keep_alive\":0,\"prompt\":\"x\"", FALSE);
  assert_unload (GENERATE, "\"keep_alive\":0,\"prompt\":\"x\",\"prompt\":null", FALSE);
  assert_unload (GENERATE, "\"keep_alive\":0,\"prompt\":[]", FALSE);
  assert_unload (GENERATE, "\"keep_alive\":0,\"prompt\":\"\\u0000\"", FALSE);
  assert_unload (EMBED, "\"keep_alive\":0", FALSE);
  assert_unload (V1_CHAT, "\"keep_alive\":0", FALSE);
}

static void
assert_blank (ForemanEndpoint endpoint, const char *members, gboolean is_blank)
{
  g_autofree char *json = g_strdup_printf ("{\"model\":\"tiny\"%s}", members);
  g_autoptr (ForemanInferencePeek) found = peek (endpoint, json);

  g_assert_cmpint (found->is_blank, ==, is_blank);
}

static void
test_what_asks_for_no_text_is_seen (void)
{
  assert_blank (CHAT, "", TRUE);
  assert_blank (CHAT, ",\"messages\":[]", TRUE);
  assert_blank (CHAT, ",\"messages\":[{}]", FALSE);
  assert_blank (GENERATE, ",\"messages\":[{}]", TRUE);
  assert_blank (GENERATE, ",\"prompt\":\" \"", FALSE);
  assert_blank (EMBED, ",\"input\":[]", TRUE);
  assert_blank (EMBED, ",\"input\":\"\"", TRUE);
  assert_blank (EMBED, ",\"input\":[\"\"]", FALSE);
  assert_blank (FOREMAN_ENDPOINT_EMBEDDINGS, ",\"prompt\":\"\"", TRUE);
  assert_blank (FOREMAN_ENDPOINT_EMBEDDINGS, ",\"prompt\":\"x\"", FALSE);
  assert_blank (FOREMAN_ENDPOINT_V1_COMPLETIONS, ",\"prompt\":\"\"", TRUE);
  assert_blank (V1_CHAT, ",\"messages\":[]", FALSE);
}

static void
assert_zero (const char *keep_alive, gboolean is_zero)
{
  g_autofree char *members = g_strdup_printf ("\"keep_alive\":%s", keep_alive);

  assert_unload (CHAT, members, is_zero);
}

static void
test_zero_is_what_go_takes_for_zero (void)
{
  static const char *const zeros[] = {
    "0",
    "-0",
    "0.0",
    "0e9",
    "1e-10",
    "\"0\"",
    "\"-0\"",
    "\"+0\"",
    "\"0s\"",
    "\"-0h0m\"",
    "\"0.000s\"",
    "\".0s\"",
    "\"0.m\"",
    "\"00h\"",
    "\"0.5ns\"",
    "\"0\u00b5s\"",
    "\"0\u03bcs\"",
    "\"0us\"",
    "\"0.0000000000000000000000000001s\"",
  };
  static const char *const others[] = {
    "-1",     "1",       "1e-9",       "0.5",     "1e400",
    "\"\"",   "\"-\"",   "\" 0\"",     "\"0 s\"", "\"0x\"",
    "\"0.\"", "\".s\"",  "\"s\"",      "\"00\"",  "\"0s1\"",
    "\"1s\"", "\"-1m\"", "\"0h1s\"",   "\"1ns\"", "\"0.000000001s\"",
    "\"0S\"", "\"0d\"",  "\"0\xb5s\"", "{}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (zeros); i++)
    assert_zero (zeros[i], TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    assert_zero (others[i], FALSE);
}

static void
assert_options (ForemanEndpoint endpoint, const char *members, const char *expected)
{
  g_autofree char *json = g_strdup_printf ("{\"model\":\"tiny\",%s}", members);
  g_autoptr (ForemanInferencePeek) found = peek (endpoint, json);

  g_assert_cmpstr (found->load_options, ==, expected);
}

static void
test_load_options_have_one_form (void)
{
  assert_options (CHAT, "\"options\":{}", "");
  assert_options (CHAT, "\"options\":{\"seed\":1,\"temperature\":0}", "");
  assert_options (CHAT, "\"options\":{\"num_gpu\":1,\"seed\":1,\"num_ctx\":4096}",
                  "num_ctx=4096 num_gpu=1");
  assert_options (EMBED, "\"options\":{\"num_ctx\":4.096e3,\"num_thread\":2.9}",
                  "num_ctx=4096 num_thread=2");
  assert_options (CHAT, "\"options\":{\"use_mmap\":false},\"shift\":false",
                  "use_mmap=false shift=false");
  assert_options (CHAT, "\"shift\":true", "");
  assert_options (CHAT, "\"shift\":false,\"shift\":null", "");
  assert_options (CHAT, "\"options\":{\"num_gpu\":-1}", "");
  assert_options (CHAT, "\"options\":{\"NUM_CTX\":1,\"num_ctx\":2,\"num_ctx\":null}", "");
  assert_options (CHAT, "\"options\":{\"num_ctx\":1},\"options\":null", "");
  assert_options (CHAT, "\"options\":[\"num_ctx\"]", "");
  assert_options (CHAT, "\"options\":{\"num_ctx\":1e300}", "num_ctx=9223372036854775808");
  assert_options (V1_CHAT, "\"options\":{\"num_ctx\":4096}", "");
}

static void
test_forms_are_peeked_by_their_model (void)
{
  g_autoptr (ForemanInferencePeek) found = foreman_inference_peek_new_for_model ("Whisper");
  g_autoptr (ForemanInferencePeek) none = foreman_inference_peek_new_for_model (NULL);

  g_assert_cmpstr (found->name->model, ==, "Whisper");
  g_assert_false (found->stream || found->is_unload || found->is_cloud);
  g_assert_null (none->name);
}

static void
assert_managed (const char *json, const char *expected)
{
  g_autofree char *model = foreman_inference_peek_dup_managed_model (json, strlen (json));

  g_assert_cmpstr (model, ==, expected);
}

static void
test_managed_models_may_be_in_name (void)
{
  assert_managed ("{\"model\":\"\",\"name\":\"tiny\"}", "tiny");
  assert_managed ("{\"name\":\"tiny\"}", "tiny");
  assert_managed ("{\"name\":\"a\",\"model\":\"b\"}", "b");
  assert_managed ("{\"model\":7}", NULL);
  assert_managed ("", NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inference-peek/the-model-is-what-ollama-will-read",
                   test_the_model_is_what_ollama_will_read);
  g_test_add_func ("/inference-peek/what-ollama-refuses-has-no-name",
                   test_what_ollama_refuses_has_no_name);
  g_test_add_func ("/inference-peek/cloud-models-are-seen", test_cloud_models_are_seen);
  g_test_add_func ("/inference-peek/stream-defaults-by-endpoint", test_stream_defaults_by_endpoint);
  g_test_add_func ("/inference-peek/a-null-unsets-only-optional-streams",
                   test_a_null_unsets_only_optional_streams);
  g_test_add_func ("/inference-peek/plain-unloads-are-seen", test_plain_unloads_are_seen);
  g_test_add_func ("/inference-peek/what-may-load-is-no-unload", test_what_may_load_is_no_unload);
  g_test_add_func ("/inference-peek/what-asks-for-no-text-is-seen",
                   test_what_asks_for_no_text_is_seen);
  g_test_add_func ("/inference-peek/zero-is-what-go-takes-for-zero",
                   test_zero_is_what_go_takes_for_zero);
  g_test_add_func ("/inference-peek/load-options-have-one-form", test_load_options_have_one_form);
  g_test_add_func ("/inference-peek/forms-are-peeked-by-their-model",
                   test_forms_are_peeked_by_their_model);
  g_test_add_func ("/inference-peek/managed-models-may-be-in-name",
                   test_managed_models_may_be_in_name);
  return g_test_run ();
}

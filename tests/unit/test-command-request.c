/* SPDX-License-Identifier: MIT */
#include "commands/foreman-job-fields.h"
#include "commands/foreman-json-text.h"
#include "commands/foreman-request-options.h"
#include "commands/foreman-request.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "libforeman/foreman-error.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
options_have_the_type_they_look_like (void)
{
  const char *const *options =
      LIST ("num_ctx=8192", "temperature=0.1", "seed=18446744073709551615", "use_mmap=false",
            "mirostat=-1", "top_p=1e-3", "stop=1", "name=qwen", "zip=007", "plus=+1", "list=[1, 2]",
            "quoted=\"5\"", "empty=", "equation=a=b", "half=[1,");
  g_autoptr (GString) json = g_string_new ("{");

  g_assert_true (foreman_request_options_check (options, NULL));
  foreman_request_options_append (json, options);
  g_assert_cmpstr (json->str, ==,
                   "{\"num_ctx\":8192,\"temperature\":0.1,\"seed\":18446744073709551615,"
                   "\"use_mmap\":false,\"mirostat\":-1,\"top_p\":1e-3,\"stop\":\"1\","
                   "\"name\":\"qwen\",\"zip\":\"007\",\"plus\":\"+1\",\"list\":[1, 2],"
                   "\"quoted\":\"5\",\"empty\":\"\",\"equation\":\"a=b\",\"half\":\"[1,\"");
}

static void
several_stops_are_one_list (void)
{
  const char *const *options = LIST ("stop=</s>", "seed=1", "stop=\n\n");
  g_autoptr (GString) json = g_string_new ("{");

  g_assert_true (foreman_request_options_check (options, NULL));
  foreman_request_options_append (json, options);
  g_assert_cmpstr (json->str, ==, "{\"stop\":[\"</s>\",\"\\n\\n\"],\"seed\":1");
}

static void
options_that_are_none_are_refused (void)
{
  const char *const *cases[] = { LIST ("num_ctx"), LIST ("=5"), LIST ("seed=1", "seed=2") };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (foreman_request_options_check (cases[i], &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
    }
}

static void
each_endpoint_gets_its_own_body (void)
{
  static const struct
  {
    const char *endpoint;
    const char *json;
  } cases[] = {
    { NULL, "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"be short\"},"
            "{\"role\":\"user\",\"content\":\"say \\\"hi\\\"\"}],\"options\":{\"seed\":1}}" },
    { "/api/generate", "{\"model\":\"m\",\"system\":\"be short\",\"prompt\":\"say \\\"hi\\\"\","
                       "\"options\":{\"seed\":1}}" },
    { "/v1/chat/completions",
      "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"be short\"},"
      "{\"role\":\"user\",\"content\":\"say \\\"hi\\\"\"}],\"seed\":1}" },
    { "/v1/responses", "{\"model\":\"m\",\"instructions\":\"be short\","
                       "\"input\":\"say \\\"hi\\\"\",\"seed\":1}" },
    { "/v1/messages", "{\"model\":\"m\",\"system\":\"be short\",\"messages\":[{\"role\":\"user\","
                      "\"content\":\"say \\\"hi\\\"\"}],\"max_tokens\":4096,\"seed\":1}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ForemanRequest request = {
        .endpoint = cases[i].endpoint,
        .model = "m",
        .prompt = "say \"hi\"",
        .system = "be short",
        .options = LIST ("seed=1"),
      };
      g_autoptr (GError) error = NULL;
      g_autofree char *json = NULL;

      g_assert_true (foreman_request_check (&request, &error));
      g_assert_no_error (error);
      json = foreman_request_to_json (&request);
      g_assert_cmpstr (json, ==, cases[i].json);
    }
}

static void
what_is_embedded_is_no_message (void)
{
  const ForemanRequest embed = { .endpoint = "/api/embed", .model = "m", .prompt = "a" };
  const ForemanRequest old = { .endpoint = "/api/embeddings", .model = "m", .prompt = "a" };
  g_autofree char *embed_json = foreman_request_to_json (&embed);
  g_autofree char *old_json = foreman_request_to_json (&old);

  g_assert_cmpstr (embed_json, ==, "{\"model\":\"m\",\"input\":\"a\"}");
  g_assert_cmpstr (old_json, ==, "{\"model\":\"m\",\"prompt\":\"a\"}");
}

static void
pictures_and_formats_go_where_they_belong (void)
{
  ForemanRequest request = {
    .model = "m", .prompt = "what is it?", .images = LIST ("iVBORw0KGgoAAA"), .format = "json"
  };
  g_autofree char *ollama = foreman_request_to_json (&request);
  g_autofree char *openai = NULL;
  g_autofree char *schema = NULL;

  request.endpoint = "/v1/chat/completions";
  openai = foreman_request_to_json (&request);
  request.format = "{\"type\":\"object\"}";
  request.images = NULL;
  g_assert_true (foreman_request_check (&request, NULL));
  schema = foreman_request_to_json (&request);
  g_assert_nonnull (strstr (ollama, "\"images\":[\"iVBORw0KGgoAAA\"]}],\"format\":\"json\""));
  g_assert_nonnull (strstr (openai, "{\"url\":\"data:image/png;base64,iVBORw0KGgoAAA\"}"));
  g_assert_nonnull (strstr (openai, "\"response_format\":{\"type\":\"json_object\"}"));
  g_assert_nonnull (strstr (schema, "\"schema\":{\"type\":\"object\"}"));
}

static void
what_an_endpoint_cannot_take_is_refused (void)
{
  const ForemanRequest cases[] = {
    { .model = "m", .endpoint = "/api/tags" },
    { .model = "m", .endpoint = "/api/embed", .images = LIST ("AAAA") },
    { .model = "m", .endpoint = "/api/embed", .system = "be short" },
    { .model = "m", .endpoint = "/v1/responses", .format = "json" },
    { .model = "m", .format = "yaml" },
    { .model = "m", .format = "{\"type\"" },
    { .model = "m", .options = LIST ("num_ctx") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (foreman_request_check (&cases[i], &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
    }
}

static void
any_text_becomes_json (void)
{
  g_autoptr (GString) json = g_string_new (NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *array = NULL;

  foreman_json_text_append_string (json, "\"\\\b\t\n\r\x1f/日本\xff");
  g_assert_cmpstr (json->str, ==, "\"\\\"\\\\\\u0008\\t\\n\\r\\u001f/日本\xef\xbf\xbd\"");
  array = g_strdup_printf ("[%s]", json->str);
  g_assert_true (json_parser_load_from_data (parser, array, -1, NULL));
}

static void
numbers_are_told_from_text (void)
{
  const char *const *numbers = LIST ("0", "-0", "10", "0.5", "-1.5e10", "1E+2", "1e-3");
  const char *const *texts =
      LIST ("", "-", "01", "+1", ".5", "1.", "1e", "0x10", "NaN", "1 ", " 1");

  for (gsize i = 0; numbers[i] != NULL; i++)
    g_assert_true (foreman_json_text_is_number (numbers[i]));
  for (gsize i = 0; texts[i] != NULL; i++)
    g_assert_false (foreman_json_text_is_number (texts[i]));
}

static void
members_are_added_and_nothing_else_changes (void)
{
  static const struct
  {
    const char *object;
    const char *members;
    const char *result;
  } cases[] = {
    { "{\"a\": 0.10, \"n\":123456789012345678901}", "\"g\":1",
      "{\"a\": 0.10, \"n\":123456789012345678901,\"g\":1}" },
    { "{}", "\"g\":1", "{\"g\":1}" },
    { "{ }", "\"g\":1", "{ \"g\":1}" },
    { "{\"a\":1 }\r\n", "\"g\":1", "{\"a\":1 ,\"g\":1}" },
    { "{\"a\":\"}\"}", "", "{\"a\":\"}\"}" },
    { "[1]", "\"g\":1", NULL },
    { "}", "\"g\":1", NULL },
    { "", "\"g\":1", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *result =
          foreman_json_text_add_members (cases[i].object, strlen (cases[i].object),
                                         cases[i].members);

      g_assert_cmpstr (result, ==, cases[i].result);
    }
}

static char *
fields_to_json (ForemanJobFields *fields)
{
  g_autoptr (GError) error = NULL;
  GString *json = g_string_new ("{");

  g_assert_true (foreman_job_fields_check (fields, &error));
  g_assert_no_error (error);
  foreman_job_fields_append (fields, json);
  return g_string_free (json, FALSE);
}

static void
fields_of_jobs_are_written (void)
{
  g_auto (ForemanJobFields) fields = {
    .endpoint = g_strdup ("/api/generate"),
    .group = g_strdup ("night"),
    .priority = g_strdup ("-5"),
    .delay = g_strdup ("90m"),
    .after = g_strsplit ("01ARZ3NDEKTSV4RRFFQ69G5FAV,01ARZ3NDEKTSV4RRFFQ69G5FAW", "\n", -1),
    .labels = g_strsplit ("a=1\nb=x=y", "\n", -1),
    .webhook = g_strdup ("http://box/hook"),
    .max_attempts = g_strdup ("5"),
    .idempotency_key = g_strdup ("key"),
  };
  g_autofree char *json = fields_to_json (&fields);

  g_assert_cmpstr (json, ==,
                   "{\"endpoint\":\"/api/generate\",\"group\":\"night\",\"priority\":-5,"
                   "\"delay\":\"90m\",\"after\":[\"01ARZ3NDEKTSV4RRFFQ69G5FAV\","
                   "\"01ARZ3NDEKTSV4RRFFQ69G5FAW\"],\"labels\":{\"a\":\"1\",\"b\":\"x=y\"},"
                   "\"state_webhook_url\":\"http://box/hook\",\"max_attempts\":5");
}

static void
fields_that_cannot_be_written_are_refused (void)
{
  ForemanJobFields cases[] = {
    { .priority = g_strdup ("high") },
    { .max_attempts = g_strdup ("1.5") },
    { .labels = g_strsplit ("a", "\n", -1) },
    { .labels = g_strsplit ("=a", "\n", -1) },
    { .after = g_strsplit ("01ARZ3NDEKTSV4RRFFQ69G5FAV,yesterday", "\n", -1) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (foreman_job_fields_check (&cases[i], &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      foreman_job_fields_clear (&cases[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command-request/options", options_have_the_type_they_look_like);
  g_test_add_func ("/command-request/stops", several_stops_are_one_list);
  g_test_add_func ("/command-request/bad-options", options_that_are_none_are_refused);
  g_test_add_func ("/command-request/endpoints", each_endpoint_gets_its_own_body);
  g_test_add_func ("/command-request/embeddings", what_is_embedded_is_no_message);
  g_test_add_func ("/command-request/images", pictures_and_formats_go_where_they_belong);
  g_test_add_func ("/command-request/refused", what_an_endpoint_cannot_take_is_refused);
  g_test_add_func ("/command-request/strings", any_text_becomes_json);
  g_test_add_func ("/command-request/numbers", numbers_are_told_from_text);
  g_test_add_func ("/command-request/splice", members_are_added_and_nothing_else_changes);
  g_test_add_func ("/command-request/fields", fields_of_jobs_are_written);
  g_test_add_func ("/command-request/bad-fields", fields_that_cannot_be_written_are_refused);
  return g_test_run ();
}

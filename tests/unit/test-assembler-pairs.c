/* SPDX-License-Identifier: MIT */
/* Streams and single answers that Ollama's own code made of the same pieces (assembler-pairs/):
 * what is assembled of the one is the other, to the byte. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "assembler-fixture.h"
#include "libforeman/foreman-error.h"

static const gsize steps[] = { 0, 1, 7, 64 };

/* Times differ, and some ids are made up anew by either way of answering. */
static char *
mask (const char *answer)
{
  g_autoptr (GRegex) times =
      g_regex_new ("(\"(?:created|created_at|completed_at)\":)[0-9]+", 0, 0, NULL);
  g_autoptr (GRegex) ids = g_regex_new ("(\"id\":\"(?:rs|fc|msg)_)(resp_)?[0-9_]+\"", 0, 0, NULL);
  g_autofree char *masked = g_regex_replace (times, answer, -1, 0, "\\g<1>0", 0, NULL);

  return g_regex_replace (ids, masked, -1, 0, "\\g<1>\"", 0, NULL);
}

static JsonNode *
load_pairs (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "assembler-pairs", "pairs.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_parser_steal_root (parser);
}

static void
assert_failed (JsonObject *pair, const Assembled *assembled)
{
  g_assert_cmpint (assembled->usage.completion_tokens, ==, -1);
  if (g_str_equal (json_object_get_string_member (pair, "ends"), "cut"))
    {
      g_assert_error (assembled->error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
      return;
    }
  g_assert_error (assembled->error, FOREMAN_ERROR, FOREMAN_ERROR_HTTP);
  g_assert_cmpuint (foreman_error_get_http_status (assembled->error), ==, 500);
  g_assert_cmpstr (assembled->error->message, ==,
                   "an error was encountered while running the model: unexpected EOF");
}

/* Where the text stands in an answer; a response leaves it out beside calls. */
static char *
find_text (const char *path, JsonNode *answer)
{
  static const struct
  {
    const char *path;
    const char *where;
  } places[] = {
    { "/api/chat", "$.message.content" },
    { "/api/generate", "$.response" },
    { "/v1/chat/completions", "$.choices[0].message.content" },
    { "/v1/completions", "$.choices[0].text" },
    { "/v1/responses", "$.output[*].content[0].text" },
    { "/v1/messages", "$.content[*].text" },
  };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_str_equal (path, places[i].path))
      {
        g_autoptr (JsonNode) found = json_path_query (places[i].where, answer, NULL);
        JsonArray *texts = json_node_get_array (found);

        for (guint j = 0; j < json_array_get_length (texts); j++)
          {
            const char *piece = json_array_get_string_element (texts, j);

            g_string_append (text, piece != NULL ? piece : "");
          }
      }
  return g_string_free (text, FALSE);
}

static void
assert_text (const char *path, const Assembled *assembled)
{
  g_autoptr (JsonNode) answer = json_from_string (assembled->answer, NULL);
  g_autofree char *text = find_text (path, answer);

  if (strstr (assembled->answer, "\"function_call\"") == NULL)
    g_assert_cmpstr (assembled->text, ==, text);
}

static void
assert_whole (JsonObject *pair, const Assembled *assembled)
{
  const char *name = json_object_get_string_member (pair, "name");
  const char *ends = json_object_get_string_member (pair, "ends");
  const char *single = json_object_get_string_member (pair, "single");
  g_autofree char *expected = mask (single);
  g_autofree char *actual = NULL;

  g_assert_no_error (assembled->error);
  actual = mask (assembled->answer);
  g_assert_cmpstr (actual, ==, expected);
  assert_text (json_object_get_string_member (pair, "path"), assembled);
  g_assert_true ((assembled->warning != NULL) == g_str_equal (ends, "repeated"));
  g_assert_true (assembled->is_complete == g_str_equal (ends, "done"));
  if (g_str_equal (ends, "done") && !g_str_equal (name, "uncounted"))
    {
      g_assert_cmpint (assembled->usage.prompt_tokens, ==, 29);
      g_assert_cmpint (assembled->usage.completion_tokens, ==, 24);
    }
}

static void
test_pairs (void)
{
  g_autoptr (JsonNode) root = load_pairs ();
  JsonArray *pairs = json_node_get_array (root);
  g_autoptr (GHashTable) compared = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < json_array_get_length (pairs); i++)
    {
      JsonObject *pair = json_array_get_object_element (pairs, i);
      const char *path = json_object_get_string_member (pair, "path");
      gboolean is_whole = *json_object_get_string_member (pair, "single") != '\0';
      ForemanEndpoint endpoint;

      g_assert_true (foreman_endpoint_from_path (path, &endpoint));
      g_test_message ("%s: %s", path, json_object_get_string_member (pair, "name"));
      for (guint s = 0; s < G_N_ELEMENTS (steps); s++)
        {
          g_autoptr (Assembled) assembled =
              assemble (endpoint, json_object_get_string_member (pair, "content_type"),
                        json_object_get_string_member (pair, "stream"), -1, steps[s]);

          if (is_whole)
            assert_whole (pair, assembled);
          else
            assert_failed (pair, assembled);
        }
      if (is_whole)
        g_hash_table_insert (compared, (gpointer) path,
                             GINT_TO_POINTER (
                                 GPOINTER_TO_INT (g_hash_table_lookup (compared, path)) + 1));
    }

  for (ForemanEndpoint e = 0; e < FOREMAN_N_ENDPOINTS; e++)
    if (foreman_endpoint_is_gated (e) && foreman_endpoint_is_json (e))
      {
        const char *path = foreman_endpoint_get_path (e);
        int n = GPOINTER_TO_INT (g_hash_table_lookup (compared, path));

        g_test_message ("%d pairs of %s are equal", n, path);
        g_assert_cmpint (n, >=, 10);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/assembler/pairs", test_pairs);
  return g_test_run ();
}

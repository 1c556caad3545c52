/* SPDX-License-Identifier: MIT */
#include "engine/foreman-model-list.h"
#include "libforeman/foreman-error.h"

#include <string.h>

static ForemanModelList *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return foreman_model_list_new (body, error);
}

static ForemanModelList *
parse_good (const char *text)
{
  g_autoptr (GError) error = NULL;
  ForemanModelList *list = parse (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (list);
  return list;
}

static gboolean
has (ForemanModelList *list, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (text, &error);

  g_assert_no_error (error);
  return foreman_model_list_find (list, name) != NULL;
}

static void
test_reads_what_ollama_answers (void)
{
  const char *text =
      "{\"models\":[{\"name\":\"qwen3:8b\",\"model\":\"qwen3:8b\",\"size\":9007199254740993,"
      "\"digest\":\"abc\",\"details\":{\"families\":null,\"name\":\"x\"},\"expires_at\":"
      "\"2026-08-22T10:31:07.12+02:00\",\"size_vram\":12,\"context_length\":32768,\"new\":[{}]},"
      "{\"model\":\"hf.co/A/B:Q4_0\"}, {\"name\":\"\",\"model\":\"gemma3:latest\"}]}";
  g_autoptr (ForemanModelList) list = parse_good (text);
  const ForemanModelEntry *entry = foreman_model_list_get (list, 0);
  gsize length;
  const char *bytes = g_bytes_get_data (foreman_model_list_get_bytes (list), &length);

  g_assert_cmpmem (bytes, length, text, strlen (text));
  g_assert_cmpuint (foreman_model_list_get_n (list), ==, 3);
  g_assert_cmpstr (entry->text, ==, "qwen3:8b");
  g_assert_cmpstr (entry->digest, ==, "abc");
  g_assert_cmpstr (entry->expires_at, ==, "2026-08-22T10:31:07.12+02:00");
  g_assert_cmpint (entry->size, ==, G_GINT64_CONSTANT (9007199254740993));
  g_assert_cmpint (entry->size_vram, ==, 12);
  g_assert_cmpint (entry->context_length, ==, 32768);
  entry = foreman_model_list_get (list, 1);
  g_assert_cmpstr (entry->digest, ==, "");
  g_assert_cmpstr (entry->expires_at, ==, "");
  g_assert_cmpint (entry->size, ==, 0);
}

static void
test_finds_by_any_spelling (void)
{
  g_autoptr (ForemanModelList) list =
      parse_good ("{\"models\":[{\"name\":\"Qwen3:8b\"},{\"name\":\"gemma3:latest\"},"
                  "{\"name\":\"hf.co/A/B:Q4_0\"},{\"name\":\"not a name\"}]}");

  g_assert_true (has (list, "qwen3:8B"));
  g_assert_true (has (list, "registry.ollama.ai/library/qwen3:8b"));
  g_assert_true (has (list, "gemma3"));
  g_assert_true (has (list, "hf.co/a/b:q4_0"));
  g_assert_false (has (list, "qwen3"));
  g_assert_false (has (list, "a/b:q4_0"));
  g_assert_false (has (list, "not"));
}

static void
test_empty_lists_are_lists (void)
{
  g_autoptr (ForemanModelList) empty = parse_good ("{\"models\":[]}");
  g_autoptr (ForemanModelList) null = parse_good ("{\"models\":null}");
  g_autoptr (ForemanModelList) odd = parse_good (" {\"models\":[1,{},null,{\"name\":7},[]]} ");

  g_assert_cmpuint (foreman_model_list_get_n (empty), ==, 0);
  g_assert_cmpuint (foreman_model_list_get_n (null), ==, 0);
  g_assert_cmpuint (foreman_model_list_get_n (odd), ==, 0);
  g_assert_false (has (empty, "qwen3"));
}

static void
test_anything_else_is_refused (void)
{
  g_autofree char *deep = g_strnfill (50000, '[');
  g_autofree char *deep_body = g_strdup_printf ("{\"models\":[%s", deep);
  const char *bodies[] = {
    "",
    "{}",
    "[]",
    "null",
    "{\"models\":{}}",
    "{\"models\":\"x\"}",
    "{\"models\":[",
    "{\"models\":[{\"name\":\"a\"}",
    "{\"models\":[{\"name\":\"a\",}]}",
    "<html>not found</html>",
    "{\"error\":\"x\"}",
    deep_body,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%.40s", bodies[i]);
      g_assert_null (parse (bodies[i], &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
      g_assert_null (strchr (error->message, '\n'));
    }
}

static void
assert_same (gboolean expected, const char *a, const char *b)
{
  g_autoptr (ForemanModelList) left = parse_good (a);
  g_autoptr (ForemanModelList) right = parse_good (b);

  g_assert_cmpint (foreman_model_list_has_same_models (left, right), ==, expected);
  g_assert_cmpint (foreman_model_list_has_same_models (right, left), ==, expected);
}

static void
test_mere_use_makes_no_difference (void)
{
  const char *both = "{\"models\":[{\"name\":\"a:x\",\"digest\":\"1\",\"expires_at\":\"8\"},"
                     "{\"name\":\"b:x\",\"digest\":\"2\",\"expires_at\":\"9\"}]}";

  assert_same (TRUE, both, both);
  assert_same (TRUE, both,
               "{\"models\":[{\"name\":\"b:x\",\"digest\":\"2\",\"expires_at\":\"11\"},"
               "{\"name\":\"A:x\",\"digest\":\"1\",\"expires_at\":\"10\"}]}");
  assert_same (FALSE, both, "{\"models\":[{\"name\":\"a:x\",\"digest\":\"1\"}]}");
  assert_same (FALSE, both,
               "{\"models\":[{\"name\":\"a:x\",\"digest\":\"1\"},"
               "{\"name\":\"c:x\",\"digest\":\"2\"}]}");
  assert_same (FALSE, "{\"models\":[{\"name\":\"a:x\",\"digest\":\"1\"}]}",
               "{\"models\":[{\"name\":\"a:x\",\"digest\":\"2\"}]}");
  assert_same (FALSE, "{\"models\":[{\"name\":\"a:x\",\"context_length\":1}]}",
               "{\"models\":[{\"name\":\"a:x\",\"context_length\":2}]}");
  assert_same (FALSE, "{\"models\":[]}", "{\"models\":[{\"name\":\"a:x\"}]}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model-list/reads", test_reads_what_ollama_answers);
  g_test_add_func ("/model-list/finds", test_finds_by_any_spelling);
  g_test_add_func ("/model-list/empty", test_empty_lists_are_lists);
  g_test_add_func ("/model-list/refused", test_anything_else_is_refused);
  g_test_add_func ("/model-list/same", test_mere_use_makes_no_difference);
  return g_test_run ();
}

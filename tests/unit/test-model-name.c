/* SPDX-License-Identifier: MIT */
#include "engine/foreman-model-name.h"

#include "libforeman/foreman-error.h"

#define X10 "xxxxxxxxxx"
#define X80 X10 X10 X10 X10 X10 X10 X10 X10

typedef struct
{
  const char *text;
  const char *shortest; /* (nullable): NULL is an error */
  ForemanModelSource source;
} Case;

#define NONE  FOREMAN_MODEL_SOURCE_NONE
#define LOCAL FOREMAN_MODEL_SOURCE_LOCAL
#define CLOUD FOREMAN_MODEL_SOURCE_CLOUD

/* The names of the recorded exchanges chat-name-* and chat-badname-*: what Ollama answered with 200
 * or 404 parses, what it answered with 400 does not, what it answered with 403 is for the cloud. */
static const Case recorded[] = {
  { "TINY", "TINY:latest" },
  { "tiny:latest", "tiny:latest" },
  { "Tiny:Latest", "Tiny:Latest" },
  { "library/tiny", "tiny:latest" },
  { "registry.ollama.ai/library/tiny:latest", "tiny:latest" },
  { " tiny ", "tiny:latest" },
  { "tiny:local", "tiny:latest", LOCAL },
  { "http://registry.ollama.ai/library/tiny", "tiny:latest" },
  { "tiny@sha256:0000", NULL },
  { "tiny:", NULL },
  { "tin", "tin:latest" },
  { "other/tiny", "other/tiny:latest" },
  { ":latest", NULL },
  { "a b", NULL },
  { "tiny:cloud", "tiny:latest", CLOUD },
  { "tiny-cloud", "tiny-cloud:latest" },
  { "tiny:7b-cloud", "tiny:7b", CLOUD },
  { "tiny:cloud:local", NULL },
  { "../tiny", NULL },
  { X80 X10, NULL },
  { "é", NULL },
  { NULL },
};

static const Case grammar[] = {
  { "", NULL },
  { " \t\n\u00a0\u3000", NULL },
  { "\u2003m\xc2\x85", "m:latest" },
  { "m\xc2", NULL },
  { " \x85", NULL },
  { "_m-.x:_t-.9", "_m-.x:_t-.9" },
  { "-m", NULL },
  { ".m", NULL },
  { "m:-t", NULL },
  { "n.s/m", NULL },
  { "n-s/m", "n-s/m:latest" },
  { "host/ns/m", "host/ns/m:latest" },
  { "HOST:5000/ns/m", "HOST:5000/ns/m:latest" },
  { "host:5000/ns/m:t", "host:5000/ns/m:t" },
  { "host/library/m", "host/library/m:latest" },
  { "REGISTRY.ollama.ai/Library/m", "m:latest" },
  { "registry.ollama.ai/ns/m", "ns/m:latest" },
  { "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M",
    "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M" },
  { "a/b/c/d", NULL },
  { "/m", NULL },
  { "ns//m", NULL },
  { "/ns/m", NULL },
  { "http:///ns/m", "ns/m:latest" },
  { "any thing://host/ns/m", "host/ns/m:latest" },
  { "http://m", NULL },
  { "a://b://c/ns/m", NULL },
  { X80, X80 ":latest" },
  { X80 "x", NULL },
  { X80 "/" X80 ":" X80, X80 "/" X80 ":" X80 },
  { "m:" X80 "x", NULL },
  { X80 "x/m", NULL },
  { X80 X80 X80 X80 X10 X10 X10 "/n/m", X80 X80 X80 X80 X10 X10 X10 "/n/m:latest" },
  { X80 X80 X80 X80 X10 X10 X10 "x/n/m", NULL },
  { NULL },
};

static const Case sources[] = {
  { "gpt-oss:20b:cloud", "gpt-oss:20b", CLOUD },
  { "gpt-oss:20b-CLOUD", "gpt-oss:20b", CLOUD },
  { "gpt-oss:20b:LOCAL", "gpt-oss:20b", LOCAL },
  { "host:5000/ns/m:cloud", "host:5000/ns/m:latest", CLOUD },
  { "my-cloud-model", "my-cloud-model:latest" },
  { "my-cloud", "my-cloud:latest" },
  { "foo:bar-cloud/baz", NULL },
  { "foo:bar-cloud/ns/baz", "foo:bar-cloud/ns/baz:latest" },
  { "m: cloud", "m:latest", CLOUD },
  { "m: 7b-cloud", "m:7b", CLOUD },
  { "m :cloud", NULL },
  { ":cloud", NULL },
  { "m:-cloud", NULL },
  { "m::cloud", NULL },
  { "m:local:cloud", NULL },
  { "m:cloud:cloud", NULL },
  { "m:cloud-cloud", NULL },
  { "m:7b-cloud-cloud", NULL },
  { "m:7b-cloud:cloud", NULL },
  { "m:cloud -cloud", NULL },
  { "m:clod", "m:clod" },
  { NULL },
};

static void
test_cases (gconstpointer data)
{
  for (const Case *c = data; c->text != NULL; c++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ForemanModelName) name = foreman_model_name_parse (c->text, &error);
      g_autofree char *escaped = g_strescape (c->text, NULL);
      g_autofree char *shortest = name != NULL ? foreman_model_name_to_string (name) : NULL;

      g_test_message ("%s", escaped);
      g_assert_cmpstr (shortest, ==, c->shortest);
      if (c->shortest == NULL)
        g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      else
        {
          g_autoptr (ForemanModelName) again = foreman_model_name_parse (shortest, NULL);

          g_assert_no_error (error);
          g_assert_cmpint (name->source, ==, c->source);
          g_assert_true (foreman_model_name_equal (name, again));
        }
    }
}

static void
assert_words (const char *text, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (foreman_model_name_parse (text, &error));
  g_assert_cmpstr (error->message, ==, words);
}

static void
test_errors_are_in_ollamas_words (void)
{
  assert_words ("  ", "model is required");
  assert_words ("a b", "invalid model name");
  assert_words (" m:cloud:local ", "use either :local or :cloud, not both: \"m:cloud:local\"");
}

static void
test_equality_folds_case (void)
{
  static const char *const same[] = { "Llama3.2", "llama3.2", "library/LLAMA3.2",
                                      "registry.ollama.ai/library/llama3.2:LATEST",
                                      "https://Registry.Ollama.AI/library/llama3.2:local" };
  static const char *const other[] = { "llama3",
                                       "llama3.2:8b",
                                       "ns/llama3.2",
                                       "hf.co/library/llama3.2",
                                       "huggingface.co/library/llama3.2",
                                       "llama3.2x" };
  g_autoptr (ForemanModelName) first = foreman_model_name_parse (same[0], NULL);
  g_autofree char *key = foreman_model_name_to_key (first);

  g_assert_cmpstr (key, ==, "llama3.2:latest");
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autoptr (ForemanModelName) name = foreman_model_name_parse (same[i], NULL);
      g_autofree char *name_key = foreman_model_name_to_key (name);

      g_assert_true (foreman_model_name_equal (first, name));
      g_assert_cmpuint (foreman_model_name_hash (first), ==, foreman_model_name_hash (name));
      g_assert_cmpstr (name_key, ==, key);
    }
  for (guint i = 0; i < G_N_ELEMENTS (other); i++)
    {
      g_autoptr (ForemanModelName) name = foreman_model_name_parse (other[i], NULL);
      g_autoptr (ForemanModelName) copy = foreman_model_name_copy (name);

      g_assert_false (foreman_model_name_equal (first, copy));
      g_assert_true (foreman_model_name_equal (name, copy));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/model-name/recorded-answers", recorded, test_cases);
  g_test_add_data_func ("/model-name/grammar", grammar, test_cases);
  g_test_add_data_func ("/model-name/source-suffixes", sources, test_cases);
  g_test_add_func ("/model-name/errors-are-in-ollamas-words", test_errors_are_in_ollamas_words);
  g_test_add_func ("/model-name/equality-folds-case", test_equality_folds_case);
  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "commands/foreman-batch-keys.h"
#include "commands/foreman-template.h"

#include <string.h>

#include "libforeman/foreman-error.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Returns: the keys of lines, by commas */
static char *
get_keys (const char *const *salts, const char *const *lines)
{
  g_autoptr (ForemanBatchKeys) keys = foreman_batch_keys_new (salts);
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *key = foreman_batch_keys_next (keys, lines[i], strlen (lines[i]));

      g_assert_cmpuint (strlen (key), <=, 255);
      g_strv_builder_add (all, key);
    }
  list = g_strv_builder_end (all);
  return g_strjoinv (",", list);
}

static void
the_same_lines_have_the_same_keys (void)
{
  const char *const *lines = LIST ("{\"a\":1}", "{\"a\":2}", "{\"a\":1}");
  g_autofree char *once = get_keys (LIST ("", "night"), lines);
  g_autofree char *again = get_keys (LIST ("", "night"), lines);
  g_autofree char *longer =
      get_keys (LIST ("", "night"), LIST ("{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "{\"a\":3}"));

  g_assert_cmpstr (once, ==, again);
  /* a file that has grown has the jobs it had */
  g_assert_true (g_str_has_prefix (longer, once));
}

static void
every_line_has_a_key_of_its_own (void)
{
  const char *const *lines = LIST ("{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "{\"a\":1}");
  g_autofree char *keys = get_keys (LIST ("night"), lines);
  g_auto (GStrv) list = g_strsplit (keys, ",", -1);
  g_autoptr (GHashTable) set = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; list[i] != NULL; i++)
    g_assert_true (g_hash_table_add (set, list[i]));
  g_assert_cmpuint (g_hash_table_size (set), ==, 4);
}

static void
another_group_has_other_keys (void)
{
  const char *const *lines = LIST ("{\"a\":1}");
  g_autofree char *monday = get_keys (LIST ("", "monday"), lines);
  g_autofree char *tuesday = get_keys (LIST ("", "tuesday"), lines);
  g_autofree char *salted = get_keys (LIST ("monday", ""), lines);

  g_assert_cmpstr (monday, !=, tuesday);
  g_assert_cmpstr (monday, !=, salted);
}

static void
a_template_is_filled_in (void)
{
  static const struct
  {
    const char *template;
    const char *line;
    const char *text;
  } cases[] = {
    { "Say {}.", "hello", "Say hello." },
    { "{line} and {}", "x", "x and x" },
    { "no place", "x", "no place" },
    { "{name} is {age}", "{\"name\":\"Ada\",\"age\":36}", "Ada is 36" },
    { "{tags} {deep}", "{\"tags\":[1,\"a\"],\"deep\":{\"x\":null}}", "[1,\"a\"] {\"x\":null}" },
    { "all: {}", "{\"name\":\"Ada\"}", "all: {\"name\":\"Ada\"}" },
    { "{line}", "{\"line\":\"own\"}", "own" },
    { "as {\"a\": {\"b\": 1}}: {}", "x", "as {\"a\": {\"b\": 1}}: x" },
    { "{{name}} {}", "x", "{name} x" },
    { "{ } {a b} {", "x", "{ } {a b} {" },
    { "{}{}", "{", "{{" },
    { "{}", "{not json", "{not json" },
    { "{{}} {}", "x", "{} x" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = foreman_template_expand (cases[i].template, cases[i].line, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
a_member_that_is_missing_is_an_error (void)
{
  g_autoptr (GError) member = NULL;
  g_autoptr (GError) text = NULL;

  g_assert_null (foreman_template_expand ("{nam}", "{\"name\":\"Ada\"}", &member));
  g_assert_error (member, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  g_assert_nonnull (strstr (member->message, "\"nam\""));
  g_assert_null (foreman_template_expand ("{name}", "Ada", &text));
  g_assert_error (text, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command-batch/stable-keys", the_same_lines_have_the_same_keys);
  g_test_add_func ("/command-batch/own-keys", every_line_has_a_key_of_its_own);
  g_test_add_func ("/command-batch/groups", another_group_has_other_keys);
  g_test_add_func ("/command-batch/template", a_template_is_filled_in);
  g_test_add_func ("/command-batch/missing-member", a_member_that_is_missing_is_an_error);
  return g_test_run ();
}

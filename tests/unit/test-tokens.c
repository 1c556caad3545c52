/* SPDX-License-Identifier: MIT */
#include "http/foreman-tokens.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"

/* sha256 of "alpha" and of "beta" */
#define ALPHA "sha256:8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8"
#define BETA  "sha256:f44e64e75f3948e9f73f8dfa94721c4ce8cbb4f265c4790c702b2d41cfbf2753"

static ForemanTokens *
parse (const char *text, GError **error)
{
  g_autoptr (ForemanTokens) tokens = foreman_tokens_new ();

  if (!foreman_tokens_add_text (tokens, "tokens", text, error))
    return NULL;
  return g_steal_pointer (&tokens);
}

static void
a_token_is_found_by_what_its_bearer_sends (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanTokens) tokens =
      parse ("# who may come in\n\n"
             "laptop inference,jobs " ALPHA "\n"
             "  nightly\tinference,jobs:all  " BETA " max-priority=-5 class=background \r\n",
             &error);
  const ForemanToken *token;

  g_assert_no_error (error);
  g_assert_cmpuint (foreman_tokens_get_n (tokens), ==, 2);
  token = foreman_tokens_find (tokens, "alpha");
  g_assert_cmpstr (token->name, ==, "laptop");
  g_assert_cmpint (token->scopes, ==, FOREMAN_SCOPE_INFERENCE | FOREMAN_SCOPE_JOBS);
  g_assert_cmpint (token->max_priority, ==, 100);
  g_assert_false (token->background);
  token = foreman_tokens_find (tokens, "beta");
  g_assert_cmpstr (token->name, ==, "nightly");
  g_assert_cmpint (token->scopes, ==, FOREMAN_SCOPE_INFERENCE | FOREMAN_SCOPE_JOBS_ALL);
  g_assert_cmpint (token->max_priority, ==, -5);
  g_assert_true (token->background);
  g_assert_null (foreman_tokens_find (tokens, "gamma"));
  g_assert_null (foreman_tokens_find (tokens, ""));
  g_assert_null (foreman_tokens_find (tokens, "Alpha"));
  g_assert_true (foreman_tokens_find_name (tokens, "laptop") == foreman_tokens_get_nth (tokens, 0));
}

static void
a_line_is_written_as_it_is_read (void)
{
  static const char *const lines[] = {
    "a inference " ALPHA,
    "b inference,jobs,jobs:all,manage,admin " ALPHA " max-priority=0 class=background",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (ForemanTokens) tokens = parse (lines[i], NULL);
      g_autofree char *line = foreman_token_to_line (foreman_tokens_get_nth (tokens, 0));

      g_assert_cmpstr (line, ==, lines[i]);
    }
}

static void
a_bad_line_is_named_and_not_repeated (void)
{
  static const struct
  {
    const char *text;
    const char *line;
  } cases[] = {
    { "laptop", "tokens:1" },
    { "laptop s3cret", "tokens:1" },
    { "laptop inference s3cret", "tokens:1" },
    { "laptop inference sha256:s3cret", "tokens:1" },
    { "laptop inference " ALPHA "0", "tokens:1" },
    { "# x\nlap/top inference " ALPHA, "tokens:2" },
    { "FOREMAN_TOKEN inference " ALPHA, "tokens:1" },
    { "laptop everything " ALPHA, "tokens:1" },
    { "laptop inference,, " ALPHA, "tokens:1" },
    { "laptop inference " ALPHA " s3cret", "tokens:1" },
    { "laptop inference " ALPHA " max-priority=101", "tokens:1" },
    { "laptop inference " ALPHA " max-priority=", "tokens:1" },
    { "laptop inference " ALPHA " class=s3cret", "tokens:1" },
    { "laptop inference " ALPHA "\nlaptop inference " BETA, "tokens:2" },
    { "laptop inference " ALPHA "\nother inference " ALPHA, "tokens:2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (cases[i].text, &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, cases[i].line));
      g_assert_null (strstr (error->message, "s3cret"));
      g_assert_null (strchr (error->message, '\n'));
    }
}

static void
the_mode_of_the_file_matters (void)
{
  static const struct
  {
    int mode;
    gboolean ok;
    gboolean warns;
  } cases[] = {
    { 0600, TRUE, FALSE },  { 0400, TRUE, FALSE },  { 0640, TRUE, TRUE },
    { 0644, FALSE, FALSE }, { 0620, FALSE, FALSE }, { 0602, FALSE, FALSE },
  };
  g_autofree char *folder = g_dir_make_tmp ("foreman-tokens-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "tokens", NULL);

  g_assert_true (g_file_set_contents (path, "a inference " ALPHA "\n", -1, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ForemanTokens) tokens = foreman_tokens_new ();
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (g_chmod (path, cases[i].mode), ==, 0);
      g_assert_cmpint (foreman_tokens_add_file (tokens, path, &error), ==, cases[i].ok);
      g_assert_cmpint (error == NULL, ==, cases[i].ok);
      g_assert_cmpint (foreman_tokens_get_warning (tokens) != NULL, ==, cases[i].warns);
      g_assert_cmpuint (foreman_tokens_get_n (tokens), ==, cases[i].ok ? 1 : 0);
    }
  g_remove (path);
  g_rmdir (folder);
}

static void
a_file_that_cannot_be_read_is_an_error (void)
{
  g_autoptr (ForemanTokens) tokens = foreman_tokens_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (foreman_tokens_add_file (tokens, "/nonexistent/tokens", &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "foreman token add"));
  g_clear_error (&error);
  g_assert_false (foreman_tokens_add_file (tokens, g_get_tmp_dir (), &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokens/find", a_token_is_found_by_what_its_bearer_sends);
  g_test_add_func ("/tokens/write", a_line_is_written_as_it_is_read);
  g_test_add_func ("/tokens/bad-line", a_bad_line_is_named_and_not_repeated);
  g_test_add_func ("/tokens/mode", the_mode_of_the_file_matters);
  g_test_add_func ("/tokens/unreadable", a_file_that_cannot_be_read_is_an_error);
  return g_test_run ();
}

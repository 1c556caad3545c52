/* SPDX-License-Identifier: MIT */
#include "http/foreman-tokens-file.h"

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

typedef struct
{
  char *folder; /* (owned) */
  char *path;   /* (owned) */
  ForemanToken token;
} Edited;

static void
set_up (Edited *edited, gconstpointer data)
{
  edited->folder = g_dir_make_tmp ("foreman-tokens-XXXXXX", NULL);
  edited->path = g_build_filename (edited->folder, "inner", "tokens", NULL);
  edited->token.name = (char *) "laptop";
  edited->token.scopes = FOREMAN_SCOPE_INFERENCE;
  edited->token.max_priority = FOREMAN_PRIORITY_MAX;
  foreman_token_digest ("alpha", edited->token.digest);
}

/* Fails where something was left lying about. */
static void
tear_down (Edited *edited, gconstpointer data)
{
  g_autofree char *inner = g_path_get_dirname (edited->path);

  g_remove (edited->path);
  g_assert_cmpint (g_rmdir (inner), ==, 0);
  g_assert_cmpint (g_rmdir (edited->folder), ==, 0);
  g_free (edited->path);
  g_free (edited->folder);
}

static void
write_file (Edited *edited, const char *text, int mode)
{
  g_autofree char *inner = g_path_get_dirname (edited->path);

  g_mkdir_with_parents (inner, 0700);
  g_assert_true (g_file_set_contents (edited->path, text, -1, NULL));
  g_assert_cmpint (g_chmod (edited->path, mode), ==, 0);
}

static void
assert_file (Edited *edited, const char *expected, guint mode)
{
  g_autofree char *text = NULL;
  GStatBuf status;

  g_assert_true (g_file_get_contents (edited->path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpint (g_stat (edited->path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, mode);
}

#define HEADER "# Tokens of foreman, a line each; see \"foreman token --help\".\n"

static void
a_file_is_made_for_its_owner_alone (Edited *edited, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (foreman_tokens_file_add (edited->path, &edited->token, &error));
  g_assert_no_error (error);
  assert_file (edited, HEADER "laptop inference " ALPHA "\n", 0600);
  g_assert_false (foreman_tokens_file_add (edited->path, &edited->token, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT);
  assert_file (edited, HEADER "laptop inference " ALPHA "\n", 0600);
}

static void
what_was_there_stays (Edited *edited, gconstpointer data)
{
  g_autofree char *link = g_build_filename (edited->folder, "link", NULL);
  g_autoptr (GError) error = NULL;

  write_file (edited, "# mine\n\nlaptop inference " ALPHA, 0640);
  g_assert_cmpint (symlink (edited->path, link), ==, 0);
  edited->token.name = (char *) "night";
  edited->token.background = TRUE;
  foreman_token_digest ("beta", edited->token.digest);
  g_assert_true (foreman_tokens_file_add (link, &edited->token, &error));
  g_assert_no_error (error);
  assert_file (edited,
               "# mine\n\nlaptop inference " ALPHA "\nnight inference " BETA " class=background\n",
               0640);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_remove (link);
}

static void
a_line_is_taken_out_by_its_whole_name (Edited *edited, gconstpointer data)
{
  gboolean found;

  write_file (edited, "# lap\nlaptop inference " ALPHA "\n lap\tinference " BETA "\n", 0600);
  g_assert_true (foreman_tokens_file_remove (edited->path, "la", &found, NULL));
  g_assert_false (found);
  g_assert_true (foreman_tokens_file_remove (edited->path, "../x", &found, NULL));
  g_assert_false (found);
  g_assert_true (foreman_tokens_file_remove (edited->path, "lap", &found, NULL));
  g_assert_true (found);
  assert_file (edited, "# lap\nlaptop inference " ALPHA "\n", 0600);
}

static void
a_file_with_a_mistake_is_left_as_it_is (Edited *edited, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean found;

  write_file (edited, "nonsense\n", 0600);
  g_assert_false (foreman_tokens_file_add (edited->path, &edited->token, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_false (foreman_tokens_file_remove (edited->path, "nonsense", &found, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  assert_file (edited, "nonsense\n", 0600);
}

#define ADD(path, func) g_test_add (path, Edited, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokens/find", a_token_is_found_by_what_its_bearer_sends);
  g_test_add_func ("/tokens/write", a_line_is_written_as_it_is_read);
  g_test_add_func ("/tokens/bad-line", a_bad_line_is_named_and_not_repeated);
  g_test_add_func ("/tokens/mode", the_mode_of_the_file_matters);
  g_test_add_func ("/tokens/unreadable", a_file_that_cannot_be_read_is_an_error);
  ADD ("/tokens/edit/new", a_file_is_made_for_its_owner_alone);
  ADD ("/tokens/edit/add", what_was_there_stays);
  ADD ("/tokens/edit/remove", a_line_is_taken_out_by_its_whole_name);
  ADD ("/tokens/edit/mistake", a_file_with_a_mistake_is_left_as_it_is);
  return g_test_run ();
}

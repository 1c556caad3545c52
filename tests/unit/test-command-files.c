/* SPDX-License-Identifier: MIT */
#include "commands/foreman-login.h"
#include "commands/foreman-results-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"

#define FIRST    "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#define SECOND   "01ARZ3NDEKTSV4RRFFQ69G5FAW"
#define LINE(id) "{\"id\":\"" id "\",\"custom_id\":null,\"response\":null,\"error\":null}\n"

typedef struct
{
  char *folder;
  char *path; /* of a file that is not there yet */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("foreman-files-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "out.jsonl", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
assert_content (Fixture *fixture, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

/* Opens what holds @content, appends a line, and looks at what is there then. */
static void
go_on (Fixture *fixture, const char *content, const char *last_id, const char *kept)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanResultsFile) file = NULL;
  g_autofree char *expected = g_strconcat (kept, "{\"id\":\"new\"}\n", NULL);

  if (content != NULL)
    g_assert_true (g_file_set_contents (fixture->path, content, -1, NULL));
  file = foreman_results_file_open (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (foreman_results_file_get_last_id (file), ==, last_id);
  g_assert_true (foreman_results_file_append (file, "{\"id\":\"new\"}", 12, &error));
  g_assert_true (foreman_results_file_close (file, &error));
  g_assert_no_error (error);
  assert_content (fixture, expected);
}

static void
a_new_file_begins_empty (Fixture *fixture, gconstpointer data)
{
  go_on (fixture, NULL, NULL, "");
  go_on (fixture, "", NULL, "");
}

static void
a_whole_file_is_gone_on_with (Fixture *fixture, gconstpointer data)
{
  go_on (fixture, LINE (FIRST) LINE (SECOND), SECOND, LINE (FIRST) LINE (SECOND));
}

static void
a_torn_last_line_is_cut_off (Fixture *fixture, gconstpointer data)
{
  go_on (fixture, LINE (FIRST) "{\"id\":\"" SECOND "\",\"custo", FIRST, LINE (FIRST));
  /* whole but for its end: nobody knows whether it is */
  go_on (fixture, LINE (FIRST) "{\"id\":\"" SECOND "\"}", FIRST, LINE (FIRST));
  go_on (fixture, "{\"id\":\"" FIRST, NULL, "");
}

static void
a_long_last_line_is_found (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (200000, 'x');
  g_autofree char *whole =
      g_strconcat (LINE (FIRST), "{\"id\":\"" SECOND "\",\"response\":\"", text, "\"}\n", NULL);
  g_autofree char *torn =
      g_strconcat (LINE (FIRST), "{\"id\":\"" SECOND "\",\"response\":\"", text, NULL);

  go_on (fixture, whole, SECOND, whole);
  go_on (fixture, torn, FIRST, LINE (FIRST));
}

static void
what_holds_something_else_is_not_touched (Fixture *fixture, gconstpointer data)
{
  static const char *const contents[] = {
    "a letter without a line feed", "a letter\nof two lines\n", "{\"name\":\"a JSON file\"}\n",
    "{\"id\":\"no job\"}\n",        "notes\n" LINE (FIRST),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (fixture->path, contents[i], -1, NULL));
      g_assert_null (foreman_results_file_open (fixture->path, &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED);
      assert_content (fixture, contents[i]);
    }
}

static void
what_cannot_be_opened_is_an_error (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (foreman_results_file_open (fixture->folder, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, fixture->folder));
}

static void
assert_login (const char *url, const char *token)
{
  g_auto (ForemanLogin) login = { NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (foreman_login_load (&login, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (login.url, ==, url);
  g_assert_cmpstr (login.token, ==, token);
}

static void
a_login_is_kept_for_its_user_alone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = foreman_login_get_file ();
  char url[] = "http://box:8080/", token[] = "secret";
  ForemanLogin login = { url, token };
  g_autoptr (GError) error = NULL;
  struct stat info;

  assert_login ("http://127.0.0.1:8080", NULL);
  g_assert_true (foreman_login_save (&login, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  assert_login ("http://box:8080", "secret");

  /* a saved token goes only where it was saved for */
  g_setenv ("FOREMAN_URL", "http://other:8080", TRUE);
  assert_login ("http://other:8080", NULL);
  g_setenv ("FOREMAN_TOKEN", "mine", TRUE);
  assert_login ("http://other:8080", "mine");
  g_setenv ("FOREMAN_URL", "http://box:8080/", TRUE);
  g_unsetenv ("FOREMAN_TOKEN");
  assert_login ("http://box:8080", "secret");
  g_unsetenv ("FOREMAN_URL");

  /* what was too open becomes closed again */
  g_assert_cmpint (g_chmod (file, 0644), ==, 0);
  login.token = NULL;
  g_assert_true (foreman_login_save (&login, &error));
  g_assert_cmpint (g_stat (file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  assert_login ("http://box:8080", NULL);
}

static void
a_broken_login_says_so (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = foreman_login_get_file ();
  g_auto (ForemanLogin) login = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_path_get_dirname (file);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "no key file", -1, NULL));
  g_assert_false (foreman_login_load (&login, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "foreman login"));
}

int
main (int argc, char **argv)
{
  int result;
  g_autofree char *home = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *file = NULL;

  g_test_init (&argc, &argv, NULL);
  home = g_dir_make_tmp ("foreman-config-XXXXXX", NULL);
  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_unsetenv ("FOREMAN_URL");
  g_unsetenv ("FOREMAN_TOKEN");
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/command-files/results/new", a_new_file_begins_empty);
  ADD ("/command-files/results/whole", a_whole_file_is_gone_on_with);
  ADD ("/command-files/results/torn", a_torn_last_line_is_cut_off);
  ADD ("/command-files/results/long", a_long_last_line_is_found);
  ADD ("/command-files/results/foreign", what_holds_something_else_is_not_touched);
  ADD ("/command-files/results/unopenable", what_cannot_be_opened_is_an_error);
  ADD ("/command-files/login", a_login_is_kept_for_its_user_alone);
  ADD ("/command-files/broken-login", a_broken_login_says_so);
  result = g_test_run ();
  file = foreman_login_get_file ();
  folder = g_path_get_dirname (file);
  g_unlink (file);
  g_rmdir (folder);
  g_rmdir (home);
  return result;
}

/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-commands.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* Runs the command line that the environment holds, as a process of its own. */
static int
run_in_child (void)
{
  g_auto (GStrv) arguments = g_strsplit (g_getenv ("COMMAND_LINE"), "\n", -1);
  g_autofree char **borrowed =
      g_memdup2 (arguments, (g_strv_length (arguments) + 1) * sizeof (char *));

  return foreman_commands_run ((int) g_strv_length (arguments), borrowed);
}

typedef struct
{
  int status;
  char *output; /* (owned) */
  char *errors; /* (owned) */
} Result;

static void
result_clear (Result *result)
{
  g_free (result->output);
  g_free (result->errors);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

static char *folder;

/* That of the process, without what it may say to foreman. */
static GStrv
clean_environment (void)
{
  g_auto (GStrv) all = g_get_environ ();
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();

  for (gsize i = 0; all[i] != NULL; i++)
    if (!g_str_has_prefix (all[i], "FOREMAN_") && !g_str_has_prefix (all[i], "CREDENTIALS_"))
      g_strv_builder_add (kept, all[i]);
  return g_strv_builder_end (kept);
}

static Result
run (const char *line, const char *const *environment)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = g_strdelimit (g_strconcat ("foreman ", line, NULL), " ", '\n');
  g_auto (GStrv) clean = clean_environment ();
  Result result = { 0 };

  g_subprocess_launcher_set_environ (launcher, clean);
  g_subprocess_launcher_setenv (launcher, "COMMAND_LINE", g_strchomp (lines), TRUE);
  g_subprocess_launcher_setenv (launcher, "CONFIGURATION_DIRECTORY", folder, TRUE);
  for (gsize i = 0; environment != NULL && environment[i] != NULL; i += 2)
    g_subprocess_launcher_setenv (launcher, environment[i], environment[i + 1], TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &result.output, &result.errors, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  result.status = g_subprocess_get_exit_status (process);
  g_test_message ("foreman %s: %d\n%s%s", line, result.status, result.output, result.errors);
  return result;
}

#define ENV(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
assert_one_line (const char *text)
{
  g_assert_nonnull (strchr (text, '\n'));
  g_assert_cmpstr (strchr (text, '\n'), ==, "\n");
}

static void
the_command_line_is_checked (void)
{
  static const struct
  {
    const char *line;
    int status;
    const char *word; /* of stdout, or of stderr where it fails */
  } cases[] = {
    { "", 2, "foreman --help" },
    { "--help", 0, "Commands:" },
    { "help", 0, "token" },
    { "--version", 0, "foreman 0." },
    { "tokn", 2, "did you mean token?" },
    { "frobnicate", 2, "foreman --help" },
    { "config --help", 0, "foreman config" },
    { "config --nonsense", 2, "--nonsense" },
    { "config max_qeue", 3, "max_queue" },
    { "token --help", 0, "--scope" },
    { "token", 2, "add, list or remove" },
    { "token add", 2, "takes one name" },
    { "token add laptop", 2, "--scope" },
    { "token add lap/top --scope inference", 2, "a name is" },
    { "token add laptop --scope everything", 2, "scopes are" },
    { "token add laptop --scope inference --max-priority 101", 2, "--max-priority" },
    { "token add laptop --scope inference --class slow", 2, "--class" },
    { "token list laptop", 2, "no name" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *file = g_build_filename (folder, "none", NULL);
      g_auto (Result) result = run (cases[i].line, ENV ("FOREMAN_TOKENS_FILE", file));

      g_assert_cmpint (result.status, ==, cases[i].status);
      g_assert_nonnull (strstr (result.status == 0 ? result.output : result.errors, cases[i].word));
      if (result.status != 0)
        assert_one_line (result.errors);
      g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
    }
}

static void
settings_are_printed_with_their_origin (void)
{
  g_auto (Result) all = run ("config --set max_queue=7",
                             ENV ("FOREMAN_TOKEN", "hunter2", "FOREMAN_EMBED_MODEL", "embed"));
  g_auto (Result) some = run ("config max_queue FOREMAN_MAX_BODY", NULL);
  g_auto (Result) json = run ("config --json token", ENV ("FOREMAN_TOKEN", "hunter2"));

  g_assert_cmpint (all.status, ==, 0);
  g_assert_nonnull (strstr (all.output, "FOREMAN_ADDR=127.0.0.1:8080  # default\n"));
  g_assert_nonnull (strstr (all.output, "FOREMAN_MAX_QUEUE=7  # option\n"));
  g_assert_nonnull (strstr (all.output, "FOREMAN_EMBED_MODEL=embed  # environment\n"));
  g_assert_nonnull (strstr (all.output, "FOREMAN_TOKEN=********  # environment\n"));
  g_assert_null (strstr (all.output, "hunter2"));
  g_assert_cmpstr (some.output, ==,
                   "FOREMAN_MAX_QUEUE=2000  # default\nFOREMAN_MAX_BODY=64MiB  # default\n");
  g_assert_true (g_str_has_prefix (json.output, "{\"key\":\"FOREMAN_TOKEN\",\"value\":\"********\","
                                                "\"origin\":\"environment\",\"secret\":true,"));
  assert_one_line (json.output);
}

static void
a_bad_setting_is_one_line_and_78 (void)
{
  g_auto (Result) value = run ("config", ENV ("FOREMAN_MAX_QUEUE", "many"));
  g_auto (Result) exposed = run ("config addr", ENV ("FOREMAN_ADDR", ":8080"));
  g_auto (Result) tokens = run ("config addr", ENV ("FOREMAN_TOKENS_FILE", "/nonexistent"));
  g_auto (Result) missing = run ("config --config /nonexistent", NULL);
  g_auto (Result) nowhere = run ("token list", NULL);

  g_assert_cmpint (value.status, ==, 78);
  g_assert_cmpstr (value.output, ==, "");
  assert_one_line (value.errors);
  g_assert_nonnull (strstr (value.errors, "FOREMAN_MAX_QUEUE"));
  g_assert_cmpint (exposed.status, ==, 78);
  assert_one_line (exposed.errors);
  g_assert_nonnull (strstr (exposed.errors, "FOREMAN_ALLOW_UNAUTHENTICATED"));
  g_assert_cmpint (tokens.status, ==, 78);
  assert_one_line (tokens.errors);
  g_assert_cmpint (missing.status, ==, 78);
  assert_one_line (missing.errors);
  g_assert_cmpint (nowhere.status, ==, 78);
  g_assert_nonnull (strstr (nowhere.errors, "FOREMAN_TOKENS_FILE"));
}

static void
a_token_is_shown_once_and_kept_as_a_digest (void)
{
  g_autofree char *file = g_build_filename (folder, "tokens", NULL);
  const char *const environment[] = { "FOREMAN_TOKENS_FILE", file, NULL };
  g_auto (Result) added =
      run ("token add laptop --scope inference,jobs --scope manage", environment);
  g_auto (Result) again = run ("token add laptop --scope inference", environment);
  g_auto (Result) night =
      run ("token add night --scope jobs --max-priority -3 --class background", environment);
  g_auto (Result) listed = run ("token list", environment);
  g_auto (Result) json = run ("token list --json", environment);
  g_auto (Result) removed = run ("token remove laptop", environment);
  g_auto (Result) gone = run ("token remove laptop", environment);
  g_auto (Result) rest = run ("token list --json", environment);
  g_autofree char *text = NULL;

  g_assert_cmpint (added.status, ==, 0);
  assert_one_line (added.output);
  g_assert_cmpuint (strlen (added.output), ==, 43 + 1);
  g_assert_cmpstr (added.output, !=, night.output);
  g_assert_cmpint (again.status, ==, 1);
  g_assert_cmpint (night.status, ==, 0);
  g_assert_nonnull (strstr (listed.output, "inference,jobs,manage"));
  g_assert_cmpstr (json.output, ==,
                   "{\"name\":\"laptop\",\"scopes\":\"inference,jobs,manage\",\"max_priority\":100,"
                   "\"class\":\"interactive\"}\n"
                   "{\"name\":\"night\",\"scopes\":\"jobs\",\"max_priority\":-3,"
                   "\"class\":\"background\"}\n");
  g_assert_cmpint (removed.status, ==, 0);
  g_assert_cmpint (gone.status, ==, 3);
  g_assert_nonnull (strstr (rest.output, "night"));
  g_assert_null (strstr (rest.output, "laptop"));
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_null (strstr (text, g_strchomp (night.output)));
  {
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, night.output, -1);

    g_assert_nonnull (strstr (text, digest));
  }
  g_remove (file);
}

int
main (int argc, char **argv)
{
  int result;

  if (g_getenv ("COMMAND_LINE") != NULL)
    return run_in_child ();
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("foreman-commands-XXXXXX", NULL);
  g_test_add_func ("/commands/usage", the_command_line_is_checked);
  g_test_add_func ("/commands/config", settings_are_printed_with_their_origin);
  g_test_add_func ("/commands/bad-config", a_bad_setting_is_one_line_and_78);
  g_test_add_func ("/commands/token", a_token_is_shown_once_and_kept_as_a_digest);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}

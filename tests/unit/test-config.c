/* SPDX-License-Identifier: MIT */
#include "engine/foreman-config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "libforeman/foreman-error.h"

typedef struct
{
  char *folder;      /* (owned) */
  GStrv environment; /* (owned) */
} Fixture;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("foreman-config-XXXXXX", NULL);
  fixture->environment = g_environ_setenv (NULL, "HOME", "/home/ada", TRUE);
  fixture->environment =
      g_environ_setenv (fixture->environment, "CONFIGURATION_DIRECTORY", fixture->folder, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_strfreev (fixture->environment);
}

static void
set_env (Fixture *fixture, const char *name, const char *value)
{
  fixture->environment = g_environ_setenv (fixture->environment, name, value, TRUE);
}

static char *
write_file (Fixture *fixture, const char *name, const char *text)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  return path;
}

static ForemanConfig *
load (Fixture *fixture, const char *file, const char *const *options, GError **error)
{
  const ForemanConfigSources sources = {
    .environment = (const char *const *) fixture->environment,
    .file = file,
    .options = options,
  };

  return foreman_config_load (&sources, error);
}

static void
assert_refused (Fixture *fixture, const char *const *options, const char *const *parts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanConfig) config = load (fixture, NULL, options, &error);

  g_assert_null (config);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_test_message ("%s", error->message);
  g_assert_null (strchr (error->message, '\n'));
  for (gsize i = 0; parts[i] != NULL; i++)
    g_assert_nonnull (strstr (error->message, parts[i]));
}

static void
the_shipped_file_is_the_default (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanConfig) config = load (fixture, NULL, NULL, &error);
  const char *const *addresses;

  g_assert_no_error (error);
  addresses = foreman_config_get_list (config, FOREMAN_CONFIG_ADDR);
  g_assert_cmpstr (addresses[0], ==, "127.0.0.1:8080");
  g_assert_null (addresses[1]);
  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_OLLAMA_URL), ==,
                   "http://127.0.0.1:11434");
  g_assert_cmpint (foreman_config_get_duration (config, FOREMAN_CONFIG_POLL_INTERVAL), ==,
                   30 * G_USEC_PER_SEC);
  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_CAPACITY), ==, "1");
  g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE), ==, 2000);
  g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE_PER_CLIENT), ==, 500);
  g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_MAX_CONNECTIONS), ==, 8192);
  g_assert_cmpint (foreman_config_get_size (config, FOREMAN_CONFIG_MAX_BODY), ==, 64 << 20);
  g_assert_cmpint (foreman_config_get_size (config, FOREMAN_CONFIG_MAX_BUFFERED), ==, 1 << 30);
  g_assert_cmpint (foreman_config_get_duration (config, FOREMAN_CONFIG_FIRST_BYTE_TIMEOUT), ==, 0);
  g_assert_cmpint (foreman_config_get_duration (config, FOREMAN_CONFIG_IDLE_TIMEOUT), ==, 0);
  g_assert_cmpint (foreman_config_get_duration (config, FOREMAN_CONFIG_DRAIN_TIMEOUT), ==,
                   25 * G_USEC_PER_SEC);
  g_assert_false (foreman_config_get_boolean (config, FOREMAN_CONFIG_ALLOW_UNAUTHENTICATED));
  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_LOG_LEVEL), ==, "info");
  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_TOKEN), ==, "");
  for (ForemanConfigKey key = 0; key < FOREMAN_CONFIG_N_KEYS; key++)
    g_assert_cmpstr (foreman_config_get_origin (config, key), ==, "default");
  g_assert_null (foreman_config_get_warnings (config)[0]);
}

static void
later_layers_win_and_are_named (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *main_file =
      write_file (fixture, "foreman.conf",
                  "# ours\n[foreman]\nmax_queue = 1\nmax_connections = 1\n"
                  "max_queue_per_client = 1\npoll_interval=10s\npoll_interval = 11s\n");
  g_autofree char *second = write_file (fixture, "conf.d/20.conf",
                                        "[foreman]\nmax_connections=3\nmax_queue_per_client=3");
  g_autofree char *first = write_file (fixture, "conf.d/10.conf", "[foreman]\nmax_connections=2\n");
  g_autofree char *other = write_file (fixture, "conf.d/90.conf.bak", "[foreman]\nmax_queue=9\n");
  const char *const options[] = { "FOREMAN_CAPACITY=2", "max-body=1MiB", NULL };
  g_autoptr (ForemanConfig) config = NULL;
  g_autofree char *origin = g_strconcat (second, ":2", NULL);
  g_autofree char *poll_origin = g_strconcat (main_file, ":7", NULL);

  set_env (fixture, "FOREMAN_MAX_QUEUE_PER_CLIENT", "4");
  set_env (fixture, "FOREMAN_CAPACITY", "4");
  config = load (fixture, NULL, options, &error);
  g_assert_no_error (error);
  g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE), ==, 1);
  g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_MAX_CONNECTIONS), ==, 3);
  g_assert_cmpstr (foreman_config_get_origin (config, FOREMAN_CONFIG_MAX_CONNECTIONS), ==, origin);
  g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE_PER_CLIENT), ==, 4);
  g_assert_cmpstr (foreman_config_get_origin (config, FOREMAN_CONFIG_MAX_QUEUE_PER_CLIENT), ==,
                   "environment");
  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_CAPACITY), ==, "2");
  g_assert_cmpstr (foreman_config_get_origin (config, FOREMAN_CONFIG_CAPACITY), ==, "option");
  g_assert_cmpint (foreman_config_get_size (config, FOREMAN_CONFIG_MAX_BODY), ==, 1 << 20);
  g_assert_cmpint (foreman_config_get_duration (config, FOREMAN_CONFIG_POLL_INTERVAL), ==,
                   11 * G_USEC_PER_SEC);
  g_assert_cmpstr (foreman_config_get_origin (config, FOREMAN_CONFIG_POLL_INTERVAL), ==,
                   poll_origin);
}

static void
one_file_can_stand_for_the_folder (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *main_file = write_file (fixture, "foreman.conf", "[foreman]\nmax_queue=1\n");
  g_autofree char *other = write_file (fixture, "other.conf", "[foreman]\nmax_connections=2\n");
  g_autoptr (ForemanConfig) config = load (fixture, other, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_MAX_QUEUE), ==, 2000);
  g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_MAX_CONNECTIONS), ==, 2);
  g_assert_null (load (fixture, "/nonexistent/foreman.conf", NULL, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
}

static void
credentials_give_secrets (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanConfig) config = NULL;
  g_autofree char *main_file = write_file (fixture, "foreman.conf", "[foreman]\ntoken = file\n");
  g_autofree char *short_name = write_file (fixture, "creds/token", "short\n");
  g_autofree char *full_name = write_file (fixture, "creds/foreman.ollama_token", "full\n");
  g_autofree char *creds = g_build_filename (fixture->folder, "creds", NULL);
  g_autofree char *shown = NULL;

  g_assert_cmpint (g_chmod (main_file, 0600), ==, 0);
  set_env (fixture, "CREDENTIALS_DIRECTORY", creds);
  config = load (fixture, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_TOKEN), ==, "short");
  g_assert_cmpstr (foreman_config_get_origin (config, FOREMAN_CONFIG_TOKEN), ==,
                   "credential token");
  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_OLLAMA_TOKEN), ==, "full");
  shown = foreman_config_dup_shown (config, FOREMAN_CONFIG_TOKEN);
  g_assert_null (strstr (shown, "short"));
  g_assert_null (foreman_config_get_warnings (config)[0]);
}

static void
a_readable_secret_is_warned_about (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ForemanConfig) config = NULL;
  g_autofree char *main_file = write_file (fixture, "foreman.conf", "[foreman]\ntoken = s3cret\n");

  g_assert_cmpint (g_chmod (main_file, 0644), ==, 0);
  config = load (fixture, NULL, NULL, NULL);
  g_assert_nonnull (strstr (foreman_config_get_warnings (config)[0], main_file));
  g_assert_null (strstr (foreman_config_get_warnings (config)[0], "s3cret"));
}

static void
unknown_names_are_warned_about_with_the_nearest (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanConfig) config = NULL;
  g_autofree char *main_file =
      write_file (fixture, "foreman.conf", "[foreman]\nmax_qeue = 7\nADDR=:1\n\n[forman]\nx=1\n");
  g_autofree char *all = NULL;

  set_env (fixture, "FOREMAN_OLAMA_URL", "http://x");
  set_env (fixture, "FOREMAN_URL", "http://x");
  set_env (fixture, "FOREMAN_FAILPOINT", "x:1");
  set_env (fixture, "FOREMAN_COMPLETELY_DIFFERENT", "1");
  config = load (fixture, NULL, NULL, &error);
  g_assert_no_error (error);
  all = g_strjoinv ("\n", (GStrv) foreman_config_get_warnings (config));
  g_test_message ("%s", all);
  g_assert_nonnull (strstr (all, "foreman.conf:2: max_qeue is not known and is ignored; did you "
                                 "mean max_queue?"));
  g_assert_nonnull (strstr (all, "foreman.conf:3: ADDR is not known and is ignored; did you mean "
                                 "addr?"));
  g_assert_nonnull (strstr (all, "[forman]"));
  g_assert_nonnull (strstr (all, "environment: FOREMAN_OLAMA_URL is not known and is ignored; did "
                                 "you mean FOREMAN_OLLAMA_URL?"));
  g_assert_nonnull (strstr (all, "FOREMAN_COMPLETELY_DIFFERENT is not known and is ignored"));
  g_assert_null (strstr (all, "FOREMAN_COMPLETELY_DIFFERENT is not known and is ignored;"));
  g_assert_null (strstr (all, "FOREMAN_URL "));
  g_assert_null (strstr (all, "FAILPOINT"));
  g_assert_cmpint (g_strv_length ((GStrv) foreman_config_get_warnings (config)), ==, 5);
}

static void
nothing_is_a_value_only_where_it_may_be (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanConfig) config = NULL;
  g_autofree char *main_file =
      write_file (fixture, "foreman.conf", "[foreman]\nhosts = a.example\n");

  set_env (fixture, "FOREMAN_HOSTS", "");
  config = load (fixture, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (foreman_config_get_list (config, FOREMAN_CONFIG_HOSTS)[0]);
  set_env (fixture, "FOREMAN_MAX_QUEUE", "");
  assert_refused (fixture, NULL, (const char *[]){ "FOREMAN_MAX_QUEUE=\"\"", "it is empty", NULL });
}

static void
a_token_in_the_url_of_the_target_is_not_shown (Fixture *fixture, gconstpointer data)
{
  const char *const options[] = { "ollama_url=https://box/as/hunter2/x", NULL };
  g_autoptr (ForemanConfig) config = load (fixture, NULL, options, NULL);
  g_autofree char *shown = foreman_config_dup_shown (config, FOREMAN_CONFIG_OLLAMA_URL);

  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_OLLAMA_URL), ==,
                   "https://box/as/hunter2/x");
  g_assert_cmpstr (shown, ==, "https://box/as/********/x");
}

static void
an_error_names_key_value_origin_and_what_is_allowed (Fixture *fixture, gconstpointer data)
{
  const char *const bad_option[] = { "poll_interval=30x", NULL };
  const char *const bad_name[] = { "poll_intervall=30s", NULL };
  const char *const no_value[] = { "poll_interval", NULL };
  const char *const secret[] = { "token=hunter2", NULL };
  g_autofree char *main_file = NULL;

  assert_refused (fixture, bad_option,
                  (const char *[]){ "FOREMAN_POLL_INTERVAL", "\"30x\"", "(option)",
                                    "from 100ms to 1d", NULL });
  assert_refused (fixture, bad_name, (const char *[]){ "did you mean poll_interval?", NULL });
  assert_refused (fixture, no_value, (const char *[]){ "poll_interval=VALUE", NULL });
  assert_refused (fixture, secret, (const char *[]){ "FOREMAN_TOKEN", "process list", NULL });
  set_env (fixture, "FOREMAN_MAX_QUEUE", "a\nb\033[31m");
  assert_refused (fixture, NULL,
                  (const char *[]){ "FOREMAN_MAX_QUEUE=\"a\\u000ab\\u001b[31m\" (environment)",
                                    "from 1 to 1000000", NULL });
  set_env (fixture, "FOREMAN_MAX_QUEUE", "5");
  main_file = write_file (fixture, "foreman.conf", "[foreman]\n\nlog_level = loud\n");
  assert_refused (fixture, NULL,
                  (const char *[]){ "FOREMAN_LOG_LEVEL=\"loud\"", "foreman.conf:3", "debug",
                                    NULL });
  g_free (main_file);
  main_file = write_file (fixture, "foreman.conf", "[foreman]\n# x\naddr 127.0.0.1:1\n");
  assert_refused (fixture, NULL, (const char *[]){ "foreman.conf:3", NULL });
  g_free (main_file);
  main_file = write_file (fixture, "foreman.conf", "addr = 127.0.0.1:1\n");
  assert_refused (fixture, NULL, (const char *[]){ "foreman.conf:1", "[foreman]", NULL });
}

static void
a_bad_secret_is_not_shown (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  set_env (fixture, "FOREMAN_TOKEN", "hunter2 hunter3");
  g_assert_null (load (fixture, NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, "FOREMAN_TOKEN (environment)"));
  g_assert_null (strstr (error->message, "hunter"));
  g_clear_error (&error);
  set_env (fixture, "FOREMAN_TOKEN", "");
  set_env (fixture, "FOREMAN_OLLAMA_URL", "https://ada:hunter2/@box.example.org/x");
  g_assert_null (load (fixture, NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, "@box.example.org"));
  g_assert_null (strstr (error->message, "hunter"));
}

static gboolean
array_has (GArray *array, ForemanConfigKey key)
{
  for (guint i = 0; i < array->len; i++)
    if (g_array_index (array, ForemanConfigKey, i) == key)
      return TRUE;
  return FALSE;
}

static void
a_reload_is_all_or_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      write_file (fixture, "foreman.conf", "[foreman]\nmax_connections=1\nbody_timeout=60s\n");
  const ForemanConfigSources sources = { .environment =
                                             (const char *const *) fixture->environment };
  g_autoptr (ForemanConfig) old = foreman_config_load (&sources, &error);
  g_autoptr (ForemanConfig) fresh = NULL;
  g_autoptr (GArray) changed = NULL;

  g_assert_no_error (error);
  g_free (path);
  path = write_file (fixture, "foreman.conf", "[foreman]\nmax_connections=2\nlog_level=x\n");
  g_assert_null (foreman_config_reload (old, &sources, &changed, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_assert_null (changed);
  g_clear_error (&error);
  g_free (path);
  path = write_file (fixture, "foreman.conf",
                     "[foreman]\nmax_connections=2\nbody_timeout=1m\naddr=:9\n");
  fresh = foreman_config_reload (old, &sources, &changed, &error);
  g_assert_no_error (error);
  g_assert_cmpint (changed->len, ==, 2);
  g_assert_true (array_has (changed, FOREMAN_CONFIG_MAX_CONNECTIONS));
  g_assert_true (array_has (changed, FOREMAN_CONFIG_ADDR));
  g_assert_cmpint (foreman_config_get_int (fresh, FOREMAN_CONFIG_MAX_CONNECTIONS), ==, 2);
  g_assert_cmpint (foreman_config_get_int (old, FOREMAN_CONFIG_MAX_CONNECTIONS), ==, 1);
  /* needs a restart: what runs is what is told */
  g_assert_false (foreman_config_key_is_reloadable (FOREMAN_CONFIG_ADDR));
  g_assert_cmpstr (foreman_config_get_list (fresh, FOREMAN_CONFIG_ADDR)[0], ==, "127.0.0.1:8080");
}

static void
the_database_is_where_state_is_kept (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ForemanConfig) config = NULL;

  set_env (fixture, "STATE_DIRECTORY", "/var/lib/foreman:/var/lib/other");
  config = load (fixture, NULL, NULL, NULL);
  g_assert_cmpstr (foreman_config_get_string (config, FOREMAN_CONFIG_DB), ==,
                   "/var/lib/foreman/foreman.db");
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/config/defaults", the_shipped_file_is_the_default);
  ADD ("/config/layers", later_layers_win_and_are_named);
  ADD ("/config/one-file", one_file_can_stand_for_the_folder);
  ADD ("/config/credentials", credentials_give_secrets);
  ADD ("/config/readable-secret", a_readable_secret_is_warned_about);
  ADD ("/config/unknown-names", unknown_names_are_warned_about_with_the_nearest);
  ADD ("/config/empty", nothing_is_a_value_only_where_it_may_be);
  ADD ("/config/hidden-url", a_token_in_the_url_of_the_target_is_not_shown);
  ADD ("/config/errors", an_error_names_key_value_origin_and_what_is_allowed);
  ADD ("/config/bad-secret", a_bad_secret_is_not_shown);
  ADD ("/config/reload", a_reload_is_all_or_nothing);
  ADD ("/config/db", the_database_is_where_state_is_kept);
  return g_test_run ();
}

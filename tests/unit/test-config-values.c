/* SPDX-License-Identifier: MIT */
#include "engine/foreman-config.h"

#include <string.h>

#include "libforeman/foreman-error.h"

static ForemanConfig *
load (const char *const *options, GError **error)
{
  const char *const environment[] = { "HOME=/home/ada", NULL };
  const ForemanConfigSources sources = { .environment = environment,
                                         .directory = "",
                                         .options = options };

  return foreman_config_load (&sources, error);
}

static const struct
{
  const char *option;
  const char *shown; /* NULL: refused */
} value_cases[] = {
  { "addr=127.0.0.1:0", "127.0.0.1:0" },
  { "addr=:8080", ":8080" },
  { "addr= :8080 , [::1]:81,, unix:/run/f ", ":8080,[::1]:81,unix:/run/f" },
  { "addr=localhost:80", "127.0.0.1:80" },
  { "addr=0.0.0.0:65535", "0.0.0.0:65535" },
  { "addr=[fe80::1]:80", "[fe80::1]:80" },
  { "addr=", NULL },
  { "addr=,", NULL },
  { "addr=127.0.0.1", NULL },
  { "addr=8080", NULL },
  { "addr=::1:80", NULL },
  { "addr=::1", NULL },
  { "addr=[::1]", NULL },
  { "addr=[]:80", NULL },
  { "addr=127.0.0.1:65536", NULL },
  { "addr=127.0.0.1:-1", NULL },
  { "addr=127.0.0.1:", NULL },
  { "addr=127.0.0.1:http", NULL },
  { "addr=box.example.org:80", NULL },
  { "addr=http://127.0.0.1:80", NULL },
  { "addr=unix:relative", NULL },
  { "addr=unix:", NULL },
  { "ollama_url=https://ollama.example.org/prefix", "https://ollama.example.org/prefix" },
  { "ollama_url=192.168.1.7:11434", "192.168.1.7:11434" },
  { "ollama_url=box", "box" },
  { "ollama_url=http://[::1]:11434", "http://[::1]:11434" },
  { "ollama_url=unix:/run/ollama", "unix:/run/ollama" },
  { "ollama_url=ftp://x", NULL },
  { "ollama_url=http://u:p@x", NULL },
  { "ollama_url=http://", NULL },
  { "ollama_url=http://x?y", NULL },
  { "ollama_url=http://x:99999", NULL },
  { "ollama_url=", NULL },
  { "trusted=192.168.1.0/24:inference+manage,10.0.0.0/8",
    "192.168.1.0/24:inference+manage,10.0.0.0/8" },
  { "trusted=10.1.2.3,fd00::/8:jobs:all+manage,[::1]:admin,::1,unix:admin",
    "10.1.2.3,fd00::/8:jobs:all+manage,[::1]:admin,::1,unix:admin" },
  { "trusted=", "" },
  { "trusted=10.0.0.1/8", NULL },
  { "trusted=10.0.0.0/33", NULL },
  { "trusted=10.0.0.0/8:everything", NULL },
  { "trusted=10.0.0.0/8:", NULL },
  { "trusted=lan", NULL },
  { "trusted_proxies=127.0.0.1,unix", "127.0.0.1,unix" },
  { "trusted_proxies=127.0.0.1:admin", NULL },
  { "hosts=box.example.org, *.lan", "box.example.org,*.lan" },
  { "hosts=http://box", NULL },
  { "hosts=box:80", NULL },
  { "hosts=*", NULL },
  { "origins=https://*.example.org,*,null,app://x", "https://*.example.org,*,null,app://x" },
  { "origins=example.org", NULL },
  { "origins=https://*.*.org", NULL },
  { "origins=https://example.org/", NULL },
  { "allow_unauthenticated=yes", "1" },
  { "allow_unauthenticated=OFF", "0" },
  { "allow_unauthenticated=2", NULL },
  { "poll_interval=1m30s", "1m30s" },
  { "poll_interval=0", NULL },
  { "poll_interval=30", NULL },
  { "poll_interval=2d", NULL },
  { "poll_interval=-30s", NULL },
  { "idle_timeout=1d", "1d" },
  { "keep_alive=-1", "-1" },
  { "keep_alive=5m", "5m" },
  { "keep_alive=300", "300" },
  { "keep_alive=-1m", "-1m" },
  { "keep_alive=", "" },
  { "keep_alive=for ever", NULL },
  { "keep_alive=+5", NULL },
  { "capacity=4", "4" },
  { "capacity=1,qwen3:8b=4", "1,qwen3:8b=4" },
  { "capacity=0", NULL },
  { "capacity=1,qwen3:8b", NULL },
  { "capacity=1,=4", NULL },
  { "capacity=qwen3:8b=4", NULL },
  { "capacity=1001", NULL },
  { "capacity=4,qwen3:8b=2", NULL },
  { "capacity=1,a b=2", NULL },
  { "db=/var/x\ny", NULL },
  { "addr=unix:/x\ny", NULL },
  { "max_queue=0", NULL },
  { "max_queue=1000001", NULL },
  { "max_queue=10.5", NULL },
  { "max_queue=0x10", NULL },
  { "max_body=64 MiB", "64 MiB" },
  { "max_body=64M", NULL },
  { "max_body=1", NULL },
  { "max_body=9223372036854775807", NULL },
  { "embed_model=nomic-embed-text:latest", "nomic-embed-text:latest" },
  { "embed_model=two words", NULL },
  { "db=~/jobs.db", "/home/ada/jobs.db" },
  { "db=/var/x/", NULL },
  { "log_level=DEBUG", "debug" },
  { "log_format=xml", NULL },
};

static void
values_are_checked_by_their_type (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (value_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *const options[] = { value_cases[i].option, NULL };
      g_autoptr (ForemanConfig) config = load (options, &error);
      g_autofree char *name =
          g_strndup (value_cases[i].option, strcspn (value_cases[i].option, "="));
      g_autofree char *shown = NULL;
      ForemanConfigKey key;

      g_test_message ("%s: %s", value_cases[i].option, error != NULL ? error->message : "ok");
      if (value_cases[i].shown == NULL)
        {
          g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
          continue;
        }
      g_assert_no_error (error);
      g_assert_true (foreman_config_key_find (name, &key));
      shown = foreman_config_dup_shown (config, key);
      g_assert_cmpstr (shown, ==, value_cases[i].shown);
    }
}

static void
keep_alive_is_written_as_ollama_takes_it (void)
{
  static const char *const cases[][2] = {
    { "keep_alive=", NULL },
    { "keep_alive=-1", "-1" },
    { "keep_alive=300", "300" },
    { "keep_alive=5m", "\"5m0s\"" },
    { "keep_alive=2d", "\"48h0m0s\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const options[] = { cases[i][0], NULL };
      g_autoptr (ForemanConfig) config = load (options, NULL);
      g_autofree char *json = foreman_config_dup_keep_alive_json (config);

      g_assert_cmpstr (json, ==, cases[i][1]);
    }
}

static void
edit_distances_count_swaps_once (void)
{
  g_assert_cmpuint (foreman_edit_distance ("", ""), ==, 0);
  g_assert_cmpuint (foreman_edit_distance ("abc", ""), ==, 3);
  g_assert_cmpuint (foreman_edit_distance ("abc", "acb"), ==, 1);
  g_assert_cmpuint (foreman_edit_distance ("kitten", "sitting"), ==, 3);
}

static void
check_conf_line (ForemanConfigKey key, const char *conf)
{
  g_autofree char *start = g_strconcat ("\n", foreman_config_key_get_name (key), " =", NULL);
  const char *found = strstr (conf, start);
  const char *paragraph;

  g_test_message ("%s", foreman_config_key_get_name (key));
  g_assert_nonnull (found);
  g_assert_null (strstr (found + 1, start));
  /* its own comment stands right above it and tells what is secret and what needs a restart */
  paragraph = g_strrstr_len (conf, found - conf, "\n\n");
  g_assert_nonnull (paragraph);
  g_assert_cmpint (paragraph[2], ==, '#');
  g_assert_cmpint (g_strstr_len (paragraph, found - paragraph, "restart)") != NULL, ==,
                   !foreman_config_key_is_reloadable (key));
  g_assert_cmpint (g_strstr_len (paragraph, found - paragraph, "(secret") != NULL, ==,
                   foreman_config_key_is_secret (key));
  for (const char *line = paragraph + 2; line < found; line = strchr (line, '\n') + 1)
    g_assert_cmpint (*line, ==, '#');
}

static char *
conf_value (ForemanConfigKey key, const char *conf)
{
  g_autofree char *start = g_strconcat ("\n", foreman_config_key_get_name (key), " =", NULL);
  const char *value = strstr (conf, start) + strlen (start);

  return g_strstrip (g_strndup (value, strcspn (value, "\n")));
}

static void
table_file_and_env_example_agree (void)
{
  g_autofree char *conf_path =
      g_test_build_filename (G_TEST_DIST, "..", "..", "data", "foreman.conf", NULL);
  g_autofree char *env_path =
      g_test_build_filename (G_TEST_DIST, "..", "..", "data", "foreman.env.example", NULL);
  g_autofree char *conf = NULL;
  g_autofree char *env = NULL;
  g_auto (GStrv) lines = NULL;
  guint keys = 0;

  g_assert_true (g_file_get_contents (conf_path, &conf, NULL, NULL));
  g_assert_true (g_file_get_contents (env_path, &env, NULL, NULL));
  for (ForemanConfigKey key = 0; key < FOREMAN_CONFIG_N_KEYS; key++)
    {
      g_autofree char *value = NULL;
      g_autofree char *line = NULL;

      check_conf_line (key, conf);
      value = conf_value (key, conf);
      line = g_strconcat ("\n#", foreman_config_key_get_env_name (key), "=", value, "\n", NULL);
      g_assert_nonnull (strstr (env, line));
    }
  lines = g_strsplit (env, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    keys += g_str_has_prefix (lines[i], "#FOREMAN_");
  g_assert_cmpuint (keys, ==, FOREMAN_CONFIG_N_KEYS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config-values/types", values_are_checked_by_their_type);
  g_test_add_func ("/config-values/keep-alive", keep_alive_is_written_as_ollama_takes_it);
  g_test_add_func ("/config-values/edit-distance", edit_distances_count_swaps_once);
  g_test_add_func ("/config-values/shipped-files", table_file_and_env_example_agree);
  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-log.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "engine/foreman-log-format.h"

/* 2026-11-23 20:52:01.234567 UTC */
#define WHEN G_GINT64_CONSTANT (1795467121234567)

static char *
format (ForemanLogFormat log_format, const char *message, const char *value)
{
  const GLogField fields[] = {
    { "MESSAGE", message, -1 },
    { "PRIORITY", "6", -1 },
    { "CODE_FILE", "x.c", -1 },
    { "FOREMAN_MODEL", value, -1 },
  };

  return foreman_log_format_line (log_format, G_LOG_LEVEL_INFO, WHEN, fields,
                                  G_N_ELEMENTS (fields));
}

static void
a_text_line_has_time_level_message_and_fields (void)
{
  static const struct
  {
    const char *message;
    const char *value;
    const char *line;
  } cases[] = {
    { "request", "qwen3:8b", "request model=qwen3:8b" },
    { "request", "", "request model=\"\"" },
    { "request", "a b", "request model=\"a b\"" },
    { "request", "a=b", "request model=\"a=b\"" },
    { "request", "a\"b", "request model=\"a\\\"b\"" },
    { "request", "é", "request model=é" },
    { "request", "a\nforged", "request model=\"a\\nforged\"" },
    { "a\n2026 error forged\r\033[2J", "x", "a\\n2026 error forged\\u000d\\u001b[2J model=x" },
    { "request", "\302\205next", "request model=\"\\u0085next\"" },
    { "request", "\342\200\256gnp", "request model=\"\\u202egnp\"" },
    { "request", "\377", "request model=\357\277\275" },
    { "GET /as/s3cret/api/tags", "x", "GET /as/***/api/tags model=x" },
    { "/as/a/as/b /as/c", "/as/d", "/as/***/as/*** /as/*** model=/as/***" },
    { "Authorization: Bearer s3cret", "x", "Authorization: Bearer *** model=x" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = format (FOREMAN_LOG_FORMAT_TEXT, cases[i].message, cases[i].value);
      g_autofree char *expected =
          g_strconcat ("2026-11-23T20:52:01.234Z info    ", cases[i].line, "\n", NULL);

      g_assert_cmpstr (line, ==, expected);
    }
}

static void
a_json_line_is_one_object_whatever_it_holds (void)
{
  static const char *const values[] = {
    "plain",           "", "a\"b\\c", "a\nb\tc\033", "\377\376", "\342\200\250", "\360\220\215\210",
    "\363\240\200\201"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *line = format (FOREMAN_LOG_FORMAT_JSON, values[i], values[i]);
      g_autofree char *valid = g_utf8_make_valid (values[i], -1);
      g_autoptr (JsonParser) parser = json_parser_new ();
      JsonObject *object;

      g_test_message ("%s", line);
      g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
      g_assert_true (json_parser_load_from_data (parser, line, -1, NULL));
      object = json_node_get_object (json_parser_get_root (parser));
      g_assert_cmpstr (json_object_get_string_member (object, "message"), ==, valid);
      g_assert_cmpstr (json_object_get_string_member (object, "model"), ==, valid);
      g_assert_cmpstr (json_object_get_string_member (object, "level"), ==, "info");
      g_assert_cmpstr (json_object_get_string_member (object, "time"), ==,
                       "2026-11-23T20:52:01.234Z");
      g_assert_false (json_object_has_member (object, "code_file"));
    }
}

static void
a_long_value_is_cut_between_characters (void)
{
  g_autofree char *many = g_strnfill (2047, 'x');
  g_autofree char *value = g_strconcat (many, "ééé", NULL);
  g_autofree char *expected = g_strconcat (many, "…", NULL);
  g_autofree char *clean = foreman_log_clean (value, -1);
  g_autofree char *part = foreman_log_clean ("abcdef", 3);

  g_assert_cmpstr (clean, ==, expected);
  g_assert_cmpstr (part, ==, "abc");
}

static ForemanConfig *
make_config (const char *level, const char *log_format)
{
  g_autofree char *level_option = g_strconcat ("log_level=", level, NULL);
  g_autofree char *format_option = g_strconcat ("log_format=", log_format, NULL);
  const char *const options[] = { level_option, format_option, NULL };
  const char *const nothing[] = { NULL };
  const ForemanConfigSources sources = { .environment = nothing,
                                         .directory = "",
                                         .options = options };
  g_autoptr (GError) error = NULL;
  ForemanConfig *config = foreman_config_load (&sources, &error);

  g_assert_no_error (error);
  return config;
}

static void
log_a_few_lines (void)
{
  ForemanLogLine line;

  foreman_log (G_LOG_LEVEL_INFO, "short", "FOREMAN_CLIENT", "local", NULL);
  foreman_log (G_LOG_LEVEL_DEBUG, "quiet", NULL);
  foreman_log_line_init (&line, G_LOG_LEVEL_WARNING, "long");
  foreman_log_line_add (&line, "FOREMAN_MODEL", NULL);
  foreman_log_line_add (&line, "FOREMAN_PATH", "/x\ny");
  foreman_log_line_add_int (&line, "FOREMAN_STATUS", 200);
  foreman_log_line_add_seconds (&line, "FOREMAN_QUEUE", 1234567);
  foreman_log_line_add_seconds (&line, "FOREMAN_BACK", -1500);
  foreman_log_line_send (&line);
  g_log ("GLib-Other", G_LOG_LEVEL_DEBUG, "library gossip");
  g_message ("plain");
}

static void
run_lines (const char *name)
{
  g_test_trap_subprocess (name, 0, 0);
  g_test_trap_assert_passed ();
}

static void
text_goes_to_stderr (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (ForemanConfig) config = make_config ("info", "text");

      g_setenv ("JOURNAL_STREAM", "1:1", TRUE);
      foreman_log_install (config);
      log_a_few_lines ();
      return;
    }
  run_lines (NULL);
  g_test_trap_assert_stderr ("*Z info    short client=local\n*");
  g_test_trap_assert_stderr (
      "*Z warning long path=\"/x\\ny\" status=200 queue=1.234 back=-0.001\n*");
  g_test_trap_assert_stderr ("*Z info    plain\n*");
  g_test_trap_assert_stderr_unmatched ("*quiet*");
  g_test_trap_assert_stderr_unmatched ("*gossip*");
}

static void
json_numbers_are_numbers (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (ForemanConfig) config = make_config ("debug", "json");

      foreman_log_install (config);
      log_a_few_lines ();
      return;
    }
  run_lines (NULL);
  g_test_trap_assert_stderr ("*\"message\":\"long\",\"path\":\"/x\\ny\",\"status\":200,"
                             "\"queue\":1.234,\"back\":-0.001}\n*");
  g_test_trap_assert_stderr ("*\"message\":\"quiet\"}\n*");
  g_test_trap_assert_stderr_unmatched ("*gossip*");
}

static void
the_level_can_change (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (ForemanConfig) errors = make_config ("error", "text");
      g_autoptr (ForemanConfig) warnings = make_config ("warning", "text");

      foreman_log_install (errors);
      g_assert_false (foreman_log_is_enabled (G_LOG_LEVEL_WARNING));
      log_a_few_lines ();
      foreman_log (G_LOG_LEVEL_INFO, "then", NULL);
      foreman_log_set_level (warnings);
      g_assert_true (foreman_log_is_enabled (G_LOG_LEVEL_WARNING));
      g_assert_false (foreman_log_is_enabled (G_LOG_LEVEL_INFO));
      foreman_log (G_LOG_LEVEL_WARNING, "after", NULL);
      return;
    }
  run_lines (NULL);
  g_test_trap_assert_stderr_unmatched ("*long*");
  g_test_trap_assert_stderr_unmatched ("*then*");
  g_test_trap_assert_stderr ("*Z warning after\n*");
}

static void
without_a_journal_nothing_is_lost (void)
{
  if (g_file_test ("/run/systemd/journal/socket", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("there is a journal here");
      return;
    }
  if (g_test_subprocess ())
    {
      g_autoptr (ForemanConfig) config = make_config ("info", "journal");

      foreman_log_install (config);
      log_a_few_lines ();
      return;
    }
  run_lines (NULL);
  g_test_trap_assert_stderr ("*Z info    short client=local\n*");
}

static void
words_and_formats_agree (void)
{
  static const char *const words[] = { "auto", "journal", "text", "json" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr (ForemanConfig) config = make_config ("info", words[i]);

      g_assert_cmpint (foreman_config_get_int (config, FOREMAN_CONFIG_LOG_FORMAT), ==, i);
    }
  g_assert_cmpint (FOREMAN_LOG_FORMAT_JOURNAL, ==, 1);
  g_assert_cmpint (FOREMAN_LOG_FORMAT_JSON, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/format/text", a_text_line_has_time_level_message_and_fields);
  g_test_add_func ("/log/format/json", a_json_line_is_one_object_whatever_it_holds);
  g_test_add_func ("/log/format/long", a_long_value_is_cut_between_characters);
  g_test_add_func ("/log/format/words", words_and_formats_agree);
  g_test_add_func ("/log/write/text", text_goes_to_stderr);
  g_test_add_func ("/log/write/json", json_numbers_are_numbers);
  g_test_add_func ("/log/write/journal", without_a_journal_nothing_is_lost);
  g_test_add_func ("/log/write/level", the_level_can_change);
  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "net/foreman-line-reader.h"

#include <string.h>

#include "libforeman/foreman-error.h"

/* The lines in brackets, after a star what was behind the last one. */
static char *
read_lines (ForemanLineEnd end, const char *text, gsize piece)
{
  g_autoptr (ForemanLineReader) reader = foreman_line_reader_new (end, 100);
  GString *found = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize length;

  for (gsize at = 0; at < strlen (text); at += piece)
    {
      gsize n = MIN (piece, strlen (text) - at);
      g_autofree char *copy = g_memdup2 (text + at, n);

      foreman_line_reader_feed (reader, copy, n);
      while (foreman_line_reader_next (reader, &line, &length, &error))
        g_string_append_printf (found, "[%.*s]", (int) length, line);
      g_assert_no_error (error);
    }
  if (foreman_line_reader_take_rest (reader, &line, &length))
    g_string_append_printf (found, "*%.*s", (int) length, line);
  g_assert_cmpuint (foreman_line_reader_get_pending (reader), ==, 0);
  return g_string_free (found, FALSE);
}

static void
assert_lines (ForemanLineEnd end, const char *text, const char *expected)
{
  for (gsize piece = 1; piece <= strlen (text) + 1; piece++)
    {
      g_autofree char *found = read_lines (end, text, piece);

      g_assert_cmpstr (found, ==, expected);
    }
}

static void
test_lines_are_found_wherever_they_were_cut (void)
{
  assert_lines (FOREMAN_LINE_END_LF, "", "");
  assert_lines (FOREMAN_LINE_END_LF, "one\ntwo\n", "[one][two]");
  assert_lines (FOREMAN_LINE_END_LF, "one\r\n\r\n\ntwo", "[one][][]*two");
  assert_lines (FOREMAN_LINE_END_LF, "a\rb\nc\r", "[a\rb]*c");
  assert_lines (FOREMAN_LINE_END_ANY, "a\rb\nc\r\nd\n\re\r\r\nf", "[a][b][c][d][][e][]*f");
  assert_lines (FOREMAN_LINE_END_ANY, "\r\n\r\n", "[][]");
}

static void
test_a_whole_line_is_not_copied (void)
{
  g_autoptr (ForemanLineReader) reader = foreman_line_reader_new (FOREMAN_LINE_END_LF, 100);
  static const char text[] = "one\ntwo\nthr";
  const char *line;
  gsize length;

  foreman_line_reader_feed (reader, text, strlen (text));
  g_assert_true (foreman_line_reader_next (reader, &line, &length, NULL));
  g_assert_true (line == text);
  g_assert_true (foreman_line_reader_next (reader, &line, &length, NULL));
  g_assert_true (line == text + 4);
  g_assert_false (foreman_line_reader_next (reader, &line, &length, NULL));
  g_assert_cmpuint (foreman_line_reader_get_pending (reader), ==, 3);
}

static void
assert_too_long (const char *text, gsize piece)
{
  g_autoptr (ForemanLineReader) reader = foreman_line_reader_new (FOREMAN_LINE_END_LF, 10);
  g_autoptr (GError) error = NULL;
  gsize size = strlen (text);
  const char *line;
  gsize length;

  for (gsize at = 0; at < size && error == NULL; at += piece)
    {
      foreman_line_reader_feed (reader, text + at, MIN (piece, size - at));
      g_assert_false (foreman_line_reader_next (reader, &line, &length, &error));
    }
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE);

  foreman_line_reader_feed (reader, "short\n", 6);
  g_assert_false (foreman_line_reader_next (reader, &line, &length, NULL));
  g_assert_false (foreman_line_reader_take_rest (reader, &line, &length));
}

static void
test_a_line_has_a_limit (void)
{
  g_autofree char *line = g_strnfill (100, 'x');
  g_autofree char *ended = g_strconcat (line, "\n", line, "\r\n", line, "\r", NULL);
  g_autofree char *expected = g_strdup_printf ("[%s][%s]*%s", line, line, line);

  assert_lines (FOREMAN_LINE_END_LF, ended, expected);
  for (gsize piece = 1; piece <= 14; piece++)
    {
      assert_too_long ("12345678901\n", piece);
      assert_too_long ("12345678901\r\n", piece);
      assert_too_long ("1234567890\r\r\n", piece);
      assert_too_long ("1234567890\rx\n", piece);
    }
}

/* The lines that are left, with a bar behind each and "!" for one that was left out. */
static char *
read_skipping (const char *text, gsize piece)
{
  g_autoptr (ForemanLineReader) reader = foreman_line_reader_new (FOREMAN_LINE_END_LF, 3);
  GString *seen = g_string_new (NULL);
  gsize size = strlen (text);
  gboolean more = TRUE;
  const char *line;
  gsize length;

  for (gsize at = 0; at < size; at += piece, more = TRUE)
    {
      foreman_line_reader_feed (reader, text + at, MIN (piece, size - at));
      while (more)
        {
          g_autoptr (GError) error = NULL;

          more = foreman_line_reader_next (reader, &line, &length, &error);
          if (more)
            g_string_append_printf (seen, "%.*s|", (int) length, line);
          if (error == NULL)
            continue;
          g_string_append (seen, "!");
          foreman_line_reader_skip (reader);
          more = TRUE;
        }
    }
  if (foreman_line_reader_take_rest (reader, &line, &length))
    g_string_append_printf (seen, "%.*s|", (int) length, line);
  return g_string_free (seen, FALSE);
}

static void
test_too_long_lines_can_be_left_out (void)
{
  for (gsize piece = 1; piece <= 24; piece++)
    {
      g_autofree char *some = read_skipping ("a\nlonger\nb\n\nfour\nfive\nabc\nd", piece);
      g_autofree char *last = read_skipping ("a\nlonger", piece);

      g_assert_cmpstr (some, ==, "a|!b||!!abc|d|");
      g_assert_cmpstr (last, ==, "a|!");
    }
}

static void
test_long_lines_come_through (void)
{
  g_autoptr (ForemanLineReader) reader =
      foreman_line_reader_new (FOREMAN_LINE_END_LF, FOREMAN_LINE_MAX);
  g_autofree char *piece = g_strnfill (65536, 'x');
  const char *line;
  gsize length;

  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < 128; i++)
        {
          foreman_line_reader_feed (reader, piece, 65536);
          g_assert_false (foreman_line_reader_next (reader, &line, &length, NULL));
        }
      foreman_line_reader_feed (reader, "\n", 1);
      g_assert_true (foreman_line_reader_next (reader, &line, &length, NULL));
      g_assert_cmpuint (length, ==, FOREMAN_LINE_MAX);
      g_assert_false (foreman_line_reader_next (reader, &line, &length, NULL));
      g_assert_cmpuint (foreman_line_reader_get_pending (reader), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/line-reader/lines-are-found-wherever-they-were-cut",
                   test_lines_are_found_wherever_they_were_cut);
  g_test_add_func ("/line-reader/a-whole-line-is-not-copied", test_a_whole_line_is_not_copied);
  g_test_add_func ("/line-reader/a-line-has-a-limit", test_a_line_has_a_limit);
  g_test_add_func ("/line-reader/too-long-lines-can-be-left-out",
                   test_too_long_lines_can_be_left_out);
  g_test_add_func ("/line-reader/long-lines-come-through", test_long_lines_come_through);
  return g_test_run ();
}

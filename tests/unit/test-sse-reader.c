/* SPDX-License-Identifier: MIT */
#include "net/foreman-sse-reader.h"

#include <string.h>

#include "libforeman/foreman-error.h"

static char *
read_events (const char *text, gsize piece)
{
  g_autoptr (ForemanSseReader) reader = foreman_sse_reader_new (100);
  GString *found = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  ForemanSseEvent event;

  for (gsize at = 0; at < strlen (text); at += piece)
    {
      gsize n = MIN (piece, strlen (text) - at);
      g_autofree char *copy = g_memdup2 (text + at, n);

      foreman_sse_reader_feed (reader, copy, n);
      while (foreman_sse_reader_next (reader, &event, &error))
        {
          g_assert_cmpuint (strlen (event.data), ==, event.length);
          g_string_append_printf (found, "[%s:%s]", event.name != NULL ? event.name : "",
                                  event.data);
        }
    }
  if (error != NULL)
    {
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE);
      g_string_append_c (found, '!');
    }
  return g_string_free (found, FALSE);
}

static void
assert_events (const char *text, const char *expected)
{
  for (gsize piece = 1; piece <= strlen (text) + 1; piece++)
    {
      g_autofree char *found = read_events (text, piece);

      g_assert_cmpstr (found, ==, expected);
    }
}

static void
test_events_are_found_wherever_they_were_cut (void)
{
  assert_events ("", "");
  assert_events ("data: one\n\ndata: [DONE]\n\n", "[:one][:[DONE]]");
  assert_events ("event: a\ndata: x\n\ndata: y\n\n", "[a:x][:y]");
  assert_events ("event: a\r\ndata: x\r\n\r\nevent:b\rdata:y\r\r", "[a:x][b:y]");
  assert_events ("data: 1\ndata:2\ndata:  3\ndata\n\n", "[:1\n2\n 3\n]");
  assert_events ("data:\n\n", "[:]");
}

static void
test_what_is_no_event_is_passed_over (void)
{
  assert_events (
      ": ping\n\n: ping\n\ndata: x\n: in between\nid: 7\nretry: 1\nfoo: bar\ndatax: y\n\n", "[:x]");
  assert_events ("event: lost\n\ndata: x\n\n", "[:x]");
  assert_events ("\xef\xbb\xbf"
                 "data: x\n\n",
                 "[:x]");
  assert_events ("data: x\n\ndata: cut off\n", "[:x]");
}

static void
test_an_event_has_a_limit (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *line = g_strnfill (30, 'x');

  for (guint i = 0; i < 3; i++)
    g_string_append_printf (text, "data: %s\n", line);
  g_string_append (text, "\n");
  for (guint i = 0; i < 4; i++)
    g_string_append_printf (text, "data: %s\n", line);
  g_string_append (text, "\ndata: x\n\n");

  for (gsize piece = 1; piece <= text->len; piece += 7)
    {
      g_autofree char *found = read_events (text->str, piece);

      g_assert_cmpuint (strlen (found), ==, 3 + 92 + 1);
      g_assert_true (g_str_has_suffix (found, "]!"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sse-reader/events-are-found-wherever-they-were-cut",
                   test_events_are_found_wherever_they_were_cut);
  g_test_add_func ("/sse-reader/what-is-no-event-is-passed-over",
                   test_what_is_no_event_is_passed_over);
  g_test_add_func ("/sse-reader/an-event-has-a-limit", test_an_event_has_a_limit);
  return g_test_run ();
}

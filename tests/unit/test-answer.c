/* SPDX-License-Identifier: MIT */
/* How an answer's bytes are framed for the client that asked, and what becomes of its connection.
 */
#include "connection-fixture.h"
#include "http/foreman-answer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define ONE_ZERO "GET / HTTP/1.0\r\n\r\n"

typedef struct
{
  Fixture f;
  ForemanAnswer answer;
} Answering;

static void
answering_end (Answering *self)
{
  foreman_answer_clear (&self->answer);
  fixture_tear_down (&self->f);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answering, answering_end)

static void
answering_begin (Answering *self, const char *request, guint status, gint64 length)
{
  g_autoptr (GString) headers = g_string_new (NULL);

  fixture_set_up (&self->f, NULL);
  fixture_send (&self->f, request);
  foreman_answer_init (&self->answer, self->f.connection,
                       foreman_connection_get_head (self->f.connection));
  foreman_answer_begin (&self->answer, status, "Yes", headers, length);
}

static void
the_framing_is_what_status_method_version_and_length_allow (void)
{
  static const struct
  {
    const char *request;
    guint status;
    gint64 length;
    const char *body;
    const char *sent;
    gboolean ends;
  } table[] = {
    { GET ("/"), 200, 2, "hi", "HTTP/1.1 200 Yes\r\nContent-Length: 2\r\n\r\nhi", FALSE },
    { GET ("/"), 200, 0, "", "HTTP/1.1 200 Yes\r\nContent-Length: 0\r\n\r\n", FALSE },
    { GET ("/"), 200, -1, "hi",
      "HTTP/1.1 200 Yes\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", FALSE },
    { GET ("/"), 200, -1, "", "HTTP/1.1 200 Yes\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      FALSE },
    { GET ("/"), 204, -1, "", "HTTP/1.1 204 Yes\r\n\r\n", FALSE },
    { GET ("/"), 204, 2, "hi", "HTTP/1.1 204 Yes\r\n\r\n", FALSE },
    { GET ("/"), 304, 5, "", "HTTP/1.1 304 Yes\r\n\r\n", FALSE },
    { "HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, 5, "",
      "HTTP/1.1 200 Yes\r\nContent-Length: 5\r\n\r\n", FALSE },
    { "HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, 5, "hello",
      "HTTP/1.1 200 Yes\r\nContent-Length: 5\r\n\r\n", FALSE },
    { "HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, -1, "", "HTTP/1.1 200 Yes\r\n\r\n", FALSE },
    { "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 200, 2, "hi",
      "HTTP/1.1 200 Yes\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", TRUE },
    { ONE_ZERO, 200, 2, "hi", "HTTP/1.0 200 Yes\r\nContent-Length: 2\r\n\r\nhi", TRUE },
    { ONE_ZERO, 200, -1, "hi", "HTTP/1.0 200 Yes\r\n\r\nhi", TRUE },
    { "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, 2, "hi",
      "HTTP/1.0 200 Yes\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi", FALSE },
    { "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, -1, "hi",
      "HTTP/1.0 200 Yes\r\n\r\nhi", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (Answering) a;

      answering_begin (&a, table[i].request, table[i].status, table[i].length);
      foreman_answer_write (&a.answer, table[i].body, strlen (table[i].body));
      foreman_answer_end (&a.answer);
      if (table[i].ends)
        fixture_assert_ended (&a.f, table[i].sent);
      else
        fixture_assert_received (&a.f, table[i].sent);
    }
}

static void
the_head_waits_for_the_first_bytes_unless_they_take_long (void)
{
  g_auto (Answering) a;

  answering_begin (&a, GET ("/"), 200, -1);
  fixture_assert_received (&a.f, "");
  foreman_answer_flush_head (&a.answer);
  fixture_assert_received (&a.f, "HTTP/1.1 200 Yes\r\nTransfer-Encoding: chunked\r\n\r\n");
  foreman_answer_flush_head (&a.answer);
  fixture_assert_received (&a.f, "");
  foreman_answer_end (&a.answer);
  fixture_assert_received (&a.f, "0\r\n\r\n");
}

static void
more_than_was_announced_is_not_sent (void)
{
  g_auto (Answering) a;

  answering_begin (&a, GET ("/"), 200, 2);
  foreman_answer_write (&a.answer, "hello", 5);
  foreman_answer_write (&a.answer, "HTTP/1.1 200 OK\r\n\r\n", 19);
  foreman_answer_end (&a.answer);
  fixture_assert_received (&a.f, "HTTP/1.1 200 Yes\r\nContent-Length: 2\r\n\r\nhe");
}

static void
less_than_was_announced_is_no_whole_answer (void)
{
  Options options = { .tcp = TRUE };
  g_autoptr (GString) headers = g_string_new (NULL);
  g_auto (Answering) a;
  char buffer[256];
  gssize n;

  fixture_set_up (&a.f, &options);
  fixture_send (&a.f, GET ("/"));
  foreman_answer_init (&a.answer, a.f.connection, foreman_connection_get_head (a.f.connection));
  foreman_answer_begin (&a.answer, 200, "OK", headers, 10);
  foreman_answer_write (&a.answer, "hello", 5);
  foreman_answer_end (&a.answer);
  fixture_assert_log (&a.f, "GET / closed");
  while ((n = recv (a.f.client, buffer, sizeof buffer, 0)) > 0)
    ;
  g_assert_cmpint (n, ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
}

static void
what_cannot_be_read_away_ends_the_connection (void)
{
  static const struct
  {
    const char *request;
    gboolean ends;
  } table[] = {
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nabcdef", FALSE },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nabc", TRUE },
    { "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 6\r\n\r\n", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (Answering) a;

      answering_begin (&a, table[i].request, 401, 0);
      foreman_answer_end (&a.answer);
      if (table[i].ends)
        fixture_assert_ended (&a.f,
                              "HTTP/1.1 401 Yes\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      else
        fixture_assert_received (&a.f, "HTTP/1.1 401 Yes\r\nContent-Length: 0\r\n\r\n");
    }
}

static void
a_header_cannot_end_the_head (void)
{
  g_autoptr (GString) headers = g_string_new (NULL);

  foreman_headers_append (headers, "A", "b\r\nC: d");
  foreman_headers_append (headers, "E", "f\n");
  foreman_headers_append (headers, "G", "h");
  g_assert_cmpstr (headers->str, ==, "G: h\r\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) g_test_add_func ("/answer/" path, function)
  ADD ("framing", the_framing_is_what_status_method_version_and_length_allow);
  ADD ("head-waits", the_head_waits_for_the_first_bytes_unless_they_take_long);
  ADD ("too-long", more_than_was_announced_is_not_sent);
  ADD ("too-short", less_than_was_announced_is_no_whole_answer);
  ADD ("unread-body", what_cannot_be_read_away_ends_the_connection);
  ADD ("headers", a_header_cannot_end_the_head);
  return g_test_run ();
}

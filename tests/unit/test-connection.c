/* SPDX-License-Identifier: MIT */
/* Requests and answers; test-connection-ends has what ends a connection. */
#include "connection-fixture.h"

#include "libforeman/foreman-error.h"

#include <string.h>
#include <sys/socket.h>

static void
requests_follow_one_another (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  g_assert_true (foreman_connection_is_idle (f.connection));
  fixture_send (&f, GET ("/1"));
  fixture_assert_log (&f, "GET /1");
  g_assert_false (foreman_connection_is_idle (f.connection));
  g_assert_true (foreman_connection_can_keep_alive (f.connection));
  fixture_answer (&f, "one", TRUE);
  fixture_assert_received (&f, "one");
  g_assert_true (foreman_connection_is_idle (f.connection));
  g_assert_null (foreman_connection_get_head (f.connection));

  fixture_send (&f, GET ("/2"));
  fixture_answer (&f, "two", TRUE);
  fixture_assert_received (&f, "two");
  fixture_assert_log (&f, "GET /1 GET /2");
}

static void
a_head_may_come_in_pieces (void)
{
  g_auto (Fixture) f;
  const char *head = GET ("/pieces");

  fixture_set_up (&f, NULL);
  for (const char *at = head; *at != '\0'; at++)
    {
      char byte[2] = { *at, '\0' };

      fixture_assert_log (&f, "");
      fixture_send (&f, byte);
    }
  fixture_assert_log (&f, "GET /pieces");
}

static void
pipelined_requests_wait_for_their_turn (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/1") GET ("/2") "GET /3 HTTP/1.1\r\n");
  fixture_assert_log (&f, "GET /1");
  fixture_answer (&f, "1", TRUE);
  /* even now nothing is emitted from within a method */
  g_assert_cmpstr (f.log->str, ==, "GET /1");
  g_assert_false (foreman_connection_is_idle (f.connection));
  fixture_assert_log (&f, "GET /1 GET /2");
  fixture_answer (&f, "2", TRUE);
  fixture_assert_log (&f, "GET /1 GET /2");
  fixture_send (&f, HOST "\r\n");
  fixture_assert_log (&f, "GET /1 GET /2 GET /3");
  fixture_answer (&f, "3", TRUE);
  fixture_assert_received (&f, "123");
}

static void
thousands_of_pipelined_requests_are_answered_in_order (void)
{
  g_auto (Fixture) f;
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autoptr (GString) received = g_string_new (NULL);
  guint sent = 0;

  fixture_set_up (&f, NULL);
  f.echo = TRUE;
  while (received->len < expected->len || sent < 3000)
    {
      g_autofree char *request = g_strdup_printf ("GET /%u HTTP/1.1\r\n" HOST "\r\n", sent);
      g_autofree char *text = NULL;

      if (sent < 3000 && send (f.client, request, strlen (request), MSG_DONTWAIT) > 0)
        {
          g_string_append_printf (expected, "/%u", sent++);
          continue;
        }
      text = fixture_receive (&f, NULL);
      g_string_append (received, text);
    }
  g_assert_cmpstr (received->str, ==, expected->str);
}

static void
a_waiting_request_is_not_read_past (void)
{
  g_auto (Fixture) f;
  g_autofree char *junk = g_strnfill (16 * 1024, 'x');
  gsize sent = 0;
  gssize n;

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/1"));
  while ((n = send (f.client, junk, strlen (junk), MSG_DONTWAIT)) > 0)
    {
      sent += n;
      fixture_settle (&f);
    }
  /* the kernel's buffers are full, and stay so */
  g_assert_cmpuint (sent, <, 4 * 1024 * 1024);
  g_assert_cmpint (send (f.client, junk, 1, MSG_DONTWAIT), ==, -1);
  fixture_assert_log (&f, "GET /1");
}

static void
bodies_are_collected (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "POST /l HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nabc");
  fixture_collect (&f, 6);
  g_assert_cmpuint (f.n_bodies, ==, 0);
  fixture_send (&f, "def" GET ("/2"));
  fixture_assert_body (&f, "abcdef");
  fixture_assert_log (&f, "POST /l");
  fixture_answer (&f, "1", TRUE);
  fixture_assert_log (&f, "POST /l GET /2");
  fixture_answer (&f, "2", TRUE);

  fixture_send (&f, "POST /c HTTP/1.1\r\n" CHUNKED "3\r\nabc\r\n");
  fixture_collect (&f, 6);
  fixture_send (&f, "3;x=y\r\nde");
  fixture_send (&f, "f\r\n0\r\nTrailer: a\r\n\r\n" GET ("/3"));
  g_assert_cmpuint (f.n_bodies, ==, 2);
  fixture_assert_body (&f, "abcdef");
  fixture_answer (&f, "3", TRUE);
  fixture_assert_log (&f, "POST /l GET /2 POST /c GET /3");
  fixture_assert_received (&f, "123");
}

static void
a_body_that_came_with_its_head_is_collected (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "POST / HTTP/1.1\r\n" CHUNKED "3\r\nabc\r\n0\r\n\r\n" GET ("/2"));
  fixture_collect (&f, 6);
  fixture_assert_body (&f, "abc");
  fixture_answer (&f, "1", TRUE);
  fixture_assert_log (&f, "POST / GET /2");
}

static void
no_body_is_an_empty_body (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "POST / HTTP/1.1\r\n" HOST "\r\n");
  fixture_collect (&f, 0);
  fixture_assert_body (&f, "");
}

static void
a_body_over_the_limit_is_refused_early (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "POST / HTTP/1.1\r\n" CHUNKED "5\r\nabcde\r\n");
  fixture_collect (&f, 4);
  g_assert_error (f.body_error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE);
  g_assert_true (foreman_connection_can_keep_alive (f.connection));
  fixture_answer (&f, "413", TRUE);
  fixture_assert_received (&f, "413");
  fixture_send (&f, "1\r\nf\r\n0\r\n\r\n" GET ("/2"));
  fixture_assert_log (&f, "POST / GET /2");
}

static void
wrong_chunk_framing_is_an_error_and_the_end (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "POST / HTTP/1.1\r\n" CHUNKED "3\r\nabc\r\n");
  fixture_collect (&f, 100);
  fixture_send (&f, "zz\r\n" GET ("/smuggled"));
  g_assert_error (f.body_error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  g_assert_false (foreman_connection_can_keep_alive (f.connection));
  fixture_answer (&f, "400", TRUE);
  fixture_assert_ended (&f, "400");
  fixture_close_client (&f);
  fixture_assert_log (&f, "POST / closed");
}

/* Reads what it is told of, a little at a time, and notes the end. */
static void
on_readable (ForemanByteSource *source, GString *body)
{
  guint8 buffer[5];
  g_autoptr (GError) error = NULL;
  gssize n = foreman_byte_source_read (source, buffer, sizeof buffer, &error);

  if (n > 0)
    g_string_append_len (body, (char *) buffer, n);
  else if (n == 0)
    g_string_append (body, "|");
  else
    g_string_append (body, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? "?" : "!");
}

static void
a_reader_is_told_as_long_as_there_is_something (void)
{
  g_auto (Fixture) f;
  g_autoptr (GString) body = g_string_new (NULL);
  ForemanByteSource *source;

  fixture_set_up (&f, NULL);
  source = FOREMAN_BYTE_SOURCE (f.connection);
  g_signal_connect (source, "readable", G_CALLBACK (on_readable), body);
  fixture_send (&f, "POST / HTTP/1.1\r\n" HOST "Content-Length: 26\r\n\r\nabcdefghijkl");
  g_assert_cmpstr (body->str, ==, "");
  foreman_byte_source_set_wanted (source, TRUE);
  g_assert_cmpstr (body->str, ==, "");
  fixture_settle (&f);
  g_assert_cmpstr (body->str, ==, "abcdefghijkl");

  foreman_byte_source_set_wanted (source, FALSE);
  fixture_send (&f, "mnopqrstuvwxyz" GET ("/2"));
  g_assert_cmpstr (body->str, ==, "abcdefghijkl");
  foreman_byte_source_set_wanted (source, TRUE);
  fixture_settle (&f);
  g_assert_cmpstr (body->str, ==, "abcdefghijklmnopqrstuvwxyz|");

  foreman_byte_source_set_wanted (source, FALSE);
  fixture_answer (&f, "1", TRUE);
  fixture_assert_log (&f, "POST / GET /2");
  g_assert_cmpstr (body->str, ==, "abcdefghijklmnopqrstuvwxyz|");
}

static void
continue_is_sent_once_the_body_is_wanted (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "PUT / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  fixture_assert_received (&f, "");
  fixture_collect (&f, 3);
  fixture_assert_received (&f, "HTTP/1.1 100 Continue\r\n\r\n");
  fixture_send (&f, "abc");
  fixture_assert_body (&f, "abc");
  g_assert_true (foreman_connection_can_keep_alive (f.connection));
  fixture_answer (&f, "done", TRUE);
  fixture_assert_received (&f, "done");
}

static void
continue_is_not_sent_to_who_has_not_waited (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f,
                "PUT / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
  fixture_collect (&f, 3);
  fixture_assert_body (&f, "abc");
  fixture_answer (&f, "done", TRUE);
  fixture_assert_received (&f, "done");
}

static void
an_answer_instead_of_continue_ends_the_connection (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "PUT / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  g_assert_false (foreman_connection_can_keep_alive (f.connection));
  fixture_answer (&f, "413", TRUE);
  fixture_assert_ended (&f, "413");
}

static void
continue_is_not_sent_into_an_answer (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "PUT / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  foreman_connection_write (f.connection, "half", 4);
  fixture_collect (&f, 3);
  fixture_assert_received (&f, "half");
  fixture_send (&f, "abc");
  fixture_assert_body (&f, "abc");
}

static void
a_small_unread_body_is_read_away (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "POST / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nGET");
  fixture_answer (&f, "1", TRUE);
  fixture_assert_received (&f, "1");
  fixture_send (&f, " / HTT" GET ("/2"));
  fixture_assert_log (&f, "POST / GET /2");
  fixture_answer (&f, "2", TRUE);
  fixture_assert_received (&f, "2");
}

static void
a_large_unread_body_ends_the_connection_but_not_the_answer (void)
{
  g_auto (Fixture) f;
  g_autofree char *piece = g_strnfill (64 * 1024, 'x');

  fixture_set_up (&f, &(Options){ .tcp = TRUE });
  fixture_send (&f, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000000000\r\n\r\n");
  g_assert_false (foreman_connection_can_keep_alive (f.connection));
  fixture_answer (&f, "413", FALSE);
  /* the client writes on before it looks at the answer */
  for (guint i = 0; i < 8; i++)
    fixture_send (&f, piece);
  fixture_assert_ended (&f, "413");
  fixture_close_client (&f);
  fixture_wait_for (strstr (f.log->str, "closed") != NULL);
  fixture_assert_log (&f, "POST / closed");
}

static void
a_chunked_body_without_end_is_not_read_away_for_ever (void)
{
  g_auto (Fixture) f;
  g_autoptr (GString) chunk = g_string_new ("4000\r\n");

  for (guint i = 0; i < 0x4000; i++)
    g_string_append_c (chunk, 'x');
  g_string_append (chunk, "\r\n");
  fixture_set_up (&f, NULL);
  fixture_send (&f, "POST / HTTP/1.1\r\n" CHUNKED);
  fixture_answer (&f, "413", TRUE);
  for (guint i = 0; i < 2 * FOREMAN_CONNECTION_MAX_DISCARD / chunk->len; i++)
    fixture_send (&f, chunk->str);
  fixture_assert_ended (&f, "413");
}

static void
a_slow_reader_is_waited_for (void)
{
  g_auto (Fixture) f;
  g_autofree char *text = g_strnfill (4 * 1024 * 1024, 'x');
  g_autofree char *received = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/"));
  foreman_connection_write_bytes (f.connection, bytes);
  g_assert_cmpuint (foreman_connection_get_unsent (f.connection), >, 1024 * 1024);
  foreman_connection_write (f.connection, "end", 3);
  fixture_assert_log (&f, "GET /");
  received = fixture_receive (&f, NULL);
  g_assert_cmpuint (strlen (received), ==, strlen (text) + 3);
  g_assert_true (g_str_has_suffix (received, "xend"));
  g_assert_cmpuint (foreman_connection_get_unsent (f.connection), ==, 0);
  fixture_assert_log (&f, "GET / drained");
  foreman_connection_write (f.connection, "more", 4);
  fixture_assert_log (&f, "GET / drained");
  foreman_connection_finish (f.connection, TRUE);
  fixture_assert_received (&f, "more");
}

static void
a_finished_answer_is_flushed_before_the_next_request (void)
{
  g_auto (Fixture) f;
  g_autofree char *text = g_strnfill (4 * 1024 * 1024, 'x');
  g_autofree char *received = NULL;

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/1") GET ("/2"));
  fixture_answer (&f, text, TRUE);
  fixture_assert_log (&f, "GET /1");
  received = fixture_receive (&f, NULL);
  g_assert_cmpuint (strlen (received), ==, strlen (text));
  fixture_assert_log (&f, "GET /1 GET /2");
}

/* With SOCK_SEQPACKET each send() is one message. */
static void
assert_one_message (Fixture *f, const char *expected)
{
  char buffer[64];
  gssize n = recv (f->client, buffer, sizeof buffer, MSG_DONTWAIT);

  g_assert_cmpmem (buffer, MAX (n, 0), expected, strlen (expected));
}

static void
answer_in_pieces (ForemanConnection *connection, ForemanHead *head, gpointer data)
{
  foreman_connection_write (connection, "head", 4);
  foreman_connection_write (connection, "body", 4);
  foreman_connection_finish (connection, TRUE);
}

static void
corked_pieces_go_out_in_one (void)
{
  g_auto (Fixture) f;
  gulong id;

  fixture_set_up (&f, &(Options){ .type = SOCK_SEQPACKET });
  id = g_signal_connect (f.connection, "request", G_CALLBACK (answer_in_pieces), NULL);
  fixture_send (&f, GET ("/1"));
  assert_one_message (&f, "headbody");
  g_signal_handler_disconnect (f.connection, id);

  fixture_send (&f, GET ("/2"));
  foreman_connection_cork (f.connection);
  foreman_connection_write (f.connection, "a", 1);
  foreman_connection_cork (f.connection);
  foreman_connection_write (f.connection, "b", 1);
  foreman_connection_uncork (f.connection);
  assert_one_message (&f, "");
  foreman_connection_write (f.connection, "c", 1);
  g_assert_cmpuint (foreman_connection_get_unsent (f.connection), ==, 3);
  foreman_connection_uncork (f.connection);
  g_assert_cmpuint (foreman_connection_get_unsent (f.connection), ==, 0);
  assert_one_message (&f, "abc");
  foreman_connection_write (f.connection, "d", 1);
  assert_one_message (&f, "d");
  foreman_connection_cork (f.connection);
  for (guint i = 0; i < 40; i++)
    foreman_connection_write (f.connection, "e", 1);
  foreman_connection_uncork (f.connection);
  assert_one_message (&f, "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
}

/* Who writes until a window is full, and then waits for "drained", must not have filled a cork. */
static void
a_cork_holds_less_than_a_window (void)
{
  static const char block[16 * 1024];
  g_auto (Fixture) f;
  gsize received = 0;

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/"));
  foreman_connection_cork (f.connection);
  for (guint i = 0; i < 4; i++)
    foreman_connection_write (f.connection, block, sizeof block);
  g_assert_cmpuint (foreman_connection_get_unsent (f.connection), <, 4 * sizeof block);
  foreman_connection_uncork (f.connection);
  while (received < 4 * sizeof block)
    {
      char buffer[4096];

      fixture_settle (&f);
      received += recv (f.client, buffer, sizeof buffer, 0);
    }
  g_assert_cmpuint (foreman_connection_get_unsent (f.connection), ==, 0);
}

static void
a_connection_is_small (void)
{
  GTypeQuery query;

  g_type_query (FOREMAN_TYPE_CONNECTION, &query);
  g_test_message ("%u bytes", query.instance_size);
  g_assert_cmpuint (query.instance_size, <=, 512);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/connection/" path, function)
  ADD ("keep-alive", requests_follow_one_another);
  ADD ("head-in-pieces", a_head_may_come_in_pieces);
  ADD ("pipelining", pipelined_requests_wait_for_their_turn);
  ADD ("pipelining-many", thousands_of_pipelined_requests_are_answered_in_order);
  ADD ("pipelining-bounded", a_waiting_request_is_not_read_past);
  ADD ("body", bodies_are_collected);
  ADD ("body-with-head", a_body_that_came_with_its_head_is_collected);
  ADD ("body-none", no_body_is_an_empty_body);
  ADD ("body-too-large", a_body_over_the_limit_is_refused_early);
  ADD ("body-bad-chunk", wrong_chunk_framing_is_an_error_and_the_end);
  ADD ("body-readable", a_reader_is_told_as_long_as_there_is_something);
  ADD ("continue", continue_is_sent_once_the_body_is_wanted);
  ADD ("continue-unneeded", continue_is_not_sent_to_who_has_not_waited);
  ADD ("continue-answered", an_answer_instead_of_continue_ends_the_connection);
  ADD ("continue-late", continue_is_not_sent_into_an_answer);
  ADD ("unread-small", a_small_unread_body_is_read_away);
  ADD ("unread-large", a_large_unread_body_ends_the_connection_but_not_the_answer);
  ADD ("unread-endless", a_chunked_body_without_end_is_not_read_away_for_ever);
  ADD ("slow-reader", a_slow_reader_is_waited_for);
  ADD ("slow-reader-finish", a_finished_answer_is_flushed_before_the_next_request);
  ADD ("cork", corked_pieces_go_out_in_one);
  ADD ("cork-full", a_cork_holds_less_than_a_window);
  ADD ("size", a_connection_is_small);
  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
/* What ends a connection, and that its end is told once, last, and from the main loop. */
#include "connection-fixture.h"

#include "libforeman/foreman-error.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
prepare_wanted_body (Fixture *f)
{
  fixture_send (f, POST_HALF);
  fixture_collect (f, 100);
  g_assert_cmpuint (f->n_bodies, ==, 0);
}

static void
the_client_says_whether_the_connection_goes_on (void)
{
  static const struct
  {
    const char *request;
    gboolean keeps;
  } table[] = {
    { "GET / HTTP/1.1\r\n" HOST "\r\n", TRUE },
    { "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", FALSE },
    { "GET / HTTP/1.0\r\n\r\n", FALSE },
    { "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (Fixture) f;

      fixture_set_up (&f, NULL);
      fixture_send (&f, table[i].request);
      g_assert_true (foreman_connection_can_keep_alive (f.connection) == table[i].keeps);
      fixture_answer (&f, "1", TRUE);
      if (table[i].keeps)
        fixture_assert_received (&f, "1");
      else
        fixture_assert_ended (&f, "1");
      fixture_assert_log (&f, table[i].keeps ? "GET /" : "GET / closed");
    }
}

static void
the_owner_may_end_it_after_an_answer (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/1") GET ("/2"));
  fixture_answer (&f, "1", FALSE);
  fixture_assert_ended (&f, "1");
  fixture_assert_log (&f, "GET /1");
  fixture_close_client (&f);
  fixture_assert_log (&f, "GET /1 closed");
}

static void
a_refused_head_is_answered_and_the_end (void)
{
  static const struct
  {
    const char *head;
    int code;
  } table[] = {
    { "GET / HTTP/1.1\r\n\r\n" GET ("/smuggled"), FOREMAN_ERROR_INVALID_REQUEST },
    { "POST / HTTP/1.1\r\n" HOST
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET ("/smuggled"),
      FOREMAN_ERROR_INVALID_REQUEST },
    { "GET /p HTTP/1.1\nHost: x\n\n", FOREMAN_ERROR_INVALID_REQUEST },
    { "\x16\x03\x01", FOREMAN_ERROR_INVALID_REQUEST },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (Fixture) f;

      fixture_set_up (&f, NULL);
      fixture_send (&f, table[i].head);
      fixture_assert_log (&f, "rejected");
      g_assert_error (f.rejection, FOREMAN_ERROR, table[i].code);
      g_assert_null (foreman_connection_get_head (f.connection));
      g_assert_false (foreman_connection_can_keep_alive (f.connection));
      fixture_answer (&f, "400", TRUE);
      fixture_send (&f, GET ("/more"));
      fixture_assert_ended (&f, "400");
      fixture_close_client (&f);
      fixture_assert_log (&f, "rejected closed");
    }
}

static void
a_head_without_end_is_too_large (void)
{
  g_auto (Fixture) f;
  g_autofree char *piece = g_strnfill (4096, 'a');

  fixture_set_up (&f, NULL);
  fixture_send (&f, "GET / HTTP/1.1\r\n" HOST "A: ");
  for (guint i = 0; i < FOREMAN_HEAD_MAX_BYTES / 4096; i++)
    fixture_send (&f, piece);
  fixture_assert_log (&f, "rejected");
  g_assert_error (f.rejection, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE);
  fixture_answer (&f, "431", FALSE);
  fixture_assert_ended (&f, "431");
}

static void
a_refused_head_after_a_request_is_refused_in_its_turn (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/1") "junk\r\n\r\n");
  fixture_assert_log (&f, "GET /1");
  fixture_answer (&f, "1", TRUE);
  fixture_assert_log (&f, "GET /1 rejected");
  fixture_answer (&f, "400", TRUE);
  fixture_assert_ended (&f, "1400");
}

/* The limits are a microsecond: what is due is due at once, and the clock is never asked. */
static void
silence_between_requests_has_a_limit (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, &(Options){ .limits = { .idle_timeout = 1 } });
  fixture_wait_for (f.log->len > 0);
  fixture_assert_ended (&f, "");
  fixture_assert_log (&f, "closed");
}

static void
a_request_that_is_there_is_served_whatever_the_clock_says (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, &(Options){ .limits = { .idle_timeout = 1 } });
  f.echo = TRUE;
  send (f.client, GET ("/"), strlen (GET ("/")), 0);
  fixture_wait_for (strstr (f.log->str, "closed") != NULL);
  fixture_assert_log (&f, "GET / closed");
  fixture_assert_ended (&f, "/");
}

static void
a_head_has_a_limit_from_its_first_byte (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, &(Options){ .limits = { .head_timeout = 1000 } });
  fixture_settle (&f);
  fixture_assert_log (&f, "");
  /* a byte every now and then does not help */
  send (f.client, "G", 1, MSG_NOSIGNAL);
  while (f.log->len == 0)
    {
      send (f.client, "a", 1, MSG_NOSIGNAL);
      g_main_context_iteration (NULL, FALSE);
    }
  fixture_assert_log (&f, "closed");
}

static void
a_wanted_body_has_a_limit (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, &(Options){ .limits = { .body_timeout = 1 } });
  fixture_send (&f, POST_HALF);
  fixture_assert_log (&f, "POST /");
  fixture_collect (&f, 100);
  fixture_wait_for (f.n_bodies > 0);
  g_assert_error (f.body_error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT);
  fixture_assert_log (&f, "POST /");
  g_assert_false (foreman_connection_can_keep_alive (f.connection));
  fixture_answer (&f, "408", TRUE);
  fixture_assert_ended (&f, "408");
}

static void
abort_resets (void)
{
  g_auto (Fixture) f;
  char byte;

  fixture_set_up (&f, &(Options){ .tcp = TRUE });
  fixture_send (&f, GET ("/"));
  foreman_connection_write (f.connection, "HTTP/1.0 200\r\n\r\nhalf", 20);
  foreman_connection_abort (f.connection);
  g_assert_cmpstr (f.log->str, ==, "GET /");
  fixture_assert_log (&f, "GET / closed");
  while (recv (f.client, &byte, 1, 0) > 0)
    ;
  g_assert_cmpint (errno, ==, ECONNRESET);
}

static void
draining_closes_what_is_idle_now_and_the_rest_after_its_answer (void)
{
  g_auto (Fixture) idle, busy, early;

  fixture_set_up (&idle, NULL);
  foreman_connection_close_when_idle (idle.connection);
  g_assert_cmpstr (idle.log->str, ==, "");
  fixture_assert_log (&idle, "closed");
  fixture_assert_ended (&idle, "");

  fixture_set_up (&busy, NULL);
  fixture_send (&busy, GET ("/1") GET ("/2"));
  foreman_connection_close_when_idle (busy.connection);
  g_assert_false (foreman_connection_can_keep_alive (busy.connection));
  fixture_assert_log (&busy, "GET /1");
  fixture_answer (&busy, "1", TRUE);
  fixture_assert_ended (&busy, "1");
  fixture_close_client (&busy);
  fixture_assert_log (&busy, "GET /1 closed");

  fixture_set_up (&early, NULL);
  fixture_send (&early, "GET / HT");
  foreman_connection_close_when_idle (early.connection);
  fixture_send (&early, "TP/1.1\r\n" HOST "\r\n");
  fixture_answer (&early, "1", TRUE);
  fixture_assert_ended (&early, "1");
  /* who has sent all that he was going to send is not waited for */
  fixture_assert_log (&early, "GET / closed");
}

static void
finishing_while_somebody_reads_ends_both (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  prepare_wanted_body (&f);
  fixture_answer (&f, "200", TRUE);
  fixture_assert_ended (&f, "200");
  fixture_close_client (&f);
  fixture_settle (&f);
  g_assert_cmpuint (f.n_bodies, ==, 1);
  g_assert_error (f.body_error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  fixture_assert_log (&f, "POST / closed");
}

static void
aborting_while_somebody_reads_ends_both (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  prepare_wanted_body (&f);
  foreman_connection_abort (f.connection);
  g_assert_cmpuint (f.n_bodies, ==, 0);
  fixture_settle (&f);
  g_assert_error (f.body_error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  fixture_assert_log (&f, "POST / closed");
}

static void
a_body_is_not_read_beyond_its_request (void)
{
  g_auto (Fixture) f;
  guint8 byte;
  g_autoptr (GError) error = NULL;

  fixture_set_up (&f, NULL);
  fixture_send (&f, "POST / HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\n");
  fixture_answer (&f, "1", TRUE);
  g_assert_cmpint (foreman_byte_source_read (FOREMAN_BYTE_SOURCE (f.connection), &byte, 1, &error),
                   ==, -1);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
}

/* What a handler does to the connection that calls it. */
static void
drop (Fixture *f)
{
  g_clear_object (&f->connection);
}

static void
abort_and_drop (Fixture *f)
{
  foreman_connection_abort (f->connection);
  g_clear_object (&f->connection);
}

static void
finish_and_drop (Fixture *f)
{
  fixture_answer (f, "1", FALSE);
  g_clear_object (&f->connection);
}

static void
cork_and_drop (Fixture *f)
{
  foreman_connection_cork (f->connection);
  foreman_connection_write (f->connection, "1", 1);
  g_clear_object (&f->connection);
}

static void (*const deeds[]) (Fixture *) = { drop, abort_and_drop, finish_and_drop, cork_and_drop };

static void (*deed) (Fixture *);

static void
do_deed (Fixture *f)
{
  if (f->connection != NULL)
    deed (f);
}

static void
handlers_may_do_anything (void)
{
  static const char *const names[] = { "request", "rejected", "readable",
                                       "hung-up", "closed",   "drained" };

  for (guint i = 0; i < G_N_ELEMENTS (names) * G_N_ELEMENTS (deeds); i++)
    {
      g_auto (Fixture) f;
      const char *name = names[i % G_N_ELEMENTS (names)];
      g_autofree char *large = g_strnfill (4 * 1024 * 1024, 'x');
      g_autofree char *received = NULL;

      deed = deeds[i / G_N_ELEMENTS (names)];
      fixture_set_up (&f, NULL);
      g_signal_connect_data (f.connection, name, G_CALLBACK (do_deed), &f, NULL,
                             G_CONNECT_SWAPPED | G_CONNECT_AFTER);
      fixture_send (&f, g_str_equal (name, "rejected") ? "junk\r\n\r\n" : POST_HALF);
      if (f.connection != NULL && g_str_equal (name, "drained"))
        foreman_connection_write (f.connection, large, strlen (large));
      else if (f.connection != NULL && g_str_equal (name, "readable"))
        foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (f.connection), TRUE);
      received = fixture_receive (&f, NULL);
      fixture_close_client (&f);
      fixture_settle (&f);
      g_assert_null (f.connection);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/connection-ends/" path, function)
  ADD ("keep-alive", the_client_says_whether_the_connection_goes_on);
  ADD ("owner", the_owner_may_end_it_after_an_answer);
  ADD ("refused", a_refused_head_is_answered_and_the_end);
  ADD ("refused-large", a_head_without_end_is_too_large);
  ADD ("refused-pipelined", a_refused_head_after_a_request_is_refused_in_its_turn);
  ADD ("limit/idle", silence_between_requests_has_a_limit);
  ADD ("limit/idle-race", a_request_that_is_there_is_served_whatever_the_clock_says);
  ADD ("limit/head", a_head_has_a_limit_from_its_first_byte);
  ADD ("limit/body", a_wanted_body_has_a_limit);
  ADD ("abort", abort_resets);
  ADD ("drain", draining_closes_what_is_idle_now_and_the_rest_after_its_answer);
  ADD ("finish-while-read", finishing_while_somebody_reads_ends_both);
  ADD ("abort-while-read", aborting_while_somebody_reads_ends_both);
  ADD ("read-late", a_body_is_not_read_beyond_its_request);
  ADD ("handlers", handlers_may_do_anything);
  return g_test_run ();
}

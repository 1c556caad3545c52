/* SPDX-License-Identifier: MIT */
/* The client leaves: in every state, in every way. */
#include "connection-fixture.h"

#include "libforeman/foreman-error.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
half_close (Fixture *f)
{
  g_assert_no_errno (shutdown (f->client, SHUT_WR));
}

/* RST on TCP: what was not read yet, and no linger */
static void
reset (Fixture *f)
{
  struct linger linger = { .l_onoff = 1 };

  g_assert_no_errno (setsockopt (f->client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  fixture_close_client (f);
}

/* All the ways in which a client leaves. */
static const struct
{
  const char *name;
  gboolean tcp;
  void (*leave) (Fixture *f);
} leavings[] = {
  { "unix-close", FALSE, fixture_close_client },
  { "unix-half-close", FALSE, half_close },
  { "tcp-close", TRUE, fixture_close_client },
  { "tcp-half-close", TRUE, half_close },
  { "tcp-reset", TRUE, reset },
};

/* Calls @prepare, lets the client leave, and looks at what is emitted, once for each way. */
static void
check_leaving (void (*prepare) (Fixture *f), const char *expected)
{
  for (guint i = 0; i < G_N_ELEMENTS (leavings); i++)
    {
      g_auto (Fixture) f;

      g_test_message ("%s", leavings[i].name);
      fixture_set_up (&f, &(Options){ .tcp = leavings[i].tcp });
      prepare (&f);
      leavings[i].leave (&f);
      fixture_wait_for (strstr (f.log->str, "closed") != NULL);
      fixture_assert_log (&f, expected);
      /* all is over: nothing does anything any more */
      foreman_connection_write (f.connection, "x", 1);
      foreman_connection_finish (f.connection, TRUE);
      foreman_connection_abort (f.connection);
      foreman_connection_close_when_idle (f.connection);
      fixture_assert_log (&f, expected);
    }
}

static void
prepare_nothing (Fixture *f)
{
}

static void
prepare_half_a_head (Fixture *f)
{
  fixture_send (f, "GET / HTTP/1.1\r\nHos");
}

static void
prepare_answered (Fixture *f)
{
  fixture_send (f, GET ("/"));
  fixture_answer (f, "1", TRUE);
}

static void
prepare_waiting (Fixture *f)
{
  fixture_send (f, GET ("/"));
}

static void
prepare_waiting_pipelined (Fixture *f)
{
  fixture_send (f, GET ("/") GET ("/2"));
  fixture_send (f, GET ("/3"));
}

static void
prepare_unwanted_body (Fixture *f)
{
  fixture_send (f, POST_HALF);
  fixture_send (f, "de");
}

static void
prepare_wanted_body (Fixture *f)
{
  fixture_send (f, POST_HALF);
  fixture_collect (f, 100);
  g_assert_cmpuint (f->n_bodies, ==, 0);
}

static void
prepare_read_body (Fixture *f)
{
  prepare_wanted_body (f);
  fixture_send (f, "def");
  fixture_assert_body (f, "abcdef");
}

static void
prepare_streaming (Fixture *f)
{
  fixture_send (f, GET ("/"));
  foreman_connection_write (f->connection, "some", 4);
}

static void
prepare_blocked (Fixture *f)
{
  g_autofree char *text = g_strnfill (8 * 1024 * 1024, 'x');

  fixture_send (f, GET ("/"));
  foreman_connection_write (f->connection, text, strlen (text));
  g_assert_cmpuint (foreman_connection_get_unsent (f->connection), >, 0);
}

static void
leaving_between_requests_is_no_event (void)
{
  check_leaving (prepare_nothing, "closed");
  check_leaving (prepare_half_a_head, "closed");
  check_leaving (prepare_answered, "GET / closed");
}

static void
leaving_while_a_request_waits_is_hanging_up (void)
{
  check_leaving (prepare_waiting, "GET / hung-up closed");
  check_leaving (prepare_waiting_pipelined, "GET / hung-up closed");
  check_leaving (prepare_read_body, "POST / hung-up closed");
}

static void
leaving_before_the_body_is_whole_is_hanging_up (void)
{
  check_leaving (prepare_unwanted_body, "POST / hung-up closed");
  check_leaving (prepare_wanted_body, "POST / hung-up closed");
}

static void
leaving_while_the_answer_comes_is_hanging_up (void)
{
  check_leaving (prepare_streaming, "GET / hung-up closed");
  check_leaving (prepare_blocked, "GET / hung-up closed");
}

static void
who_waits_for_a_body_is_told_that_it_broke_off (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  prepare_wanted_body (&f);
  fixture_close_client (&f);
  fixture_settle (&f);
  g_assert_cmpuint (f.n_bodies, ==, 1);
  g_assert_error (f.body_error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
}

static void
who_has_left_gets_an_answer_that_is_given_at_once (void)
{
  g_auto (Fixture) f;

  /* as `printf … | nc -N` does */
  fixture_set_up (&f, NULL);
  f.echo = TRUE;
  send (f.client, GET ("/now"), strlen (GET ("/now")), 0);
  half_close (&f);
  fixture_assert_ended (&f, "/now");
  fixture_assert_log (&f, "GET /now closed");
}

static void
a_half_close_after_the_answer_does_not_cut_it (void)
{
  g_auto (Fixture) f;
  g_autofree char *text = g_strnfill (4 * 1024 * 1024, 'x');
  g_autofree char *received = NULL;
  gboolean ended;

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/"));
  fixture_answer (&f, text, TRUE);
  half_close (&f);
  received = fixture_receive (&f, &ended);
  g_assert_cmpuint (strlen (received), ==, strlen (text));
  g_assert_true (ended);
  fixture_assert_log (&f, "GET / closed");
}

static void
an_answer_that_nobody_takes_is_hung_up_on (void)
{
  g_auto (Fixture) f;
  g_autofree char *text = g_strnfill (4 * 1024 * 1024, 'x');

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/"));
  fixture_answer (&f, text, TRUE);
  fixture_close_client (&f);
  fixture_assert_log (&f, "GET / hung-up closed");
}

static void
writing_to_nobody_is_noticed_from_the_main_loop (void)
{
  g_auto (Fixture) f;

  fixture_set_up (&f, NULL);
  fixture_send (&f, GET ("/"));
  fixture_close_client (&f);
  foreman_connection_write (f.connection, "x", 1);
  foreman_connection_write (f.connection, "y", 1);
  g_assert_cmpstr (f.log->str, ==, "GET /");
  fixture_assert_log (&f, "GET / hung-up closed");
}

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
on_closed_count (ForemanConnection *connection, guint *n_closed)
{
  (*n_closed)++;
  g_object_unref (connection);
}

static void
on_request_nothing (ForemanConnection *connection, ForemanHead *head, gpointer data)
{
}

/* Connects, sends some of @request, leaves; the connection belongs to its own "closed". */
static void
come_and_go (ForemanReactor *reactor, const char *request, gsize length, guint *n_closed)
{
  static const ForemanConnectionLimits limits;
  ForemanConnection *connection;
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  connection = foreman_connection_new (reactor, fds[0], NULL, &limits);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed_count), n_closed);
  g_signal_connect (connection, "request", G_CALLBACK (on_request_nothing), NULL);
  foreman_connection_start (connection);
  if (length > 0)
    g_assert_cmpint (send (fds[1], request, length, 0), ==, length);
  g_main_context_iteration (NULL, FALSE);
  close (fds[1]);
}

static void
ten_thousand_come_and_go_without_trace (void)
{
  g_autoptr (ForemanReactor) reactor = foreman_reactor_new (NULL);
  static const char request[] = POST_HALF;
  guint n_closed = 0;
  guint before = count_fds ();

  for (guint i = 0; i < 10000; i++)
    come_and_go (reactor, request, i % sizeof request, &n_closed);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n_closed, ==, 10000);
  g_assert_cmpuint (count_fds (), ==, before);
  g_assert_finalize_object (g_steal_pointer (&reactor));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func ("/connection-leaving/" path, function)
  ADD ("between", leaving_between_requests_is_no_event);
  ADD ("waiting", leaving_while_a_request_waits_is_hanging_up);
  ADD ("body", leaving_before_the_body_is_whole_is_hanging_up);
  ADD ("answer", leaving_while_the_answer_comes_is_hanging_up);
  ADD ("reader", who_waits_for_a_body_is_told_that_it_broke_off);
  ADD ("answered-at-once", who_has_left_gets_an_answer_that_is_given_at_once);
  ADD ("half-close-late", a_half_close_after_the_answer_does_not_cut_it);
  ADD ("unread-answer", an_answer_that_nobody_takes_is_hung_up_on);
  ADD ("write", writing_to_nobody_is_noticed_from_the_main_loop);
  ADD ("ten-thousand", ten_thousand_come_and_go_without_trace);
  return g_test_run ();
}

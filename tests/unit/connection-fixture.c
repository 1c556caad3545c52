/* SPDX-License-Identifier: MIT */
#include "connection-fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
note (Fixture *fixture, const char *first, const char *second)
{
  g_string_append_printf (fixture->log, "%s%s%s%s", fixture->log->len > 0 ? " " : "", first,
                          second != NULL ? " " : "", second != NULL ? second : "");
}

static void
on_request (ForemanConnection *connection, ForemanHead *head, Fixture *fixture)
{
  note (fixture, foreman_head_get_method (head), foreman_head_get_path (head));
  g_assert_true (foreman_connection_get_head (connection) == head);
  if (fixture->echo)
    fixture_answer (fixture, foreman_head_get_path (head), TRUE);
}

static void
on_rejected (ForemanConnection *connection, GError *error, Fixture *fixture)
{
  note (fixture, "rejected", NULL);
  g_assert_null (fixture->rejection);
  fixture->rejection = g_error_copy (error);
}

static void
on_drained (ForemanConnection *connection, Fixture *fixture)
{
  note (fixture, "drained", NULL);
}

static void
on_hung_up (ForemanConnection *connection, Fixture *fixture)
{
  note (fixture, "hung-up", NULL);
}

static void
on_closed (ForemanConnection *connection, Fixture *fixture)
{
  note (fixture, "closed", NULL);
}

static void
make_tcp_pair (int fds[2])
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_no_errno (bind (listener, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (listener, 1));
  g_assert_no_errno (getsockname (listener, (struct sockaddr *) &address, &length));
  fds[1] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (connect (fds[1], (struct sockaddr *) &address, sizeof address));
  fds[0] = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  close (listener);
}

void
fixture_set_up (Fixture *fixture, const Options *options)
{
  static const Options defaults;
  int fds[2];

  options = options != NULL ? options : &defaults;
  memset (fixture, 0, sizeof *fixture);
  if (options->tcp)
    make_tcp_pair (fds);
  else
    g_assert_no_errno (
        socketpair (AF_UNIX, (options->type ? options->type : SOCK_STREAM) | SOCK_CLOEXEC, 0, fds));
  fixture->log = g_string_new (NULL);
  fixture->client = fds[1];
  fixture->reactor = foreman_reactor_new (NULL);
  fixture->connection = foreman_connection_new (fixture->reactor, fds[0], NULL, &options->limits);
  g_signal_connect (fixture->connection, "request", G_CALLBACK (on_request), fixture);
  g_signal_connect (fixture->connection, "rejected", G_CALLBACK (on_rejected), fixture);
  g_signal_connect (fixture->connection, "drained", G_CALLBACK (on_drained), fixture);
  g_signal_connect (fixture->connection, "hung-up", G_CALLBACK (on_hung_up), fixture);
  g_signal_connect (fixture->connection, "closed", G_CALLBACK (on_closed), fixture);
  foreman_connection_start (fixture->connection);
}

void
fixture_tear_down (Fixture *fixture)
{
  if (fixture->connection != NULL)
    {
      g_assert_finalize_object (fixture->connection);
      fixture->connection = NULL;
    }
  fixture_close_client (fixture);
  g_assert_finalize_object (fixture->reactor);
  g_string_free (fixture->log, TRUE);
  g_clear_error (&fixture->rejection);
  g_clear_error (&fixture->body_error);
  g_clear_pointer (&fixture->body, g_bytes_unref);
}

/* Lets everything happen that is due; fails where something spins. */
void
fixture_settle (Fixture *fixture)
{
  for (guint i = 0; g_main_context_iteration (NULL, FALSE); i++)
    g_assert_cmpuint (i, <, 1000);
}

void
fixture_send (Fixture *fixture, const char *text)
{
  g_assert_cmpint (send (fixture->client, text, strlen (text), MSG_NOSIGNAL), ==, strlen (text));
  fixture_settle (fixture);
}

void
fixture_answer (Fixture *fixture, const char *text, gboolean keep_alive)
{
  foreman_connection_write (fixture->connection, text, strlen (text));
  foreman_connection_finish (fixture->connection, keep_alive);
}

static void
on_collected (GObject *object, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  fixture->n_bodies++;
  g_clear_pointer (&fixture->body, g_bytes_unref);
  g_clear_error (&fixture->body_error);
  fixture->body = foreman_byte_source_collect_finish (FOREMAN_BYTE_SOURCE (object), result,
                                                      &fixture->body_error);
}

void
fixture_collect (Fixture *fixture, gsize max)
{
  foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (fixture->connection), max, NULL,
                                     on_collected, fixture);
  fixture_settle (fixture);
}

void
fixture_close_client (Fixture *fixture)
{
  if (fixture->client >= 0)
    close (fixture->client);
  fixture->client = -1;
}

/* @ended: (out) (optional): whether the connection's end was seen, too */
char *
fixture_receive (Fixture *fixture, gboolean *ended)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[64 * 1024];
  gssize n;

  fixture_settle (fixture);
  while ((n = recv (fixture->client, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    {
      g_string_append_len (text, buffer, n);
      fixture_settle (fixture);
    }
  if (ended != NULL)
    *ended = n == 0;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
fixture_assert_log (Fixture *fixture, const char *expected)
{
  fixture_settle (fixture);
  g_assert_cmpstr (fixture->log->str, ==, expected);
}

void
fixture_assert_received (Fixture *fixture, const char *expected)
{
  gboolean ended;
  g_autofree char *text = fixture_receive (fixture, &ended);

  g_assert_cmpstr (text, ==, expected);
  g_assert_false (ended);
}

void
fixture_assert_ended (Fixture *fixture, const char *expected)
{
  gboolean ended;
  g_autofree char *text = fixture_receive (fixture, &ended);

  g_assert_cmpstr (text, ==, expected);
  g_assert_true (ended);
}

void
fixture_assert_body (Fixture *fixture, const char *expected)
{
  fixture_settle (fixture);
  g_assert_no_error (fixture->body_error);
  g_assert_nonnull (fixture->body);
  g_assert_cmpmem (g_bytes_get_data (fixture->body, NULL), g_bytes_get_size (fixture->body),
                   expected, strlen (expected));
}

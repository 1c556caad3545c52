/* SPDX-License-Identifier: MIT */
#include "upstream-fixture.h"

#include "libforeman/foreman-error.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

/* Answers every request with data (a whole response) until the client goes. */
static void
repeat (int fd, guint nth, gpointer data)
{
  g_autofree char *head = NULL;

  while (g_free (head), head = raw_read_head (fd))
    raw_say (fd, data);
}

/* Answers one request with data and closes. */
static void
once (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  raw_say (fd, data);
}

/* Answers one request with data and waits for the client to go. */
static void
once_and_wait (int fd, guint nth, gpointer data)
{
  once (fd, nth, data);
  raw_wait_for_end (fd);
}

static void
test_bodies_end_where_their_framing_says (void)
{
  static const struct
  {
    const char *answer;
    const char *body;
    guint n_connections; /* for two requests */
  } cases[] = {
    { OK_HELLO, "hello", 1 },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
      "hello", 1 },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: x\r\n\r\n",
      "hello", 1 },
    { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 1 },
    { "HTTP/1.1 204 No Content\r\n\r\n", "", 1 },
    { "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", 1 },
    { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" OK_HELLO, "hello",
      1 },
    { "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", "hello", 1 },
    { "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", 2 },
    { "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 5\r\n\r\nhello", "hello", 2 },
    { OK_HELLO "HTTP/1.1 200 OK\r\n", "hello", 2 },
    { "HTTP/1.1 204 No Content\r\n\r\nx", "", 2 },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nx", "hello", 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      UpstreamFixture f = { 0 };

      fixture_start (&f, repeat, (gpointer) cases[i].answer);
      for (guint n = 0; n < 2; n++)
        {
          g_autofree char *text = fixture_get_text (&f, "/");

          g_assert_cmpstr (text, ==, cases[i].body);
        }
      g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==,
                        cases[i].n_connections == 1 ? 1 : 0);
      fixture_stop (&f);
      g_assert_cmpuint (f.n_connections, ==, cases[i].n_connections);
    }
}

static void
test_a_body_without_framing_ends_with_the_connection (void)
{
  UpstreamFixture f = { 0 };
  g_autofree char *text = NULL;

  fixture_start (&f, once, (gpointer) "HTTP/1.1 200 OK\r\n\r\nhello");
  text = fixture_get_text (&f, "/");
  g_assert_cmpstr (text, ==, "hello");
  g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==, 0);
  fixture_stop (&f);
}

static void
test_an_answer_to_head_has_no_body (void)
{
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("HEAD", "/");
  UpstreamFixture f = { 0 };
  Outcome outcome = OUTCOME_INIT;
  g_autofree char *text = NULL;

  fixture_start (&f, repeat, (gpointer) "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  fixture_send (&f, request, NULL, &outcome);
  wait_for (&outcome.done);
  g_assert_no_error (outcome.error);
  g_assert_true (foreman_upstream_response_is_complete (outcome.response));
  text = collect_text (outcome.response, NULL);
  g_assert_cmpstr (text, ==, "");
  g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==, 1);
  g_clear_object (&outcome.response);
  fixture_stop (&f);
}

/* The first connection is kept; the others break off in the middle of their answer. */
static void
break_all_but_the_first (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  if (nth == 0)
    {
      raw_say (fd, OK_HELLO);
      raw_wait_for_end (fd);
    }
  else
    raw_say (fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
}

static void
test_idle_connections_are_not_trusted_after_one_broke (void)
{
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("GET", "/");
  UpstreamFixture f = { 0 };
  Outcome first = OUTCOME_INIT, second = OUTCOME_INIT;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  fixture_start (&f, break_all_but_the_first, NULL);
  fixture_send (&f, request, NULL, &first);
  wait_for (&first.done);
  fixture_send (&f, request, NULL, &second);
  wait_for (&second.done);
  text = collect_text (first.response, NULL);
  g_assert_cmpstr (text, ==, "hello");
  g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==, 1);
  g_assert_null (collect_text (second.response, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==, 0);
  g_clear_object (&first.response);
  g_clear_object (&second.response);
  fixture_stop (&f);
}

static void
drip (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  for (const char *p = data; *p; p++)
    {
      raw_say_bytes (fd, p, 1);
      g_usleep (50);
    }
  raw_wait_for_end (fd);
}

static void
test_an_answer_may_come_byte_by_byte (void)
{
  UpstreamFixture f = { 0 };
  g_autofree char *text = NULL;

  fixture_start (&f, drip,
                 (gpointer) "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
  text = fixture_get_text (&f, "/");
  g_assert_cmpstr (text, ==, "hello");
  fixture_stop (&f);
}

static void
echo_request (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);
  char body[64] = "";
  const char *length = strstr (head, "Content-Length: ");
  g_autofree char *answer = NULL;

  if (length)
    raw_read (fd, body, (gsize) g_ascii_strtoull (length + 16, NULL, 10));
  answer = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s%s",
                            strlen (head) + strlen (body), head, body);
  raw_say (fd, answer);
  raw_wait_for_end (fd);
}

static void
test_requests_go_out_as_they_should (void)
{
  g_autoptr (ForemanUpstreamRequest) request =
      foreman_upstream_request_new ("POST", "/api/ch%61t?x=%20");
  g_autoptr (GBytes) body = g_bytes_new_static ("{\"a\":1}", 7);
  g_autofree char *text = NULL;
  g_autofree char *url = NULL;
  g_autofree char *expected = NULL;
  UpstreamFixture f = { 0 };
  Outcome outcome = OUTCOME_INIT;

  f.n_fds = count_open_fds ();
  f.server = raw_server_start (echo_request, NULL);
  url = g_strdup_printf ("127.0.0.1:%u/as/me/", raw_server_get_port (f.server));
  fixture_start_url (&f, url);

  foreman_upstream_request_add_header (request, "Accept", "*/*");
  foreman_upstream_request_add_header (request, "HOST", "elsewhere");
  foreman_upstream_request_add_header (request, "content-length", "99");
  foreman_upstream_request_add_header (request, "Transfer-Encoding", "chunked");
  foreman_upstream_request_add_header (request, "Connection", "close");
  foreman_upstream_request_add_header (request, "Expect", "100-continue");
  foreman_upstream_request_add_header (request, "X-Empty", "");
  foreman_upstream_request_set_body_bytes (request, body);
  fixture_send (&f, request, NULL, &outcome);
  wait_for (&outcome.done);
  g_assert_no_error (outcome.error);
  text = collect_text (outcome.response, NULL);
  expected = g_strdup_printf ("POST /as/me/api/ch%%61t?x=%%20 HTTP/1.1\r\n"
                              "Host: 127.0.0.1:%u\r\nAccept: */*\r\nX-Empty: \r\n"
                              "Content-Length: 7\r\n\r\n{\"a\":1}",
                              raw_server_get_port (f.server));
  g_assert_cmpstr (text, ==, expected);

  g_clear_object (&outcome.response);
  fixture_stop (&f);
}

static void
test_post_without_a_body_says_so_and_get_does_not (void)
{
  static const char *const methods[] = { "GET", "DELETE", "POST", "PUT" };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new (methods[i], "/");
      gsize length;
      g_autofree char *head = foreman_upstream_request_dup_head (request, "h", "", &length);

      g_assert_cmpint (strstr (head, "\r\nContent-Length: 0\r\n") != NULL, ==, i >= 2);
      g_assert_cmpuint (strlen (head), ==, length);
    }
}

static void
test_a_unix_socket_is_an_origin (void)
{
  g_autofree char *dir = g_dir_make_tmp ("foreman-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "sock", NULL);
  g_autofree char *url = g_strconcat ("unix:", path, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  UpstreamFixture f = { 0 };

  f.n_fds = count_open_fds ();
  f.server = raw_server_start_unix (path, echo_request, NULL);
  fixture_start_url (&f, url);
  text = fixture_get_text (&f, "/");
  g_assert_cmpstr (text, ==, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  fixture_stop (&f);

  f = (UpstreamFixture){ 0 };
  fixture_start_url (&f, url);
  fixture_fail (&f, "/", &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_assert_true (foreman_error_is_unreachable (error));
  g_assert_nonnull (strstr (error->message, "No such socket; is it running?"));
  fixture_stop (&f);
  g_rmdir (dir);
}

static void
test_an_idle_connection_that_ends_leaves_the_pool (void)
{
  UpstreamFixture f = { 0 };
  g_autofree char *text = NULL;

  fixture_start (&f, once, (gpointer) OK_HELLO);
  text = fixture_get_text (&f, "/");
  while (foreman_upstream_get_n_idle (f.upstream) > 0)
    g_main_context_iteration (NULL, TRUE);
  fixture_stop (&f);
}

typedef struct
{
  GAsyncQueue *go;
  GAsyncQueue *told;
} Queues;

/* Answers, and closes when it is told to. */
static void
answer_then_close (int fd, guint nth, gpointer data)
{
  Queues *queues = data;

  once (fd, nth, (gpointer) OK_HELLO);
  g_async_queue_pop (queues->go);
  shutdown (fd, SHUT_RDWR);
  g_async_queue_push (queues->told, GUINT_TO_POINTER (1));
}

static void
test_a_stale_connection_is_not_used (void)
{
  Queues queues = { g_async_queue_new (), g_async_queue_new () };
  UpstreamFixture f = { 0 };

  fixture_start (&f, answer_then_close, &queues);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *text = fixture_get_text (&f, "/");

      g_assert_cmpstr (text, ==, "hello");
      g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==, 1);
      /* The client has no turn of the main loop to notice. */
      g_async_queue_push (queues.go, GUINT_TO_POINTER (1));
      g_async_queue_pop (queues.told);
    }
  fixture_stop (&f);
  g_assert_cmpuint (f.n_connections, ==, 3);
  g_async_queue_unref (queues.go);
  g_async_queue_unref (queues.told);
}

/* Its first connection is deaf once it has answered. */
static void
answer_and_ignore (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  raw_say (fd, OK_HELLO);
  if (nth == 0)
    g_async_queue_pop (data);
  else
    raw_wait_for_end (fd);
}

static int
find_client_socket (guint16 port)
{
  for (int fd = 3; fd < 1024; fd++)
    {
      struct sockaddr_in peer;
      socklen_t length = sizeof peer;

      if (getpeername (fd, (struct sockaddr *) &peer, &length) == 0 && peer.sin_family == AF_INET &&
          ntohs (peer.sin_port) == port)
        return fd;
    }
  g_assert_not_reached ();
}

static void
test_a_connection_that_takes_no_byte_is_replaced (void)
{
  GAsyncQueue *go = g_async_queue_new ();
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;
  UpstreamFixture f = { 0 };

  fixture_start (&f, answer_and_ignore, go);
  text = fixture_get_text (&f, "/");
  /* It looks alive, but nothing can be written to it any more. */
  shutdown (find_client_socket (raw_server_get_port (f.server)), SHUT_WR);
  again = fixture_get_text (&f, "/");
  g_assert_cmpstr (again, ==, "hello");
  g_async_queue_push (go, GUINT_TO_POINTER (1));
  fixture_stop (&f);
  g_assert_cmpuint (f.n_connections, ==, 2);
  g_async_queue_unref (go);
}

static void
close_unanswered (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);
  g_autofree char *second = NULL;

  raw_say (fd, OK_HELLO);
  second = raw_read_head (fd);
}

static void
test_a_request_that_went_out_is_not_sent_again (void)
{
  /* in full, and in part */
  static const gsize sizes[] = { 1, 32 * 1024 * 1024 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("POST", "/");
      g_autoptr (GBytes) body = g_bytes_new_take (g_malloc0 (sizes[i]), sizes[i]);
      g_autofree char *text = NULL;
      Outcome outcome = OUTCOME_INIT;
      UpstreamFixture f = { 0 };

      fixture_start (&f, close_unanswered, NULL);
      text = fixture_get_text (&f, "/");
      foreman_upstream_request_set_body_bytes (request, body);
      fixture_send (&f, request, NULL, &outcome);
      wait_for (&outcome.done);
      g_assert_error (outcome.error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
      g_clear_error (&outcome.error);
      fixture_stop (&f);
      g_assert_cmpuint (f.n_connections, ==, 1);
    }
}

static void
test_requests_in_parallel_have_connections_of_their_own (void)
{
  enum
  {
    N = 70
  };
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("GET", "/");
  UpstreamFixture f = { 0 };
  Outcome outcomes[N];

  fixture_start (&f, repeat, (gpointer) OK_HELLO);
  for (guint i = 0; i < N; i++)
    {
      outcomes[i] = (Outcome) OUTCOME_INIT;
      fixture_send (&f, request, NULL, &outcomes[i]);
    }
  for (guint i = 0; i < N; i++)
    {
      wait_for (&outcomes[i].done);
      g_assert_no_error (outcomes[i].error);
    }
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *text = collect_text (outcomes[i].response, NULL);

      g_assert_cmpstr (text, ==, "hello");
      g_clear_object (&outcomes[i].response);
    }
  g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==, 64);
  fixture_stop (&f);
  g_assert_cmpuint (f.n_connections, ==, N);
}

static void
reset_at_once (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  raw_say (fd, data);
  raw_reset (fd);
}

static void
test_what_is_no_answer_is_a_broken_connection (void)
{
  g_autofree char *endless = g_strnfill (70 * 1024, 'x');
  g_autofree char *huge = g_strconcat ("HTTP/1.1 200 OK\r\nA: ", endless, NULL);
  const struct
  {
    RawServerScript script;
    const char *answer;
    const char *message;
  } cases[] = {
    { once, "", "closed the connection before it had answered" },
    { once, "HTTP/1.1 200 OK\r\nContent-", "closed the connection before it had answered" },
    { once, "HTTP/1.1 100 Continue\r\n\r\n", "closed the connection before it had answered" },
    { reset_at_once, "", "Connection reset by peer" },
    { reset_at_once, "HTTP/1.1 200", "Connection reset by peer" },
    { once_and_wait, "SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP" },
    { once_and_wait, "HTTP/1.1 200 OK\nA: b\n\n", "does not speak HTTP" },
    { once_and_wait, "HTTP/2 200\r\n\r\n", "does not speak HTTP" },
    { once_and_wait, "HTTP/1.1 101 Switching\r\n\r\n", "does not speak HTTP" },
    { once_and_wait, huge, "does not speak HTTP" },
    { once_and_wait, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "does not speak HTTP" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      UpstreamFixture f = { 0 };
      g_autoptr (GError) error = NULL;

      fixture_start (&f, cases[i].script, (gpointer) cases[i].answer);
      fixture_fail (&f, "/", &error);
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
      g_assert_false (foreman_error_is_unreachable (error));
      if (!strstr (error->message, cases[i].message) || strchr (error->message, '\n'))
        g_error ("case %u: %s", i, error->message);
      fixture_stop (&f);
      g_assert_cmpuint (f.n_connections, ==, 1);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_warm_up ();

#define ADD(name, func) g_test_add_func ("/upstream/" name, func)
  ADD ("bodies-end-where-their-framing-says", test_bodies_end_where_their_framing_says);
  ADD ("a-body-without-framing-ends-with-the-connection",
       test_a_body_without_framing_ends_with_the_connection);
  ADD ("an-answer-to-head-has-no-body", test_an_answer_to_head_has_no_body);
  ADD ("an-answer-may-come-byte-by-byte", test_an_answer_may_come_byte_by_byte);
  ADD ("requests-go-out-as-they-should", test_requests_go_out_as_they_should);
  ADD ("post-without-a-body-says-so-and-get-does-not",
       test_post_without_a_body_says_so_and_get_does_not);
  ADD ("a-unix-socket-is-an-origin", test_a_unix_socket_is_an_origin);
  ADD ("idle-connections-are-not-trusted-after-one-broke",
       test_idle_connections_are_not_trusted_after_one_broke);
  ADD ("an-idle-connection-that-ends-leaves-the-pool",
       test_an_idle_connection_that_ends_leaves_the_pool);
  ADD ("a-stale-connection-is-not-used", test_a_stale_connection_is_not_used);
  ADD ("a-connection-that-takes-no-byte-is-replaced",
       test_a_connection_that_takes_no_byte_is_replaced);
  ADD ("a-request-that-went-out-is-not-sent-again", test_a_request_that_went_out_is_not_sent_again);
  ADD ("requests-in-parallel-have-connections-of-their-own",
       test_requests_in_parallel_have_connections_of_their_own);
  ADD ("what-is-no-answer-is-a-broken-connection", test_what_is_no_answer_is_a_broken_connection);

  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "tls-server.h"
#include "upstream-fixture.h"

#include "libforeman/foreman-error.h"

#include <string.h>

static void
say (GOutputStream *out, const char *text)
{
  g_output_stream_write_all (out, text, strlen (text), NULL, NULL, NULL);
}

static void
start_tls (UpstreamFixture *f, RawServerScript script, TlsScript tls_script)
{
  g_autofree char *url = NULL;

  f->n_fds = count_open_fds ();
  f->server = raw_server_start (script, tls_script);
  url = g_strdup_printf ("https://127.0.0.1:%u", raw_server_get_port (f->server));
  fixture_start_url (f, url);
}

static void
stream_and_repeat (GInputStream *in, GOutputStream *out)
{
  while (tls_read_request (in))
    {
      say (out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n");
      say (out, "2\r\nlo\r\n");
      say (out, "0\r\n\r\n");
    }
}

static void
test_tls_connections_stream_and_are_reused (void)
{
  UpstreamFixture f = { 0 };

  start_tls (&f, serve_tls, stream_and_repeat);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *text = fixture_get_text (&f, "/");

      g_assert_cmpstr (text, ==, "hello");
      run_what_is_ready ();
      g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==, 1);
    }
  fixture_stop (&f);
  g_assert_cmpuint (f.n_connections, ==, 1);
}

#define LARGE (8 * 1024 * 1024)

static void
take_and_give (GInputStream *in, GOutputStream *out)
{
  g_autofree char *body = g_malloc (LARGE);
  gsize n = 0;

  g_assert_true (tls_read_request (in));
  g_input_stream_read_all (in, body, LARGE, &n, NULL, NULL);
  g_assert_cmpuint (n, ==, LARGE);
  say (out, "HTTP/1.1 200 OK\r\nContent-Length: " G_STRINGIFY (8388608) "\r\n\r\n");
  g_output_stream_write_all (out, body, LARGE, NULL, NULL, NULL);
  /* What TLS has in store is all there is: no end comes to wake the client up. */
  g_input_stream_read (in, body, 1, NULL, NULL);
}

static void
take_a_bit (ForemanByteSource *source, gpointer data)
{
  GByteArray *all = data;
  guint8 buffer[5000];
  gssize n = foreman_byte_source_read (source, buffer, sizeof buffer, NULL);

  if (n > 0)
    g_byte_array_append (all, buffer, (guint) n);
  /* pauses and goes on from where it was */
  foreman_byte_source_set_wanted (source, FALSE);
  foreman_byte_source_set_wanted (source, TRUE);
}

static void
test_tls_carries_large_bodies_both_ways (void)
{
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("POST", "/");
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 *data = g_malloc (LARGE);
  g_autoptr (GBytes) body = g_bytes_new_take (data, LARGE);
  Outcome outcome = OUTCOME_INIT;
  UpstreamFixture f = { 0 };

  for (gsize i = 0; i < LARGE; i++)
    data[i] = i % 251;
  start_tls (&f, serve_tls, take_and_give);
  foreman_upstream_request_set_body_bytes (request, body);
  fixture_send (&f, request, NULL, &outcome);
  wait_for (&outcome.done);
  g_assert_no_error (outcome.error);
  g_signal_connect (outcome.response, "readable", G_CALLBACK (take_a_bit), all);
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (outcome.response), TRUE);
  while (!foreman_upstream_response_is_complete (outcome.response))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpmem (all->data, all->len, data, LARGE);
  g_clear_object (&outcome.response);
  fixture_stop (&f);
}

static void
say_and_cut (GInputStream *in, GOutputStream *out)
{
  g_assert_true (tls_read_request (in));
  say (out, "HTTP/1.1 200 OK\r\n\r\nhello");
}

static void
test_tls_that_is_cut_is_no_end (void)
{
  UpstreamFixture f = { 0 };
  g_autoptr (ForemanUpstreamResponse) response = NULL;
  g_autoptr (GError) error = NULL;

  start_tls (&f, serve_tls, say_and_cut);
  response = fixture_get (&f, "/");
  g_assert_null (collect_text (response, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_clear_object (&response);
  fixture_stop (&f);
}

static void
say_nothing (int fd, guint nth, gpointer data)
{
  raw_wait_for_end (fd);
}

static void
assert_unreachable (RawServerScript script, TlsScript tls_script, const char *message)
{
  UpstreamFixture f = { 0 };
  g_autoptr (GError) error = NULL;

  start_tls (&f, script, tls_script);
  if (script == say_nothing)
    foreman_upstream_set_connect_timeout (f.upstream, 50 * G_TIME_SPAN_MILLISECOND);
  fixture_fail (&f, "/", &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_assert_true (foreman_error_is_unreachable (error));
  if (!strstr (error->message, message) || strchr (error->message, '\n'))
    g_error ("%s", error->message);
  fixture_stop (&f);
}

static void
test_a_stranger_s_certificate_is_refused (void)
{
  assert_unreachable (serve_tls, stream_and_repeat, "with a certificate that this machine trusts?");
}

static void
say_http (int fd, guint nth, gpointer data)
{
  raw_say (fd, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  raw_wait_for_end (fd);
}

static void
test_a_handshake_that_does_not_come_off_is_unreachable (void)
{
  assert_unreachable (say_nothing, NULL, "no connection within");
  assert_unreachable (say_http, NULL, "does it speak TLS");
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_printerr ("glib-networking is not installed\n");
      return 77;
    }
  fixture_warm_up ();

#define ADD(name, func) g_test_add_func ("/upstream-tls/" name, func)
  ADD ("a-stranger-s-certificate-is-refused", test_a_stranger_s_certificate_is_refused);
  ADD ("a-handshake-that-does-not-come-off-is-unreachable",
       test_a_handshake_that_does_not_come_off_is_unreachable);
  g_test_add_func ("/upstream-tls/trust", tls_trust_ourselves);
  ADD ("tls-connections-stream-and-are-reused", test_tls_connections_stream_and_are_reused);
  ADD ("tls-carries-large-bodies-both-ways", test_tls_carries_large_bodies_both_ways);
  ADD ("tls-that-is-cut-is-no-end", test_tls_that_is_cut_is_no_end);

  status = g_test_run ();
  tls_forget_ourselves ();
  return status;
}

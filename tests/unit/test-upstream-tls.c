/* SPDX-License-Identifier: MIT */
#include "upstream-fixture.h"

#include "libforeman/foreman-error.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* For localhost and 127.0.0.1, from 2020 to 2120; signed by itself. */
static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                          "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgekiqkwyB2gwEmbXn\n"
                          "KIF59ah82xRYtTyRio1E20mEt5WhRANCAAQ6eso8uCZPHZnvYZ6W99K9mTXdLWF0\n"
                          "/4lZUz3PFpN0jSu3AhbojqxvhFeLHHavC9mIY4NvblyLUIljpm6ITOyB\n"
                          "-----END PRIVATE KEY-----\n"
                          "-----BEGIN CERTIFICATE-----\n"
                          "MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv\n"
                          "c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM\n"
                          "CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDp6yjy4Jk8dme9h\n"
                          "npb30r2ZNd0tYXT/iVlTPc8Wk3SNK7cCFuiOrG+EV4scdq8L2Yhjg29uXItQiWOm\n"
                          "bohM7IGjTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E\n"
                          "BTADAQH/MB0GA1UdDgQWBBRIPM3v1gDPc8AeISSKJTXIj7RwODAKBggqhkjOPQQD\n"
                          "AgNIADBFAiEA8cd/f50ldDy4W1OMkvU7uUqC/DH6b6/7fCsjlLP+hIECIEkonP8l\n"
                          "wvVNZn/l4HGOO2gX4yPaHFKxZelVbLvkD2DQ\n"
                          "-----END CERTIFICATE-----\n";

/* GCC 12's LeakSanitizer crashes in any program that has loaded the system's certificates. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "detect_leaks=0";
}

typedef void (*TlsScript) (GInputStream *in, GOutputStream *out);

static gboolean
read_request (GInputStream *in)
{
  g_autoptr (GString) head = g_string_new (NULL);
  char byte;

  while (!g_str_has_suffix (head->str, "\r\n\r\n"))
    {
      if (g_input_stream_read (in, &byte, 1, NULL, NULL) != 1)
        return FALSE;
      g_string_append_c (head, byte);
    }
  return TRUE;
}

static void
say (GOutputStream *out, const char *text)
{
  g_output_stream_write_all (out, text, strlen (text), NULL, NULL, NULL);
}

/* Shakes hands and runs a TlsScript. */
static void
serve_tls (int fd, guint nth, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fcntl (fd, F_DUPFD_CLOEXEC, 0), NULL);
  g_autoptr (GSocketConnection) base = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, &error);
  g_autoptr (GIOStream) tls = g_tls_server_connection_new (G_IO_STREAM (base), certificate, &error);

  g_assert_no_error (error);
  if (g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
    ((TlsScript) data) (g_io_stream_get_input_stream (tls), g_io_stream_get_output_stream (tls));
  /* without a farewell */
  g_socket_close (socket, NULL);
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
  while (read_request (in))
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

  g_assert_true (read_request (in));
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
  g_assert_true (read_request (in));
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

static char *trusted; /* (owned) (nullable): a file's path; read when it is first needed */

static void
trust_ourselves (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  int fd = g_file_open_tmp ("foreman-XXXXXX.pem", &trusted, &error);

  g_assert_no_error (error);
  close (fd);
  g_file_set_contents (trusted, strstr (pem, "-----BEGIN CERTIFICATE"), -1, &error);
  g_assert_no_error (error);
  database = g_tls_file_database_new (trusted, &error);
  g_assert_no_error (error);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
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
  g_test_add_func ("/upstream-tls/trust", trust_ourselves);
  ADD ("tls-connections-stream-and-are-reused", test_tls_connections_stream_and_are_reused);
  ADD ("tls-carries-large-bodies-both-ways", test_tls_carries_large_bodies_both_ways);
  ADD ("tls-that-is-cut-is-no-end", test_tls_that_is_cut_is_no_end);

  status = g_test_run ();
  if (trusted)
    unlink (trusted);
  g_free (trusted);
  return status;
}

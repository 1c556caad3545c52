/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhook-post.h"

#include <string.h>

#include "config-fixture.h"
#include "fake-resolver.h"
#include "raw-server.h"
#include "tls-server.h"

typedef struct
{
  gboolean is_done;
  guint status;
  GError *error;
} Outcome;

static void
take_it (GInputStream *in, GOutputStream *out)
{
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  char body[2];

  g_assert_true (tls_read_request (in));
  g_assert_true (g_input_stream_read_all (in, body, sizeof body, NULL, NULL, NULL));
  g_output_stream_write_all (out, answer, strlen (answer), NULL, NULL, NULL);
}

static void
on_posted (GObject *source, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;

  outcome->status = foreman_webhook_post_finish (result, &outcome->error);
  outcome->is_done = TRUE;
}

static void
post (const char *host, Outcome *outcome)
{
  g_autoptr (FakeResolver) resolver = fake_resolver_install ();
  g_autoptr (ForemanConfig) config = make_config (NULL);
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (0, 0);
  RawServer *server = raw_server_start (serve_tls, take_it);
  g_autofree char *url = g_strdup_printf ("https://%s:%u/", host, raw_server_get_port (server));
  const ForemanWebhookPost what = { .url = url, .body = "{}", .event_id = 1, .is_trusted = TRUE };

  fake_resolver_add (resolver, "hook.test", "127.0.0.1");
  foreman_webhook_post_async (&what, config, clock, NULL, on_posted, outcome);
  while (!outcome->is_done)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  raw_server_stop (server);
}

static void
assert_refused (const char *host)
{
  Outcome outcome = { 0 };

  post (host, &outcome);
  g_assert_error (outcome.error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_assert_cmpuint (outcome.status, ==, 0);
  g_error_free (outcome.error);
}

static void
test_stranger_s_certificate (void)
{
  assert_refused ("localhost");
}

/* That the address is checked does not hide the name that the certificate is for. */
static void
test_certificate_of_the_name (void)
{
  Outcome outcome = { 0 };

  tls_trust_ourselves ();
  post ("localhost", &outcome);
  g_assert_no_error (outcome.error);
  g_assert_cmpuint (outcome.status, ==, 200);
}

static void
test_certificate_of_another_name (void)
{
  assert_refused ("hook.test");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_printerr ("glib-networking is not installed\n");
      return 77;
    }
  g_test_add_func ("/webhook-tls/stranger", test_stranger_s_certificate);
  g_test_add_func ("/webhook-tls/trust", test_certificate_of_the_name);
  g_test_add_func ("/webhook-tls/trusted-other-name", test_certificate_of_another_name);
  status = g_test_run ();
  tls_forget_ourselves ();
  return status;
}

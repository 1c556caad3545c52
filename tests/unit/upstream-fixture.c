/* SPDX-License-Identifier: MIT */
#include "upstream-fixture.h"

static void
ignore (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, NULL);

  *(gboolean *) data = TRUE;
}

/* What GLib opens once and keeps is open before anything is counted. */
void
fixture_warm_up (void)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  gboolean done = FALSE;

  g_socket_client_connect_to_host_async (client, "127.0.0.1", 1, NULL, ignore, &done);
  wait_for (&done);
}

void
fixture_start_url (UpstreamFixture *self, const char *url)
{
  g_autoptr (GError) error = NULL;

  self->n_fds = self->n_fds ? self->n_fds : count_open_fds ();
  self->reactor = foreman_reactor_new (NULL);
  self->upstream = foreman_upstream_new (self->reactor, url, &error);
  g_assert_no_error (error);
}

void
fixture_start (UpstreamFixture *self, RawServerScript script, gpointer data)
{
  g_autofree char *url = NULL;

  self->n_fds = count_open_fds ();
  self->server = raw_server_start (script, data);
  url = raw_server_dup_url (self->server);
  fixture_start_url (self, url);
}

void
fixture_stop (UpstreamFixture *self)
{
  /* A handshake that was given up ends when its thread has noticed. */
  g_object_add_weak_pointer (G_OBJECT (self->upstream), (gpointer *) &self->upstream);
  g_object_unref (self->upstream);
  while (self->upstream)
    g_main_context_iteration (NULL, TRUE);
  run_what_is_ready ();
  g_assert_finalize_object (self->reactor);
  if (self->server)
    self->n_connections = raw_server_stop (self->server);
  /* GLib's own threads may take a moment to close what they have. */
  for (guint i = 0; i < 1000 && count_open_fds () != self->n_fds; i++)
    g_usleep (1000);
  g_assert_cmpuint (count_open_fds (), ==, self->n_fds);
}

void
wait_for (const gboolean *flag)
{
  while (!*flag)
    g_main_context_iteration (NULL, TRUE);
}

void
run_what_is_ready (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;

  g_assert_true (outcome->may_come);
  g_assert_false (outcome->done);
  outcome->response =
      foreman_upstream_send_finish (FOREMAN_UPSTREAM (source), result, &outcome->error);
  g_assert_true ((outcome->response == NULL) != (outcome->error == NULL));
  outcome->done = TRUE;
}

void
fixture_send (UpstreamFixture *self,
              ForemanUpstreamRequest *request,
              GCancellable *cancellable,
              Outcome *outcome)
{
  outcome->may_come = FALSE;
  foreman_upstream_send_async (self->upstream, request, cancellable, sent, outcome);
  outcome->may_come = TRUE;
}

ForemanUpstreamResponse *
fixture_get (UpstreamFixture *self, const char *target)
{
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("GET", target);
  Outcome outcome = OUTCOME_INIT;

  fixture_send (self, request, NULL, &outcome);
  wait_for (&outcome.done);
  g_assert_no_error (outcome.error);
  return outcome.response;
}

void
fixture_fail (UpstreamFixture *self, const char *target, GError **error)
{
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("GET", target);
  Outcome outcome = OUTCOME_INIT;

  fixture_send (self, request, NULL, &outcome);
  wait_for (&outcome.done);
  g_assert_null (outcome.response);
  g_propagate_error (error, outcome.error);
}

typedef struct
{
  gboolean done;
  GBytes *bytes;
  GError *error;
} Collected;

static void
collected (GObject *source, GAsyncResult *result, gpointer data)
{
  Collected *out = data;

  out->bytes =
      foreman_byte_source_collect_finish (FOREMAN_BYTE_SOURCE (source), result, &out->error);
  out->done = TRUE;
}

char *
collect_text (ForemanUpstreamResponse *response, GError **error)
{
  Collected out = { 0 };
  char *text = NULL;

  foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (response), 64 * 1024 * 1024, NULL,
                                     collected, &out);
  wait_for (&out.done);
  if (out.bytes)
    text = g_bytes_get_size (out.bytes) == 0
               ? g_strdup ("")
               : g_strndup (g_bytes_get_data (out.bytes, NULL), g_bytes_get_size (out.bytes));
  g_clear_pointer (&out.bytes, g_bytes_unref);
  if (out.error)
    g_propagate_error (error, out.error);
  return text;
}

char *
fixture_get_text (UpstreamFixture *self, const char *target)
{
  g_autoptr (ForemanUpstreamResponse) response = fixture_get (self, target);
  g_autoptr (GError) error = NULL;
  char *text = collect_text (response, &error);

  g_assert_no_error (error);
  return text;
}

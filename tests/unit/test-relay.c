/* SPDX-License-Identifier: MIT */
/* The bytes of an answer on their way to the client, and every way in which they can end. */
#include "exchange-fixture.h"
#include "http/foreman-relay.h"
#include "net/foreman-upstream.h"
#include "raw-server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define NDJSON   "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
#define CHUNKS   NDJSON "Transfer-Encoding: chunked\r\n\r\n"
#define TO_CLOSE NDJSON "\r\n"

/* What the target says, and how it ends. */
typedef struct
{
  const char *answer;
  gboolean resets;
  gboolean stays; /* until the client goes */
  gsize padding;  /* so many bytes more, in lines of 100 */
} Script;

typedef struct
{
  ExchangeFixture x;
  RawServer *server;
  ForemanUpstream *upstream;
  ForemanAnswerKind kind;
  gboolean done;
  gboolean whole;
} Relaying;

static void
play (int fd, guint nth, gpointer data)
{
  const Script *script = data;
  g_autofree char *head = raw_read_head (fd);

  raw_say (fd, script->answer);
  for (gsize n = 0; n < script->padding; n += 100)
    {
      char line[101];

      memset (line, 'x', 99);
      line[99] = '\n';
      if (send (fd, line, 100, MSG_NOSIGNAL) != 100)
        return;
    }
  if (script->stays)
    raw_wait_for_end (fd);
  else if (script->resets)
    raw_reset (fd);
}

static void
on_relayed (GObject *source, GAsyncResult *result, gpointer data)
{
  Relaying *self = data;

  self->whole = foreman_relay_finish (FOREMAN_EXCHANGE (source), result, NULL);
  self->done = TRUE;
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Relaying *self = data;
  g_autoptr (ForemanUpstreamResponse) response =
      foreman_upstream_send_finish (FOREMAN_UPSTREAM (source), result, NULL);
  ForemanHead *head = foreman_upstream_response_get_head (response);

  exchange_fixture_begin (&self->x, foreman_head_get_content_length (head));
  foreman_relay_async (self->x.exchange, response, self->kind, on_relayed, self);
}

static void
relaying_begin (Relaying *self,
                const char *request,
                const Script *script,
                ForemanAnswerKind kind,
                const Options *options)
{
  g_autoptr (ForemanUpstreamRequest) upstream_request = foreman_upstream_request_new ("GET", "/");
  g_autofree char *url = NULL;

  memset (self, 0, sizeof *self);
  exchange_fixture_set_up (&self->x, request, options);
  self->kind = kind;
  self->server = raw_server_start (play, (gpointer) script);
  url = raw_server_dup_url (self->server);
  self->upstream = foreman_upstream_new (self->x.client.reactor, url, NULL);
  foreman_upstream_send_async (self->upstream, upstream_request, NULL, on_sent, self);
}

static void
relaying_end (Relaying *self)
{
  g_assert_true (self->done);
  g_assert_cmpuint (self->x.n_finished, ==, 1);
  g_assert_finalize_object (self->upstream);
  raw_server_stop (self->server);
  exchange_fixture_tear_down (&self->x);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Relaying, relaying_end)

/* Takes the chunk frames off @text, which has to be whole. */
static char *
unchunk (const char *text)
{
  g_autoptr (GString) body = g_string_new (NULL);

  for (;;)
    {
      char *end;
      gsize size = strtoul (text, &end, 16);

      g_assert_true (g_str_has_prefix (end, "\r\n"));
      text = end + 2;
      if (size == 0)
        break;
      g_assert_cmpuint (strlen (text), >=, size + 2);
      g_string_append_len (body, text, size);
      text += size + 2;
    }
  g_assert_cmpstr (text, ==, "\r\n");
  return g_string_free (g_steal_pointer (&body), FALSE);
}

static char *
receive_body (Relaying *self)
{
  g_autofree char *text = NULL;
  char *body;

  fixture_wait_for (self->done);
  text = fixture_receive (&self->x.client, NULL);
  body = strstr (text, "\r\n\r\n");
  g_assert_nonnull (body);
  return unchunk (body + 4);
}

#define ERROR_LINE(why) "{\"error\":\"" why "\"}\n"
#define ERROR_EVENT(why)                                                                           \
  "data: {\"error\":{\"message\":\"" why                                                           \
  "\",\"type\":\"api_error\",\"param\":null,\"code\":null}}\n\n"
#define NO_END "the model's answer broke off before its end"

/* What the target sends of a stream, and what the client then has. */
static const struct
{
  const char *request;
  ForemanAnswerKind kind;
  Script script;
  const char *body; /* an end in `*`: and an error that says what happened */
  gboolean whole;
} streams[] = {
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { CHUNKS "9\r\n{\"a\":1}\n\n\r\n0\r\n\r\n" },
    "{\"a\":1}\n\n" ERROR_LINE (NO_END),
    FALSE },
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { CHUNKS "e\r\n{\"done\":true}\n\r\n0\r\n\r\n" },
    "{\"done\":true}\n",
    TRUE },
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { CHUNKS "d\r\n{\"done\":true}\r\n0\r\n\r\n" },
    "{\"done\":true}",
    TRUE },
  /* it broke off, but it was whole */
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { CHUNKS "e\r\n{\"done\":true}\n\r\n" },
    "{\"done\":true}\n",
    FALSE },
  /* half a line is never seen, and no empty one either */
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { TO_CLOSE "{\"a\":1}\n{\"b\"" },
    "{\"a\":1}\n" ERROR_LINE (NO_END),
    FALSE },
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { CHUNKS "8\r\n{\"a\":1}\n\r\n5\r\n{\"b\"", .resets = TRUE },
    "{\"a\":1}\n{\"error\":\"*",
    FALSE },
  /* Ollama has said it already */
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { CHUNKS "e\r\n{\"error\":\"x\"}\n\r\n0\r\n\r\n" },
    "{\"error\":\"x\"}\n",
    TRUE },
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { CHUNKS "e\r\n{\"error\":\"x\"}\n\r\n", .resets = TRUE },
    "{\"error\":\"x\"}\n",
    FALSE },
  { GET ("/api/chat"),
    FOREMAN_ANSWER_NDJSON,
    { CHUNKS "d\r\n{\"error\":\"x\"}\r\n", .resets = TRUE },
    "{\"error\":\"*",
    FALSE },
  /* lines without an end of their own */
  { GET ("/api/pull"),
    FOREMAN_ANSWER_PROGRESS,
    { CHUNKS "8\r\n{\"a\":1}\n\r\n0\r\n\r\n" },
    "{\"a\":1}\n",
    TRUE },
  { GET ("/api/pull"),
    FOREMAN_ANSWER_PROGRESS,
    { CHUNKS "8\r\n{\"a\":1}\n\r\n" },
    "{\"a\":1}\n{\"error\":\"*",
    FALSE },
  /* events */
  { GET ("/v1/chat/completions"),
    FOREMAN_ANSWER_SSE_COMPLETIONS,
    { TO_CLOSE "data: {\"a\":1}\n\ndata: [DONE]\n\n" },
    "data: {\"a\":1}\n\ndata: [DONE]\n\n",
    TRUE },
  { GET ("/v1/chat/completions"),
    FOREMAN_ANSWER_SSE_COMPLETIONS,
    { TO_CLOSE "data: {\"a\":1}\n\n" },
    "data: {\"a\":1}\n\n\n" ERROR_EVENT (NO_END),
    FALSE },
  { GET ("/v1/chat/completions"),
    FOREMAN_ANSWER_SSE_COMPLETIONS,
    { TO_CLOSE "data: {\"a\":1}\n" },
    "data: {\"a\":1}\n\n" ERROR_EVENT (NO_END),
    FALSE },
};

static void
a_stream_ends_as_it_should_or_with_an_error_in_it (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_auto (Relaying) r;
      g_autofree char *body = NULL;
      gsize length = strlen (streams[i].body);

      g_test_message ("case %u", i);
      relaying_begin (&r, streams[i].request, &streams[i].script, streams[i].kind, NULL);
      body = receive_body (&r);
      g_assert_true (r.whole == streams[i].whole);
      if (streams[i].body[length - 1] == '*')
        {
          g_assert_cmpint (strncmp (body, streams[i].body, length - 1), ==, 0);
          g_assert_true (g_str_has_suffix (body, "\"}\n"));
        }
      else
        g_assert_cmpstr (body, ==, streams[i].body);
    }
}

/* An answer that the client cannot take for a whole one. */
static void
assert_cut (Relaying *self)
{
  char buffer[4096];
  gssize n;

  fixture_wait_for (self->done);
  g_assert_false (self->whole);
  while ((n = recv (self->x.client.client, buffer, sizeof buffer, 0)) > 0)
    g_assert_null (memmem (buffer, n, "\r\n0\r\n\r\n", 7));
  g_assert_cmpint (n, ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
}

static void
what_is_no_stream_is_cut (void)
{
  static const struct
  {
    const char *request;
    ForemanAnswerKind kind;
    Script script;
  } table[] = {
    { GET ("/api/chat"),
      FOREMAN_ANSWER_JSON,
      { "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"done\":true}" } },
    { GET ("/api/chat"),
      FOREMAN_ANSWER_JSON,
      { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"done\":true}\r\n" } },
    { GET ("/api/show"),
      FOREMAN_ANSWER_OPAQUE,
      { "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc", .resets = TRUE } },
    { GET ("/api/chat"),
      FOREMAN_ANSWER_NDJSON,
      { NDJSON "Content-Length: 20\r\n\r\n{\"done\":true}\n" } },
  };
  const Options options = { .tcp = TRUE };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (Relaying) r;

      relaying_begin (&r, table[i].request, &table[i].script, table[i].kind, &options);
      assert_cut (&r);
    }
}

static void
half_a_line_waits_for_the_rest_unless_it_is_too_long (void)
{
  const Script script = { TO_CLOSE "{\"a\":1}\n{\"b\":", .stays = TRUE };
  g_autoptr (GError) error = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_DRAINING, "ends");
  g_auto (Relaying) r;
  g_autofree char *body = NULL;

  relaying_begin (&r, GET ("/api/chat"), &script, FOREMAN_ANSWER_NDJSON, NULL);
  fixture_wait_for (r.x.exchange && foreman_exchange_has_begun (r.x.exchange));
  foreman_exchange_cut (r.x.exchange, error);
  body = receive_body (&r);
  g_assert_true (g_str_has_suffix (body, ERROR_LINE ("ends")));
  g_assert_null (strstr (body, "{\"b\""));
}

static void
a_line_that_was_sent_in_part_is_ended_before_the_error (void)
{
  g_autoptr (GString) answer = g_string_new (TO_CLOSE "{\"a\":\"");
  Script script = { 0 };
  g_auto (Relaying) r;
  g_autofree char *body = NULL;

  for (guint i = 0; i < 200 * 1024; i++)
    g_string_append_c (answer, 'x');
  script.answer = answer->str;
  relaying_begin (&r, GET ("/api/chat"), &script, FOREMAN_ANSWER_NDJSON, NULL);
  body = NULL;
  while (!r.done)
    {
      g_autofree char *text = fixture_receive (&r.x.client, NULL);
      g_autofree char *before = body;

      body = g_strconcat (before ? before : "", text, NULL);
      g_main_context_iteration (NULL, FALSE);
    }
  {
    g_autofree char *text = fixture_receive (&r.x.client, NULL);
    g_autofree char *before = body;
    g_autofree char *all = g_strconcat (before, text, NULL);

    body = unchunk (strstr (all, "\r\n\r\n") + 4);
  }
  g_assert_true (g_str_has_suffix (body, "x\n" ERROR_LINE (NO_END)));
}

static void
a_client_that_does_not_read_stops_the_target_and_leaving_ends_it (void)
{
  const Script script = { TO_CLOSE, .padding = 64 * 1024 * 1024 };
  const Options options = { .tcp = TRUE };
  g_auto (Relaying) r;

  relaying_begin (&r, GET ("/api/chat"), &script, FOREMAN_ANSWER_NDJSON, &options);
  fixture_wait_for (foreman_connection_get_unsent (r.x.client.connection) >= 64 * 1024);
  fixture_settle (&r.x.client);
  g_assert_cmpuint (foreman_connection_get_unsent (r.x.client.connection), <, 128 * 1024);
  g_assert_false (r.done);
  fixture_close_client (&r.x.client);
  fixture_wait_for (r.done);
  g_assert_cmpuint (r.x.n_gone, ==, 1);
  g_assert_false (r.whole);
}

static void
all_of_it_comes_to_a_slow_client (void)
{
  const Script script = { TO_CLOSE, .padding = 4 * 1024 * 1024 };
  const Options options = { .tcp = TRUE };
  g_auto (Relaying) r;
  gsize received = 0;
  char buffer[1000];

  relaying_begin (&r, "GET /x HTTP/1.0\r\n\r\n", &script, FOREMAN_ANSWER_OPAQUE, &options);
  for (;;)
    {
      gssize n = recv (r.x.client.client, buffer, sizeof buffer, MSG_DONTWAIT);

      if (n == 0)
        break;
      if (n > 0)
        received += n;
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_true (r.whole);
  g_assert_cmpuint (received, >, script.padding);
  g_assert_cmpuint (foreman_exchange_get_record (r.x.exchange)->body_bytes, ==,
                    (script.padding + 99) / 100 * 100);
}

static void
who_has_left_before_it_starts_closes_it_at_once (void)
{
  const Script script = { TO_CLOSE, .stays = TRUE };
  g_auto (Relaying) r;

  relaying_begin (&r, GET ("/api/chat"), &script, FOREMAN_ANSWER_NDJSON, NULL);
  fixture_close_client (&r.x.client);
  fixture_wait_for (r.done);
  g_assert_false (r.whole);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) g_test_add_func ("/relay/" path, function)
  ADD ("stream-ends", a_stream_ends_as_it_should_or_with_an_error_in_it);
  ADD ("others-are-cut", what_is_no_stream_is_cut);
  ADD ("half-line", half_a_line_waits_for_the_rest_unless_it_is_too_long);
  ADD ("long-line", a_line_that_was_sent_in_part_is_ended_before_the_error);
  ADD ("client-does-not-read", a_client_that_does_not_read_stops_the_target_and_leaving_ends_it);
  ADD ("slow-client", all_of_it_comes_to_a_slow_client);
  ADD ("client-has-left", who_has_left_before_it_starts_closes_it_at_once);
  return g_test_run ();
}

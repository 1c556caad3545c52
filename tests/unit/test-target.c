/* SPDX-License-Identifier: MIT */
#include "engine/foreman-target.h"
#include "libforeman/foreman-error.h"
#include "upstream-fixture.h"

#include <string.h>

typedef struct
{
  ForemanReactor *reactor;
  ForemanTarget *target;
  RawServer *server;
  guint n_fds;
  guint n_reached;
  guint n_unreachable;
  guint n_broken;
} Fixture;

typedef struct
{
  const char *answer;
  gboolean reset;
  GAsyncQueue *requests; /* (element-type utf8): whole requests, in their order */
} Script;

/* Answers every request with the same. */
static void
serve (int fd, guint nth, gpointer data)
{
  Script *script = data;
  char *head;

  while ((head = raw_read_head (fd)))
    {
      char body[512] = "";
      const char *length = strstr (head, "Content-Length: ");

      if (length)
        raw_read (fd, body, (gsize) g_ascii_strtoull (length + 16, NULL, 10));
      g_async_queue_push (script->requests, g_strconcat (head, body, NULL));
      g_free (head);
      raw_say (fd, script->answer);
      if (script->reset)
        raw_reset (fd);
    }
}

static void
count (guint *counter)
{
  ++*counter;
}

static void
start_url (Fixture *f, const char *url, const char *token)
{
  g_autoptr (GError) error = NULL;

  f->n_fds = f->n_fds ? f->n_fds : count_open_fds ();
  f->reactor = foreman_reactor_new (NULL);
  f->target = foreman_target_new (f->reactor, url, token, &error);
  g_assert_no_error (error);
  g_signal_connect_swapped (f->target, "reached", G_CALLBACK (count), &f->n_reached);
  g_signal_connect_swapped (f->target, "unreachable", G_CALLBACK (count), &f->n_unreachable);
  g_signal_connect_swapped (f->target, "broken", G_CALLBACK (count), &f->n_broken);
}

static void
start (Fixture *f, Script *script, const char *token)
{
  g_autofree char *url = NULL;

  *f = (Fixture){ .n_fds = count_open_fds () };
  script->requests = g_async_queue_new_full (g_free);
  f->server = raw_server_start (serve, script);
  url = raw_server_dup_url (f->server);
  start_url (f, url, token);
}

static void
stop (Fixture *f, Script *script)
{
  run_what_is_ready ();
  g_assert_finalize_object (f->target);
  g_assert_finalize_object (f->reactor);
  if (f->server)
    raw_server_stop (f->server);
  if (script)
    g_async_queue_unref (script->requests);
  g_assert_cmpuint (count_open_fds (), ==, f->n_fds);
}

static void
assert_signals (Fixture *f, guint n_reached, guint n_unreachable, guint n_broken)
{
  g_assert_cmpuint (f->n_reached, ==, n_reached);
  g_assert_cmpuint (f->n_unreachable, ==, n_unreachable);
  g_assert_cmpuint (f->n_broken, ==, n_broken);
}

typedef enum
{
  FETCH,
  LOAD,
  UNLOAD,
  WARM,
  SEND,
} Kind;

typedef struct
{
  Kind kind;
  gboolean done;
  GBytes *bytes;
  ForemanUpstreamResponse *response;
  GError *error;
} Result;

static void
finished (GObject *source, GAsyncResult *async_result, gpointer data)
{
  ForemanTarget *target = FOREMAN_TARGET (source);
  Result *result = data;
  gboolean success = FALSE;

  g_assert_false (result->done);
  result->done = TRUE;
  switch (result->kind)
    {
    case FETCH:
      result->bytes = foreman_target_fetch_finish (target, async_result, &result->error);
      success = result->bytes != NULL;
      break;
    case LOAD:
      success = foreman_target_load_finish (target, async_result, &result->error);
      break;
    case UNLOAD:
      success = foreman_target_unload_finish (target, async_result, &result->error);
      break;
    case WARM:
      success = foreman_target_warm_embedder_finish (target, async_result, &result->error);
      break;
    case SEND:
      result->response = foreman_target_send_finish (target, async_result, &result->error);
      success = result->response != NULL;
      break;
    default:
      g_assert_not_reached ();
    }
  g_assert_cmpint (success, ==, result->error == NULL);
}

static void
result_clear (Result *result)
{
  g_clear_pointer (&result->bytes, g_bytes_unref);
  g_clear_object (&result->response);
  g_clear_error (&result->error);
}

static void
fetch (Fixture *f, Result *result)
{
  *result = (Result){ .kind = FETCH };
  foreman_target_fetch_async (f->target, "/api/tags", NULL, finished, result);
  wait_for (&result->done);
}

static void
test_a_fetch_gives_the_body (void)
{
  Script script = { .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "9\r\n{\"models\"\r\n4\r\n:[]}\r\n0\r\n\r\n" };
  g_autofree char *request = NULL;
  Result result;
  Fixture f;

  start (&f, &script, "sesame");
  for (guint i = 1; i <= 3; i++)
    {
      fetch (&f, &result);
      g_assert_no_error (result.error);
      g_assert_cmpmem (g_bytes_get_data (result.bytes, NULL), g_bytes_get_size (result.bytes),
                       "{\"models\":[]}", 13);
      assert_signals (&f, i, 0, 0);
      result_clear (&result);
    }
  request = g_async_queue_pop (script.requests);
  g_assert_true (g_str_has_prefix (request, "GET /api/tags HTTP/1.1\r\nHost: 127.0.0.1:"));
  g_assert_nonnull (strstr (request, "\r\nAuthorization: Bearer sesame\r\n"));
  stop (&f, &script);
}

static void
test_calls_ask_for_what_they_are_named_after (void)
{
  static const char *const bodies[] = {
    [LOAD] = "{\"model\":\"a\\\"b:latest\",\"stream\":false,\"keep_alive\":\"5m0s\"}",
    [UNLOAD] = "{\"model\":\"a\\\"b:latest\",\"stream\":false,\"keep_alive\":0}",
    [WARM] = "{\"model\":\"a\\\"b:latest\",\"keep_alive\":-1}",
  };
  Script script = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" };
  const char *model = "a\"b:latest";
  Fixture f;

  start (&f, &script, NULL);
  for (Kind kind = LOAD; kind <= WARM; kind++)
    {
      g_autofree char *request = NULL;
      Result result = { .kind = kind };

      if (kind == LOAD)
        foreman_target_load_async (f.target, model, "\"5m0s\"", NULL, finished, &result);
      else if (kind == UNLOAD)
        foreman_target_unload_async (f.target, model, NULL, finished, &result);
      else
        foreman_target_warm_embedder_async (f.target, model, "-1", NULL, finished, &result);
      wait_for (&result.done);
      g_assert_no_error (result.error);

      request = g_async_queue_pop (script.requests);
      g_assert_true (g_str_has_prefix (request, kind == WARM ? "POST /api/embed HTTP/1.1\r\n"
                                                             : "POST /api/generate HTTP/1.1\r\n"));
      g_assert_nonnull (strstr (request, "\r\nContent-Type: application/json\r\n"));
      g_assert_null (strstr (request, "Authorization"));
      g_assert_cmpstr (strstr (request, "\r\n\r\n") + 4, ==, bodies[kind]);
    }
  stop (&f, &script);
}

static void
test_an_error_status_comes_with_ollama_s_words (void)
{
  static const struct
  {
    guint status;
    const char *body;
    const char *message;
  } cases[] = {
    { 404, "{\"error\":\"model 'x' not found\"}", "Ollama answered 404: model 'x' not found" },
    { 400, "{\"error\":{\"message\":\"no\\nway\",\"type\":\"t\"}}", "Ollama answered 400: no way" },
    { 401, "{\"error\":\"unauthorized\",\"signin_url\":\"u\"}",
      "Ollama answered 401: unauthorized" },
    { 500, "{\"error\":{\"type\":\"t\"}}", "Ollama answered 500" },
    { 502, "<html>Bad Gateway</html>", "Ollama answered 502" },
    { 403, "", "Ollama answered 403" },
    { 307, "{}", "Ollama answered 307" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer =
          g_strdup_printf ("HTTP/1.1 %u Text\r\nContent-Length: %zu\r\n\r\n%s", cases[i].status,
                           strlen (cases[i].body), cases[i].body);
      Script script = { .answer = answer };
      Result result;
      Fixture f;

      start (&f, &script, NULL);
      fetch (&f, &result);
      g_assert_error (result.error, FOREMAN_ERROR, FOREMAN_ERROR_HTTP);
      g_assert_cmpuint (foreman_error_get_http_status (result.error), ==, cases[i].status);
      g_assert_cmpstr (result.error->message, ==, cases[i].message);
      assert_signals (&f, 1, 0, 0);
      result_clear (&result);
      stop (&f, &script);
    }
}

static void
test_long_words_are_cut (void)
{
  g_autofree char *umlauts = g_strnfill (2000, '\xbc');
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < 2000; i += 2)
    umlauts[i] = '\xc3';
  text = g_strdup_printf ("{\"error\":\"x%s\"}", umlauts);
  body = g_bytes_new_static (text, strlen (text));
  error = foreman_target_new_http_error (500, body);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (strlen (error->message), <, 450);
  g_assert_true (g_str_has_suffix (error->message, "ü…"));
}

static void
test_a_target_that_is_not_there_is_unreachable (void)
{
  Script script = { .answer = "" };
  g_autofree char *url = NULL;
  Result result;
  Fixture f;

  start (&f, &script, NULL);
  url = raw_server_dup_url (f.server);
  stop (&f, &script);

  f = (Fixture){ 0 };
  start_url (&f, url, NULL);
  fetch (&f, &result);
  g_assert_error (result.error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_assert_true (foreman_error_is_unreachable (result.error));
  assert_signals (&f, 0, 1, 0);
  result_clear (&result);
  stop (&f, NULL);
}

static void
test_what_breaks_off_is_broken_wherever_it_does (void)
{
  static const struct
  {
    const char *answer;
    guint n_reached;
  } cases[] = {
    { "", 0 },
    { "garbage\r\n", 0 },
    { "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Script script = { .answer = cases[i].answer, .reset = TRUE };
      Result result;
      Fixture f;

      start (&f, &script, NULL);
      fetch (&f, &result);
      g_assert_error (result.error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
      g_assert_false (foreman_error_is_unreachable (result.error));
      assert_signals (&f, cases[i].n_reached, 0, 1);
      result_clear (&result);
      stop (&f, &script);
    }
}

static void
test_giving_up_says_nothing_about_the_target (void)
{
  Script script = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello" };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Result result = { .kind = FETCH };
  Fixture f;

  start (&f, &script, NULL);
  foreman_target_fetch_async (f.target, "/", cancellable, finished, &result);
  while (f.n_reached == 0)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  wait_for (&result.done);
  g_assert_error (result.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_signals (&f, 1, 0, 0);
  result_clear (&result);

  foreman_target_set_timeouts (f.target, 0, 10 * G_TIME_SPAN_MILLISECOND);
  fetch (&f, &result);
  g_assert_error (result.error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT);
  assert_signals (&f, 2, 0, 0);
  result_clear (&result);
  stop (&f, &script);
}

static void
test_a_request_that_is_passed_on_gets_the_token_once (void)
{
  Script script = { .answer = "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}" };
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("POST", "/api/chat");
  Fixture f;

  start (&f, &script, "sesame");
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *seen = NULL;
      const char *field;
      Result result = { .kind = SEND };

      foreman_target_send_async (f.target, request, NULL, finished, &result);
      wait_for (&result.done);
      g_assert_no_error (result.error);
      g_assert_cmpuint (foreman_upstream_response_get_status (result.response), ==, 503);
      seen = g_async_queue_pop (script.requests);
      field = strstr (seen, "Authorization: Bearer sesame\r\n");
      g_assert_nonnull (field);
      g_assert_null (strstr (field + 1, "Authorization"));
      result_clear (&result);
    }
  stop (&f, &script);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_warm_up ();

#define ADD(name, func) g_test_add_func ("/target/" name, func)
  ADD ("a-fetch-gives-the-body", test_a_fetch_gives_the_body);
  ADD ("calls-ask-for-what-they-are-named-after", test_calls_ask_for_what_they_are_named_after);
  ADD ("an-error-status-comes-with-ollama-s-words", test_an_error_status_comes_with_ollama_s_words);
  ADD ("long-words-are-cut", test_long_words_are_cut);
  ADD ("a-target-that-is-not-there-is-unreachable", test_a_target_that_is_not_there_is_unreachable);
  ADD ("what-breaks-off-is-broken-wherever-it-does",
       test_what_breaks_off_is_broken_wherever_it_does);
  ADD ("giving-up-says-nothing-about-the-target", test_giving_up_says_nothing_about_the_target);
  ADD ("a-request-that-is-passed-on-gets-the-token-once",
       test_a_request_that_is_passed_on_gets_the_token_once);

  return g_test_run ();
}

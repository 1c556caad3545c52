/* SPDX-License-Identifier: MIT */
/* One request, one answer, one end: whoever comes too late does no harm. */
#include "exchange-fixture.h"

#include <string.h>

#define CHAT(fields) "POST /api/chat HTTP/1.1\r\n" HOST fields "Content-Length: 0\r\n\r\n"

static void
cancelled (GCancellable *cancellable, gpointer data)
{
  (*(guint *) data)++;
}

static void
it_ends_once_and_what_comes_too_late_is_dropped (void)
{
  g_auto (ExchangeFixture) x;
  g_autoptr (GError) error = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION, "late");
  g_autofree char *text = NULL;

  exchange_fixture_set_up (&x, CHAT (""), NULL);
  foreman_exchange_answer (x.exchange, 200, "text/plain", "hi", 2);
  g_assert_cmpuint (x.n_finished, ==, 1);
  exchange_fixture_begin (&x, 5);
  foreman_exchange_write (x.exchange, "late", 4);
  foreman_exchange_flush_head (x.exchange);
  foreman_exchange_end (x.exchange);
  foreman_exchange_abort (x.exchange);
  foreman_exchange_answer_failure (x.exchange, error);
  foreman_exchange_answer_error (x.exchange, 500, FOREMAN_ERROR_FAILED, "late", NULL);
  g_assert_cmpuint (x.n_finished, ==, 1);
  g_assert_cmpuint (x.n_gone, ==, 0);
  text = fixture_receive (&x.client, NULL);
  g_assert_true (g_str_has_suffix (text, "\r\n\r\nhi"));
  g_assert_cmpuint (foreman_exchange_get_record (x.exchange)->status, ==, 200);
}

static void
a_client_that_leaves_ends_it_and_nothing_can_be_answered (void)
{
  g_auto (ExchangeFixture) x;
  guint n_cancelled = 0;

  exchange_fixture_set_up (&x, CHAT (""), NULL);
  g_signal_connect (foreman_exchange_get_cancellable (x.exchange), "cancelled",
                    G_CALLBACK (cancelled), &n_cancelled);
  fixture_close_client (&x.client);
  fixture_settle (&x.client);
  g_assert_cmpuint (x.n_finished, ==, 1);
  g_assert_cmpuint (x.n_gone, ==, 1);
  g_assert_cmpuint (n_cancelled, ==, 1);
  g_assert_true (foreman_exchange_get_record (x.exchange)->client_left);
  g_assert_cmpuint (foreman_exchange_get_record (x.exchange)->status, ==, 0);
  foreman_exchange_answer (x.exchange, 200, NULL, "", 0);
  foreman_exchange_answer_error (x.exchange, 500, FOREMAN_ERROR_FAILED, "late", NULL);
  foreman_exchange_end (x.exchange);
  g_assert_cmpuint (x.n_finished, ==, 1);
}

static void
a_failure_has_its_status_and_the_shape_of_its_api (void)
{
  static const struct
  {
    const char *request;
    ForemanError code;
    const char *status_line;
    const char *body;
  } table[] = {
    { CHAT (""), FOREMAN_ERROR_CONNECTION, "HTTP/1.1 502 Bad Gateway\r\n", "{\"error\":\"why\"}" },
    { CHAT (""), FOREMAN_ERROR_TOO_LARGE, "HTTP/1.1 413 ", "{\"error\":\"why\"}" },
    { CHAT (""), FOREMAN_ERROR_TIMEOUT, "HTTP/1.1 408 ", "{\"error\":\"why\"}" },
    { CHAT (""), FOREMAN_ERROR_QUEUE_FULL, "HTTP/1.1 503 ", "{\"error\":\"why\"}" },
    { "GET /v1/models HTTP/1.1\r\n" HOST "\r\n", FOREMAN_ERROR_INVALID_REQUEST, "HTTP/1.1 400 ",
      "{\"error\":{\"message\":\"why\",\"type\":\"invalid_request_error\",\"param\":null,"
      "\"code\":null}}\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (FOREMAN_ERROR, table[i].code, "why");
      g_auto (ExchangeFixture) x;
      g_autofree char *text = NULL;

      exchange_fixture_set_up (&x, table[i].request, NULL);
      foreman_exchange_answer_failure (x.exchange, error);
      text = fixture_receive (&x.client, NULL);
      g_assert_true (g_str_has_prefix (text, table[i].status_line));
      g_assert_cmpstr (strstr (text, "\r\n\r\n") + 4, ==, table[i].body);
      g_assert_true ((strstr (text, "\r\nRetry-After: ") != NULL) ==
                     (table[i].code == FOREMAN_ERROR_QUEUE_FULL));
      g_assert_true ((strstr (text, "\r\nx-should-retry: false\r\n") != NULL) ==
                     (table[i].code == FOREMAN_ERROR_QUEUE_FULL));
    }
}

static void
a_failure_behind_the_head_breaks_the_answer_off (void)
{
  g_autoptr (GError) error = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION, "why");
  Options options = { .tcp = TRUE };
  g_auto (ExchangeFixture) x;

  exchange_fixture_set_up (&x, CHAT (""), &options);
  exchange_fixture_begin (&x, -1);
  foreman_exchange_write (x.exchange, "half", 4);
  foreman_exchange_answer_failure (x.exchange, error);
  g_assert_cmpuint (x.n_finished, ==, 1);
  fixture_assert_log (&x.client, "POST /api/chat closed");
}

static void
an_id_of_the_caller_is_kept_where_it_does_no_harm (void)
{
  static const struct
  {
    const char *line;
    const char *kept;
  } table[] = {
    { "X-Request-Id: mine-42\r\n", "mine-42" },
    { "X-Request-Id: a/b:c.d_e+f=\r\n", "a/b:c.d_e+f=" },
    { "X-Request-Id: a b\r\n", NULL },
    { "X-Request-Id: a\"b\r\n", NULL },
    { "X-Request-Id: a\\nb\r\n", NULL },
    { "X-Request-Id: \303\244\r\n", NULL },
    { "X-Request-Id: \r\n", NULL },
    { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *request =
          g_strdup_printf ("GET / HTTP/1.1\r\n" HOST "%s\r\n", table[i].line);
      g_auto (ExchangeFixture) x;
      const char *id;

      exchange_fixture_set_up (&x, request, NULL);
      id = foreman_exchange_get_record (x.exchange)->request_id;
      if (table[i].kept)
        g_assert_cmpstr (id, ==, table[i].kept);
      else
        g_assert_cmpuint (strlen (id), ==, 26);
      foreman_exchange_answer (x.exchange, 200, NULL, "", 0);
    }
}

static void
it_is_cut_with_an_answer_where_there_was_none (void)
{
  g_autoptr (GError) error = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_DRAINING, "ends");
  g_auto (ExchangeFixture) x;
  guint n_cancelled = 0;
  g_autofree char *text = NULL;

  exchange_fixture_set_up (&x, CHAT (""), NULL);
  g_signal_connect (foreman_exchange_get_cancellable (x.exchange), "cancelled",
                    G_CALLBACK (cancelled), &n_cancelled);
  foreman_exchange_cut (x.exchange, error);
  g_assert_cmpuint (n_cancelled, ==, 1);
  g_assert_cmpuint (x.n_finished, ==, 1);
  text = fixture_receive (&x.client, NULL);
  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 503 "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) g_test_add_func ("/exchange/" path, function)
  ADD ("ends-once", it_ends_once_and_what_comes_too_late_is_dropped);
  ADD ("client-leaves", a_client_that_leaves_ends_it_and_nothing_can_be_answered);
  ADD ("failure", a_failure_has_its_status_and_the_shape_of_its_api);
  ADD ("failure-behind-the-head", a_failure_behind_the_head_breaks_the_answer_off);
  ADD ("request-id", an_id_of_the_caller_is_kept_where_it_does_no_harm);
  ADD ("cut", it_is_cut_with_an_answer_where_there_was_none);
  return g_test_run ();
}

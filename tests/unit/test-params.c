/* SPDX-License-Identifier: MIT */
/* What requests say besides their path, and what is refused of it. */
#include "exchange-fixture.h"
#include "http/foreman-event-position.h"
#include "http/foreman-params.h"

#include <string.h>

static const char *const known[] = { "state", "limit", "all", "wait", "last_event_id", NULL };

static ForemanParams *
read_query (ExchangeFixture *x, const char *query, GError **error)
{
  g_autofree char *request = g_strdup_printf ("GET /jobs?%s HTTP/1.1\r\n" HOST "\r\n", query);

  exchange_fixture_set_up (x, request, NULL);
  return foreman_params_read (x->exchange, known, error);
}

static void
finish (ExchangeFixture *x)
{
  foreman_exchange_answer (x->exchange, 200, NULL, "", 0);
  exchange_fixture_tear_down (x);
}

static void
queries_are_read (void)
{
  ExchangeFixture x;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params =
      read_query (&x, "state=a%20b+c&all=true&limit=1000&wait=90s", &error);
  gboolean all = FALSE;
  guint limit = 50;
  gint64 wait = 0;

  g_assert_no_error (error);
  g_assert_cmpstr (foreman_params_get (params, "state"), ==, "a b c");
  g_assert_null (foreman_params_get (params, "last_event_id"));
  g_assert_true (foreman_params_get_boolean (params, "all", &all, NULL));
  g_assert_true (foreman_params_get_number (params, "limit", 1, 1000, &limit, NULL));
  g_assert_true (foreman_params_get_duration (params, "wait", G_USEC_PER_SEC * 60, &wait, NULL));
  g_assert_true (all);
  g_assert_cmpuint (limit, ==, 1000);
  g_assert_cmpint (wait, ==, G_USEC_PER_SEC * 60);
  finish (&x);
}

static void
what_is_not_understood_is_an_error (void)
{
  static const char *const queries[] = { "satte=done", "state",  "state=%ff", "state=%zz",
                                         "all=yes",    "all=",   "limit=0",   "limit=1001",
                                         "limit=-1",   "limit=", "wait=5",    "wait=-5s" };

  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      ExchangeFixture x;
      g_autoptr (GError) error = NULL;
      g_autoptr (ForemanParams) params = read_query (&x, queries[i], &error);
      gboolean all;
      guint limit;
      gint64 wait;

      if (params && foreman_params_get_boolean (params, "all", &all, &error) &&
          foreman_params_get_number (params, "limit", 1, 1000, &limit, &error) &&
          foreman_params_get_duration (params, "wait", G_MAXINT64, &wait, &error))
        g_error ("%s is taken", queries[i]);
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      finish (&x);
    }
}

static void
bodies_add_to_queries (void)
{
  static const struct
  {
    const char *body;
    const char *state; /* NULL: an error */
  } cases[] = {
    { "", "query" },
    { " \r\n", "query" },
    { "{}", "query" },
    { "state=form&all=1", "form" },
    { " {\"state\": \"json\", \"all\": true, \"limit\": 7}", "json" },
    { "{\"state\": null}", "query" },
    { "{\"state\": [\"done\"]}", NULL },
    { "{\"state\": {}}", NULL },
    { "{\"other\": 1}", NULL },
    { "{\"state\": \"a\"", NULL },
    { "other=1", NULL },
    { "[]", NULL },
    { "\xff", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ExchangeFixture x;
      g_autoptr (GError) error = NULL;
      g_autoptr (ForemanParams) params = read_query (&x, "state=query", NULL);
      g_autoptr (GBytes) body = g_bytes_new_static (cases[i].body, strlen (cases[i].body));

      if (foreman_params_add_body (params, body, &error))
        g_assert_cmpstr (foreman_params_get (params, "state"), ==, cases[i].state);
      else if (cases[i].state)
        g_error ("%s: %s", cases[i].body, error->message);
      else
        g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      finish (&x);
    }
}

static void
assert_position (const char *given, const ForemanEventPosition *expected)
{
  ExchangeFixture x;
  g_autofree char *query = g_strconcat ("last_event_id=", given, NULL);
  g_autoptr (ForemanParams) params = read_query (&x, query, NULL);
  g_autoptr (GError) error = NULL;
  ForemanEventPosition position;

  if (foreman_event_position_read (x.exchange, params, &position, &error))
    {
      if (!expected)
        g_error ("%s is taken", given);
      g_assert_cmpint (position.sequence, ==, expected->sequence);
      g_assert_cmpint (position.claim, ==, expected->claim);
      g_assert_cmpuint (position.offset, ==, expected->offset);
    }
  else if (expected)
    g_error ("%s is not taken", given);
  finish (&x);
}

static void
positions_are_read_as_they_were_written (void)
{
  static const ForemanEventPosition positions[] = { { 0, -1, 0 }, { 17, -1, 0 }, { 17, 3, 4096 } };
  static const char *const wrong[] = { "x",       "-1",    "1-",     "1-2",
                                       "1-2-3-4", "1-2-x", "1--2-3", "9999999999999999999" };

  for (gsize i = 0; i < G_N_ELEMENTS (positions); i++)
    {
      g_autofree char *text = foreman_event_position_to_string (&positions[i]);

      assert_position (text, &positions[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_position (wrong[i], NULL);
  assert_position ("", &(ForemanEventPosition){ -1, -1, 0 });
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/params/query", queries_are_read);
  g_test_add_func ("/params/errors", what_is_not_understood_is_an_error);
  g_test_add_func ("/params/body", bodies_add_to_queries);
  g_test_add_func ("/params/position", positions_are_read_as_they_were_written);
  return g_test_run ();
}

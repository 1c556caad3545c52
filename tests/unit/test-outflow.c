/* SPDX-License-Identifier: MIT */
/* Answers of our own that come in pieces: all of them, as fast as the client takes them. */
#include "exchange-fixture.h"
#include "http/foreman-outflow.h"
#include "http/foreman-piece-source.h"

#include <string.h>

/* Has a number of pieces of one letter each, and then an end or an error. */
#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, ForemanPieceSource)

struct _TestSource
{
  ForemanPieceSource parent_instance;
  guint left;
  gsize size;
  guint n_given;
  gboolean fails;
  gboolean later; /* from the main loop */
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, FOREMAN_TYPE_PIECE_SOURCE)

static gboolean
give (gpointer data)
{
  TestSource *self = data;
  ForemanPieceSource *source = FOREMAN_PIECE_SOURCE (self);
  g_autoptr (GBytes) piece = NULL;
  char *bytes;

  if (self->left == 0 && self->fails)
    foreman_piece_source_fail (source,
                               g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_FAILED, "it is torn"));
  else if (self->left == 0)
    foreman_piece_source_end (source);
  else
    {
      bytes = g_malloc (self->size);
      memset (bytes, 'a' + self->n_given % 26, self->size);
      piece = g_bytes_new_take (bytes, self->size);
      self->left--;
      self->n_given++;
      foreman_piece_source_give (source, piece);
    }
  return G_SOURCE_REMOVE;
}

static void
test_source_fetch (ForemanPieceSource *source)
{
  TestSource *self = TEST_SOURCE (source);

  if (self->later)
    g_idle_add_full (G_PRIORITY_DEFAULT, give, g_object_ref (self), g_object_unref);
  else
    give (self);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  FOREMAN_PIECE_SOURCE_CLASS (klass)->fetch = test_source_fetch;
}

static void
test_source_init (TestSource *self)
{
}

static TestSource *
new_source (guint n_pieces, gsize size, gboolean later)
{
  TestSource *self = g_object_new (TEST_TYPE_SOURCE, NULL);

  self->left = n_pieces;
  self->size = size;
  self->later = later;
  return self;
}

typedef struct
{
  gboolean done;
  GError *error;
} Outcome;

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;

  foreman_outflow_finish (FOREMAN_EXCHANGE (source), result, &outcome->error);
  outcome->done = TRUE;
}

static void
begin (ExchangeFixture *x, TestSource *source, gint64 length, Outcome *outcome)
{
  exchange_fixture_set_up (x, GET ("/results"), NULL);
  exchange_fixture_begin (x, length);
  foreman_outflow_async (x->exchange, FOREMAN_BYTE_SOURCE (source), on_done, outcome);
}

static void
pieces_are_sent_in_order_and_the_answer_ends (gconstpointer data)
{
  g_auto (ExchangeFixture) x;
  g_autoptr (TestSource) source = new_source (3, 2, GPOINTER_TO_INT (data));
  Outcome outcome = { FALSE };
  g_autofree char *text = NULL;

  begin (&x, source, 6, &outcome);
  fixture_wait_for (outcome.done);
  g_assert_no_error (outcome.error);
  text = fixture_receive (&x.client, NULL);
  g_assert_true (g_str_has_suffix (text, "Content-Length: 6\r\n\r\naabbcc"));
  g_assert_cmpuint (x.n_finished, ==, 1);
}

static void
what_fails_is_broken_off (void)
{
  g_auto (ExchangeFixture) x;
  g_autoptr (TestSource) source = new_source (1, 2, TRUE);
  Outcome outcome = { FALSE };
  gboolean ended = FALSE;
  g_autofree char *text = NULL;

  source->fails = TRUE;
  begin (&x, source, -1, &outcome);
  fixture_wait_for (outcome.done);
  g_assert_error (outcome.error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED);
  g_clear_error (&outcome.error);
  text = fixture_receive (&x.client, &ended);
  g_assert_true (ended);
  g_assert_null (strstr (text, "0\r\n\r\n"));
}

static void
a_client_that_is_behind_is_not_written_to (void)
{
  g_auto (ExchangeFixture) x;
  g_autoptr (TestSource) source = new_source (1000, 16 * 1024, TRUE);
  Outcome outcome = { FALSE };
  guint n_given;
  gsize got = 0;

  begin (&x, source, 1000 * 16 * 1024, &outcome);
  fixture_settle (&x.client);
  g_assert_cmpuint (foreman_connection_get_unsent (x.client.connection), >=,
                    FOREMAN_OUTFLOW_WINDOW);
  g_assert_cmpuint (foreman_connection_get_unsent (x.client.connection), <,
                    2 * FOREMAN_OUTFLOW_WINDOW);
  n_given = source->n_given;
  g_assert_cmpuint (n_given, <, 1000);
  fixture_settle (&x.client);
  g_assert_cmpuint (source->n_given, ==, n_given);
  while (!outcome.done)
    {
      g_autofree char *text = fixture_receive (&x.client, NULL);

      got += strlen (text);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_no_error (outcome.error);
  {
    g_autofree char *text = fixture_receive (&x.client, NULL);

    got += strlen (text);
  }
  g_assert_cmpuint (got, >, 1000 * 16 * 1024);
}

static void
a_client_that_leaves_ends_it (void)
{
  g_auto (ExchangeFixture) x;
  g_autoptr (TestSource) source = new_source (1000, 16 * 1024, TRUE);
  Outcome outcome = { FALSE };

  begin (&x, source, -1, &outcome);
  fixture_settle (&x.client);
  fixture_close_client (&x.client);
  fixture_wait_for (outcome.done);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&outcome.error);
  fixture_settle (&x.client);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/outflow/whole/now", GINT_TO_POINTER (FALSE),
                        pieces_are_sent_in_order_and_the_answer_ends);
  g_test_add_data_func ("/outflow/whole/later", GINT_TO_POINTER (TRUE),
                        pieces_are_sent_in_order_and_the_answer_ends);
  g_test_add_func ("/outflow/fails", what_fails_is_broken_off);
  g_test_add_func ("/outflow/behind", a_client_that_is_behind_is_not_written_to);
  g_test_add_func ("/outflow/leaves", a_client_that_leaves_ends_it);
  return g_test_run ();
}

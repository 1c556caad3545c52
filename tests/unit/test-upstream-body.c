/* SPDX-License-Identifier: MIT */
#include "upstream-fixture.h"

#include "libforeman/foreman-error.h"

#include <string.h>

typedef struct
{
  const char *first;
  const char *second; /* after it was told to go on */
  gboolean reset;
  GAsyncQueue *go;
  GAsyncQueue *told;
} Play;

static void
play (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);
  Play *p = data;

  raw_say (fd, p->first);
  if (p->go)
    g_async_queue_pop (p->go);
  if (p->second)
    raw_say (fd, p->second);
  if (p->reset)
    raw_reset (fd);
  else if (p->told)
    raw_wait_for_end (fd);
  if (p->told)
    g_async_queue_push (p->told, GUINT_TO_POINTER (1));
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define TEN     "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"

static void
test_a_body_that_breaks_off_is_an_error (void)
{
  static const struct
  {
    const char *answer;
    gboolean reset;
    const char *message;
  } cases[] = {
    { TEN "hello", FALSE, "closed the connection in the middle of its answer" },
    { CHUNKED "5\r\nhello\r\n", FALSE, "closed the connection in the middle of its answer" },
    { CHUNKED "5\r\nhello\r\n0\r\n", FALSE, "closed the connection in the middle of its answer" },
    { CHUNKED "6\r\nhello", FALSE, "closed the connection in the middle of its answer" },
    { CHUNKED "5\r\nhello\r\nx\r\n", FALSE, "malformed" },
    { CHUNKED "5\r\nhellox\r\n", FALSE, "malformed" },
    { TEN "hello", TRUE, "Connection reset by peer" },
    { CHUNKED "5\r\nhello\r\n", TRUE, "Connection reset by peer" },
    { "HTTP/1.1 200 OK\r\n\r\nhello", TRUE, "Connection reset by peer" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Play p = { .first = cases[i].answer, .reset = cases[i].reset };
      g_autoptr (ForemanUpstreamResponse) response = NULL;
      g_autoptr (GError) error = NULL;
      UpstreamFixture f = { 0 };

      fixture_start (&f, play, &p);
      response = fixture_get (&f, "/");
      g_assert_null (collect_text (response, &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
      g_assert_false (foreman_error_is_unreachable (error));
      if (!strstr (error->message, cases[i].message) || strchr (error->message, '\n'))
        g_error ("case %u: %s", i, error->message);
      g_assert_false (foreman_upstream_response_is_complete (response));
      g_clear_object (&response);
      fixture_stop (&f);
    }
}

typedef struct
{
  ForemanUpstreamResponse *response;
  GString *text;
  gboolean once; /* reads once a signal, not until it would block */
  gsize step;
  guint n_readable;
  gboolean done;
  GError *error;
} Reader;

static void
reader_readable (ForemanByteSource *source, gpointer data)
{
  Reader *r = data;
  guint8 buffer[64];
  gssize n;

  g_assert_false (r->done);
  r->n_readable++;
  do
    {
      g_clear_error (&r->error);
      n = foreman_byte_source_read (source, buffer, r->step, &r->error);
      if (n > 0)
        g_string_append_len (r->text, (char *) buffer, n);
    }
  while (n > 0 && !r->once);
  if (n < 0 && g_error_matches (r->error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    g_clear_error (&r->error);
  else if (n <= 0)
    r->done = TRUE;
}

static void
reader_start (Reader *r, ForemanUpstreamResponse *response)
{
  r->response = response;
  r->text = g_string_new (NULL);
  r->step = r->step ? r->step : 64;
  g_signal_connect (response, "readable", G_CALLBACK (reader_readable), r);
}

static void
reader_stop (Reader *r)
{
  g_clear_error (&r->error);
  g_string_free (r->text, TRUE);
  g_clear_object (&r->response);
}

static void
test_readers_may_read_once_or_until_it_would_block (void)
{
  for (guint i = 0; i < 8; i++)
    {
      Play p = { .first = i & 1 ? CHUNKED "3\r\nhel\r\n"
                                : "HTTP/1.1 200 OK\r\nContent-Length: "
                                  "5\r\n\r\nhel",
                 .second = i & 1 ? "2\r\nlo\r\n0\r\n\r\n" : "lo",
                 .go = g_async_queue_new (),
                 .told = g_async_queue_new () };
      Reader r = { .once = (i & 2) != 0, .step = i & 4 ? 1 : 64 };
      UpstreamFixture f = { 0 };

      fixture_start (&f, play, &p);
      reader_start (&r, fixture_get (&f, "/"));
      foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), TRUE);
      g_assert_cmpuint (r.n_readable, ==, 0);
      while (r.text->len < 3)
        g_main_context_iteration (NULL, TRUE);
      g_assert_false (foreman_upstream_response_is_complete (r.response));
      g_async_queue_push (p.go, GUINT_TO_POINTER (1));
      wait_for (&r.done);
      g_assert_no_error (r.error);
      g_assert_cmpstr (r.text->str, ==, "hello");
      g_assert_true (foreman_upstream_response_is_complete (r.response));
      g_assert_cmpuint (foreman_upstream_get_n_idle (f.upstream), ==, 1);
      run_what_is_ready ();
      reader_stop (&r);
      fixture_stop (&f);
      g_async_queue_unref (p.go);
      g_async_queue_unref (p.told);
    }
}

static void
test_what_is_not_wanted_is_not_announced (void)
{
  Play p = { .first = TEN "hello",
             .second = "world",
             .go = g_async_queue_new (),
             .told = g_async_queue_new () };
  Reader r = { 0 };
  UpstreamFixture f = { 0 };

  fixture_start (&f, play, &p);
  reader_start (&r, fixture_get (&f, "/"));
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), TRUE);
  while (r.text->len < 5)
    g_main_context_iteration (NULL, TRUE);
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), FALSE);
  r.n_readable = 0;
  g_async_queue_push (p.go, GUINT_TO_POINTER (1));
  run_what_is_ready ();
  g_assert_cmpuint (r.n_readable, ==, 0);
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), TRUE);
  wait_for (&r.done);
  g_assert_cmpstr (r.text->str, ==, "helloworld");
  reader_stop (&r);
  fixture_stop (&f);
  g_async_queue_unref (p.go);
  g_async_queue_unref (p.told);
}

static void
test_a_reset_while_paused_keeps_quiet_until_it_is_read (void)
{
  Play p = {
    .first = TEN "hello", .reset = TRUE, .go = g_async_queue_new (), .told = g_async_queue_new ()
  };
  Reader r = { 0 };
  UpstreamFixture f = { 0 };

  fixture_start (&f, play, &p);
  reader_start (&r, fixture_get (&f, "/"));
  g_async_queue_push (p.go, GUINT_TO_POINTER (1));
  g_async_queue_pop (p.told);
  run_what_is_ready (); /* would not end */
  g_assert_cmpuint (r.n_readable, ==, 0);
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), TRUE);
  wait_for (&r.done);
  g_assert_cmpstr (r.text->str, ==, "hello");
  g_assert_error (r.error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  reader_stop (&r);
  fixture_stop (&f);
  g_async_queue_unref (p.go);
  g_async_queue_unref (p.told);
}

static void
test_giving_an_answer_up_closes_at_once (void)
{
  for (guint i = 0; i < 3; i++)
    {
      Play p = { .first = TEN "hello", .told = g_async_queue_new () };
      Reader r = { 0 };
      UpstreamFixture f = { 0 };
      guint8 byte;

      fixture_start (&f, play, &p);
      reader_start (&r, fixture_get (&f, "/"));
      if (i > 0)
        foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), TRUE);
      if (i == 2)
        g_object_run_dispose (G_OBJECT (r.response));
      else
        foreman_upstream_response_close (r.response);
      g_async_queue_pop (p.told);
      run_what_is_ready ();
      g_assert_cmpuint (r.n_readable, ==, 0);
      if (i < 2)
        {
          g_assert_cmpint (foreman_byte_source_read (FOREMAN_BYTE_SOURCE (r.response), &byte, 1,
                                                     &r.error),
                           ==, -1);
          g_assert_error (r.error, G_IO_ERROR, G_IO_ERROR_CLOSED);
        }
      reader_stop (&r);
      fixture_stop (&f);
      g_async_queue_unref (p.told);
    }
}

static void
flood (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);
  g_autofree char *body = g_strnfill (16 * 1024 * 1024, 'x');

  raw_say (fd, "HTTP/1.1 200 OK\r\n\r\n");
  raw_say (fd, body);
}

typedef struct
{
  gsize total;
  gsize most; /* bytes at one signal */
} Flood;

static void
read_all_there_is (ForemanByteSource *source, gpointer data)
{
  static guint8 buffer[16 * 1024];
  Flood *all = data;
  gsize taken = 0;
  gssize n;

  while ((n = foreman_byte_source_read (source, buffer, sizeof buffer, NULL)) > 0)
    taken += (gsize) n;
  all->total += taken;
  all->most = MAX (all->most, taken);
}

static void
test_a_flood_leaves_others_their_turn (void)
{
  g_autoptr (ForemanUpstreamResponse) response = NULL;
  UpstreamFixture f = { 0 };
  Flood all = { 0 };

  fixture_start (&f, flood, NULL);
  response = fixture_get (&f, "/");
  g_signal_connect (response, "readable", G_CALLBACK (read_all_there_is), &all);
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (response), TRUE);
  while (!foreman_upstream_response_is_complete (response))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (all.total, ==, 16 * 1024 * 1024);
  g_assert_cmpuint (all.most, <=, 300 * 1024);
  g_clear_object (&response);
  fixture_stop (&f);
}

static void
passed (gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
test_silence_counts_only_while_bytes_are_wanted (void)
{
  Play p = { .first = TEN "hello", .told = g_async_queue_new () };
  Reader r = { 0 };
  UpstreamFixture f = { 0 };
  ForemanDeadline deadline;
  gboolean later = FALSE;

  fixture_start (&f, play, &p);
  foreman_upstream_set_idle_timeout (f.upstream, 20 * G_TIME_SPAN_MILLISECOND);
  reader_start (&r, fixture_get (&f, "/"));
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), TRUE);
  while (r.text->len < 5)
    g_main_context_iteration (NULL, TRUE);
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), FALSE);
  foreman_deadline_init (&deadline, f.reactor, passed, &later);
  foreman_deadline_set (&deadline, g_get_monotonic_time () + 60 * G_TIME_SPAN_MILLISECOND);
  wait_for (&later);
  run_what_is_ready ();
  /* The server still has its client. */
  g_assert_null (g_async_queue_try_pop (p.told));
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), TRUE);
  wait_for (&r.done);
  g_assert_error (r.error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (r.error->message, "FOREMAN_IDLE_TIMEOUT"));
  g_async_queue_pop (p.told);
  reader_stop (&r);
  fixture_stop (&f);
  g_async_queue_unref (p.told);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_warm_up ();

#define ADD(name, func) g_test_add_func ("/upstream-body/" name, func)
  ADD ("a-body-that-breaks-off-is-an-error", test_a_body_that_breaks_off_is_an_error);
  ADD ("readers-may-read-once-or-until-it-would-block",
       test_readers_may_read_once_or_until_it_would_block);
  ADD ("what-is-not-wanted-is-not-announced", test_what_is_not_wanted_is_not_announced);
  ADD ("a-reset-while-paused-keeps-quiet-until-it-is-read",
       test_a_reset_while_paused_keeps_quiet_until_it_is_read);
  ADD ("giving-an-answer-up-closes-at-once", test_giving_an_answer_up_closes_at_once);
  ADD ("a-flood-leaves-others-their-turn", test_a_flood_leaves_others_their_turn);
  ADD ("silence-counts-only-while-bytes-are-wanted",
       test_silence_counts_only_while_bytes_are_wanted);

  return g_test_run ();
}

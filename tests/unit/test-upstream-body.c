/* SPDX-License-Identifier: MIT */
#include "upstream-fixture.h"

#include "libforeman/foreman-error.h"

#include <string.h>

/* A body that a test writes by hand. */
#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, GObject)

struct _TestSource
{
  GObject parent_instance;

  guint64 end;   /* where it ends */
  guint64 given; /* so far */
  guint64 stall; /* there is nothing beyond this for now */
  guint64 breaks_at;
  gboolean wanted;
};

static gssize
test_source_read (ForemanByteSource *source, guint8 *buffer, gsize length, GError **error)
{
  TestSource *self = TEST_SOURCE (source);
  guint64 until = MIN (MIN (self->end, self->stall), self->breaks_at);
  gsize n = (gsize) MIN ((guint64) length, until - self->given);

  if (self->given == self->end)
    return 0;
  if (n == 0 && self->given == self->breaks_at)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION, "the client went away");
      return -1;
    }
  if (n == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "later");
      return -1;
    }
  for (gsize i = 0; i < n; i++)
    buffer[i] = (guint8) ((self->given + i) % 251);
  self->given += n;
  return (gssize) n;
}

static void
test_source_set_wanted (ForemanByteSource *source, gboolean wanted)
{
  TEST_SOURCE (source)->wanted = wanted;
}

static void
test_source_byte_source_init (ForemanByteSourceInterface *iface)
{
  iface->read = test_source_read;
  iface->set_wanted = test_source_set_wanted;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestSource,
                               test_source,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (FOREMAN_TYPE_BYTE_SOURCE,
                                                      test_source_byte_source_init))

static void
test_source_class_init (TestSourceClass *klass)
{
}

static void
test_source_init (TestSource *self)
{
  self->end = self->stall = self->breaks_at = G_MAXUINT64;
}

typedef struct
{
  UpstreamFixture f;
  TestSource *source;
  GCancellable *cancellable;
  Outcome outcome;
  GAsyncQueue *told; /* by the server */
  GAsyncQueue *go;   /* to the server */
} Upload;

static void
upload_start (Upload *u, RawServerScript script, gint64 length)
{
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("POST", "/");

  u->told = g_async_queue_new ();
  u->go = g_async_queue_new ();
  fixture_start (&u->f, script, u);
  if (!u->source)
    u->source = g_object_new (TEST_TYPE_SOURCE, NULL);
  u->cancellable = g_cancellable_new ();
  u->outcome = (Outcome) OUTCOME_INIT;
  foreman_upstream_request_set_body_source (request, FOREMAN_BYTE_SOURCE (u->source), length);
  fixture_send (&u->f, request, u->cancellable, &u->outcome);
}

static void
upload_stop (Upload *u)
{
  g_clear_object (&u->outcome.response);
  g_clear_error (&u->outcome.error);
  g_assert_false (u->source->wanted);
  fixture_stop (&u->f);
  g_assert_finalize_object (u->source);
  g_object_unref (u->cancellable);
  g_async_queue_unref (u->told);
  g_async_queue_unref (u->go);
}

static gpointer
wait_until_told (GAsyncQueue *told)
{
  gpointer what = NULL;

  while (!what)
    {
      g_main_context_iteration (NULL, FALSE);
      what = g_async_queue_timeout_pop (told, 500);
    }
  return what;
}

/* Reads a body of either framing; tells how many bytes there were, or G_MAXUINT if it is wrong. */
static void
check_upload (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);
  const char *field = strstr (head, "Content-Length: ");
  guint64 size = field ? g_ascii_strtoull (field + 16, NULL, 10) : 0;
  guint64 total = 0;
  gboolean wrong = FALSE;

  if (!field)
    g_assert_nonnull (strstr (head, "\r\nTransfer-Encoding: chunked\r\n"));
  do
    {
      g_autoptr (GString) line = g_string_new (NULL);
      g_autofree guint8 *body = NULL;
      char byte;

      while (!field && raw_read (fd, &byte, 1) == 1 && byte != '\n')
        g_string_append_c (line, byte);
      if (!field)
        size = g_ascii_strtoull (line->str, NULL, 16);
      body = g_malloc (size + 2);
      wrong |= raw_read (fd, body, size) != size;
      for (guint64 i = 0; i < size && !wrong; i++)
        wrong |= body[i] != (total + i) % 251;
      total += size;
      if (!field)
        wrong |= raw_read (fd, body, 2) != 2 || memcmp (body, "\r\n", 2) != 0;
    }
  while (!field && size > 0 && !wrong);

  g_async_queue_push (((Upload *) data)->told, GUINT_TO_POINTER (wrong ? G_MAXUINT : total + 1));
  raw_say (fd, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  raw_wait_for_end (fd);
}

static void
test_uploads_arrive_whole (void)
{
  static const guint64 sizes[] = { 0, 1, 65535, 65536, 65537, 3000000 };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (sizes); i++)
    {
      guint64 size = sizes[i / 2];
      Upload u = { .source = g_object_new (TEST_TYPE_SOURCE, NULL) };

      u.source->end = size;
      upload_start (&u, check_upload, i % 2 ? (gint64) size : -1);
      g_assert_cmpuint (GPOINTER_TO_UINT (wait_until_told (u.told)), ==, size + 1);
      wait_for (&u.outcome.done);
      g_assert_no_error (u.outcome.error);
      g_assert_cmpuint (foreman_upstream_response_get_status (u.outcome.response), ==, 201);
      g_assert_cmpuint (foreman_upstream_get_n_idle (u.f.upstream), ==, 1);
      upload_stop (&u);
    }
}

static void
test_an_upload_waits_for_its_source (void)
{
  Upload u = { .source = g_object_new (TEST_TYPE_SOURCE, NULL) };

  u.source->end = 100000;
  u.source->stall = 0;
  upload_start (&u, check_upload, -1);
  while (!u.source->wanted)
    g_main_context_iteration (NULL, TRUE);
  for (u.source->stall = 1; u.source->stall < 100000; u.source->stall *= 7)
    {
      g_assert_true (u.source->wanted);
      foreman_byte_source_emit_readable (FOREMAN_BYTE_SOURCE (u.source));
      g_assert_cmpuint (u.source->given, ==, u.source->stall);
    }
  u.source->stall = G_MAXUINT64;
  foreman_byte_source_emit_readable (FOREMAN_BYTE_SOURCE (u.source));
  g_assert_cmpuint (GPOINTER_TO_UINT (wait_until_told (u.told)), ==, 100001);
  wait_for (&u.outcome.done);
  upload_stop (&u);
}

static void
read_head_only (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  g_async_queue_push (((Upload *) data)->told, GUINT_TO_POINTER (1));
  g_async_queue_pop (((Upload *) data)->go);
}

static void
test_an_upload_that_is_not_read_stops_reading_its_source (void)
{
  Upload u = { 0 };

  upload_start (&u, read_head_only, -1);
  wait_until_told (u.told);
  run_what_is_ready ();
  /* What the two kernel buffers on the way take, and one window. */
  g_assert_cmpuint (u.source->given, >, 0);
  g_assert_cmpuint (u.source->given, <, 32 * 1024 * 1024);
  g_assert_false (u.source->wanted);
  g_assert_false (u.outcome.done);

  /* and cancelling ends it in this state, too */
  g_cancellable_cancel (u.cancellable);
  wait_for (&u.outcome.done);
  g_assert_error (u.outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_async_queue_push (u.go, GUINT_TO_POINTER (1));
  upload_stop (&u);
}

static void
tell_how_it_ends (int fd, guint nth, gpointer data)
{
  char tail[5] = "", byte;

  while (raw_read (fd, &byte, 1) == 1)
    {
      memmove (tail, tail + 1, 4);
      tail[4] = byte;
    }
  g_async_queue_push (((Upload *) data)->told,
                      GUINT_TO_POINTER (memcmp (tail, "0\r\n\r\n", 5) == 0 ? 2 : 1));
}

static void
test_an_upload_whose_source_breaks_off_is_never_completed (void)
{
  for (gint64 length = -1; length <= 100000; length += 100001)
    {
      Upload u = { .source = g_object_new (TEST_TYPE_SOURCE, NULL) };

      u.source->breaks_at = 70000;
      upload_start (&u, tell_how_it_ends, length);
      wait_for (&u.outcome.done);
      g_assert_error (u.outcome.error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      g_assert_nonnull (strstr (u.outcome.error->message, "the client went away"));
      g_assert_cmpuint (GPOINTER_TO_UINT (wait_until_told (u.told)), ==, 1);
      upload_stop (&u);
    }
}

static void
test_an_upload_that_is_too_short_is_never_completed (void)
{
  Upload u = { .source = g_object_new (TEST_TYPE_SOURCE, NULL) };

  u.source->end = 70000;
  upload_start (&u, tell_how_it_ends, 70001);
  wait_for (&u.outcome.done);
  g_assert_error (u.outcome.error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  upload_stop (&u);
}

static void
refuse_and_close (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  raw_say (fd, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
}

static void
refuse_and_wait (int fd, guint nth, gpointer data)
{
  refuse_and_close (fd, nth, data);
  g_async_queue_pop (((Upload *) data)->go);
}

static void
test_an_early_answer_ends_the_upload (void)
{
  for (guint i = 0; i < 20; i++)
    {
      Upload u = { 0 };
      guint64 given;
      g_autofree char *text = NULL;

      upload_start (&u, i % 2 ? refuse_and_wait : refuse_and_close, i % 4 < 2 ? -1 : G_MAXINT64);
      wait_for (&u.outcome.done);
      g_assert_no_error (u.outcome.error);
      g_assert_cmpuint (foreman_upstream_response_get_status (u.outcome.response), ==, 413);
      given = u.source->given;
      text = collect_text (u.outcome.response, NULL);
      g_assert_cmpstr (text, ==, "no");
      g_assert_cmpuint (u.source->given, ==, given);
      g_assert_cmpuint (foreman_upstream_get_n_idle (u.f.upstream), ==, 0);
      g_async_queue_push (u.go, GUINT_TO_POINTER (1));
      upload_stop (&u);
    }
}

static void
test_large_bytes_arrive_whole (void)
{
  enum
  {
    SIZE = 20 * 1024 * 1024
  };
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("POST", "/");
  guint8 *data = g_malloc (SIZE);
  g_autoptr (GBytes) body = g_bytes_new_take (data, SIZE);
  Upload u = { .told = g_async_queue_new () };
  Outcome outcome = OUTCOME_INIT;
  UpstreamFixture f = { 0 };

  for (gsize i = 0; i < SIZE; i++)
    data[i] = i % 251;
  fixture_start (&f, check_upload, &u);
  foreman_upstream_request_set_body_bytes (request, body);
  fixture_send (&f, request, NULL, &outcome);
  g_assert_cmpuint (GPOINTER_TO_UINT (wait_until_told (u.told)), ==, SIZE + 1);
  wait_for (&outcome.done);
  g_assert_no_error (outcome.error);
  g_clear_object (&outcome.response);
  fixture_stop (&f);
  g_async_queue_unref (u.told);
}

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
  foreman_deadline_init (&deadline, f.reactor, passed, &later);
  foreman_deadline_set (&deadline, g_get_monotonic_time () + 60 * G_TIME_SPAN_MILLISECOND);
  wait_for (&later);
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (r.response), TRUE);
  while (r.text->len < 5)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (r.done);
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
  ADD ("uploads-arrive-whole", test_uploads_arrive_whole);
  ADD ("an-upload-waits-for-its-source", test_an_upload_waits_for_its_source);
  ADD ("an-upload-that-is-not-read-stops-reading-its-source",
       test_an_upload_that_is_not_read_stops_reading_its_source);
  ADD ("an-upload-whose-source-breaks-off-is-never-completed",
       test_an_upload_whose_source_breaks_off_is_never_completed);
  ADD ("an-upload-that-is-too-short-is-never-completed",
       test_an_upload_that_is_too_short_is_never_completed);
  ADD ("an-early-answer-ends-the-upload", test_an_early_answer_ends_the_upload);
  ADD ("large-bytes-arrive-whole", test_large_bytes_arrive_whole);
  ADD ("a-body-that-breaks-off-is-an-error", test_a_body_that_breaks_off_is_an_error);
  ADD ("readers-may-read-once-or-until-it-would-block",
       test_readers_may_read_once_or_until_it_would_block);
  ADD ("what-is-not-wanted-is-not-announced", test_what_is_not_wanted_is_not_announced);
  ADD ("a-reset-while-paused-keeps-quiet-until-it-is-read",
       test_a_reset_while_paused_keeps_quiet_until_it_is_read);
  ADD ("giving-an-answer-up-closes-at-once", test_giving_an_answer_up_closes_at_once);
  ADD ("silence-counts-only-while-bytes-are-wanted",
       test_silence_counts_only_while_bytes_are_wanted);

  return g_test_run ();
}

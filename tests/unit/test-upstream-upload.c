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
test_an_upload_takes_no_more_than_its_length (void)
{
  Upload u = { .source = g_object_new (TEST_TYPE_SOURCE, NULL) };

  upload_start (&u, check_upload, 100000);
  g_assert_cmpuint (GPOINTER_TO_UINT (wait_until_told (u.told)), ==, 100001);
  wait_for (&u.outcome.done);
  g_assert_no_error (u.outcome.error);
  g_assert_cmpuint (u.source->given, ==, 100000);
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

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_warm_up ();

#define ADD(name, func) g_test_add_func ("/upstream-upload/" name, func)
  ADD ("uploads-arrive-whole", test_uploads_arrive_whole);
  ADD ("an-upload-waits-for-its-source", test_an_upload_waits_for_its_source);
  ADD ("an-upload-that-is-not-read-stops-reading-its-source",
       test_an_upload_that_is_not_read_stops_reading_its_source);
  ADD ("an-upload-whose-source-breaks-off-is-never-completed",
       test_an_upload_whose_source_breaks_off_is_never_completed);
  ADD ("an-upload-that-is-too-short-is-never-completed",
       test_an_upload_that_is_too_short_is_never_completed);
  ADD ("an-upload-takes-no-more-than-its-length", test_an_upload_takes_no_more_than_its_length);
  ADD ("an-early-answer-ends-the-upload", test_an_early_answer_ends_the_upload);
  ADD ("large-bytes-arrive-whole", test_large_bytes_arrive_whole);

  return g_test_run ();
}

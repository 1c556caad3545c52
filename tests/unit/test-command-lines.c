/* SPDX-License-Identifier: MIT */
#include "commands/foreman-await.h"
#include "commands/foreman-line-input.h"

#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"

typedef struct
{
  int end;                   /* where the test writes */
  GCancellable *cancellable; /* (owned) */
  ForemanLineInput *lines;   /* (owned) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GInputStream) stream = NULL;
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  stream = g_unix_input_stream_new (ends[0], TRUE);
  fixture->end = ends[1];
  fixture->cancellable = g_cancellable_new ();
  fixture->lines = foreman_line_input_new (stream, 300000, fixture->cancellable);
}

static void
close_end (Fixture *fixture)
{
  if (fixture->end >= 0)
    close (fixture->end);
  fixture->end = -1;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_end (fixture);
  foreman_line_input_free (fixture->lines);
  g_object_unref (fixture->cancellable);
}

static void
put (Fixture *fixture, const char *text)
{
  g_assert_cmpint (write (fixture->end, text, strlen (text)), ==, strlen (text));
}

static char *
get (Fixture *fixture, gint64 deadline, GError **error)
{
  const char *line;
  gsize length;

  return foreman_line_input_next (fixture->lines, deadline, &line, &length, error)
             ? g_strndup (line, length)
             : NULL;
}

static void
assert_next (Fixture *fixture, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = get (fixture, FOREMAN_AWAIT_FOREVER, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (line, ==, expected);
}

static void
lines_come_one_by_one (Fixture *fixture, gconstpointer data)
{
  put (fixture, "one\ntwo\r\n\nfo");
  assert_next (fixture, "one");
  assert_next (fixture, "two");
  assert_next (fixture, "");
  put (fixture, "ur\nlast");
  assert_next (fixture, "four");
  g_assert_false (foreman_line_input_is_torn (fixture->lines));
  close_end (fixture);
  assert_next (fixture, "last");
  g_assert_true (foreman_line_input_is_torn (fixture->lines));
  assert_next (fixture, NULL);
  g_assert_false (foreman_line_input_is_torn (fixture->lines));
}

static void
a_line_that_is_late_still_comes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  put (fixture, "begin");
  g_assert_null (get (fixture, g_get_monotonic_time (), &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT);
  put (fixture, "ning\n");
  assert_next (fixture, "beginning");
}

static gpointer
write_long (gpointer data)
{
  Fixture *fixture = data;
  g_autofree char *text = g_strnfill (250000, 'x');

  put (fixture, text);
  put (fixture, "\nshort\n");
  /* nobody reads all of this */
  for (gssize written = 1, i = 0; i < 2 && written > 0; i++)
    written = write (fixture->end, text, strlen (text));
  close_end (fixture);
  return NULL;
}

static void
a_line_may_be_long_but_not_endless (Fixture *fixture, gconstpointer data)
{
  GThread *writer = g_thread_new ("writer", write_long, fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = get (fixture, FOREMAN_AWAIT_FOREVER, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (line), ==, 250000);
  assert_next (fixture, "short");
  g_assert_null (get (fixture, FOREMAN_AWAIT_FOREVER, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE);
  /* what is left is read, so that the writer ends */
  foreman_line_input_free (g_steal_pointer (&fixture->lines));
  g_thread_join (writer);
}

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
waiting_can_be_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_idle_add (cancel, fixture->cancellable);
  g_assert_null (get (fixture, FOREMAN_AWAIT_FOREVER, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* the reader may leave before the writer has ended */
  signal (SIGPIPE, SIG_IGN);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/command-lines/one-by-one", lines_come_one_by_one);
  ADD ("/command-lines/late", a_line_that_is_late_still_comes);
  ADD ("/command-lines/long", a_line_may_be_long_but_not_endless);
  ADD ("/command-lines/cancelled", waiting_can_be_cancelled);
  return g_test_run ();
}

/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "net/foreman-byte-source.h"

#include <string.h>

/* A source that plays a script: what each read() finds. */
#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, GObject)

struct _TestSource
{
  GObject parent_instance;
  const char *const *script; /* NULL: the end; "": nothing now; "!": broken off; else bytes */
  gboolean wanted;
};

static gssize
test_source_read (ForemanByteSource *source, guint8 *buffer, gsize length, GError **error)
{
  TestSource *self = TEST_SOURCE (source);
  const char *step = *self->script;
  gsize n;

  if (step == NULL)
    return 0;
  if (g_str_equal (step, "!"))
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION, "broken off");
      return -1;
    }
  self->script++;
  if (*step == '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "nothing now");
      return -1;
    }
  n = MIN (length, strlen (step));
  memcpy (buffer, step, n);
  return n;
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

G_DEFINE_TYPE_WITH_CODE (TestSource,
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
}

typedef struct
{
  GBytes *bytes;
  GError *error;
  guint n_calls;
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_clear_pointer (&outcome->bytes, g_bytes_unref);
  g_clear_error (&outcome->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

static void
on_collected (GObject *object, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;

  outcome->n_calls++;
  outcome->bytes =
      foreman_byte_source_collect_finish (FOREMAN_BYTE_SOURCE (object), result, &outcome->error);
}

static void
run_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Plays @script, telling that there is something to read as long as that is wanted. */
static void
collect (const char *const *script, gsize max, Outcome *outcome)
{
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, NULL);

  source->script = script;
  foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (source), max, NULL, on_collected,
                                     outcome);
  while (source->wanted)
    foreman_byte_source_emit_readable (FOREMAN_BYTE_SOURCE (source));
  run_loop ();
  g_assert_cmpuint (outcome->n_calls, ==, 1);
  g_assert_cmpuint (G_OBJECT (source)->ref_count, ==, 1);
}

static void
assert_bytes (Outcome *outcome, const char *expected)
{
  g_assert_no_error (outcome->error);
  g_assert_cmpmem (g_bytes_get_data (outcome->bytes, NULL), g_bytes_get_size (outcome->bytes),
                   expected, strlen (expected));
}

static void
all_pieces_are_collected (void)
{
  static const char *const script[] = { "ab", "", "c", "", "", "defg", NULL };
  g_auto (Outcome) outcome = { 0 };

  collect (script, 7, &outcome);
  assert_bytes (&outcome, "abcdefg");
}

static void
what_is_there_at_once_is_collected (void)
{
  static const char *const script[] = { "ab", "c", NULL };
  g_auto (Outcome) outcome = { 0 };

  collect (script, 100, &outcome);
  assert_bytes (&outcome, "abc");
}

static void
nothing_is_collected_from_an_empty_body (void)
{
  static const char *const script[] = { NULL };
  g_auto (Outcome) outcome = { 0 };

  collect (script, 0, &outcome);
  assert_bytes (&outcome, "");
}

static void
too_much_is_an_error (void)
{
  static const char *const script[] = { "ab", "", "cde", "", "never read", NULL };
  g_auto (Outcome) outcome = { 0 };

  collect (script, 4, &outcome);
  g_assert_error (outcome.error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE);
}

static void
a_broken_body_is_an_error (void)
{
  static const char *const script[] = { "ab", "", "!" };
  g_auto (Outcome) outcome = { 0 };

  collect (script, 100, &outcome);
  g_assert_error (outcome.error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
}

static void
waiting_can_be_cancelled (void)
{
  static const char *const script[] = { "ab", "", "c", NULL };
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Outcome) outcome = { 0 };

  source->script = script;
  foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (source), 100, cancellable, on_collected,
                                     &outcome);
  run_loop ();
  g_assert_true (source->wanted);
  g_assert_cmpuint (outcome.n_calls, ==, 0);

  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (outcome.n_calls, ==, 0);
  run_loop ();
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (source->wanted);
  foreman_byte_source_emit_readable (FOREMAN_BYTE_SOURCE (source));
  g_assert_cmpuint (outcome.n_calls, ==, 1);
}

static void
cancelling_after_the_end_returns_once (void)
{
  static const char *const script[] = { "ab", "", NULL };
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Outcome) outcome = { 0 };

  source->script = script;
  foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (source), 100, cancellable, on_collected,
                                     &outcome);
  foreman_byte_source_emit_readable (FOREMAN_BYTE_SOURCE (source));
  g_cancellable_cancel (cancellable);
  run_loop ();
  g_assert_cmpuint (outcome.n_calls, ==, 1);
  g_assert_cmpuint (G_OBJECT (source)->ref_count, ==, 1);
}

static void
cancelled_beforehand_nothing_is_read (void)
{
  static const char *const script[] = { "ab", NULL };
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Outcome) outcome = { 0 };

  source->script = script;
  g_cancellable_cancel (cancellable);
  foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (source), 100, cancellable, on_collected,
                                     &outcome);
  run_loop ();
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (source->script == script);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/byte-source/pieces", all_pieces_are_collected);
  g_test_add_func ("/byte-source/at-once", what_is_there_at_once_is_collected);
  g_test_add_func ("/byte-source/empty", nothing_is_collected_from_an_empty_body);
  g_test_add_func ("/byte-source/too-large", too_much_is_an_error);
  g_test_add_func ("/byte-source/broken", a_broken_body_is_an_error);
  g_test_add_func ("/byte-source/cancel", waiting_can_be_cancelled);
  g_test_add_func ("/byte-source/cancel-late", cancelling_after_the_end_returns_once);
  g_test_add_func ("/byte-source/cancel-early", cancelled_beforehand_nothing_is_read);
  return g_test_run ();
}

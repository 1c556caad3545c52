/* SPDX-License-Identifier: MIT */
#include "upstream-fixture.h"

#include "libforeman/foreman-error.h"

#include <string.h>
#include <sys/socket.h>

/* Answers one request with data and waits for the client to go. */
static void
say_and_wait (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  raw_say (fd, data);
  raw_wait_for_end (fd);
}

static guint16
find_closed_port (void)
{
  RawServer *server = raw_server_start (say_and_wait, NULL);
  guint16 port = raw_server_get_port (server);

  raw_server_stop (server);
  return port;
}

static void
test_refused_is_unreachable (void)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/secret", find_closed_port ());
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;
  UpstreamFixture f = { 0 };

  fixture_start_url (&f, url);
  fixture_fail (&f, "/", &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_assert_true (foreman_error_is_unreachable (error));
  *strstr (url, "/secret") = '\0';
  expected = g_strdup_printf (
      "cannot reach Ollama at %s: Connection refused; is it running? (FOREMAN_OLLAMA_URL)", url);
  g_assert_cmpstr (error->message, ==, expected);
  fixture_stop (&f);
}

/* A resolver that knows no name, or never comes back. */
typedef struct
{
  GResolver parent_instance;
  gboolean hangs;
} TestResolver;

typedef GResolverClass TestResolverClass;

static GType test_resolver_get_type (void);
G_DEFINE_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
give_up (GCancellable *cancellable, gpointer data)
{
  g_autoptr (GTask) task = data;

  g_task_return_error_if_cancelled (task);
}

static void
test_resolver_lookup_by_name_with_flags_async (GResolver *resolver,
                                               const char *name,
                                               GResolverNameLookupFlags flags,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback,
                                               gpointer data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, data);

  if (((TestResolver *) resolver)->hangs)
    {
      g_signal_connect (cancellable, "cancelled", G_CALLBACK (give_up), task);
      return;
    }
  g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
                           "Name or service not known");
  g_object_unref (task);
}

static GList *
test_resolver_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  klass->lookup_by_name_with_flags_async = test_resolver_lookup_by_name_with_flags_async;
  klass->lookup_by_name_with_flags_finish = test_resolver_lookup_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

static GResolver *
use_resolver (gboolean hangs)
{
  GResolver *old = g_resolver_get_default ();
  g_autoptr (GResolver) resolver = g_object_new (test_resolver_get_type (), NULL);

  ((TestResolver *) resolver)->hangs = hangs;
  g_resolver_set_default (resolver);
  return old;
}

static void
test_an_unknown_name_is_unreachable (void)
{
  g_autoptr (GResolver) old = use_resolver (FALSE);
  g_autoptr (GError) error = NULL;
  UpstreamFixture f = { 0 };

  fixture_start_url (&f, "http://box.example");
  fixture_fail (&f, "/", &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_assert_true (foreman_error_is_unreachable (error));
  g_assert_nonnull (strstr (error->message, "is the name right? (FOREMAN_OLLAMA_URL)"));
  fixture_stop (&f);
  g_resolver_set_default (old);
}

static void
test_connecting_has_a_deadline (void)
{
  g_autoptr (GResolver) old = use_resolver (TRUE);
  g_autoptr (GError) error = NULL;
  UpstreamFixture f = { 0 };

  fixture_start_url (&f, "http://box.example");
  foreman_upstream_set_connect_timeout (f.upstream, 20 * G_TIME_SPAN_MILLISECOND);
  fixture_fail (&f, "/", &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_assert_true (foreman_error_is_unreachable (error));
  g_assert_nonnull (strstr (error->message, "no connection within 0.02 seconds"));
  fixture_stop (&f);
  g_resolver_set_default (old);
}

static void
assert_cancels (UpstreamFixture *f, Outcome *outcome, GCancellable *cancellable)
{
  outcome->may_come = FALSE;
  g_cancellable_cancel (cancellable);
  outcome->may_come = TRUE;
  wait_for (&outcome->done);
  g_assert_error (outcome->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&outcome->error);
}

static void
test_cancelling_ends_connecting (void)
{
  g_autoptr (GResolver) old = use_resolver (TRUE);
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("GET", "/");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Outcome outcome = OUTCOME_INIT;
  UpstreamFixture f = { 0 };

  fixture_start_url (&f, "http://box.example");
  fixture_send (&f, request, cancellable, &outcome);
  run_what_is_ready ();
  assert_cancels (&f, &outcome, cancellable);

  /* and before it has begun */
  outcome = (Outcome) OUTCOME_INIT;
  fixture_send (&f, request, cancellable, &outcome);
  wait_for (&outcome.done);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&outcome.error);
  fixture_stop (&f);
  g_resolver_set_default (old);
}

static void
tell_head_and_end (int fd, guint nth, gpointer data)
{
  g_autofree char *head = raw_read_head (fd);

  g_async_queue_push (data, GUINT_TO_POINTER (1));
  raw_wait_for_end (fd);
  g_async_queue_push (data, GUINT_TO_POINTER (2));
}

static void
test_cancelling_ends_waiting_for_the_answer_at_once (void)
{
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("GET", "/");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncQueue *told = g_async_queue_new ();
  Outcome outcome = OUTCOME_INIT;
  UpstreamFixture f = { 0 };
  gpointer what = NULL;

  fixture_start (&f, tell_head_and_end, told);
  fixture_send (&f, request, cancellable, &outcome);
  while (!what)
    {
      g_main_context_iteration (NULL, FALSE);
      what = g_async_queue_timeout_pop (told, 1000);
    }
  outcome.may_come = FALSE;
  g_cancellable_cancel (cancellable);
  /* The server sees the end although the main loop has not turned. */
  g_assert_cmpuint (GPOINTER_TO_UINT (g_async_queue_pop (told)), ==, 2);
  outcome.may_come = TRUE;
  wait_for (&outcome.done);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&outcome.error);
  fixture_stop (&f);
  g_async_queue_unref (told);
}

static void
cancel_it (gpointer data)
{
  g_cancellable_cancel (data);
}

static void
test_cancelling_from_the_reactor_is_safe (void)
{
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("GET", "/");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncQueue *told = g_async_queue_new ();
  Outcome outcome = OUTCOME_INIT;
  UpstreamFixture f = { 0 };
  ForemanDeadline deadline;

  fixture_start (&f, tell_head_and_end, told);
  fixture_send (&f, request, cancellable, &outcome);
  foreman_deadline_init (&deadline, f.reactor, cancel_it, cancellable);
  foreman_deadline_set (&deadline, g_get_monotonic_time () + 5000);
  wait_for (&outcome.done);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&outcome.error);
  fixture_stop (&f);
  g_async_queue_unref (told);
}

static void
test_an_answer_that_does_not_begin_times_out (void)
{
  g_autoptr (GError) error = NULL;
  UpstreamFixture f = { 0 };

  fixture_start (&f, say_and_wait, (gpointer) "HTTP/1.1 100 Continue\r\n\r\n");
  foreman_upstream_set_first_byte_timeout (f.upstream, 20 * G_TIME_SPAN_MILLISECOND);
  fixture_fail (&f, "/", &error);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (error->message, "FOREMAN_FIRST_BYTE_TIMEOUT"));
  fixture_stop (&f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_warm_up ();

#define ADD(name, func) g_test_add_func ("/upstream-connect/" name, func)
  ADD ("refused-is-unreachable", test_refused_is_unreachable);
  ADD ("an-unknown-name-is-unreachable", test_an_unknown_name_is_unreachable);
  ADD ("connecting-has-a-deadline", test_connecting_has_a_deadline);
  ADD ("cancelling-ends-connecting", test_cancelling_ends_connecting);
  ADD ("cancelling-ends-waiting-for-the-answer-at-once",
       test_cancelling_ends_waiting_for_the_answer_at_once);
  ADD ("cancelling-from-the-reactor-is-safe", test_cancelling_from_the_reactor_is_safe);
  ADD ("an-answer-that-does-not-begin-times-out", test_an_answer_that_does_not_begin_times_out);

  return g_test_run ();
}

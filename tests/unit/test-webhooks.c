/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhooks.h"

#include <stdlib.h>
#include <string.h>

#include "config-fixture.h"
#include "raw-server.h"
#include "store-fixture.h"

#define SECOND G_USEC_PER_SEC

/* Somebody who wants to be told. The server's threads write, the test reads under the lock. */
typedef struct
{
  GMutex lock;
  GPtrArray *bodies; /* (owned) (element-type utf8) */
  GPtrArray *ids;    /* (owned) (element-type utf8): of the events */
  int status;        /* what it answers; 0: it hangs */
  RawServer *server;
} Receiver;

typedef struct
{
  StoreFixture store;
  ForemanClock *clock;
  ForemanWebhooks *webhooks;
  Receiver receivers[2];
} Fixture;

static char *
dup_field (const char *head, const char *name)
{
  const char *start = strstr (head, name);

  g_assert_nonnull (start);
  start += strlen (name);
  return g_strndup (start, strcspn (start, "\r"));
}

static void
receive (int fd, guint nth, gpointer data)
{
  Receiver *receiver = data;
  g_autofree char *head = raw_read_head (fd);
  g_autofree char *length = dup_field (head, "\r\nContent-Length: ");
  gsize size = (gsize) atoi (length);
  char *body = g_malloc0 (size + 1);
  g_autofree char *answer = NULL;
  int status;

  raw_read (fd, body, size);
  g_mutex_lock (&receiver->lock);
  g_ptr_array_add (receiver->bodies, body);
  g_ptr_array_add (receiver->ids, dup_field (head, "\r\nX-Foreman-Event-Id: "));
  status = receiver->status;
  g_mutex_unlock (&receiver->lock);
  g_main_context_wakeup (NULL);

  answer = g_strdup_printf ("HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n", status);
  if (status != 0)
    raw_say (fd, answer);
  else
    raw_wait_for_end (fd);
}

static guint
count_received (Receiver *receiver)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&receiver->lock);

  return receiver->bodies->len;
}

static void
set_status (Receiver *receiver, int status)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&receiver->lock);

  receiver->status = status;
}

#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
  }                                                                                                \
  G_STMT_END

static void
start (Fixture *f)
{
  g_autoptr (ForemanConfig) config = make_config (NULL);

  f->webhooks = foreman_webhooks_new (f->store.store, f->clock, config);
  foreman_webhooks_start (f->webhooks);
}

static void
stop (Fixture *f)
{
  foreman_webhooks_stop (f->webhooks);
  g_clear_object (&f->webhooks);
}

static void
setup (Fixture *f, gconstpointer data)
{
  store_fixture_set_up (&f->store, NULL);
  f->clock = foreman_clock_new_manual (0, f->store.now);
  for (guint i = 0; i < G_N_ELEMENTS (f->receivers); i++)
    {
      Receiver *receiver = &f->receivers[i];

      receiver->bodies = g_ptr_array_new_with_free_func (g_free);
      receiver->ids = g_ptr_array_new_with_free_func (g_free);
      receiver->status = 200;
      receiver->server = raw_server_start (receive, receiver);
    }
}

static void
teardown (Fixture *f, gconstpointer data)
{
  gpointer webhooks = f->webhooks;

  g_object_add_weak_pointer (G_OBJECT (f->webhooks), &webhooks);
  stop (f);
  wait_until (webhooks == NULL);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  for (guint i = 0; i < G_N_ELEMENTS (f->receivers); i++)
    {
      raw_server_stop (f->receivers[i].server);
      g_ptr_array_unref (f->receivers[i].bodies);
      g_ptr_array_unref (f->receivers[i].ids);
    }
  store_fixture_tear_down (&f->store, NULL);
  g_object_unref (f->clock);
}

static char *
submit (Fixture *f, guint receiver, const char *submitter)
{
  ForemanSubmission *submission = store_fixture_new_submission ("m");

  g_free (submission->submitter);
  submission->submitter = g_strdup (submitter);
  submission->webhook_url = g_strdup_printf ("http://127.0.0.1:%u/hook",
                                             raw_server_get_port (f->receivers[receiver].server));
  return store_fixture_submit (&f->store, submission);
}

static int
get_pending (Fixture *f, const char *id)
{
  g_autoptr (ForemanJobRecord) job = store_fixture_get (&f->store, id);

  return job->webhook_pending;
}

static int
get_last_status (Fixture *f, const char *id)
{
  g_autoptr (ForemanJobRecord) job = store_fixture_get (&f->store, id);

  return job->webhook_last_status;
}

static void
assert_received (Receiver *receiver, guint nth, const char *state, const char *previous_state)
{
  g_autofree char *expected =
      g_strdup_printf ("\"state\":\"%s\",\"previous_state\":\"%s\"", state, previous_state);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&receiver->lock);

  g_assert_cmpuint (nth, <, receiver->bodies->len);
  g_assert_nonnull (strstr (receiver->bodies->pdata[nth], expected));
}

static void
test_events_in_order (Fixture *f, gconstpointer data)
{
  Receiver *receiver = &f->receivers[0];
  g_autofree char *id = submit (f, 0, "local");

  store_fixture_run (&f->store, id);
  start (f);
  wait_until (get_pending (f, id) == 0);
  g_assert_cmpint (get_last_status (f, id), ==, 200);
  g_assert_cmpuint (count_received (receiver), ==, 3);
  assert_received (receiver, 0, "queued", "");
  assert_received (receiver, 1, "working", "queued");
  assert_received (receiver, 2, "done", "working");
  g_assert_nonnull (strstr (receiver->bodies->pdata[1], ",\"result\":null,\"artifacts\":null}"));
  g_assert_nonnull (strstr (receiver->bodies->pdata[2], ",\"result\":{"));
  g_assert_nonnull (strstr (receiver->bodies->pdata[2], "\"name\":\"completion\""));
}

/* What happens while it runs is told without anybody asking. */
static void
test_events_as_they_come (Fixture *f, gconstpointer data)
{
  g_autofree char *id = NULL;

  start (f);
  id = submit (f, 0, "token:ci");
  wait_until (count_received (&f->receivers[0]) == 1);
  store_fixture_run (&f->store, id);
  wait_until (get_pending (f, id) == 0);
  g_assert_cmpuint (count_received (&f->receivers[0]), ==, 3);
}

/* It is armed when the store has noted how the last delivery ended. */
static void
wait_until_next_look_in (Fixture *f, int seconds)
{
  gint64 deadline = foreman_clock_get_monotonic (f->clock) + seconds * (gint64) SECOND;

  wait_until (foreman_clock_get_next_deadline (f->clock) == deadline);
}

static void
let_pass (Fixture *f, gint64 duration)
{
  gint64 end = foreman_clock_get_monotonic (f->clock) + duration;
  gint64 now;

  while ((now = foreman_clock_get_monotonic (f->clock)) < end)
    {
      gint64 deadline;

      wait_until (foreman_clock_get_next_deadline (f->clock) >= 0);
      deadline = foreman_clock_get_next_deadline (f->clock);
      foreman_clock_advance (f->clock, MIN (deadline, end) - now);
    }
}

/* Six tries in about an hour; the next event has to wait for that one's end. */
static void
test_retries_until_it_is_dropped (Fixture *f, gconstpointer data)
{
  static const int delays[] = { 10, 40, 160, 640, 2560 };
  Receiver *receiver = &f->receivers[0];
  g_autofree char *id = submit (f, 0, "local");

  store_fixture_run (&f->store, id);
  set_status (receiver, 500);
  start (f);
  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    {
      wait_until (count_received (receiver) == i + 1);
      wait_until_next_look_in (f, MIN (delays[i], 60));
      let_pass (f, delays[i] * (gint64) SECOND - 1);
      g_assert_cmpuint (count_received (receiver), ==, i + 1);
      let_pass (f, 1);
    }
  wait_until (count_received (receiver) >= 6);
  set_status (receiver, 204);
  wait_until (get_pending (f, id) == 0);
  g_assert_cmpuint (count_received (receiver), ==, 8);
  for (guint i = 0; i < 6; i++)
    assert_received (receiver, i, "queued", "");
  assert_received (receiver, 6, "working", "queued");
  assert_received (receiver, 7, "done", "working");
  g_assert_cmpstr (receiver->ids->pdata[0], ==, receiver->ids->pdata[5]);
  g_assert_cmpstr (receiver->ids->pdata[5], !=, receiver->ids->pdata[6]);
}

/* Also when more are due for the one that hangs than are looked at together. */
static void
test_receiver_that_hangs_holds_up_nobody (Fixture *f, gconstpointer data)
{
  g_autofree char *id = NULL;

  set_status (&f->receivers[0], 0);
  for (guint i = 0; i < 70; i++)
    g_free (submit (f, 0, "local"));
  id = submit (f, 1, "local");
  start (f);
  wait_until (get_pending (f, id) == 0);
  g_assert_cmpuint (count_received (&f->receivers[1]), ==, 1);
  g_assert_cmpuint (count_received (&f->receivers[0]), <=, 2);
}

/* Once it is known that nobody is there, nobody is called for the others that are due. */
static void
test_receiver_that_is_gone_counts_as_tried (Fixture *f, gconstpointer data)
{
  g_autofree char *last = NULL;

  set_status (&f->receivers[0], 0);
  for (guint i = 0; i < 5; i++)
    g_free (submit (f, 0, "local"));
  last = submit (f, 0, "local");
  start (f);
  wait_until (count_received (&f->receivers[0]) == 2);
  foreman_clock_advance (f->clock, 30 * SECOND);
  wait_until (get_last_status (f, last) == -1);
  g_assert_cmpuint (count_received (&f->receivers[0]), ==, 2);

  set_status (&f->receivers[0], 200);
  let_pass (f, 10 * SECOND);
  wait_until (get_pending (f, last) == 0);
}

static void
test_what_was_given_up_is_sent_again (Fixture *f, gconstpointer data)
{
  Receiver *receiver = &f->receivers[0];
  g_autofree char *id = submit (f, 0, "local");

  set_status (receiver, 0);
  start (f);
  wait_until (count_received (receiver) == 1);
  stop (f);
  set_status (receiver, 200);
  g_assert_cmpint (get_pending (f, id), ==, 1);
  start (f);
  wait_until (get_pending (f, id) == 0);
  g_assert_cmpuint (count_received (receiver), ==, 2);
  g_assert_cmpstr (receiver->ids->pdata[0], ==, receiver->ids->pdata[1]);
}

/* Who came from another machine without a token may not have this one's services called. */
static void
test_stranger_reaches_nothing_of_ours (Fixture *f, gconstpointer data)
{
  g_autofree char *id = submit (f, 0, "192.0.2.7");

  start (f);
  wait_until (get_last_status (f, id) == -1);
  g_assert_cmpuint (count_received (&f->receivers[0]), ==, 0);
}

static void
test_redelivery (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autofree char *id = submit (f, 0, "local");

  start (f);
  wait_until (get_pending (f, id) == 0);
  job = store_fixture_act (&f->store, id, FOREMAN_JOB_REDELIVER, &error);
  g_assert_no_error (error);
  foreman_webhooks_look (f->webhooks);
  wait_until (get_pending (f, id) == 0);
  g_assert_cmpuint (count_received (&f->receivers[0]), ==, 2);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/webhooks/order", test_events_in_order },
    { "/webhooks/live", test_events_as_they_come },
    { "/webhooks/retries", test_retries_until_it_is_dropped },
    { "/webhooks/hangs", test_receiver_that_hangs_holds_up_nobody },
    { "/webhooks/gone", test_receiver_that_is_gone_counts_as_tried },
    { "/webhooks/stop", test_what_was_given_up_is_sent_again },
    { "/webhooks/stranger", test_stranger_reaches_nothing_of_ours },
    { "/webhooks/redelivery", test_redelivery },
  };

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* a drop is a warning */
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, setup, tests[i].func, teardown);
  return g_test_run ();
}

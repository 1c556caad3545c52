/* SPDX-License-Identifier: MIT */
#include "net/foreman-reactor.h"

#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  ForemanReactor *reactor;
  GMainContext *context;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->context = g_main_context_new ();
  f->reactor = foreman_reactor_new (f->context);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->reactor);
  g_main_context_unref (f->context);
}

static void
make_pair (int pair[2])
{
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
}

static void
send_byte (int fd)
{
  g_assert_cmpint (write (fd, "x", 1), ==, 1);
}

typedef struct Peer
{
  int pair[2];
  ForemanWatch *watch;
  guint32 seen;
  guint calls;
  struct Peer *victim;   /* freed by the callback */
  guint32 victim_events; /* or set to these */
  gboolean drain;
} Peer;

static void
peer_ready (guint32 events, gpointer data)
{
  Peer *peer = data;
  char byte;

  peer->seen |= events;
  peer->calls++;
  if (peer->drain)
    (void) !read (peer->pair[0], &byte, 1);
  if (peer->victim && peer->victim->watch && peer->victim_events)
    foreman_watch_set_events (peer->victim->watch, peer->victim_events);
  else if (peer->victim)
    g_clear_pointer (&peer->victim->watch, foreman_watch_free);
}

static void
peer_open (Peer *peer, Fixture *f, guint32 events)
{
  make_pair (peer->pair);
  peer->watch = foreman_reactor_watch (f->reactor, peer->pair[0], events, peer_ready, peer);
}

static void
peer_close (Peer *peer)
{
  g_clear_pointer (&peer->watch, foreman_watch_free);
  close (peer->pair[0]);
  if (peer->pair[1] >= 0)
    close (peer->pair[1]);
}

static void
turn (Fixture *f)
{
  while (g_main_context_iteration (f->context, FALSE))
    continue;
}

static void
test_watch_is_level_triggered (Fixture *f, gconstpointer data)
{
  Peer peer = { 0 };

  peer_open (&peer, f, EPOLLIN);
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpuint (peer.calls, ==, 0);

  send_byte (peer.pair[1]);
  g_main_context_iteration (f->context, FALSE);
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpuint (peer.calls, ==, 2);
  g_assert_cmphex (peer.seen, ==, EPOLLIN);

  peer.drain = TRUE;
  turn (f);
  g_assert_cmpuint (peer.calls, ==, 3);

  peer_close (&peer);
}

static void
test_watch_changes_its_events (Fixture *f, gconstpointer data)
{
  Peer peer = { 0 };

  peer_open (&peer, f, 0);
  send_byte (peer.pair[1]);
  turn (f);
  g_assert_cmpuint (peer.calls, ==, 0);

  foreman_watch_set_events (peer.watch, EPOLLOUT);
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmphex (peer.seen, ==, EPOLLOUT);

  foreman_watch_set_events (peer.watch, EPOLLIN);
  foreman_watch_set_events (peer.watch, EPOLLIN);
  peer.seen = 0;
  peer.drain = TRUE;
  turn (f);
  g_assert_cmphex (peer.seen, ==, EPOLLIN);

  peer_close (&peer);
}

static void
test_watch_reports_hang_up_unasked (Fixture *f, gconstpointer data)
{
  Peer peer = { 0 };

  peer_open (&peer, f, 0);
  peer.victim = &peer;
  close (peer.pair[1]);
  peer.pair[1] = -1;
  turn (f);
  g_assert_cmpuint (peer.calls, ==, 1);
  g_assert_true (peer.seen & EPOLLHUP);
  g_assert_null (peer.watch);

  peer_close (&peer);
}

static void
test_watch_may_free_others_of_its_batch (Fixture *f, gconstpointer data)
{
  Peer peers[3] = { 0 };

  for (guint i = 0; i < 3; i++)
    {
      peer_open (&peers[i], f, EPOLLIN);
      peers[i].victim = &peers[(i + 1) % 3];
      send_byte (peers[i].pair[1]);
    }

  g_main_context_iteration (f->context, FALSE);

  /* Whoever is called first frees the second, the third frees the first. */
  g_assert_cmpuint (peers[0].calls + peers[1].calls + peers[2].calls, ==, 2);
  for (guint i = 0; i < 3; i++)
    peer_close (&peers[i]);
}

static void
test_watch_forgets_reports_of_a_reused_fd (Fixture *f, gconstpointer data)
{
  Peer peers[2] = { 0 };
  Peer stranger = { 0 };
  int first;

  for (guint i = 0; i < 2; i++)
    {
      peer_open (&peers[i], f, EPOLLIN);
      peers[i].victim = &peers[!i];
      send_byte (peers[i].pair[1]);
    }
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpuint (peers[0].calls + peers[1].calls, ==, 1);

  /* The number of a closed descriptor comes back with a stranger behind it. */
  first = peers[0].calls ? 1 : 0;
  peer_close (&peers[first]);
  peer_open (&stranger, f, EPOLLIN);
  stranger.drain = TRUE;
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpuint (stranger.calls, ==, 0);

  peer_close (&stranger);
  peer_close (&peers[!first]);
}

static void
test_watch_paused_in_its_batch_is_not_called (Fixture *f, gconstpointer data)
{
  Peer peers[2] = { 0 };

  for (guint i = 0; i < 2; i++)
    {
      peer_open (&peers[i], f, EPOLLIN);
      peers[i].victim = &peers[!i];
      peers[i].victim_events = EPOLLPRI;
      send_byte (peers[i].pair[1]);
    }
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpuint (peers[0].calls + peers[1].calls, ==, 1);

  peer_close (&peers[0]);
  peer_close (&peers[1]);
}

typedef struct
{
  ForemanDeadline deadline;
  GString *log; /* (unowned) */
  char name;
  gint64 again; /* set anew to this by its own function */
} Alarm;

static void
alarm_rang (gpointer data)
{
  Alarm *alarm = data;

  g_string_append_c (alarm->log, alarm->name);
  if (alarm->again)
    foreman_deadline_set (&alarm->deadline, alarm->again);
}

static void
alarms_init (Fixture *f, Alarm *alarms, guint n, GString *log)
{
  for (guint i = 0; i < n; i++)
    {
      alarms[i] = (Alarm){ .log = log, .name = 'a' + i };
      foreman_deadline_init (&alarms[i].deadline, f->reactor, alarm_rang, &alarms[i]);
    }
}

static void
test_deadlines_ring_in_order (Fixture *f, gconstpointer data)
{
  const int times[] = { 5, 1, 4, 2, 3, 9, 7 };
  g_autoptr (GString) log = g_string_new (NULL);
  Alarm alarms[G_N_ELEMENTS (times)];

  alarms_init (f, alarms, G_N_ELEMENTS (times), log);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    foreman_deadline_set (&alarms[i].deadline, times[i]);
  foreman_deadline_set (&alarms[5].deadline, 0);
  foreman_deadline_clear (&alarms[6].deadline);
  foreman_deadline_clear (&alarms[6].deadline);

  turn (f);
  g_assert_cmpstr (log->str, ==, "bdeca");
}

static void
test_deadline_moves_both_ways (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  gint64 far = g_get_monotonic_time () + 3600 * (gint64) G_USEC_PER_SEC;
  Alarm alarms[3];

  alarms_init (f, alarms, 3, log);
  foreman_deadline_set (&alarms[0].deadline, 10);
  foreman_deadline_set (&alarms[1].deadline, 20);
  foreman_deadline_set (&alarms[2].deadline, far);
  foreman_deadline_set (&alarms[0].deadline, 30);
  foreman_deadline_set (&alarms[2].deadline, 5);
  turn (f);
  g_assert_cmpstr (log->str, ==, "cba");

  foreman_deadline_set (&alarms[0].deadline, 10);
  foreman_deadline_set (&alarms[0].deadline, far);
  turn (f);
  g_assert_cmpstr (log->str, ==, "cba");
  foreman_deadline_clear (&alarms[0].deadline);
}

static void
test_deadline_set_to_the_past_does_not_hold_the_loop (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  Alarm alarms[3];

  alarms_init (f, alarms, 3, log);
  for (guint i = 0; i < 3; i++)
    foreman_deadline_set (&alarms[i].deadline, 1 + i);
  alarms[1].again = 1;
  g_main_context_iteration (f->context, FALSE);
  g_assert_cmpstr (log->str, ==, "abc");
  while (log->len < 5)
    g_main_context_iteration (f->context, TRUE);
  g_assert_cmpstr (log->str, ==, "abcbb");
  foreman_deadline_clear (&alarms[1].deadline);
}

static void
test_deadline_ends_the_sleep_of_the_loop (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  gint64 when = g_get_monotonic_time () + 20000;
  Alarm alarm;

  alarms_init (f, &alarm, 1, log);
  foreman_deadline_set (&alarm.deadline, when);
  while (log->len == 0)
    g_main_context_iteration (f->context, TRUE);
  g_assert_cmpint (g_get_monotonic_time (), >=, when);
}

static void
test_heap_agrees_with_a_full_scan (Fixture *f, gconstpointer data)
{
  enum
  {
    N = 64
  };
  g_autoptr (GString) log = g_string_new (NULL);
  Alarm alarms[N];
  gint64 last = 0;

  alarms_init (f, alarms, N, log);
  for (guint i = 0; i < 5000; i++)
    {
      Alarm *alarm = &alarms[g_test_rand_int_range (0, N)];

      if (g_test_rand_bit ())
        foreman_deadline_set (&alarm->deadline, g_test_rand_int_range (1, 100000));
      else
        foreman_deadline_clear (&alarm->deadline);
    }

  gint64 times[256] = { 0 };
  guint n_set = 0;
  for (guint i = 0; i < N; i++)
    {
      alarms[i].name = (char) ('!' + i);
      times['!' + i] = alarms[i].deadline.when;
      n_set += alarms[i].deadline.when != 0;
    }
  turn (f);
  g_assert_cmpuint (log->len, ==, n_set);
  for (guint i = 0; i < log->len; i++)
    {
      g_assert_cmpint (times[(guchar) log->str[i]], >=, last);
      last = times[(guchar) log->str[i]];
    }
}

#define ADD(name, func) g_test_add ("/reactor/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("watch-is-level-triggered", test_watch_is_level_triggered);
  ADD ("watch-changes-its-events", test_watch_changes_its_events);
  ADD ("watch-reports-hang-up-unasked", test_watch_reports_hang_up_unasked);
  ADD ("watch-may-free-others-of-its-batch", test_watch_may_free_others_of_its_batch);
  ADD ("watch-forgets-reports-of-a-reused-fd", test_watch_forgets_reports_of_a_reused_fd);
  ADD ("watch-paused-in-its-batch-is-not-called", test_watch_paused_in_its_batch_is_not_called);
  ADD ("deadlines-ring-in-order", test_deadlines_ring_in_order);
  ADD ("deadline-moves-both-ways", test_deadline_moves_both_ways);
  ADD ("deadline-set-to-the-past-does-not-hold-the-loop",
       test_deadline_set_to_the_past_does_not_hold_the_loop);
  ADD ("deadline-ends-the-sleep-of-the-loop", test_deadline_ends_the_sleep_of_the_loop);
  ADD ("heap-agrees-with-a-full-scan", test_heap_agrees_with_a_full_scan);

  return g_test_run ();
}

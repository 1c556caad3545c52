/* SPDX-License-Identifier: MIT */
#include "engine/foreman-gate.h"
#include "libforeman/foreman-error.h"

typedef struct
{
  ForemanClock *clock;
  ForemanGate *gate;
} Fixture;

/* Who enters, and what became of it. */
typedef struct
{
  GCancellable *cancellable;
  ForemanTicket *ticket;
  GError *error;
  guint told;
} Caller;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *capacity = data != NULL ? data : "1";
  g_autoptr (GError) error = NULL;

  fixture->clock = foreman_clock_new_manual (1000, 5000000);
  fixture->gate = foreman_gate_new (fixture->clock, capacity, 100000, 100000, &error);
  g_assert_no_error (error);
}

static void
run_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
assert_freed (gpointer data)
{
  GObject *object = data;

  run_loop ();
  g_object_add_weak_pointer (object, &data);
  g_object_unref (object);
  g_assert_null (data);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  assert_freed (fixture->gate);
  assert_freed (fixture->clock);
}

static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;

  caller->told++;
  caller->ticket = foreman_gate_enter_finish (FOREMAN_GATE (source), result, &caller->error);
  g_assert_true ((caller->ticket == NULL) == (caller->error != NULL));
}

static Caller *
enter (ForemanGate *gate, ForemanGateRequest request)
{
  Caller *caller = g_new0 (Caller, 1);

  caller->cancellable = g_cancellable_new ();
  if (request.model == NULL)
    request.model = "qwen3:8b";
  foreman_gate_enter_async (gate, &request, caller->cancellable, on_entered, caller);
  g_assert_cmpuint (caller->told, ==, 0);
  return caller;
}

static void
leave (Caller *caller)
{
  if (caller->ticket != NULL)
    foreman_ticket_release (caller->ticket);
  g_clear_object (&caller->ticket);
  g_clear_object (&caller->cancellable);
  g_clear_error (&caller->error);
  g_free (caller);
}

static void
assert_waits (Caller *caller)
{
  run_loop ();
  g_assert_cmpuint (caller->told, ==, 0);
}

static void
assert_passed (Caller *caller)
{
  run_loop ();
  g_assert_no_error (caller->error);
  g_assert_cmpuint (caller->told, ==, 1);
}

static void
assert_failed (Caller *caller, GQuark domain, int code)
{
  run_loop ();
  g_assert_error (caller->error, domain, code);
  g_assert_cmpuint (caller->told, ==, 1);
}

/* Passing */

static void
test_one_passes_at_a_time (Fixture *fixture, gconstpointer data)
{
  Caller *callers[5];

  for (guint i = 0; i < 5; i++)
    callers[i] = enter (fixture->gate, (ForemanGateRequest){ 0 });
  for (guint i = 0; i < 5; i++)
    {
      assert_passed (callers[i]);
      for (guint j = i + 1; j < 5; j++)
        assert_waits (callers[j]);
      g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 1);
      g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 4 - i);
      leave (callers[i]);
      if (i < 4)
        g_assert_cmpuint (callers[i + 1]->told, ==, 0);
    }
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
}

static void
test_interactive_passes_before_jobs (Fixture *fixture, gconstpointer data)
{
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *low = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB });
  Caller *high =
      enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB, .priority = 9 });
  Caller *chat = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *order[] = { running, chat, high, low };

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    {
      assert_passed (order[i]);
      if (i + 1 < G_N_ELEMENTS (order))
        assert_waits (order[i + 1]);
      leave (order[i]);
    }
}

static void
test_a_model_alone_passes_several_times (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ .model = "qwen3:8b" });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ .model = "library/QWEN3:8B" });
  Caller *other = enter (fixture->gate, (ForemanGateRequest){ .model = "gemma3" });
  Caller *c = enter (fixture->gate, (ForemanGateRequest){ .model = "qwen3:8b" });

  assert_passed (a);
  assert_passed (b);
  g_assert_cmpstr (foreman_ticket_get_model (b->ticket), ==, "library/QWEN3:8B");
  assert_waits (other);
  assert_waits (c);
  leave (a);
  assert_waits (other);
  leave (b);
  assert_passed (other);
  assert_waits (c);
  leave (other);
  assert_passed (c);
  leave (c);
}

static void
test_odd_models_pass_too (Fixture *fixture, gconstpointer data)
{
  Caller *empty = enter (fixture->gate, (ForemanGateRequest){ .model = "" });
  Caller *strange = enter (fixture->gate, (ForemanGateRequest){ .model = "a b@c" });

  assert_passed (empty);
  leave (empty);
  assert_passed (strange);
  leave (strange);
}

static void
test_ticket_tells_what_it_was_drawn_for (Fixture *fixture, gconstpointer data)
{
  Caller *first = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *caller = enter (fixture->gate, (ForemanGateRequest){
                                             .model = "Gemma3",
                                             .load_options = "num_ctx=8192",
                                             .class = FOREMAN_WORK_JOB,
                                             .client = "alice",
                                             .priority = -7,
                                             .request_id = "01J",
                                         });
  ForemanTicket *ticket;

  assert_passed (first);
  foreman_clock_advance (fixture->clock, 250);
  leave (first);
  assert_passed (caller);
  ticket = caller->ticket;
  foreman_clock_advance (fixture->clock, 100);
  g_assert_cmpstr (foreman_ticket_get_model (ticket), ==, "Gemma3");
  g_assert_cmpstr (foreman_ticket_get_load_options (ticket), ==, "num_ctx=8192");
  g_assert_cmpint (foreman_ticket_get_class (ticket), ==, FOREMAN_WORK_JOB);
  g_assert_cmpstr (foreman_ticket_get_client (ticket), ==, "alice");
  g_assert_cmpint (foreman_ticket_get_priority (ticket), ==, -7);
  g_assert_cmpstr (foreman_ticket_get_request_id (ticket), ==, "01J");
  g_assert_cmpint (foreman_ticket_get_enqueued_at (ticket), ==, 5000000);
  g_assert_cmpint (foreman_ticket_get_started_at (ticket), ==, 5000250);
  g_assert_cmpint (foreman_ticket_get_queue_time (ticket), ==, 250);
  g_assert_cmpuint (foreman_ticket_get_position (ticket), ==, 0);
  leave (caller);
}

/* Giving back */

static void
test_release_counts_once (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *c = enter (fixture->gate, (ForemanGateRequest){ 0 });

  assert_passed (a);
  foreman_ticket_release (a->ticket);
  foreman_ticket_release (a->ticket);
  leave (a);
  assert_passed (b);
  assert_waits (c);
  leave (b);
  assert_passed (c);
  leave (c);
}

static void
test_one_that_waits_has_nothing_to_release (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });
  g_autoptr (GPtrArray) waiting = foreman_gate_list_waiting (fixture->gate, 1, NULL, NULL, NULL);

  g_assert_cmpuint (foreman_ticket_get_position (waiting->pdata[0]), ==, 1);
  foreman_ticket_release (waiting->pdata[0]);
  assert_passed (a);
  assert_waits (b);
  leave (a);
  assert_passed (b);
  leave (b);
}

static void
test_last_reference_releases (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });

  assert_passed (a);
  g_clear_object (&a->ticket);
  assert_passed (b);
  leave (a);
  leave (b);
}

static void
on_not_finished (GObject *source, GAsyncResult *result, gpointer data)
{
  (*(guint *) data)++;
}

static void
test_result_nobody_takes_releases (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest request = { 0 };
  guint told = 0;
  Caller *last;

  foreman_gate_enter_async (fixture->gate, &request, NULL, NULL, NULL);
  foreman_gate_enter_async (fixture->gate, &request, NULL, on_not_finished, &told);
  last = enter (fixture->gate, request);
  assert_passed (last);
  g_assert_cmpuint (told, ==, 1);
  leave (last);
}

static void
on_entered_gone_at_once (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanTicket) ticket =
      foreman_gate_enter_finish (FOREMAN_GATE (source), result, &error);

  g_assert_no_error (error);
  foreman_ticket_release (ticket);
  (*(guint *) data)++;
}

static void
test_ten_thousand_short_visits_need_no_stack (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest request = { .model = "qwen3:8b" };
  guint told = 0;

  for (guint i = 0; i < 10000; i++)
    foreman_gate_enter_async (fixture->gate, &request, NULL, on_entered_gone_at_once, &told);
  run_loop ();
  g_assert_cmpuint (told, ==, 10000);
}

/* Giving up */

static void
test_cancelled_before_entering (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  ForemanGateRequest request = { 0 };
  Caller caller = { 0 };

  g_cancellable_cancel (cancellable);
  foreman_gate_enter_async (fixture->gate, &request, cancellable, on_entered, &caller);
  g_assert_cmpuint (caller.told, ==, 0);
  assert_failed (&caller, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  g_clear_error (&caller.error);
}

static void
test_cancelled_while_waiting (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *c = enter (fixture->gate, (ForemanGateRequest){ 0 });

  assert_passed (a);
  g_cancellable_cancel (b->cancellable);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 1);
  g_assert_cmpuint (b->told, ==, 0);
  assert_failed (b, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_waits (c);
  leave (a);
  assert_passed (c);
  leave (b);
  leave (c);
}

static void
test_cancelled_after_the_grant_but_untold (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *c = enter (fixture->gate, (ForemanGateRequest){ 0 });

  /* a has the slot but was not told; it goes to b, who gives up in the same way. */
  g_cancellable_cancel (a->cancellable);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 1);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 1);
  g_cancellable_cancel (b->cancellable);
  assert_failed (a, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_failed (b, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_passed (c);
  leave (a);
  leave (b);
  leave (c);
}

static void
test_cancelled_while_running_changes_nothing (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ 0 });

  assert_passed (a);
  g_cancellable_cancel (a->cancellable);
  assert_waits (b);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 1);
  leave (a);
  assert_passed (b);
  leave (b);
}

static void
test_cancelled_when_refused_or_drained (Fixture *fixture, gconstpointer data)
{
  Caller *running, *drained, *refused;

  running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  drained = enter (fixture->gate, (ForemanGateRequest){ 0 });
  foreman_gate_set_limits (fixture->gate, 0, 0);
  refused = enter (fixture->gate, (ForemanGateRequest){ 0 });
  foreman_gate_drain (fixture->gate);
  g_cancellable_cancel (refused->cancellable);
  g_cancellable_cancel (drained->cancellable);
  assert_passed (running);
  g_assert_cmpuint (refused->told, ==, 1);
  g_assert_cmpuint (drained->told, ==, 1);
  g_assert_null (drained->ticket);
  leave (refused);
  leave (drained);
  leave (running);
}

static void
release_ticket (GCancellable *cancellable, gpointer data)
{
  foreman_ticket_release (data);
}

static void
test_one_cancellable_for_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  ForemanGateRequest request = { 0 };
  Caller callers[20] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (callers); i++)
    foreman_gate_enter_async (fixture->gate, &request, cancellable, on_entered, &callers[i]);
  assert_passed (&callers[0]);

  /* Inside of the same cancellation the slot is given back and would go to the next ones. */
  g_cancellable_connect (cancellable, G_CALLBACK (release_ticket), callers[0].ticket, NULL);
  g_cancellable_cancel (cancellable);
  for (guint i = 1; i < G_N_ELEMENTS (callers); i++)
    {
      assert_failed (&callers[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&callers[i].error);
    }
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  g_clear_object (&callers[0].ticket);
}

static void
on_entered_cancel_other (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanTicket) ticket =
      foreman_gate_enter_finish (FOREMAN_GATE (source), result, NULL);

  g_cancellable_cancel (data);
}

static void
test_cancelled_by_a_callback (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest request = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Caller caller = { 0 };

  foreman_gate_enter_async (fixture->gate, &request, NULL, on_entered_cancel_other, cancellable);
  foreman_gate_enter_async (fixture->gate, &request, cancellable, on_entered, &caller);
  assert_failed (&caller, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  g_clear_error (&caller.error);
}

static void
test_giving_up_frees_the_way (Fixture *fixture, gconstpointer data)
{
  Caller *a = enter (fixture->gate, (ForemanGateRequest){ .model = "qwen3:8b" });
  Caller *blocker = enter (fixture->gate, (ForemanGateRequest){ .model = "gemma3" });
  Caller *b = enter (fixture->gate, (ForemanGateRequest){ .model = "qwen3:8b" });

  assert_waits (b);
  g_cancellable_cancel (blocker->cancellable);
  assert_passed (b);
  leave (a);
  leave (b);
  leave (blocker);
}

static void
test_ten_thousand_come_and_go (Fixture *fixture, gconstpointer data)
{
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  ForemanGateTotals totals;

  assert_passed (running);
  for (guint i = 0; i < 10000; i++)
    {
      Caller *caller = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });

      g_cancellable_cancel (caller->cancellable);
      g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 0);
      if (i % 3 == 0)
        run_loop ();
      g_cancellable_cancel (caller->cancellable);
      assert_failed (caller, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      leave (caller);
    }
  leave (running);
  foreman_gate_get_totals (fixture->gate, &totals);
  g_assert_cmpuint (totals.entered, ==, 10001);
  g_assert_cmpuint (totals.cancelled, ==, 10000);
  g_assert_cmpuint (totals.granted, ==, 1);
}

static void
test_ten_thousand_wait_and_leave_together (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) callers = g_ptr_array_new_with_free_func ((GDestroyNotify) leave);
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });

  for (guint i = 0; i < 10000; i++)
    g_ptr_array_add (callers, enter (fixture->gate, (ForemanGateRequest){ .client = "alice" }));
  assert_passed (running);
  for (guint i = 0; i < callers->len; i++)
    g_cancellable_cancel (((Caller *) callers->pdata[(i * 7919) % callers->len])->cancellable);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 0);
  run_loop ();
  for (guint i = 0; i < callers->len; i++)
    assert_failed (callers->pdata[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  leave (running);
}

/* Limits */

static void
test_capacity_must_be_understood (void)
{
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (0, 0);
  g_autoptr (GError) error = NULL;

  g_assert_null (foreman_gate_new (clock, "lots", 1, 1, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "FOREMAN_CAPACITY"));
}

static void
test_queue_is_bounded (Fixture *fixture, gconstpointer data)
{
  Caller *running, *waiting, *refused, *job;

  foreman_gate_set_limits (fixture->gate, 2, 100);
  running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  job = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB });
  waiting = enter (fixture->gate, (ForemanGateRequest){ 0 });
  refused = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_failed (refused, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 2);
  leave (refused);
  leave (running);
  assert_passed (waiting);
  leave (waiting);
  assert_passed (job);
  leave (job);
}

static void
test_no_queue_lets_pass_or_refuses (Fixture *fixture, gconstpointer data)
{
  Caller *running, *refused, *job, *next;

  foreman_gate_set_limits (fixture->gate, 0, 0);
  running = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });
  refused = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });
  job = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB });
  assert_passed (running);
  assert_failed (refused, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL);
  assert_failed (job, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL);
  leave (running);
  next = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });
  assert_passed (next);
  leave (next);
  leave (job);
  leave (refused);
}

static void
test_lower_limits_send_nobody_away (Fixture *fixture, gconstpointer data)
{
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *waiting = enter (fixture->gate, (ForemanGateRequest){ .client = "alice" });

  foreman_gate_set_limits (fixture->gate, 0, 0);
  assert_waits (waiting);
  leave (running);
  assert_passed (waiting);
  leave (waiting);
}

static void
test_each_client_is_bounded (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest alice = { .client = "alice" };
  Caller *running, *a, *refused, *b, *nobody, *nobody2, *again, *job;

  foreman_gate_set_limits (fixture->gate, 100, 1);
  running = enter (fixture->gate, alice);
  a = enter (fixture->gate, alice);
  refused = enter (fixture->gate, alice);
  b = enter (fixture->gate, (ForemanGateRequest){ .client = "bob" });
  nobody = enter (fixture->gate, (ForemanGateRequest){ 0 });
  nobody2 = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_failed (refused, FOREMAN_ERROR, FOREMAN_ERROR_RATE_LIMITED);
  assert_waits (a);
  assert_waits (b);
  assert_waits (nobody2);

  g_cancellable_cancel (a->cancellable);
  again = enter (fixture->gate, alice);
  assert_waits (again);
  job = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB, .client = "alice" });
  assert_failed (job, FOREMAN_ERROR, FOREMAN_ERROR_RATE_LIMITED);
  leave (job);
  leave (running);
  leave (a);
  leave (refused);
  assert_passed (b);
  leave (b);
  assert_passed (nobody);
  leave (nobody);
  assert_passed (nobody2);
  leave (nobody2);
  assert_passed (again);
  leave (again);
}

static void
test_capacity_changes_while_running (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Caller *callers[4];

  for (guint i = 0; i < 4; i++)
    callers[i] = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_waits (callers[1]);
  g_assert_false (foreman_gate_set_capacity (fixture->gate, "0", &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_cmpstr (foreman_gate_get_capacity (fixture->gate), ==, "1");

  g_assert_true (foreman_gate_set_capacity (fixture->gate, "3", &error));
  g_assert_cmpstr (foreman_gate_get_capacity (fixture->gate), ==, "3");
  assert_passed (callers[1]);
  assert_passed (callers[2]);
  assert_waits (callers[3]);

  g_assert_true (foreman_gate_set_capacity (fixture->gate, "1", &error));
  leave (callers[0]);
  leave (callers[1]);
  assert_waits (callers[3]);
  leave (callers[2]);
  assert_passed (callers[3]);
  leave (callers[3]);
}

static void
test_drain_sends_away_who_waits (Fixture *fixture, gconstpointer data)
{
  Caller *running = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *waiting = enter (fixture->gate, (ForemanGateRequest){ 0 });
  Caller *job = enter (fixture->gate, (ForemanGateRequest){ .class = FOREMAN_WORK_JOB });
  ForemanGateTotals totals;
  Caller *late;

  assert_passed (running);
  foreman_gate_drain (fixture->gate);
  late = enter (fixture->gate, (ForemanGateRequest){ 0 });
  assert_failed (waiting, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  assert_failed (job, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  assert_failed (late, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 1);
  leave (running);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  foreman_gate_get_totals (fixture->gate, &totals);
  g_assert_cmpuint (totals.drained, ==, 2);
  g_assert_cmpuint (totals.refused, ==, 1);
  leave (waiting);
  leave (job);
  leave (late);
}

static void
test_retry_after_follows_what_is_seen (Fixture *fixture, gconstpointer data)
{
  ForemanGateRequest alice = { .client = "alice" };
  Caller *callers[6];

  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 5);
  callers[0] = enter (fixture->gate, alice);
  run_loop ();
  foreman_clock_advance (fixture->clock, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 20);
  leave (callers[0]);
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 20);

  for (guint i = 0; i < 6; i++)
    callers[i] = enter (fixture->gate, i == 1 ? alice : (ForemanGateRequest){ .client = "bob" });
  run_loop ();
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, "alice"), ==, 100);
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, "bob"), ==, 25);
  g_assert_true (foreman_gate_set_capacity (fixture->gate, "2", NULL));
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 10);
  foreman_clock_advance (fixture->clock, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_assert_cmpuint (foreman_gate_get_retry_after (fixture->gate, NULL), ==, 300);
  for (guint i = 0; i < 6; i++)
    {
      run_loop ();
      leave (callers[i]);
    }
}

/* Looking */

static char *
ids_of (GPtrArray *tickets)
{
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < tickets->len; i++)
    g_string_append (ids, foreman_ticket_get_request_id (tickets->pdata[i]));
  return g_string_free (ids, FALSE);
}

static char *
page_of (ForemanGate *gate, guint limit, char **cursor)
{
  g_autofree char *after = g_steal_pointer (cursor);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = foreman_gate_list_waiting (gate, limit, after, cursor, &error);

  g_assert_no_error (error);
  return ids_of (page);
}

static void
assert_page (ForemanGate *gate, guint limit, char **cursor, const char *expected)
{
  g_autofree char *ids = page_of (gate, limit, cursor);

  g_assert_cmpstr (ids, ==, expected);
}

static void
test_queue_is_listed_in_pages (Fixture *fixture, gconstpointer data)
{
  const char *ids[] = { "a", "b", "c", "d", "e", "f", "g" };
  g_autofree char *cursor = NULL;
  g_autoptr (GPtrArray) running = NULL;
  g_autofree char *running_ids = NULL;
  Caller *callers[7];

  for (guint i = 0; i < 7; i++)
    callers[i] =
        enter (fixture->gate, (ForemanGateRequest){
                                  .request_id = ids[i],
                                  .class = i < 5 ? FOREMAN_WORK_INTERACTIVE : FOREMAN_WORK_JOB,
                                  .priority = i,
                              });
  run_loop ();
  running = foreman_gate_list_running (fixture->gate);
  running_ids = ids_of (running);
  g_assert_cmpstr (running_ids, ==, "a");
  g_assert_cmpint (foreman_ticket_get_started_at (running->pdata[0]), ==, 5000000);
  g_clear_pointer (&running, g_ptr_array_unref);

  assert_page (fixture->gate, 100, &cursor, "bcdegf");
  g_assert_null (cursor);
  assert_page (fixture->gate, 0, &cursor, "");
  g_assert_null (cursor);
  assert_page (fixture->gate, 2, &cursor, "bc");
  g_cancellable_cancel (callers[2]->cancellable); /* the page's last one leaves */
  g_cancellable_cancel (callers[3]->cancellable);
  assert_page (fixture->gate, 2, &cursor, "eg");
  g_cancellable_cancel (callers[6]->cancellable);
  assert_page (fixture->gate, 2, &cursor, "f");
  g_assert_null (cursor);
  for (guint i = 0; i < 7; i++)
    {
      run_loop ();
      leave (callers[i]);
    }
}

static void
test_strange_cursors_are_refused (Fixture *fixture, gconstpointer data)
{
  static const char *const cursors[] = { "",      "x",     "0.0",    "0.0.0.0",
                                         "2.0.1", "0.x.1", "0.0.-1", "0.0.99999999999999999999",
                                         "-1.0.1" };

  for (gsize i = 0; i < G_N_ELEMENTS (cursors); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (foreman_gate_list_waiting (fixture->gate, 5, cursors[i], NULL, &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
    }
}

static void
count (guint *number)
{
  (*number)++;
}

static void
test_changes_are_told_together (Fixture *fixture, gconstpointer data)
{
  Caller *callers[10];
  guint changed = 0, running = 0, waiting = 0;

  run_loop ();
  g_signal_connect_swapped (fixture->gate, "changed", G_CALLBACK (count), &changed);
  g_signal_connect_swapped (fixture->gate, "notify::running", G_CALLBACK (count), &running);
  g_signal_connect_swapped (fixture->gate, "notify::waiting", G_CALLBACK (count), &waiting);
  for (guint i = 0; i < 10; i++)
    callers[i] = enter (fixture->gate, (ForemanGateRequest){ 0 });
  g_assert_cmpuint (changed, ==, 0);
  run_loop ();
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpuint (running, ==, 1);
  g_assert_cmpuint (waiting, ==, 1);
  run_loop ();
  g_assert_cmpuint (changed, ==, 1);
  leave (callers[0]);
  run_loop ();
  g_assert_cmpuint (changed, ==, 2);
  g_assert_cmpuint (running, ==, 1);
  g_assert_cmpuint (waiting, ==, 2);
  for (guint i = 1; i < 10; i++)
    {
      run_loop ();
      leave (callers[i]);
    }
  /* what is still to be told counts on this very stack */
  run_loop ();
}

/* All of it at random: nothing is lost, nothing passes twice, never too many run. */

static void
random_step (ForemanGate *gate, GRand *rand, GPtrArray *callers)
{
  static const char *const models[] = { "qwen3:8b", "gemma3", "llama3.2:1b" };
  static const char *const clients[] = { NULL, "alice", "bob" };
  guint action = g_rand_int_range (rand, 0, 10);
  Caller *caller =
      callers->len > 0 ? callers->pdata[g_rand_int_range (rand, 0, (int) callers->len)] : NULL;

  if (action < 5 || caller == NULL)
    g_ptr_array_add (callers, enter (gate, (ForemanGateRequest){
                                               .model = models[g_rand_int_range (rand, 0, 3)],
                                               .client = clients[g_rand_int_range (rand, 0, 3)],
                                               .class = g_rand_int_range (rand, 0, 2),
                                               .priority = g_rand_int_range (rand, -1, 2),
                                           }));
  else if (action < 7)
    g_cancellable_cancel (caller->cancellable);
  else if (action < 8)
    g_main_context_iteration (NULL, FALSE);
  else if (caller->ticket != NULL)
    g_clear_object (&caller->ticket);
}

static void
check_books (ForemanGate *gate, GPtrArray *callers)
{
  g_autoptr (GPtrArray) running = foreman_gate_list_running (gate);
  ForemanGateTotals totals;
  guint held = 0;

  for (guint i = 0; i < callers->len; i++)
    {
      Caller *caller = callers->pdata[i];

      g_assert_cmpuint (caller->told, <=, 1);
      held += caller->ticket != NULL;
    }
  for (guint i = 1; i < running->len && running->len > 2; i++)
    g_assert_cmpstr (foreman_ticket_get_model (running->pdata[i]), ==,
                     foreman_ticket_get_model (running->pdata[0]));
  g_assert_cmpuint (running->len, ==, foreman_gate_get_running (gate));
  g_assert_cmpuint (held, <=, running->len);
  foreman_gate_get_totals (gate, &totals);
  g_assert_cmpuint (totals.entered + totals.refused, ==, callers->len);
  g_assert_cmpuint (totals.entered, ==,
                    totals.granted + totals.cancelled + foreman_gate_get_waiting (gate) +
                        (running->len - held));
}

static void
test_books_balance (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (42);
  g_autoptr (GPtrArray) callers = g_ptr_array_new_with_free_func ((GDestroyNotify) leave);

  foreman_gate_set_limits (fixture->gate, 30, 10);
  for (guint i = 0; i < 3000; i++)
    {
      random_step (fixture->gate, rand, callers);
      check_books (fixture->gate, callers);
    }
  for (guint i = 0; i < callers->len; i++)
    {
      Caller *caller = callers->pdata[i];

      g_cancellable_cancel (caller->cancellable);
      g_clear_object (&caller->ticket);
    }
  run_loop ();
  for (guint i = 0; i < callers->len; i++)
    g_assert_cmpuint (((Caller *) callers->pdata[i])->told, ==, 1);
  g_assert_cmpuint (foreman_gate_get_running (fixture->gate), ==, 0);
  g_assert_cmpuint (foreman_gate_get_waiting (fixture->gate), ==, 0);
}

#define ADD(path, data, func) g_test_add ("/gate/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("pass/one", NULL, test_one_passes_at_a_time);
  ADD ("pass/class", NULL, test_interactive_passes_before_jobs);
  ADD ("pass/model", "1,qwen3:8b=2", test_a_model_alone_passes_several_times);
  ADD ("pass/odd-models", NULL, test_odd_models_pass_too);
  ADD ("pass/ticket", NULL, test_ticket_tells_what_it_was_drawn_for);
  ADD ("release/once", NULL, test_release_counts_once);
  ADD ("release/waiting", NULL, test_one_that_waits_has_nothing_to_release);
  ADD ("release/last-reference", NULL, test_last_reference_releases);
  ADD ("release/nobody", NULL, test_result_nobody_takes_releases);
  ADD ("release/ten-thousand", NULL, test_ten_thousand_short_visits_need_no_stack);
  ADD ("cancel/before", NULL, test_cancelled_before_entering);
  ADD ("cancel/waiting", NULL, test_cancelled_while_waiting);
  ADD ("cancel/granted", NULL, test_cancelled_after_the_grant_but_untold);
  ADD ("cancel/running", NULL, test_cancelled_while_running_changes_nothing);
  ADD ("cancel/failed", NULL, test_cancelled_when_refused_or_drained);
  ADD ("cancel/shared", NULL, test_one_cancellable_for_all);
  ADD ("cancel/callback", NULL, test_cancelled_by_a_callback);
  ADD ("cancel/way", "1,qwen3:8b=2", test_giving_up_frees_the_way);
  ADD ("cancel/cycles", NULL, test_ten_thousand_come_and_go);
  ADD ("cancel/crowd", NULL, test_ten_thousand_wait_and_leave_together);
  g_test_add_func ("/gate/limits/capacity", test_capacity_must_be_understood);
  ADD ("limits/queue", NULL, test_queue_is_bounded);
  ADD ("limits/no-queue", NULL, test_no_queue_lets_pass_or_refuses);
  ADD ("limits/lower", NULL, test_lower_limits_send_nobody_away);
  ADD ("limits/client", NULL, test_each_client_is_bounded);
  ADD ("limits/change", NULL, test_capacity_changes_while_running);
  ADD ("limits/drain", NULL, test_drain_sends_away_who_waits);
  ADD ("limits/retry-after", NULL, test_retry_after_follows_what_is_seen);
  ADD ("look/pages", NULL, test_queue_is_listed_in_pages);
  ADD ("look/cursors", NULL, test_strange_cursors_are_refused);
  ADD ("look/changed", NULL, test_changes_are_told_together);
  ADD ("books", "2,qwen3:8b=4", test_books_balance);
  return g_test_run ();
}

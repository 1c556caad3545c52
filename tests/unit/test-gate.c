/* SPDX-License-Identifier: MIT */
#include "gate-fixture.h"
#include "libforeman/foreman-error.h"

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

#define ADD(path, data, func)                                                                      \
  g_test_add ("/gate/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

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
  ADD ("look/pages", NULL, test_queue_is_listed_in_pages);
  ADD ("look/cursors", NULL, test_strange_cursors_are_refused);
  ADD ("look/changed", NULL, test_changes_are_told_together);
  ADD ("books", "2,qwen3:8b=4", test_books_balance);
  return g_test_run ();
}

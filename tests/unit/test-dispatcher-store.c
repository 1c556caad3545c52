/* SPDX-License-Identifier: MIT */
/* What a store that fails costs the jobs: time. */
#include "dispatcher-fixture.h"
#include "faulty-vfs.h"

static void
set_up (Fixture *fixture, gconstpointer data)
{
  faulty_vfs_install ();
  faulty_vfs_fail (FAULTY_VFS_NONE);
  fixture_set_up (fixture, data);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  faulty_vfs_fail (FAULTY_VFS_NONE);
  fixture_tear_down (fixture, data);
}

static char *
hold_one (Fixture *fixture)
{
  char *id;

  job_target_push (fixture->target, job_target_hold_within);
  begin (fixture);
  id = submit_chat (fixture);
  wait_until (job_target_count_held (fixture->target) == 1);
  wait_for (fixture, id, FOREMAN_JOB_WORKING);
  return id;
}

/* Asked for: of a change whose writing seemed to fail nobody is told. */
static gboolean
is_done (Fixture *fixture, const char *id)
{
  g_autoptr (ForemanJobRecord) job = get_job (fixture, id);

  return job->state == FOREMAN_JOB_DONE;
}

static void
assert_ran_once (Fixture *fixture, const char *id)
{
  g_autoptr (GPtrArray) attempts = NULL;
  g_autofree char *completion = NULL;

  wait_until (foreman_store_is_available (fixture->store));
  wait_until (is_done (fixture, id));
  completion = read_artifact (fixture, id, "completion");
  g_assert_nonnull (strstr (completion, JOB_TARGET_TEXT));
  attempts = list_attempts (fixture, id);
  g_assert_cmpuint (attempts->len, ==, 1);
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
}

static void
test_a_result_outlives_a_failed_sync (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = hold_one (fixture);

  faulty_vfs_fail (FAULTY_VFS_SYNC);
  job_target_release (fixture->target);
  wait_until (!foreman_store_is_available (fixture->store));
  wait_until (foreman_dispatcher_get_running (fixture->dispatcher) == 0);
  g_assert_false (foreman_dispatcher_is_idle (fixture->dispatcher));
  faulty_vfs_fail (FAULTY_VFS_NONE);
  assert_ran_once (fixture, id);
}

static void
test_a_result_outlives_a_full_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = hold_one (fixture);

  faulty_vfs_fail (FAULTY_VFS_FULL);
  job_target_release (fixture->target);
  wait_until (foreman_dispatcher_get_running (fixture->dispatcher) == 0);
  let_pass (fixture, 10 * MINUTE);
  g_assert_true (is_in (fixture, id, FOREMAN_JOB_WORKING));
  faulty_vfs_fail (FAULTY_VFS_NONE);
  let_pass (fixture, MINUTE);
  assert_ran_once (fixture, id);
}

/* A piece of which it is not known whether it is there is there once. */
static void
test_a_long_answer_outlives_a_failed_sync (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL, *completion = NULL;

  job_target_push (fixture->target, job_target_say_much);
  begin (fixture);
  id = submit_chat (fixture);
  wait_until (has_artifact (fixture, id, "completion"));
  faulty_vfs_fail (FAULTY_VFS_SYNC);
  wait_until (!foreman_store_is_available (fixture->store));
  g_assert_true (is_in (fixture, id, FOREMAN_JOB_WORKING));
  faulty_vfs_fail (FAULTY_VFS_NONE);
  wait_until (foreman_store_is_available (fixture->store));
  wait_until (is_done (fixture, id));
  completion = read_artifact (fixture, id, "completion");
  g_assert_cmpuint (strspn (strstr (completion, "xxx"), "x"), ==, JOB_TARGET_MUCH);
  g_assert_cmpuint (job_target_count_runs (fixture->target), ==, 1);
}

static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  *(ForemanTicket **) data = foreman_gate_enter_finish (FOREMAN_GATE (source), result, NULL);
}

/* That it was begun is not on record; it runs all the same, and no second time. */
static void
test_a_lost_beginning_is_made_up_for (Fixture *fixture, gconstpointer data)
{
  const ForemanGateRequest chat = { .model = "m" };
  ForemanTicket *ticket = NULL;
  g_autofree char *id = NULL;

  foreman_gate_enter_async (fixture->gate, &chat, NULL, on_entered, &ticket);
  wait_until (ticket != NULL);
  begin (fixture);
  id = submit_chat (fixture);
  wait_until (foreman_gate_get_waiting (fixture->gate) == 1);
  faulty_vfs_fail (FAULTY_VFS_FULL);
  foreman_ticket_release (ticket);
  g_object_unref (ticket);
  wait_until (job_target_count_runs (fixture->target) == 1);
  wait_until (foreman_dispatcher_get_running (fixture->dispatcher) == 0);
  faulty_vfs_fail (FAULTY_VFS_NONE);
  let_pass (fixture, MINUTE);
  assert_ran_once (fixture, id);
}

/* Whether it was claimed is not known: it is claimed anew. */
static void
test_a_lost_claim_is_made_anew (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  begin (fixture);
  refresh_inventory (fixture);
  foreman_pause_set (fixture->pause, FOREMAN_PAUSE_JOBS, 0);
  id = submit_chat (fixture);
  foreman_job_record_unref (get_job (fixture, id));
  faulty_vfs_fail (FAULTY_VFS_SYNC);
  foreman_pause_set (fixture->pause, FOREMAN_PAUSE_NONE, 0);
  wait_until (!foreman_store_is_available (fixture->store));
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  faulty_vfs_fail (FAULTY_VFS_NONE);
  wait_until (foreman_store_is_available (fixture->store));
  let_pass (fixture, 2 * MINUTE);
  assert_ran_once (fixture, id);
}

static void
test_a_drain_does_not_wait_for_a_lost_store (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = hold_one (fixture);

  faulty_vfs_fail (FAULTY_VFS_SYNC);
  job_target_release (fixture->target);
  wait_until (!foreman_store_is_available (fixture->store));
  wait_until (foreman_dispatcher_get_running (fixture->dispatcher) == 0);
  foreman_dispatcher_stop (fixture->dispatcher);
  g_assert_false (foreman_dispatcher_is_idle (fixture->dispatcher));
  foreman_dispatcher_preempt (fixture->dispatcher, "drained");
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/dispatcher/store/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  ADD ("sync", NULL, test_a_result_outlives_a_failed_sync);
  ADD ("full", NULL, test_a_result_outlives_a_full_disk);
  ADD ("long", NULL, test_a_long_answer_outlives_a_failed_sync);
  ADD ("begin", NULL, test_a_lost_beginning_is_made_up_for);
  ADD ("claim", NULL, test_a_lost_claim_is_made_anew);
  ADD ("drain", NULL, test_a_drain_does_not_wait_for_a_lost_store);
  return g_test_run ();
}

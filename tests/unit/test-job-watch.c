/* SPDX-License-Identifier: MIT */
/* Who waits for a job hears of it, and of no other. */
#include "jobs/foreman-job-watch.h"

typedef struct
{
  ForemanStore *store;
  ForemanJobWatch *watch;
  GString *log;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  ForemanStoreLimits limits = { 0 };

  fixture->store = foreman_store_new ("/nonexistent/foreman.db", &limits);
  fixture->watch = foreman_job_watch_new (fixture->store, NULL);
  fixture->log = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->watch);
  g_object_unref (fixture->store);
  g_string_free (fixture->log, TRUE);
}

static void
change (Fixture *fixture, const char *id, ForemanJobState state)
{
  g_autoptr (GPtrArray) jobs =
      g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_record_unref);
  ForemanJobRecord *job = foreman_job_record_new ();

  job->id = g_strdup (id);
  job->submitter = g_strdup ("local");
  job->state = state;
  g_ptr_array_add (jobs, job);
  g_signal_emit_by_name (fixture->store, "changed", jobs);
}

static void
on_changed (GObject *source, ForemanJobRecord *job, Fixture *fixture)
{
  g_string_append_printf (fixture->log, "%s%s:%s ", FOREMAN_IS_JOB_TOPIC (source) ? "" : "any ",
                          job->id, foreman_job_state_to_string (job->state));
}

static void
on_stopped (GObject *source, Fixture *fixture)
{
  g_string_append (fixture->log, "stopped ");
}

static void
assert_log (Fixture *fixture, const char *expected)
{
  g_assert_cmpstr (fixture->log->str, ==, expected);
  g_string_truncate (fixture->log, 0);
}

static void
topics_tell_of_their_job (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ForemanJobTopic) topic = foreman_job_watch_ref_topic (fixture->watch, "a");
  g_autoptr (ForemanJobTopic) same = foreman_job_watch_ref_topic (fixture->watch, "a");

  g_assert_true (topic == same);
  g_signal_connect (topic, "changed", G_CALLBACK (on_changed), fixture);
  change (fixture, "b", FOREMAN_JOB_QUEUED);
  assert_log (fixture, "");
  change (fixture, "a", FOREMAN_JOB_DONE);
  assert_log (fixture, "a:done ");
}

static void
a_topic_ends_with_its_last_reference (Fixture *fixture, gconstpointer data)
{
  ForemanJobTopic *topic = foreman_job_watch_ref_topic (fixture->watch, "a");

  g_signal_connect (topic, "changed", G_CALLBACK (on_changed), fixture);
  g_assert_finalize_object (topic);
  change (fixture, "a", FOREMAN_JOB_DONE);
  assert_log (fixture, "");
}

static void
drop_topic (ForemanJobTopic *topic, ForemanJobRecord *job, ForemanJobTopic **held)
{
  g_clear_object (held);
}

static void
a_handler_may_let_go_of_its_topic (Fixture *fixture, gconstpointer data)
{
  ForemanJobTopic *topic = foreman_job_watch_ref_topic (fixture->watch, "a");

  g_signal_connect (topic, "changed", G_CALLBACK (drop_topic), &topic);
  change (fixture, "a", FOREMAN_JOB_DONE);
  g_assert_null (topic);
}

static void
the_watch_tells_of_all (Fixture *fixture, gconstpointer data)
{
  gulong id = g_signal_connect (fixture->watch, "changed", G_CALLBACK (on_changed), fixture);

  change (fixture, "a", FOREMAN_JOB_QUEUED);
  change (fixture, "b", FOREMAN_JOB_WORKING);
  g_signal_handler_disconnect (fixture->watch, id);
  assert_log (fixture, "any a:queued any b:working ");
}

static void
all_are_sent_away_at_the_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ForemanJobTopic) a = foreman_job_watch_ref_topic (fixture->watch, "a");
  g_autoptr (ForemanJobTopic) b = foreman_job_watch_ref_topic (fixture->watch, "b");

  g_signal_connect (a, "stopped", G_CALLBACK (on_stopped), fixture);
  g_signal_connect (b, "stopped", G_CALLBACK (on_stopped), fixture);
  g_signal_connect (fixture->watch, "stopped", G_CALLBACK (on_stopped), fixture);
  g_assert_false (foreman_job_watch_is_stopped (fixture->watch));
  foreman_job_watch_stop (fixture->watch);
  g_assert_true (foreman_job_watch_is_stopped (fixture->watch));
  assert_log (fixture, "stopped stopped stopped ");
}

#define add(path, test) g_test_add ("/job-watch/" path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("topic", topics_tell_of_their_job);
  add ("end", a_topic_ends_with_its_last_reference);
  add ("let-go", a_handler_may_let_go_of_its_topic);
  add ("all", the_watch_tells_of_all);
  add ("stop", all_are_sent_away_at_the_end);
  return g_test_run ();
}

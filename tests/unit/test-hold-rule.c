/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-hold-rule.h"

static ForemanJobRecord *
new_job (const char *submitter, const char *group, const char *model)
{
  ForemanJobRecord *job = foreman_job_record_new ();

  job->submitter = g_strdup (submitter);
  job->group = g_strdup (group);
  job->model_key = g_strdup (model);
  return job;
}

static gboolean
note (ForemanHoldRule *rule, const ForemanJobRecord *job, const char *message)
{
  return foreman_hold_rule_note_failure (rule, job, message, "invalid_request");
}

static void
test_ten_in_a_row_hold (void)
{
  g_autoptr (ForemanHoldRule) rule = foreman_hold_rule_new ();
  g_autoptr (ForemanJobRecord) job = new_job ("local", "night", "m");

  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < 9; i++)
        g_assert_false (note (rule, job, "bad"));
      g_assert_true (note (rule, job, "bad"));
    }
}

static void
test_another_error_begins_anew (void)
{
  g_autoptr (ForemanHoldRule) rule = foreman_hold_rule_new ();
  g_autoptr (ForemanJobRecord) job = new_job ("local", "night", "m");

  for (guint i = 0; i < 9; i++)
    g_assert_false (note (rule, job, "bad"));
  g_assert_false (note (rule, job, "worse"));
  for (guint i = 0; i < 8; i++)
    g_assert_false (note (rule, job, "worse"));
  g_assert_true (note (rule, job, "worse"));
}

static void
test_the_code_is_part_of_the_error (void)
{
  g_autoptr (ForemanHoldRule) rule = foreman_hold_rule_new ();
  g_autoptr (ForemanJobRecord) job = new_job ("local", NULL, "m");

  for (guint i = 0; i < 30; i++)
    g_assert_false (
        foreman_hold_rule_note_failure (rule, job, "bad", i % 2 == 0 ? "not_found" : NULL));
}

static void
test_a_success_between_begins_anew (void)
{
  g_autoptr (ForemanHoldRule) rule = foreman_hold_rule_new ();
  g_autoptr (ForemanJobRecord) job = new_job ("local", "night", "m");

  for (guint i = 0; i < 9; i++)
    g_assert_false (note (rule, job, "bad"));
  foreman_hold_rule_note_other (rule, job);
  for (guint i = 0; i < 9; i++)
    g_assert_false (note (rule, job, "bad"));
  g_assert_true (note (rule, job, "bad"));
}

static void
test_kinds_are_counted_apart (void)
{
  g_autoptr (ForemanHoldRule) rule = foreman_hold_rule_new ();
  ForemanJobRecord *jobs[] = {
    new_job ("local", "night", "m"),     new_job ("local", "day", "m"),
    new_job ("local", "night", "other"), new_job ("token:ci", "night", "m"),
    new_job ("local", NULL, "m"),
  };

  for (guint i = 0; i < 9; i++)
    for (guint j = 0; j < G_N_ELEMENTS (jobs); j++)
      g_assert_false (note (rule, jobs[j], "bad"));
  foreman_hold_rule_note_other (rule, jobs[0]);
  g_assert_false (note (rule, jobs[0], "bad"));
  for (guint j = 1; j < G_N_ELEMENTS (jobs); j++)
    g_assert_true (note (rule, jobs[j], "bad"));
  for (guint j = 0; j < G_N_ELEMENTS (jobs); j++)
    foreman_job_record_unref (jobs[j]);
}

static void
test_many_groups_do_not_pile_up (void)
{
  g_autoptr (ForemanHoldRule) rule = foreman_hold_rule_new ();

  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *group = g_strdup_printf ("%u", i);
      g_autoptr (ForemanJobRecord) job = new_job ("local", group, "m");

      for (guint j = 0; j < 9; j++)
        g_assert_false (note (rule, job, "bad"));
      g_assert_true (i % 2 == 0 || note (rule, job, "bad"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hold-rule/ten", test_ten_in_a_row_hold);
  g_test_add_func ("/hold-rule/another-error", test_another_error_begins_anew);
  g_test_add_func ("/hold-rule/code", test_the_code_is_part_of_the_error);
  g_test_add_func ("/hold-rule/success", test_a_success_between_begins_anew);
  g_test_add_func ("/hold-rule/kinds", test_kinds_are_counted_apart);
  g_test_add_func ("/hold-rule/many", test_many_groups_do_not_pile_up);
  return g_test_run ();
}

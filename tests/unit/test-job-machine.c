/* SPDX-License-Identifier: MIT */
#include "store/foreman-job-machine.h"

/* job-api.md's table, by hand: a row is where a job is, a column where it may go. */
static const char *const table[] = {
  /*            S B Q H L W D F C */
  [FOREMAN_JOB_SCHEDULED] = "..x.....x", [FOREMAN_JOB_BLOCKED] = "x.x....xx",
  [FOREMAN_JOB_QUEUED] = "x.xxxx.xx",    [FOREMAN_JOB_HELD] = "..x.....x",
  [FOREMAN_JOB_LOADING] = "..x..xxxx",   [FOREMAN_JOB_WORKING] = "..x...xxx",
  [FOREMAN_JOB_DONE] = ".........",      [FOREMAN_JOB_FAILED] = "..x......",
  [FOREMAN_JOB_CANCELLED] = "..x......",
};

static void
test_all_pairs (void)
{
  for (guint from = 0; from < FOREMAN_N_JOB_STATES; from++)
    for (guint to = 0; to < FOREMAN_N_JOB_STATES; to++)
      if (foreman_job_machine_allows ((int) from, to) != (table[from][to] == 'x'))
        g_error ("from %s to %s", foreman_job_state_to_string (from),
                 foreman_job_state_to_string (to));
}

static void
test_where_jobs_begin (void)
{
  for (guint to = 0; to < FOREMAN_N_JOB_STATES; to++)
    g_assert_cmpint (foreman_job_machine_allows (FOREMAN_JOB_NOWHERE, to), ==,
                     to == FOREMAN_JOB_QUEUED || to == FOREMAN_JOB_SCHEDULED ||
                         to == FOREMAN_JOB_BLOCKED);
}

/* What is over stays so until somebody wants it again; what is done stays done. */
static void
test_ends_are_ends (void)
{
  for (guint from = 0; from < FOREMAN_N_JOB_STATES; from++)
    for (guint to = 0; to < FOREMAN_N_JOB_STATES; to++)
      if (foreman_job_state_is_terminal (from) && foreman_job_machine_allows ((int) from, to))
        {
          g_assert_cmpint (to, ==, FOREMAN_JOB_QUEUED);
          g_assert_cmpint (from, !=, FOREMAN_JOB_DONE);
        }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/job-machine/pairs", test_all_pairs);
  g_test_add_func ("/job-machine/begin", test_where_jobs_begin);
  g_test_add_func ("/job-machine/ends", test_ends_are_ends);

  return g_test_run ();
}

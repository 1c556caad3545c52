/* SPDX-License-Identifier: MIT */
#include "store/foreman-job-machine.h"

#define TO(state) (1u << FOREMAN_JOB_##state)

/* From where to where a job may go: job-api.md's table, and the only place that says so. */
static const guint8 from_nowhere = TO (QUEUED) | TO (SCHEDULED) | TO (BLOCKED);
static const guint16 allowed[] = {
  [FOREMAN_JOB_SCHEDULED] = TO (QUEUED) | TO (CANCELLED),
  [FOREMAN_JOB_BLOCKED] = TO (QUEUED) | TO (SCHEDULED) | TO (FAILED) | TO (CANCELLED),
  [FOREMAN_JOB_QUEUED] = TO (QUEUED) | TO (SCHEDULED) | TO (LOADING) | TO (WORKING) | TO (HELD) |
                         TO (FAILED) | TO (CANCELLED),
  [FOREMAN_JOB_HELD] = TO (QUEUED) | TO (CANCELLED),
  [FOREMAN_JOB_LOADING] = TO (WORKING) | TO (DONE) | TO (QUEUED) | TO (FAILED) | TO (CANCELLED),
  [FOREMAN_JOB_WORKING] = TO (DONE) | TO (QUEUED) | TO (FAILED) | TO (CANCELLED),
  [FOREMAN_JOB_DONE] = 0,
  [FOREMAN_JOB_FAILED] = TO (QUEUED),
  [FOREMAN_JOB_CANCELLED] = TO (QUEUED),
};

G_STATIC_ASSERT (G_N_ELEMENTS (allowed) == FOREMAN_N_JOB_STATES);

/**
 * foreman_job_machine_allows:
 * @from: a state, or %FOREMAN_JOB_NOWHERE for a job that is being submitted
 * @to: a state
 *
 * Any thread.
 *
 * Returns: whether a job may go from the one to the other
 */
gboolean
foreman_job_machine_allows (int from, ForemanJobState to)
{
  g_return_val_if_fail (from >= FOREMAN_JOB_NOWHERE && from < (int) FOREMAN_N_JOB_STATES, FALSE);
  g_return_val_if_fail ((guint) to < FOREMAN_N_JOB_STATES, FALSE);

  return ((from == FOREMAN_JOB_NOWHERE ? from_nowhere : allowed[from]) & 1u << to) != 0;
}

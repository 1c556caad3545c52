/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanJobState:
 * @FOREMAN_JOB_SCHEDULED: its time has not come
 * @FOREMAN_JOB_BLOCKED: it waits for other jobs
 * @FOREMAN_JOB_QUEUED: it waits for its turn
 * @FOREMAN_JOB_HELD: it waits for somebody to look at an error that others of its kind ended with
 * @FOREMAN_JOB_LOADING: it was picked, and its model is being loaded
 * @FOREMAN_JOB_WORKING: the model works on it
 * @FOREMAN_JOB_DONE: its answer is stored
 * @FOREMAN_JOB_FAILED: it will have no answer
 * @FOREMAN_JOB_CANCELLED: somebody did not want it any more
 *
 * Where a job stands. The last three are terminal.
 */
typedef enum
{
  FOREMAN_JOB_SCHEDULED,
  FOREMAN_JOB_BLOCKED,
  FOREMAN_JOB_QUEUED,
  FOREMAN_JOB_HELD,
  FOREMAN_JOB_LOADING,
  FOREMAN_JOB_WORKING,
  FOREMAN_JOB_DONE,
  FOREMAN_JOB_FAILED,
  FOREMAN_JOB_CANCELLED,
} ForemanJobState;

#define FOREMAN_N_JOB_STATES (FOREMAN_JOB_CANCELLED + 1)

const char *foreman_job_state_to_string (ForemanJobState state);
gboolean foreman_job_state_from_string (const char *text, ForemanJobState *state);
gboolean foreman_job_state_is_terminal (ForemanJobState state);
gboolean foreman_job_state_is_running (ForemanJobState state);

G_END_DECLS

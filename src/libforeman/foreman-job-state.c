/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-job-state.h"

static const char *const names[] = {
  [FOREMAN_JOB_SCHEDULED] = "scheduled", [FOREMAN_JOB_BLOCKED] = "blocked",
  [FOREMAN_JOB_QUEUED] = "queued",       [FOREMAN_JOB_HELD] = "held",
  [FOREMAN_JOB_LOADING] = "loading",     [FOREMAN_JOB_WORKING] = "working",
  [FOREMAN_JOB_DONE] = "done",           [FOREMAN_JOB_FAILED] = "failed",
  [FOREMAN_JOB_CANCELLED] = "cancelled",
};

G_STATIC_ASSERT (G_N_ELEMENTS (names) == FOREMAN_N_JOB_STATES);

/**
 * foreman_job_state_to_string:
 * @state: a state
 *
 * Returns: its name in JSON and over D-Bus, such as `queued`
 */
const char *
foreman_job_state_to_string (ForemanJobState state)
{
  g_return_val_if_fail ((guint) state < FOREMAN_N_JOB_STATES, NULL);

  return names[state];
}

/**
 * foreman_job_state_from_string:
 * @text: (nullable): a name such as `queued`
 * @state: (out): the state; left alone if there is none of that name
 *
 * Returns: whether there is such a state
 */
gboolean
foreman_job_state_from_string (const char *text, ForemanJobState *state)
{
  for (guint i = 0; text != NULL && i < FOREMAN_N_JOB_STATES; i++)
    if (g_str_equal (text, names[i]))
      {
        *state = i;
        return TRUE;
      }
  return FALSE;
}

/**
 * foreman_job_state_is_terminal:
 * @state: a state
 *
 * Returns: whether a job in it stays there, unless somebody has it tried again
 */
gboolean
foreman_job_state_is_terminal (ForemanJobState state)
{
  return state >= FOREMAN_JOB_DONE;
}

/**
 * foreman_job_state_is_running:
 * @state: a state
 *
 * Returns: whether the target has a job in it
 */
gboolean
foreman_job_state_is_running (ForemanJobState state)
{
  return state == FOREMAN_JOB_LOADING || state == FOREMAN_JOB_WORKING;
}

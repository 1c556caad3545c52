/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-run-private.h"

/**
 * foreman_job_run_get_job: (skip)
 * @self: a run
 *
 * Returns: the job as it was claimed
 */
const ForemanJobRecord *
foreman_job_run_get_job (ForemanJobRun *self)
{
  return self->job;
}

/**
 * foreman_job_run_get_phase: (skip)
 * @self: a run
 *
 * Returns: where it stands
 */
ForemanJobPhase
foreman_job_run_get_phase (ForemanJobRun *self)
{
  return self->phase;
}

/**
 * foreman_job_run_is_waiting: (skip)
 * @self: a run
 *
 * Returns: whether it has still to begin
 */
gboolean
foreman_job_run_is_waiting (ForemanJobRun *self)
{
  return self->phase <= FOREMAN_JOB_PHASE_WAITING;
}

/**
 * foreman_job_run_is_running: (skip)
 * @self: a run
 *
 * Returns: whether it has begun, and it is not known yet what will come of it
 */
gboolean
foreman_job_run_is_running (ForemanJobRun *self)
{
  return self->phase == FOREMAN_JOB_PHASE_RUNNING || self->phase == FOREMAN_JOB_PHASE_CHECKING;
}

/**
 * foreman_job_run_is_beside: (skip)
 * @self: a run
 *
 * Returns: whether it needs no place at the gate: it is for embeddings, or runs elsewhere
 */
gboolean
foreman_job_run_is_beside (ForemanJobRun *self)
{
  return !foreman_endpoint_is_gated (self->endpoint) ||
         (self->model != NULL && self->model->source == FOREMAN_MODEL_SOURCE_CLOUD);
}

/**
 * foreman_job_run_is_large: (skip)
 * @self: a run
 *
 * Returns: whether its request is so large that few may be in memory at once
 */
gboolean
foreman_job_run_is_large (ForemanJobRun *self)
{
  return self->is_large;
}

/**
 * foreman_job_run_get_heard_at: (skip)
 * @self: a run
 *
 * Returns: when something of its answer came last, in µs of
 *   foreman_clock_get_boottime(); 0: never
 */
gint64
foreman_job_run_get_heard_at (ForemanJobRun *self)
{
  return self->heard_at;
}

/**
 * foreman_job_run_get_tokens: (skip)
 * @self: a run
 *
 * Returns: how many tokens have come so far
 */
guint64
foreman_job_run_get_tokens (ForemanJobRun *self)
{
  return self->call != NULL ? foreman_job_call_get_n_chunks (self->call) : 0;
}

/**
 * foreman_job_run_dup_output: (skip)
 * @self: a run
 * @offset: (out): where in the whole text the answer begins, in bytes
 *
 * Returns: (transfer full): the end of the text so far
 */
char *
foreman_job_run_dup_output (ForemanJobRun *self, guint64 *offset)
{
  return foreman_job_output_dup (self->output, offset);
}

/**
 * foreman_job_run_get_verdict: (skip)
 * @self: a run that is stored or over
 *
 * Returns: what becomes of the job; without an outcome if nothing does
 */
const ForemanJobVerdict *
foreman_job_run_get_verdict (ForemanJobRun *self)
{
  return &self->verdict;
}

/**
 * foreman_job_run_get_error: (skip)
 * @self: a run that is stored or over
 *
 * Returns: (nullable): what went wrong
 */
const char *
foreman_job_run_get_error (ForemanJobRun *self)
{
  return self->error;
}

/**
 * foreman_job_run_get_run_time: (skip)
 * @self: a run that is stored or over
 *
 * Returns: how long it ran, in µs
 */
gint64
foreman_job_run_get_run_time (ForemanJobRun *self)
{
  return self->run_time;
}

/**
 * foreman_job_run_get_usage: (skip)
 * @self: a run that is stored or over
 *
 * Returns: what the answer said about its cost
 */
const ForemanAnswerUsage *
foreman_job_run_get_usage (ForemanJobRun *self)
{
  return &self->usage;
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-answer-fields.h"
#include "jobs/foreman-job-context.h"
#include "jobs/foreman-job-verdict.h"

G_BEGIN_DECLS

/**
 * ForemanJobPhase:
 * @FOREMAN_JOB_PHASE_CLAIMED: nothing was done yet
 * @FOREMAN_JOB_PHASE_WAITING: its request is being read, or it waits at the gate
 * @FOREMAN_JOB_PHASE_RUNNING: the target has it
 * @FOREMAN_JOB_PHASE_CHECKING: the target says that there is no such model, and is asked again
 * @FOREMAN_JOB_PHASE_STORING: the target is done with it, and what came of it is being written
 * @FOREMAN_JOB_PHASE_LEAVING: the claim is being given back
 * @FOREMAN_JOB_PHASE_OVER: nothing is left to do
 *
 * Where an attempt stands; it goes from each to a later one.
 */
typedef enum
{
  FOREMAN_JOB_PHASE_CLAIMED,
  FOREMAN_JOB_PHASE_WAITING,
  FOREMAN_JOB_PHASE_RUNNING,
  FOREMAN_JOB_PHASE_CHECKING,
  FOREMAN_JOB_PHASE_STORING,
  FOREMAN_JOB_PHASE_LEAVING,
  FOREMAN_JOB_PHASE_OVER,
} ForemanJobPhase;

/* One attempt at a job, from its claim to what came of it being on disk. Signals:
 * "phase-changed"; "progress" (tokens so far: uint64); "output" (text, offset: uint64). */
#define FOREMAN_TYPE_JOB_RUN (foreman_job_run_get_type ())
G_DECLARE_FINAL_TYPE (ForemanJobRun, foreman_job_run, FOREMAN, JOB_RUN, GObject)

ForemanJobRun *foreman_job_run_new (ForemanJobContext *context, const ForemanClaim *claim);
void foreman_job_run_start (ForemanJobRun *self);
void foreman_job_run_withdraw (ForemanJobRun *self);
void foreman_job_run_abandon (ForemanJobRun *self);
void foreman_job_run_preempt (ForemanJobRun *self, const char *reason);
void foreman_job_run_lose (ForemanJobRun *self);
void foreman_job_run_give_up_storing (ForemanJobRun *self);
void foreman_job_run_repeat_begin (ForemanJobRun *self);

const ForemanJobRecord *foreman_job_run_get_job (ForemanJobRun *self);
ForemanJobPhase foreman_job_run_get_phase (ForemanJobRun *self);
gboolean foreman_job_run_is_waiting (ForemanJobRun *self);
gboolean foreman_job_run_is_running (ForemanJobRun *self);
gboolean foreman_job_run_is_beside (ForemanJobRun *self);
gboolean foreman_job_run_is_large (ForemanJobRun *self);
gint64 foreman_job_run_get_heard_at (ForemanJobRun *self);
guint64 foreman_job_run_get_tokens (ForemanJobRun *self);
char *foreman_job_run_dup_output (ForemanJobRun *self, guint64 *offset);
const ForemanJobVerdict *foreman_job_run_get_verdict (ForemanJobRun *self);
const char *foreman_job_run_get_error (ForemanJobRun *self);
gint64 foreman_job_run_get_run_time (ForemanJobRun *self);
const ForemanAnswerUsage *foreman_job_run_get_usage (ForemanJobRun *self);

G_END_DECLS

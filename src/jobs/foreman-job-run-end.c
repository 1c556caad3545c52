/* SPDX-License-Identifier: MIT */
/* How a run ends: by itself, or because somebody wants it to. */
#include "jobs/foreman-job-result.h"
#include "jobs/foreman-job-run-private.h"

/* The claim is given back */

static void
on_released (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobRun) self = data;
  g_autoptr (GError) error = NULL;

  if (!foreman_store_release_finish (FOREMAN_STORE (source), result, &error))
    g_debug ("the claim of job %s was not given back: %s", self->job->id, error->message);
  foreman_job_run_set_phase (self, FOREMAN_JOB_PHASE_OVER);
}

/**
 * foreman_job_run_withdraw: (skip)
 * @self: a run
 *
 * Gives the claim of a job that has not begun back to the store; otherwise does nothing.
 */
void
foreman_job_run_withdraw (ForemanJobRun *self)
{
  if (self->phase > FOREMAN_JOB_PHASE_WAITING)
    return;
  foreman_job_run_set_phase (self, FOREMAN_JOB_PHASE_LEAVING);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->ticket);
  foreman_store_release_async (self->context->store, self->job->id, self->job->claim,
                               self->context->owner, NULL, on_released, g_object_ref (self));
}

/**
 * foreman_job_run_abandon: (skip)
 * @self: a run
 *
 * Ends a run whose job is not ours any more: the connection is closed and nothing is written.
 */
void
foreman_job_run_abandon (ForemanJobRun *self)
{
  if (self->phase >= FOREMAN_JOB_PHASE_STORING)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->partial, foreman_job_partial_free);
  foreman_job_run_leave_target (self);
  foreman_job_run_set_phase (self, FOREMAN_JOB_PHASE_OVER);
}

/* What came of it is written */

static void
on_stored (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobRun) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_job_result_write_finish (FOREMAN_STORE (source), result, &error);

  if (job == NULL)
    g_debug ("the end of job %s was not taken: %s", self->job->id, error->message);
  foreman_job_run_set_phase (self, FOREMAN_JOB_PHASE_OVER);
}

static void
run_describe_cost (ForemanJobRun *self, ForemanAttemptEnd *end)
{
  self->run_time = foreman_clock_get_monotonic (self->context->clock) - self->begun_at;
  end->run_time = self->run_time;
  if (self->call == NULL)
    return;
  self->usage = *foreman_job_call_get_usage (self->call);
  end->prompt_tokens = self->usage.prompt_tokens;
  end->completion_tokens = self->usage.completion_tokens;
  end->http_status = (int) foreman_job_call_get_status (self->call);
  if (self->usage.load_duration >= 0)
    end->load_time = self->usage.load_duration;
  else if (self->is_cold && self->first_byte_at != 0)
    end->load_time = self->first_byte_at - self->begun_at;
}

static void
run_store (ForemanJobRun *self)
{
  const ForemanJobVerdict *verdict = &self->verdict;
  ForemanAttemptEnd *end =
      foreman_attempt_end_new (self->job->id, self->job->claim, self->context->owner);
  ForemanSpool *answer = NULL;

  end->state = verdict->state;
  end->counts = verdict->counts;
  end->outcome = g_strdup (verdict->outcome);
  end->reason = g_strdup (verdict->reason);
  end->error = g_strdup (self->error);
  end->error_code = g_strdup (verdict->error_code);
  if (verdict->delay > 0)
    end->not_before = foreman_clock_get_real (self->context->clock) + verdict->delay;
  run_describe_cost (self, end);
  if (verdict->state == FOREMAN_JOB_DONE)
    {
      answer = foreman_job_call_steal_answer (self->call);
      end->content_type = g_strdup (foreman_job_call_get_content_type (self->call));
    }
  else if (self->partial != NULL)
    foreman_job_partial_flush (self->partial);
  g_clear_pointer (&self->partial, foreman_job_partial_free);
  foreman_job_run_set_phase (self, FOREMAN_JOB_PHASE_STORING);
  foreman_job_result_write_async (self->context, end, answer, self->begin_is_lost, self->patience,
                                  on_stored, g_object_ref (self));
}

static char *
dup_message (ForemanJobRun *self, const ForemanJobEvidence *evidence)
{
  if (evidence->is_expired)
    return g_strdup_printf ("the answer took longer than %.3g seconds, the job's timeout",
                            self->job->timeout / 1e6);
  if (evidence->error != NULL)
    return g_strdup (evidence->error->message);
  if (self->verdict.state != FOREMAN_JOB_DONE)
    return g_strdup ("the model answered nothing when it had just been loaded");
  return g_strdup (foreman_job_call_get_warning (self->call));
}

/* For the run's own files: finds the verdict, and has it written. */
void
foreman_job_run_conclude (ForemanJobRun *self, const ForemanJobEvidence *evidence)
{
  ForemanJobEvidence full = *evidence;

  full.is_cold = self->is_cold;
  full.has_slept = foreman_job_context_has_slept (self->context, self->begun_at);
  full.chance = g_random_double ();
  if (self->call != NULL)
    full.retry_after = foreman_job_call_get_retry_after (self->call);
  self->verdict = foreman_job_verdict_find (self->job, &full);
  self->error = dup_message (self, &full);
  foreman_job_run_leave_target (self);
  run_store (self);
}

static void
run_requeue (ForemanJobRun *self, const char *outcome, const char *reason)
{
  if (!foreman_job_run_is_running (self))
    return;
  self->verdict =
      (ForemanJobVerdict){ .state = FOREMAN_JOB_QUEUED, .outcome = outcome, .reason = reason };
  g_cancellable_cancel (self->cancellable);
  foreman_job_run_leave_target (self);
  run_store (self);
}

/**
 * foreman_job_run_preempt: (skip)
 * @self: a run
 * @reason: `drained` or `paused`
 *
 * Ends a run now: the job is queued again as if it had not begun. One that waits gives its claim
 * back; one that is being stored goes on.
 */
void
foreman_job_run_preempt (ForemanJobRun *self, const char *reason)
{
  foreman_job_run_withdraw (self);
  run_requeue (self, g_intern_string (reason), g_intern_string (reason));
}

/**
 * foreman_job_run_lose: (skip)
 * @self: a run
 *
 * Ends a run whose target is away: the job is queued again as if it had not begun.
 */
void
foreman_job_run_lose (ForemanJobRun *self)
{
  run_requeue (self, "unreachable", "target_unreachable");
}

/**
 * foreman_job_run_give_up_storing: (skip)
 * @self: a run
 *
 * Does not wait any longer for a store that cannot take what came of it.
 */
void
foreman_job_run_give_up_storing (ForemanJobRun *self)
{
  g_cancellable_cancel (self->patience);
}

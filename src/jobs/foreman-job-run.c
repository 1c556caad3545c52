/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-run.h"

#include "engine/foreman-inference-peek.h"
#include "jobs/foreman-job-request.h"
#include "jobs/foreman-job-run-private.h"
#include "jobs/foreman-submission-reader.h"

enum
{
  PHASE_CHANGED,
  PROGRESS,
  OUTPUT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanJobRun, foreman_job_run, G_TYPE_OBJECT)

/* For the run's own files. */
void
foreman_job_run_set_phase (ForemanJobRun *self, ForemanJobPhase phase)
{
  self->phase = phase;
  /* Its text may be asked for later; what it took to get it goes. */
  if (phase == FOREMAN_JOB_PHASE_OVER && self->call != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->call, self);
      g_clear_object (&self->call);
    }
  g_signal_emit (self, signals[PHASE_CHANGED], 0);
}

/* For the run's own files. */
void
foreman_job_run_emit_progress (ForemanJobRun *self)
{
  g_signal_emit (self, signals[PROGRESS], 0, foreman_job_run_get_tokens (self));
}

/* For the run's own files. */
void
foreman_job_run_emit_output (ForemanJobRun *self, const char *text, guint64 offset)
{
  g_signal_emit (self, signals[OUTPUT], 0, text, offset);
}

static void
foreman_job_run_dispose (GObject *object)
{
  ForemanJobRun *self = FOREMAN_JOB_RUN (object);

  foreman_clock_clear_timer (self->context->clock, &self->timeout_timer);
  if (self->call != NULL)
    g_signal_handlers_disconnect_by_data (self->call, self);
  g_clear_object (&self->call);
  g_clear_object (&self->ticket);
  g_clear_pointer (&self->partial, foreman_job_partial_free);

  G_OBJECT_CLASS (foreman_job_run_parent_class)->dispose (object);
}

static void
foreman_job_run_finalize (GObject *object)
{
  ForemanJobRun *self = FOREMAN_JOB_RUN (object);

  g_clear_pointer (&self->request, g_bytes_unref);
  g_clear_error (&self->request_error);
  g_clear_pointer (&self->model, foreman_model_name_free);
  g_clear_pointer (&self->output, foreman_job_output_free);
  g_clear_pointer (&self->job, foreman_job_record_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->patience);
  g_clear_pointer (&self->context, foreman_job_context_unref);
  g_free (self->error);

  G_OBJECT_CLASS (foreman_job_run_parent_class)->finalize (object);
}

static void
foreman_job_run_class_init (ForemanJobRunClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = foreman_job_run_dispose;
  object_class->finalize = foreman_job_run_finalize;

  /**
   * ForemanJobRun::phase-changed:
   * @self: a run
   *
   * It has gone one phase further.
   */
  signals[PHASE_CHANGED] =
      g_signal_new ("phase-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * ForemanJobRun::progress:
   * @self: a run
   * @tokens: how many there are so far
   *
   * The answer grows; at most 4 times a second.
   */
  signals[PROGRESS] = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, G_TYPE_UINT64);

  /**
   * ForemanJobRun::output:
   * @self: a run
   * @text: what has come
   * @offset: where in the whole text it begins, in bytes
   *
   * More of the answer's text is there.
   */
  signals[OUTPUT] =
      g_signal_new ("output", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                    G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_UINT64);
}

static void
foreman_job_run_init (ForemanJobRun *self)
{
  self->cancellable = g_cancellable_new ();
  self->patience = g_cancellable_new ();
  self->output = foreman_job_output_new ();
  self->usage = (ForemanAnswerUsage) FOREMAN_ANSWER_USAGE_INIT;
}

/**
 * foreman_job_run_new: (skip)
 * @context: what it works with
 * @claim: a job that was claimed
 *
 * Returns: (transfer full): an attempt that was not started
 */
ForemanJobRun *
foreman_job_run_new (ForemanJobContext *context, const ForemanClaim *claim)
{
  ForemanJobRun *self = g_object_new (FOREMAN_TYPE_JOB_RUN, NULL);

  self->context = foreman_job_context_ref (context);
  self->job = foreman_job_record_ref (claim->job);
  self->model = foreman_model_name_parse (self->job->model, NULL);
  self->is_large = claim->request == NULL;
  if (claim->request != NULL)
    self->request = g_bytes_ref (claim->request);
  if (!foreman_endpoint_from_path (self->job->endpoint, &self->endpoint))
    self->endpoint = FOREMAN_ENDPOINT_CHAT;
  return self;
}

static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobRun) self = data;
  g_autoptr (ForemanTicket) ticket =
      foreman_gate_enter_finish (FOREMAN_GATE (source), result, NULL);

  if (self->phase != FOREMAN_JOB_PHASE_WAITING)
    return;
  if (ticket == NULL || foreman_inventory_is_unreachable (self->context->inventory))
    {
      foreman_job_run_withdraw (self);
      return;
    }
  self->ticket = g_steal_pointer (&ticket);
  foreman_job_run_begin (self);
}

static void
run_enter (ForemanJobRun *self)
{
  gsize length;
  const char *data = g_bytes_get_data (self->request, &length);
  g_autoptr (ForemanInferencePeek) peek = foreman_inference_peek (self->endpoint, data, length);
  ForemanGateRequest request = {
    .model = self->job->model,
    .load_options = peek->load_options,
    .class = FOREMAN_WORK_JOB,
    .client = self->job->submitter,
    .priority = self->job->priority,
    .request_id = self->job->id,
    .is_unlimited = TRUE,
  };
  GBytes *streamed = foreman_submission_dup_streamed (self->endpoint, self->job->model,
                                                      self->request, &self->request_error);

  self->is_blank = peek->is_blank;
  g_bytes_unref (self->request);
  self->request = streamed;
  if (foreman_job_run_is_beside (self))
    foreman_job_run_begin (self);
  else
    foreman_gate_enter_async (self->context->gate, &request, self->cancellable, on_entered,
                              g_object_ref (self));
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobRun) self = data;
  g_autoptr (GBytes) request =
      foreman_job_request_fetch_finish (FOREMAN_STORE (source), result, NULL);

  if (self->phase != FOREMAN_JOB_PHASE_WAITING)
    return;
  self->request = g_steal_pointer (&request);
  if (self->request != NULL)
    run_enter (self);
  else
    foreman_job_run_withdraw (self);
}

/**
 * foreman_job_run_start: (skip)
 * @self: a run that was not started
 *
 * Has the job wait for its turn, or run at once if it needs none. Main thread, as is everything
 * here.
 */
void
foreman_job_run_start (ForemanJobRun *self)
{
  g_return_if_fail (self->phase == FOREMAN_JOB_PHASE_CLAIMED);

  foreman_job_run_set_phase (self, FOREMAN_JOB_PHASE_WAITING);
  if (self->request != NULL)
    run_enter (self);
  else
    foreman_job_request_fetch_async (self->context, self->job->id, self->cancellable, on_fetched,
                                     g_object_ref (self));
}

/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-run.h"

#include "engine/foreman-inference-peek.h"
#include "jobs/foreman-job-call.h"
#include "jobs/foreman-job-output.h"
#include "jobs/foreman-job-partial.h"
#include "jobs/foreman-job-request.h"
#include "jobs/foreman-job-result.h"
#include "jobs/foreman-submission-reader.h"
#include "libforeman/foreman-error.h"

#include <string.h>

/* Who watches is told no more often. */
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 4)

struct _ForemanJobRun
{
  GObject parent_instance;

  ForemanJobContext *context; /* (owned) */
  ForemanJobRecord *job;      /* (owned): as it was claimed */
  ForemanEndpoint endpoint;
  ForemanModelName *model;   /* (owned) (nullable) */
  GBytes *request;           /* (owned) (nullable): until it was sent */
  GError *request_error;     /* (owned) (nullable): why it cannot be sent */
  gboolean is_large;         /* it is only read when it is needed */
  ForemanJobPhase phase;
  GCancellable *cancellable; /* (owned): of what is waited for before and after the call */
  GCancellable *patience;    /* (owned): of the waiting for a store that takes no result */

  ForemanTicket *ticket;      /* (owned) (nullable): while it has a place at the gate */
  ForemanJobCall *call;       /* (owned) (nullable) */
  ForemanJobPartial *partial; /* (owned) (nullable): while it runs */
  ForemanJobOutput *output;   /* (owned) */
  gboolean is_cold;           /* the model was not resident */
  gboolean begin_is_lost;     /* the store could not take that it was begun */
  gint64 begun_at;            /* monotonic, as all times here */
  gint64 first_byte_at;       /* 0: none */
  gint64 progress_at;
  guint timeout_timer;

  ForemanJobVerdict verdict;
  char *error; /* (owned) (nullable) */
};

enum
{
  PHASE_CHANGED,
  PROGRESS,
  OUTPUT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanJobRun, foreman_job_run, G_TYPE_OBJECT)

static void run_conclude (ForemanJobRun *self, const ForemanJobEvidence *evidence);

static void
run_set_phase (ForemanJobRun *self, ForemanJobPhase phase)
{
  self->phase = phase;
  g_signal_emit (self, signals[PHASE_CHANGED], 0);
}

static gint64
run_now (ForemanJobRun *self)
{
  return foreman_clock_get_monotonic (self->context->clock);
}

/* Gives back the place at the target. What is resident there may be another now. */
static void
run_leave_target (ForemanJobRun *self)
{
  foreman_clock_clear_timer (self->context->clock, &self->timeout_timer);
  if (self->call != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->call, self);
      foreman_job_call_cancel (self->call);
    }
  if (self->ticket == NULL)
    return;
  foreman_ticket_release (self->ticket);
  g_clear_object (&self->ticket);
  if (!foreman_inventory_is_unreachable (self->context->inventory))
    foreman_inventory_refresh_async (self->context->inventory, FOREMAN_INVENTORY_RESIDENT, TRUE,
                                     NULL, NULL, NULL);
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

/* The claim is given back */

static void
on_released (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobRun) self = data;
  g_autoptr (GError) error = NULL;

  if (!foreman_store_release_finish (FOREMAN_STORE (source), result, &error))
    g_debug ("the claim of job %s was not given back: %s", self->job->id, error->message);
  run_set_phase (self, FOREMAN_JOB_PHASE_OVER);
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
  run_set_phase (self, FOREMAN_JOB_PHASE_LEAVING);
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
  run_leave_target (self);
  run_set_phase (self, FOREMAN_JOB_PHASE_OVER);
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
  run_set_phase (self, FOREMAN_JOB_PHASE_OVER);
}

static void
run_describe_cost (ForemanJobRun *self, ForemanAttemptEnd *end)
{
  const ForemanAnswerUsage *usage;

  end->run_time = run_now (self) - self->begun_at;
  if (self->call == NULL)
    return;
  usage = foreman_job_call_get_usage (self->call);
  end->prompt_tokens = usage->prompt_tokens;
  end->completion_tokens = usage->completion_tokens;
  end->http_status = (int) foreman_job_call_get_status (self->call);
  if (usage->load_duration >= 0)
    end->load_time = usage->load_duration;
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
  run_set_phase (self, FOREMAN_JOB_PHASE_STORING);
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

static void
run_conclude (ForemanJobRun *self, const ForemanJobEvidence *evidence)
{
  ForemanJobEvidence full = *evidence;

  full.is_cold = self->is_cold;
  full.has_slept = foreman_job_context_has_slept (self->context, self->begun_at);
  full.chance = g_random_double ();
  if (self->call != NULL)
    full.retry_after = foreman_job_call_get_retry_after (self->call);
  self->verdict = foreman_job_verdict_find (self->job, &full);
  self->error = dup_message (self, &full);
  run_leave_target (self);
  run_store (self);
}

/**
 * foreman_job_run_preempt: (skip)
 * @self: a run
 * @reason: (not nullable): `drained` or `paused`; static
 *
 * Ends a run now: the job is queued again as if it had not begun. One that waits gives its claim
 * back; one that is being stored goes on.
 */
void
foreman_job_run_preempt (ForemanJobRun *self, const char *reason)
{
  foreman_job_run_withdraw (self);
  if (!foreman_job_run_is_running (self))
    return;
  self->verdict = (ForemanJobVerdict){ .state = FOREMAN_JOB_QUEUED,
                                       .outcome = g_intern_string (reason),
                                       .reason = g_intern_string (reason) };
  g_cancellable_cancel (self->cancellable);
  run_leave_target (self);
  run_store (self);
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

/* It runs */

static void
on_rechecked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobRun) self = data;
  ForemanInventory *inventory = FOREMAN_INVENTORY (source);
  g_autoptr (GError) error = NULL;
  ForemanJobEvidence evidence = { 0 };

  foreman_inventory_refresh_finish (inventory, result, &error);
  if (self->phase != FOREMAN_JOB_PHASE_CHECKING)
    return;
  evidence.error = error != NULL ? error : foreman_job_call_get_error (self->call);
  evidence.is_model_gone =
      error == NULL &&
      foreman_inventory_find (inventory, self->model) != FOREMAN_INVENTORY_KNOWN;
  run_conclude (self, &evidence);
}

/* Ollama's own words, in all its dialects. */
static gboolean
is_about_model (const GError *error)
{
  return error != NULL && foreman_error_get_http_status (error) == 404 &&
         strstr (error->message, "model") != NULL && strstr (error->message, "not found") != NULL;
}

static void
on_call_ended (ForemanJobCall *call, ForemanJobRun *self)
{
  ForemanJobEvidence evidence = {
    .error = foreman_job_call_get_error (call),
    .is_empty = foreman_job_call_is_empty (call),
    .is_repetition = foreman_job_call_get_warning (call) != NULL,
  };

  if (!is_about_model (evidence.error) || self->model == NULL ||
      self->model->source == FOREMAN_MODEL_SOURCE_CLOUD)
    {
      run_conclude (self, &evidence);
      return;
    }
  run_leave_target (self);
  run_set_phase (self, FOREMAN_JOB_PHASE_CHECKING);
  foreman_inventory_refresh_async (self->context->inventory, FOREMAN_INVENTORY_INSTALLED, TRUE,
                                   self->cancellable, on_rechecked, g_object_ref (self));
}

static void
on_expired (gpointer data)
{
  ForemanJobRun *self = data;
  const ForemanJobEvidence evidence = { .is_expired = TRUE };

  self->timeout_timer = 0;
  run_conclude (self, &evidence);
}

static void
on_call_text (ForemanJobCall *call, const char *text, ForemanJobRun *self)
{
  guint64 offset = foreman_job_output_append (self->output, text);

  foreman_job_partial_append (self->partial, text);
  g_signal_emit (self, signals[OUTPUT], 0, text, offset);
}

static void
on_call_chunk (ForemanJobCall *call, ForemanJobRun *self)
{
  gint64 now = run_now (self);

  if (self->progress_at != 0 && now - self->progress_at < PROGRESS_INTERVAL)
    return;
  self->progress_at = now;
  g_signal_emit (self, signals[PROGRESS], 0, foreman_job_call_get_n_chunks (call));
}

static void
on_begun_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobRun) self = data;
  g_autoptr (GError) error = NULL;

  if (foreman_store_begin_finish (FOREMAN_STORE (source), result, &error))
    return;
  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT) ||
      g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND))
    foreman_job_run_abandon (self);
  else
    self->begin_is_lost = TRUE;
}

/* Nobody waits for it to be on disk: what follows is written after it. */
static void
run_write_begin (ForemanJobRun *self, ForemanJobState state)
{
  self->begin_is_lost = FALSE;
  foreman_store_begin_async (self->context->store, self->job->id, self->job->claim,
                             self->context->owner, state,
                             foreman_clock_get_real (self->context->clock), NULL, on_begun_written,
                             g_object_ref (self));
}

static void
on_call_begun (ForemanJobCall *call, ForemanJobRun *self)
{
  self->first_byte_at = run_now (self);
  if (self->is_cold)
    run_write_begin (self, FOREMAN_JOB_WORKING);
  if (self->job->timeout > 0)
    self->timeout_timer =
        foreman_clock_add_timer (self->context->clock, self->first_byte_at + self->job->timeout,
                                 on_expired, self, NULL);
}

/**
 * foreman_job_run_repeat_begin: (skip)
 * @self: a run
 *
 * Tells a store that is available again that a running job was begun, if that was lost.
 */
void
foreman_job_run_repeat_begin (ForemanJobRun *self)
{
  if (self->begin_is_lost && foreman_job_run_is_running (self))
    run_write_begin (self, FOREMAN_JOB_WORKING);
}

static gboolean
run_needs_loading (ForemanJobRun *self)
{
  if (self->model == NULL || self->model->source == FOREMAN_MODEL_SOURCE_CLOUD)
    return FALSE;
  return !foreman_inventory_is_resident (self->context->inventory, self->model);
}

static void
run_begin (ForemanJobRun *self)
{
  g_autoptr (GBytes) request = g_steal_pointer (&self->request);

  self->begun_at = run_now (self);
  self->is_cold = run_needs_loading (self);
  run_write_begin (self, self->is_cold ? FOREMAN_JOB_LOADING : FOREMAN_JOB_WORKING);
  run_set_phase (self, FOREMAN_JOB_PHASE_RUNNING);
  if (self->request_error != NULL)
    {
      const ForemanJobEvidence evidence = { .error = self->request_error };

      run_conclude (self, &evidence);
      return;
    }
  self->partial = foreman_job_partial_new (self->context, self->job);
  self->call = foreman_job_call_new (self->context->target, self->endpoint, self->job->id);
  g_signal_connect (self->call, "begun", G_CALLBACK (on_call_begun), self);
  g_signal_connect (self->call, "text", G_CALLBACK (on_call_text), self);
  g_signal_connect (self->call, "chunk", G_CALLBACK (on_call_chunk), self);
  g_signal_connect (self->call, "ended", G_CALLBACK (on_call_ended), self);
  foreman_job_call_start (self->call, request);
}

/* It waits */

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
  run_begin (self);
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
  GBytes *streamed =
      foreman_submission_dup_streamed (self->endpoint, self->request, &self->request_error);

  g_bytes_unref (self->request);
  self->request = streamed;
  if (foreman_job_run_is_beside (self))
    run_begin (self);
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

  run_set_phase (self, FOREMAN_JOB_PHASE_WAITING);
  if (self->request != NULL)
    run_enter (self);
  else
    foreman_job_request_fetch_async (self->context, self->job->id, self->cancellable, on_fetched,
                                     g_object_ref (self));
}

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

/* SPDX-License-Identifier: MIT */
/* A run while the target has it. */
#include "jobs/foreman-job-run-private.h"
#include "libforeman/foreman-error.h"

#include <string.h>

/* Who watches is told no more often. */
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 4)

static gint64
run_now (ForemanJobRun *self)
{
  return foreman_clock_get_monotonic (self->context->clock);
}

/* For the run's own files: gives back the place at the target. What is resident there may be
 * another now, also after a call that needs no place. */
void
foreman_job_run_leave_target (ForemanJobRun *self)
{
  gboolean was_there = self->ticket != NULL || self->phase == FOREMAN_JOB_PHASE_RUNNING;

  foreman_clock_clear_timer (self->context->clock, &self->timeout_timer);
  if (self->call != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->call, self);
      foreman_job_call_cancel (self->call);
    }
  if (self->ticket != NULL)
    foreman_ticket_release (self->ticket);
  g_clear_object (&self->ticket);
  if (was_there && !foreman_inventory_is_unreachable (self->context->inventory))
    foreman_inventory_refresh_async (self->context->inventory, FOREMAN_INVENTORY_RESIDENT, TRUE,
                                     NULL, NULL, NULL);
}

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
      error == NULL && foreman_inventory_find (inventory, self->model) != FOREMAN_INVENTORY_KNOWN;
  foreman_job_run_conclude (self, &evidence);
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
    .is_empty = !self->is_blank && foreman_job_call_is_empty (call),
    .is_repetition = foreman_job_call_get_warning (call) != NULL,
  };

  if (!is_about_model (evidence.error) || self->model == NULL ||
      self->model->source == FOREMAN_MODEL_SOURCE_CLOUD)
    {
      foreman_job_run_conclude (self, &evidence);
      return;
    }
  foreman_job_run_leave_target (self);
  foreman_job_run_set_phase (self, FOREMAN_JOB_PHASE_CHECKING);
  foreman_inventory_refresh_async (self->context->inventory, FOREMAN_INVENTORY_INSTALLED, TRUE,
                                   self->cancellable, on_rechecked, g_object_ref (self));
}

static void
on_expired (gpointer data)
{
  ForemanJobRun *self = data;
  const ForemanJobEvidence evidence = { .is_expired = TRUE };

  self->timeout_timer = 0;
  foreman_job_run_conclude (self, &evidence);
}

static void
on_call_text (ForemanJobCall *call, const char *text, ForemanJobRun *self)
{
  guint64 offset = foreman_job_output_append (self->output, text);

  foreman_job_partial_append (self->partial, text);
  foreman_job_run_emit_output (self, text, offset);
}

static void
on_call_chunk (ForemanJobCall *call, ForemanJobRun *self)
{
  gint64 now = run_now (self);

  self->heard_at = foreman_clock_get_boottime (self->context->clock);
  if (self->progress_at != 0 && now - self->progress_at < PROGRESS_INTERVAL)
    return;
  self->progress_at = now;
  foreman_job_run_emit_progress (self);
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
run_write_begin (ForemanJobRun *self, ForemanJobState state, GAsyncReadyCallback callback)
{
  foreman_store_begin_async (self->context->store, self->job->id, self->job->claim,
                             self->context->owner, state,
                             foreman_clock_get_real (self->context->clock), NULL, callback,
                             g_object_ref (self));
}

static void
on_call_begun (ForemanJobCall *call, ForemanJobRun *self)
{
  self->first_byte_at = run_now (self);
  self->heard_at = foreman_clock_get_boottime (self->context->clock);
  if (self->is_cold)
    run_write_begin (self, FOREMAN_JOB_WORKING, on_begun_written);
  if (self->job->timeout > 0)
    self->timeout_timer =
        foreman_clock_add_timer (self->context->clock, self->first_byte_at + self->job->timeout,
                                 on_expired, self, NULL);
}

/* It may have been on disk all the time, which is a conflict, too. Its end will find out. */
static void
on_begun_again (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobRun) self = data;
  g_autoptr (GError) error = NULL;

  if (!foreman_store_begin_finish (FOREMAN_STORE (source), result, &error))
    self->begin_is_lost = g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE) ||
                          g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL);
}

/**
 * foreman_job_run_repeat_begin: (skip)
 * @self: a run
 *
 * Tells a store that is available again that a running job was begun, if that may be lost.
 */
void
foreman_job_run_repeat_begin (ForemanJobRun *self)
{
  if (!self->begin_is_lost || !foreman_job_run_is_running (self))
    return;
  self->begin_is_lost = FALSE;
  run_write_begin (self, FOREMAN_JOB_WORKING, on_begun_again);
}

static gboolean
run_needs_loading (ForemanJobRun *self)
{
  if (self->model == NULL || self->model->source == FOREMAN_MODEL_SOURCE_CLOUD)
    return FALSE;
  return !foreman_inventory_is_resident (self->context->inventory, self->model);
}

/* For the run's own files: it is its turn. */
void
foreman_job_run_begin (ForemanJobRun *self)
{
  g_autoptr (GBytes) request = g_steal_pointer (&self->request);

  self->begun_at = run_now (self);
  self->is_cold = run_needs_loading (self);
  run_write_begin (self, self->is_cold ? FOREMAN_JOB_LOADING : FOREMAN_JOB_WORKING,
                   on_begun_written);
  foreman_job_run_set_phase (self, FOREMAN_JOB_PHASE_RUNNING);
  if (self->request_error != NULL)
    {
      const ForemanJobEvidence evidence = { .error = self->request_error };

      foreman_job_run_conclude (self, &evidence);
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

/* SPDX-License-Identifier: MIT */
#include "http/foreman-admission.h"

#include "http/foreman-chat-pause.h"
#include "http/foreman-forward.h"
#include "http/foreman-model-check.h"
#include "http/foreman-router.h"

/**
 * ForemanAdmission:
 *
 * An inference request on its way: is its model there, is it its turn, and then to the target and
 * back.
 */
typedef struct
{
  ForemanExchange *exchange;       /* (owned) */
  ForemanUpstreamRequest *request; /* (owned) */
  ForemanInferencePeek *peek;      /* (owned) */
  ForemanTicket *ticket; /* (owned) (nullable): the place at the target, while it is ours */
  gulong finished_id;
  gulong paused_id; /* while it waits at the gate */
} ForemanAdmission;

static void
admission_free (ForemanAdmission *self)
{
  if (self->ticket)
    foreman_ticket_release (self->ticket);
  g_clear_object (&self->ticket);
  g_clear_signal_handler (&self->finished_id, self->exchange);
  foreman_chat_pause_clear (self->exchange, &self->paused_id);
  g_clear_object (&self->exchange);
  g_clear_pointer (&self->request, foreman_upstream_request_unref);
  g_clear_pointer (&self->peek, foreman_inference_peek_free);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanAdmission, admission_free)

static ForemanInventory *
inventory_of (ForemanAdmission *self)
{
  return foreman_exchange_get_context (self->exchange)->inventory;
}

/* Which models are resident may have changed, unless nobody was there to change them. Asked for
 * before the client can know that its answer is whole, so that a list it reads next is one from
 * after it. */
static void
on_finished (ForemanExchange *exchange, ForemanAdmission *self)
{
  ForemanInventory *inventory = inventory_of (self);

  if (foreman_inventory_is_unreachable (inventory))
    return;
  if (self->peek->is_unload)
    foreman_inventory_expect_change (inventory, self->peek->name);
  else
    foreman_inventory_refresh_async (inventory, FOREMAN_INVENTORY_RESIDENT, TRUE, NULL, NULL, NULL);
}

static void
on_forwarded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanAdmission) self = user_data;

  foreman_forward_finish (self->exchange, result, NULL);
}

static void
forward (ForemanAdmission *self)
{
  self->finished_id = g_signal_connect (self->exchange, "finished", G_CALLBACK (on_finished), self);
  foreman_forward_async (self->exchange, self->request, on_forwarded, self);
}

static void look_up (ForemanAdmission *self);

static void
on_entered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanAdmission) self = user_data;
  ForemanRecord *record = foreman_exchange_get_record (self->exchange);
  g_autoptr (GError) error = NULL;
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  foreman_chat_pause_clear (self->exchange, &self->paused_id);
  self->ticket = foreman_gate_enter_finish (FOREMAN_GATE (source), result, &error);
  if (!self->ticket)
    {
      foreman_exchange_answer_failure (self->exchange, error);
      return;
    }
  record->gated = TRUE;
  record->queue_time += foreman_ticket_get_queue_time (self->ticket);
  if (foreman_inventory_is_unreachable (inventory_of (self)))
    {
      foreman_ticket_release (self->ticket);
      g_clear_object (&self->ticket);
      look_up (g_steal_pointer (&self));
      return;
    }
  g_ascii_formatd (seconds, sizeof seconds, "%.3f", record->queue_time / (double) G_USEC_PER_SEC);
  foreman_exchange_add_header (self->exchange, "X-Foreman-Queue-Seconds", seconds);
  forward (g_steal_pointer (&self));
}

static void
enter_gate (ForemanAdmission *self)
{
  ForemanCaller *caller = foreman_exchange_get_caller (self->exchange);
  ForemanRecord *record = foreman_exchange_get_record (self->exchange);
  ForemanGateRequest request = {
    .model = self->peek->model,
    .load_options = self->peek->load_options,
    .class = caller->background ? FOREMAN_WORK_JOB : FOREMAN_WORK_INTERACTIVE,
    .client = caller->client,
    .request_id = record->request_id,
  };

  record->stage = FOREMAN_STAGE_QUEUED;
  self->paused_id = foreman_chat_pause_cut_later (self->exchange);
  foreman_gate_enter_async (foreman_exchange_get_context (self->exchange)->gate, &request,
                            foreman_exchange_get_cancellable (self->exchange), on_entered, self);
}

static void
proceed (ForemanAdmission *self)
{
  const ForemanRoute *route = foreman_exchange_get_record (self->exchange)->route;
  g_autoptr (GError) error = NULL;

  if (self->peek->is_unload)
    forward (self);
  else if (!foreman_chat_pause_allows (self->exchange, &error))
    {
      foreman_exchange_answer_failure (self->exchange, error);
      admission_free (self);
    }
  else if (route->class == FOREMAN_ROUTE_CHAT)
    enter_gate (self);
  else
    forward (self);
}

static void
answer_missing (ForemanAdmission *self)
{
  const ForemanRoute *route = foreman_exchange_get_record (self->exchange)->route;
  g_autofree char *message = foreman_model_check_dup_missing (route->endpoint, self->peek->model);

  foreman_exchange_answer_error (self->exchange, 404, FOREMAN_ERROR_NOT_FOUND, message, NULL);
}

/* Whatever is wrong with the lists is not the client's fault. */
static void
answer_unavailable (ForemanAdmission *self, const GError *error)
{
  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING))
    foreman_exchange_answer_failure (self->exchange, error);
  else
    foreman_exchange_answer_error (self->exchange, 502, FOREMAN_ERROR_CONNECTION, error->message,
                                   NULL);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanAdmission) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean passes = foreman_model_check_finish (FOREMAN_INVENTORY (source), result, &error);

  if (foreman_exchange_is_over (self->exchange))
    return;
  if (passes)
    proceed (g_steal_pointer (&self));
  else if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND))
    answer_missing (self);
  else
    answer_unavailable (self, error);
}

/* All who come while the target is not there share one question whether it is, and its answer. At
 * the gate each would wait for the one before to find out by itself. */
static void
look_up (ForemanAdmission *self)
{
  ForemanInventory *inventory = inventory_of (self);

  if (foreman_model_check_passes (inventory, self->peek->name))
    {
      proceed (self);
      return;
    }
  foreman_exchange_get_record (self->exchange)->stage = FOREMAN_STAGE_WAITING;
  foreman_model_check_async (inventory, self->peek->name,
                             foreman_exchange_get_cancellable (self->exchange), on_checked, self);
}

/**
 * foreman_admission_run:
 * @exchange: an exchange whose answer has not begun
 * @request: (transfer full): what the target is to get
 * @peek: (transfer full): what the request's body says
 *
 * Brings an inference request to the target: a model that is nowhere installed is 404 at once, a
 * chat waits for its turn, and what does not occupy the box goes straight through. While the target
 * cannot be reached nobody waits for a turn: it is 502 as soon as that was tried once more. Main
 * thread.
 */
void
foreman_admission_run (ForemanExchange *exchange,
                       ForemanUpstreamRequest *request,
                       ForemanInferencePeek *peek)
{
  ForemanAdmission *self = g_new0 (ForemanAdmission, 1);
  ForemanRecord *record = foreman_exchange_get_record (exchange);

  self->exchange = g_object_ref (exchange);
  self->request = request;
  self->peek = peek;
  record->model = g_strdup (peek->model);
  /* What Ollama would refuse it refuses itself, in its own words; and what runs elsewhere takes no
   * place here. But audio whose model was not found may run on any. */
  if (peek->is_cloud || (!peek->name && record->route->endpoint != FOREMAN_ENDPOINT_V1_AUDIO))
    forward (self);
  else
    look_up (self);
}

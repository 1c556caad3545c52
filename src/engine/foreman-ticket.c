/* SPDX-License-Identifier: MIT */
#include "engine/foreman-ticket.h"

#include "engine/foreman-gate-private.h"
#include "engine/foreman-model-name.h"

/**
 * ForemanTicket:
 *
 * One request at the gate: it waits, then holds a slot until it is released, at the latest with its
 * last reference.
 */
G_DEFINE_FINAL_TYPE (ForemanTicket, foreman_ticket, G_TYPE_OBJECT)

/* Ten thousand that wait mostly want the same few models for the same few clients. */
static GRefString *
intern (const char *text)
{
  return text != NULL ? g_ref_string_new_intern (text) : NULL;
}

static GRefString *
intern_model_key (const char *model)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (model, NULL);
  g_autofree char *key = name != NULL ? foreman_model_name_to_key (name) : NULL;

  return intern (key != NULL ? key : model);
}

static void
clear_interned (const char **text)
{
  GRefString *old = (GRefString *) *text;

  *text = NULL;
  if (old != NULL)
    g_ref_string_release (old);
}

static void
foreman_ticket_dispose (GObject *object)
{
  foreman_ticket_release (FOREMAN_TICKET (object));

  G_OBJECT_CLASS (foreman_ticket_parent_class)->dispose (object);
}

static void
foreman_ticket_finalize (GObject *object)
{
  ForemanTicket *self = FOREMAN_TICKET (object);

  clear_interned (&self->entry.model);
  clear_interned (&self->entry.load_options);
  clear_interned (&self->entry.client);
  g_clear_pointer (&self->model, g_ref_string_release);
  g_clear_pointer (&self->request_id, g_free);
  g_clear_object (&self->clock);
  g_clear_object (&self->gate);
  g_clear_object (&self->task);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (foreman_ticket_parent_class)->finalize (object);
}

static void
foreman_ticket_class_init (ForemanTicketClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = foreman_ticket_dispose;
  object_class->finalize = foreman_ticket_finalize;
}

static void
foreman_ticket_init (ForemanTicket *self)
{
  self->outcome_link.data = self;
  self->running_link.data = self;
}

/* (transfer full): a ticket that waits, unknown to the gate's policy so far */
ForemanTicket *
foreman_ticket_new (ForemanGate *gate, ForemanClock *clock, const ForemanGateRequest *request)
{
  ForemanTicket *self = g_object_new (FOREMAN_TYPE_TICKET, NULL);
  const char *model = request->model != NULL ? request->model : "";

  self->gate = g_object_ref (gate);
  self->clock = g_object_ref (clock);
  self->model = intern (model);
  self->request_id = g_strdup (request->request_id);
  self->is_unlimited = request->is_unlimited;
  self->enqueued_at = foreman_clock_get_real (clock);
  self->entry.class = request->class;
  self->entry.priority = request->priority;
  self->entry.model = intern_model_key (model);
  self->entry.load_options = intern (request->load_options);
  self->entry.client = intern (request->client);
  self->entry.enqueued_at = foreman_clock_get_monotonic (clock);
  return self;
}

/**
 * foreman_ticket_release:
 * @ticket: a ticket
 *
 * Gives the slot back, so that the next one may pass. Does nothing if that was done before. Main
 * thread only.
 */
void
foreman_ticket_release (ForemanTicket *ticket)
{
  g_autoptr (ForemanGate) gate = NULL;

  g_return_if_fail (FOREMAN_IS_TICKET (ticket));

  if (ticket->state != FOREMAN_TICKET_RUNNING)
    return;
  ticket->state = FOREMAN_TICKET_RELEASED;
  gate = g_steal_pointer (&ticket->gate);
  foreman_gate_release (gate, ticket);
}

/**
 * foreman_ticket_get_request_id:
 * @ticket: a ticket
 *
 * Returns: (nullable): the id of the request that holds @ticket
 */
const char *
foreman_ticket_get_request_id (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), NULL);

  return ticket->request_id;
}

/**
 * foreman_ticket_get_model:
 * @ticket: a ticket
 *
 * Returns: the model's name as it was asked for, empty if none was
 */
const char *
foreman_ticket_get_model (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), NULL);

  return ticket->model;
}

/**
 * foreman_ticket_get_load_options:
 * @ticket: a ticket
 *
 * Returns: (nullable): the options that decide how the model is loaded
 */
const char *
foreman_ticket_get_load_options (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), NULL);

  return ticket->entry.load_options;
}

/**
 * foreman_ticket_get_client:
 * @ticket: a ticket
 *
 * Returns: (nullable): on whose behalf it was drawn
 */
const char *
foreman_ticket_get_client (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), NULL);

  return ticket->entry.client;
}

/**
 * foreman_ticket_get_class:
 * @ticket: a ticket
 *
 * Returns: what kind of work it is for
 */
ForemanWorkClass
foreman_ticket_get_class (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), FOREMAN_WORK_INTERACTIVE);

  return ticket->entry.class;
}

/**
 * foreman_ticket_get_priority:
 * @ticket: a ticket
 *
 * Returns: its priority among jobs
 */
int
foreman_ticket_get_priority (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), 0);

  return ticket->entry.priority;
}

/**
 * foreman_ticket_get_enqueued_at:
 * @ticket: a ticket
 *
 * Returns: when it came to the gate, in µs since the epoch
 */
gint64
foreman_ticket_get_enqueued_at (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), 0);

  return ticket->enqueued_at;
}

/**
 * foreman_ticket_get_started_at:
 * @ticket: a ticket
 *
 * Returns: when it got its slot, in µs since the epoch, or 0 while it waits
 */
gint64
foreman_ticket_get_started_at (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), 0);

  return ticket->started_at;
}

/**
 * foreman_ticket_get_queue_time:
 * @ticket: a ticket
 *
 * Returns: for how long it waited, until now if it still does, in µs
 */
gint64
foreman_ticket_get_queue_time (ForemanTicket *ticket)
{
  gint64 until;

  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), 0);

  until =
      ticket->started_at != 0 ? ticket->granted_at : foreman_clock_get_monotonic (ticket->clock);
  return until - ticket->entry.enqueued_at;
}

/**
 * foreman_ticket_get_position:
 * @ticket: a ticket
 *
 * Returns: its place in the queue from 1, or 0 if it does not wait
 */
guint
foreman_ticket_get_position (ForemanTicket *ticket)
{
  g_return_val_if_fail (FOREMAN_IS_TICKET (ticket), 0);

  return foreman_gate_policy_get_position (&ticket->entry);
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-gate.h"

#include "engine/foreman-gate-private.h"
#include "libforeman/foreman-error.h"

/* Callers told in one turn of the loop, so that thousands who leave at once hold up nobody else. */
#define OUTCOMES_A_TURN 256

/**
 * ForemanGate:
 *
 * Lets requests pass to the target a few at a time, one by default, in the order that
 * ForemanGatePolicy decides.
 *
 * Slots change hands at once, but callers are told from the main loop only, all by one source: no
 * callback runs inside of somebody else's release or cancellation.
 */
G_DEFINE_FINAL_TYPE (ForemanGate, foreman_gate, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_RUNNING,
  PROP_WAITING,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  GSource parent;
  ForemanGate *gate; /* (unowned): destroys this source when it goes */
} GateSource;

static void
gate_put_in_line (ForemanGate *self, ForemanTicket *ticket)
{
  foreman_gate_policy_insert (self->policy, &ticket->entry);
  if (ticket->is_unlimited)
    self->n_unlimited++;
  else if (ticket->entry.client != NULL)
    g_hash_table_insert (self->clients, (char *) ticket->entry.client,
                         GUINT_TO_POINTER (foreman_gate_count_client (self, ticket->entry.client) +
                                           1));
}

static void
gate_count_out_of_line (ForemanGate *self, ForemanTicket *ticket)
{
  guint left;

  if (ticket->is_unlimited)
    {
      self->n_unlimited--;
      return;
    }
  if (ticket->entry.client == NULL)
    return;
  left = foreman_gate_count_client (self, ticket->entry.client) - 1;
  if (left > 0)
    g_hash_table_insert (self->clients, (char *) ticket->entry.client, GUINT_TO_POINTER (left));
  else
    g_hash_table_remove (self->clients, ticket->entry.client);
}

static void
gate_grant (ForemanGate *self, ForemanTicket *ticket)
{
  foreman_gate_policy_start (self->policy, &ticket->entry);
  gate_count_out_of_line (self, ticket);
  ticket->state = FOREMAN_TICKET_GRANTED;
  ticket->granted_at = foreman_clock_get_monotonic (self->clock);
  ticket->started_at = foreman_clock_get_real (self->clock);
  g_queue_push_tail_link (&self->running, &ticket->running_link);
  g_queue_push_tail_link (&self->outcomes, &ticket->outcome_link);
}

/* Lets pass whoever may, after anything that can have made room. */
static void
gate_admit (ForemanGate *self)
{
  ForemanGateEntry *next;

  while ((next = foreman_gate_policy_next (self->policy)) != NULL)
    gate_grant (self, foreman_gate_ticket_of (next));
  self->dirty = TRUE;
}

static void
gate_give_slot_back (ForemanGate *self, ForemanTicket *ticket)
{
  foreman_gate_policy_remove (self->policy, &ticket->entry);
  g_queue_unlink (&self->running, &ticket->running_link);
}

/* Takes a ticket that has not been told anything yet out; its caller will be told why. */
static void
gate_fail (ForemanGate *self, ForemanTicket *ticket, GError *error /* (transfer full) */)
{
  if (ticket->state == FOREMAN_TICKET_GRANTED)
    gate_give_slot_back (self, ticket);
  else
    {
      foreman_gate_policy_remove (self->policy, &ticket->entry);
      gate_count_out_of_line (self, ticket);
      g_queue_push_tail_link (&self->outcomes, &ticket->outcome_link);
    }
  ticket->state = FOREMAN_TICKET_FAILED;
  ticket->error = error;
  g_clear_signal_handler (&ticket->cancelled_handler, g_task_get_cancellable (ticket->task));
}

/* Called inside of g_cancellable_cancel(), where g_cancellable_disconnect() would wait for itself,
 * and so would callers that use it; hence they are told later. */
static void
on_cancelled (GCancellable *cancellable, ForemanTicket *ticket)
{
  ForemanGate *self = ticket->gate;
  GError *error = NULL;

  g_cancellable_set_error_if_cancelled (cancellable, &error);
  self->totals.cancelled++;
  gate_fail (self, ticket, error);
  gate_admit (self);
}

static void
gate_tell (ForemanGate *self, ForemanTicket *taken /* (transfer full) */)
{
  g_autoptr (ForemanTicket) ticket = taken;
  g_autoptr (GTask) task = g_steal_pointer (&ticket->task);

  g_clear_signal_handler (&ticket->cancelled_handler, g_task_get_cancellable (task));
  if (ticket->state == FOREMAN_TICKET_FAILED)
    {
      g_clear_object (&ticket->gate);
      g_task_return_error (task, g_steal_pointer (&ticket->error));
      return;
    }
  ticket->state = FOREMAN_TICKET_RUNNING;
  self->totals.granted++;
  g_task_return_pointer (task, g_steal_pointer (&ticket), g_object_unref);
}

static void
gate_notify (ForemanGate *self)
{
  guint running = foreman_gate_get_running (self);
  guint waiting = foreman_gate_get_waiting (self);

  if (running != self->told_running)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);
  if (waiting != self->told_waiting)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_WAITING]);
  self->told_running = running;
  self->told_waiting = waiting;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Whoever is next goes before anything else that has come: an empty place costs the target's time.
 * But a crowd that is told takes turns with the others. */
static void
gate_source_set_urgent (GSource *source, gboolean is_urgent)
{
  int priority = is_urgent ? G_PRIORITY_HIGH : G_PRIORITY_DEFAULT;

  if (g_source_get_priority (source) != priority)
    g_source_set_priority (source, priority);
}

static gboolean
gate_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (ForemanGate) self = g_object_ref (((GateSource *) source)->gate);
  GList *link;

  for (guint i = 0; i < OUTCOMES_A_TURN; i++)
    {
      link = g_queue_pop_head_link (&self->outcomes);
      if (link == NULL)
        break;
      gate_tell (self, link->data);
    }
  self->dirty = !g_queue_is_empty (&self->outcomes);
  gate_source_set_urgent (source, !self->dirty);
  gate_notify (self);
  return G_SOURCE_CONTINUE;
}

/* Everything happens on the thread that polls, so a flag that is looked at before it polls will do
 * and nothing has to wake it. */
static gboolean
gate_source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return ((GateSource *) source)->gate->dirty;
}

static gboolean
gate_source_check (GSource *source)
{
  return ((GateSource *) source)->gate->dirty;
}

static GSourceFuncs gate_source_funcs = {
  .prepare = gate_source_prepare,
  .check = gate_source_check,
  .dispatch = gate_source_dispatch,
};

static void
foreman_gate_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ForemanGate *self = FOREMAN_GATE (object);

  switch (id)
    {
    case PROP_RUNNING:
      g_value_set_uint (value, foreman_gate_get_running (self));
      break;
    case PROP_WAITING:
      g_value_set_uint (value, foreman_gate_get_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
foreman_gate_finalize (GObject *object)
{
  ForemanGate *self = FOREMAN_GATE (object);

  /* Every ticket that waits or runs holds the gate. */
  g_assert (g_queue_is_empty (&self->running) && g_queue_is_empty (&self->outcomes));
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->policy, foreman_gate_policy_free);
  g_clear_pointer (&self->clients, g_hash_table_unref);
  g_clear_pointer (&self->capacity, g_free);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (foreman_gate_parent_class)->finalize (object);
}

static void
foreman_gate_class_init (ForemanGateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = foreman_gate_get_property;
  object_class->finalize = foreman_gate_finalize;

  /**
   * ForemanGate:running:
   *
   * How many hold a slot.
   */
  props[PROP_RUNNING] = g_param_spec_uint ("running", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * ForemanGate:waiting:
   *
   * How many wait for a slot.
   */
  props[PROP_WAITING] = g_param_spec_uint ("waiting", NULL, NULL, 0, G_MAXUINT, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * ForemanGate::changed:
   * @gate: the gate
   *
   * Who runs or waits has changed, or how many may; emitted from the main loop, once for all that
   * happened since the last time.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_gate_init (ForemanGate *self)
{
  self->policy = foreman_gate_policy_new ();
  self->clients = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&self->running);
  g_queue_init (&self->outcomes);

  self->source = g_source_new (&gate_source_funcs, sizeof (GateSource));
  g_source_set_static_name (self->source, "foreman-gate");
  ((GateSource *) self->source)->gate = self;
  gate_source_set_urgent (self->source, TRUE);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

/**
 * foreman_gate_new:
 * @clock: the clock
 * @capacity: how many may pass at once, as `FOREMAN_CAPACITY` has it: `1` or `1,qwen3:8b=4`
 * @max_queue: how many may wait; 0: nobody, who cannot pass at once is refused
 * @max_per_client: how many of those one client may have
 * @error: return location for an error
 *
 * Creates a gate whose callers are told by the thread-default main context.
 *
 * Returns: (transfer full): a gate, or %NULL with %FOREMAN_ERROR_INVALID_CONFIG
 */
ForemanGate *
foreman_gate_new (ForemanClock *clock,
                  const char *capacity,
                  guint max_queue,
                  guint max_per_client,
                  GError **error)
{
  g_autoptr (ForemanGate) self = NULL;

  g_return_val_if_fail (FOREMAN_IS_CLOCK (clock), NULL);

  self = g_object_new (FOREMAN_TYPE_GATE, NULL);
  self->clock = g_object_ref (clock);
  foreman_gate_set_limits (self, max_queue, max_per_client);
  if (!foreman_gate_set_capacity (self, capacity, error))
    return NULL;
  return g_steal_pointer (&self);
}

static GError *
gate_find_reason_to_refuse (ForemanGate *self, ForemanTicket *ticket)
{
  if (ticket->state != FOREMAN_TICKET_WAITING || ticket->is_unlimited)
    return NULL;
  if (foreman_gate_get_waiting (self) - self->n_unlimited > self->max_queue)
    return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL,
                        "the queue is full (FOREMAN_MAX_QUEUE is %u); try again later",
                        self->max_queue);
  if (ticket->entry.client != NULL &&
      foreman_gate_count_client (self, ticket->entry.client) > self->max_per_client)
    return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_RATE_LIMITED,
                        "this client has too many requests waiting "
                        "(FOREMAN_MAX_QUEUE_PER_CLIENT is %u); try again when some are answered",
                        self->max_per_client);
  return NULL;
}

/**
 * foreman_gate_enter_async:
 * @gate: a gate
 * @request: who wants to pass
 * @cancellable: (nullable): when cancelled, the place in the queue is given up at once
 * @callback: called when it is its turn, or when it will never be
 * @user_data: for @callback
 *
 * Waits for a slot. Main thread only, and that is also where @cancellable must be cancelled.
 */
void
foreman_gate_enter_async (ForemanGate *gate,
                          const ForemanGateRequest *request,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  ForemanTicket *ticket;
  GError *error = NULL;

  g_return_if_fail (FOREMAN_IS_GATE (gate));
  g_return_if_fail (request != NULL);

  task = g_task_new (gate, cancellable, callback, user_data);
  g_task_set_source_tag (task, foreman_gate_enter_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (gate->draining)
    {
      gate->totals.refused++;
      g_task_return_new_error (task, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING,
                               "foreman is shutting down; try again in a moment");
      return;
    }

  ticket = foreman_ticket_new (gate, gate->clock, request);
  gate_put_in_line (gate, ticket);
  gate_admit (gate);
  ticket->task = g_steal_pointer (&task);
  error = gate_find_reason_to_refuse (gate, ticket);
  if (error != NULL)
    {
      gate->totals.refused++;
      gate_fail (gate, ticket, error);
      return;
    }
  gate->totals.entered++;
  if (cancellable != NULL)
    ticket->cancelled_handler =
        g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled), ticket);
}

/**
 * foreman_gate_enter_finish:
 * @gate: a gate
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes foreman_gate_enter_async(). The slot is held until foreman_ticket_release(), at the
 * latest until the ticket's last reference goes.
 *
 * Returns: (transfer full): the ticket, or %NULL with %FOREMAN_ERROR_QUEUE_FULL,
 *   %FOREMAN_ERROR_RATE_LIMITED (see foreman_gate_get_retry_after() for both),
 *   %FOREMAN_ERROR_DRAINING or %G_IO_ERROR_CANCELLED
 */
ForemanTicket *
foreman_gate_enter_finish (ForemanGate *gate, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, gate), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, foreman_gate_enter_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* For the ticket: it had a slot and is done. */
void
foreman_gate_release (ForemanGate *gate, ForemanTicket *ticket)
{
  gint64 held = foreman_clock_get_monotonic (gate->clock) - ticket->granted_at;

  gate->hold_time = gate->hold_time == 0 ? MAX (held, 1) : (gate->hold_time * 7 + held) / 8;
  gate_give_slot_back (gate, ticket);
  gate_admit (gate);
}

/**
 * foreman_gate_set_capacity:
 * @gate: a gate
 * @capacity: see foreman_gate_new()
 * @error: return location for an error
 *
 * Changes how many may pass at once. What runs goes on, even if it is too much now.
 *
 * Returns: whether @capacity was understood; otherwise %FOREMAN_ERROR_INVALID_CONFIG is set and
 *   nothing changes
 */
gboolean
foreman_gate_set_capacity (ForemanGate *gate, const char *capacity, GError **error)
{
  ForemanGateCapacity *parsed;

  g_return_val_if_fail (FOREMAN_IS_GATE (gate), FALSE);
  g_return_val_if_fail (capacity != NULL, FALSE);

  parsed = foreman_gate_capacity_parse (capacity, error);
  if (parsed == NULL)
    return FALSE;
  foreman_gate_policy_take_capacity (gate->policy, parsed);
  g_free (gate->capacity);
  gate->capacity = g_strdup (capacity);
  gate_admit (gate);
  return TRUE;
}

/**
 * foreman_gate_set_limits:
 * @gate: a gate
 * @max_queue: see foreman_gate_new()
 * @max_per_client: see foreman_gate_new()
 *
 * Changes how many may wait. Nobody who waits is sent away.
 */
void
foreman_gate_set_limits (ForemanGate *gate, guint max_queue, guint max_per_client)
{
  g_return_if_fail (FOREMAN_IS_GATE (gate));

  gate->max_queue = max_queue;
  gate->max_per_client = max_per_client;
}

/**
 * foreman_gate_drain:
 * @gate: a gate
 *
 * Sends away all who wait, and from now on all who come, with %FOREMAN_ERROR_DRAINING. What runs
 * goes on.
 */
void
foreman_gate_drain (ForemanGate *gate)
{
  ForemanGateEntry *entry;

  g_return_if_fail (FOREMAN_IS_GATE (gate));

  gate->draining = TRUE;
  while ((entry = foreman_gate_policy_after (gate->policy, NULL)) != NULL)
    {
      gate->totals.drained++;
      gate_fail (gate, foreman_gate_ticket_of (entry),
                 g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_DRAINING,
                              "foreman is shutting down; try again in a moment"));
    }
  gate->dirty = TRUE;
}

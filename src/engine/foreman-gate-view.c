/* SPDX-License-Identifier: MIT */
#include "engine/foreman-gate.h"

#include "engine/foreman-gate-private.h"
#include "libforeman/foreman-error.h"

/* What a request is taken to need while none has finished yet, in µs. */
#define FIRST_GUESS     (5 * G_USEC_PER_SEC)
#define MAX_RETRY_AFTER 300

/* For the gate and its ticket: how many of @client's wait. */
guint
foreman_gate_count_client (ForemanGate *self, const char *client)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->clients, client));
}

/* For the gate: whose entry this is. */
ForemanTicket *
foreman_gate_ticket_of (ForemanGateEntry *entry)
{
  return (ForemanTicket *) ((char *) entry - G_STRUCT_OFFSET (ForemanTicket, entry));
}

/**
 * foreman_gate_get_capacity:
 * @gate: a gate
 *
 * Returns: how many may pass at once, as it was written
 */
const char *
foreman_gate_get_capacity (ForemanGate *gate)
{
  g_return_val_if_fail (FOREMAN_IS_GATE (gate), NULL);

  return gate->capacity;
}

/**
 * foreman_gate_get_places:
 * @gate: a gate
 *
 * Returns: how many may pass at once if nothing else is said of their model
 */
guint
foreman_gate_get_places (ForemanGate *gate)
{
  g_return_val_if_fail (FOREMAN_IS_GATE (gate), 1);

  return foreman_gate_capacity_get_general (foreman_gate_policy_get_capacity (gate->policy));
}

/**
 * foreman_gate_get_running:
 * @gate: a gate
 *
 * Returns: how many hold a slot
 */
guint
foreman_gate_get_running (ForemanGate *gate)
{
  g_return_val_if_fail (FOREMAN_IS_GATE (gate), 0);

  return foreman_gate_policy_get_running (gate->policy);
}

/**
 * foreman_gate_get_waiting:
 * @gate: a gate
 *
 * Returns: how many wait for a slot
 */
guint
foreman_gate_get_waiting (ForemanGate *gate)
{
  guint waiting = 0;

  g_return_val_if_fail (FOREMAN_IS_GATE (gate), 0);

  for (guint i = 0; i < FOREMAN_N_WORK_CLASSES; i++)
    waiting += foreman_gate_policy_get_waiting (gate->policy, i);
  return waiting;
}

/**
 * foreman_gate_get_totals:
 * @gate: a gate
 * @totals: (out caller-allocates): the numbers
 *
 * Tells what happened at @gate since it was made.
 */
void
foreman_gate_get_totals (ForemanGate *gate, ForemanGateTotals *totals)
{
  g_return_if_fail (FOREMAN_IS_GATE (gate));
  g_return_if_fail (totals != NULL);

  *totals = gate->totals;
}

/**
 * foreman_gate_get_retry_after:
 * @gate: a gate
 * @client: (nullable): who was refused for having too many waiting; %NULL if the queue was full
 *
 * Estimates from how long requests held their slots when there may be a place to wait again.
 *
 * Returns: seconds, from 1 to 300
 */
guint
foreman_gate_get_retry_after (ForemanGate *gate, const char *client)
{
  const ForemanGateCapacity *capacity;
  const ForemanTicket *oldest;
  gint64 interval;
  guint waiting;

  g_return_val_if_fail (FOREMAN_IS_GATE (gate), 1);

  capacity = foreman_gate_policy_get_capacity (gate->policy);
  oldest = g_queue_peek_head (&gate->running);
  interval = gate->hold_time != 0 ? gate->hold_time : FIRST_GUESS;
  if (oldest != NULL)
    interval = MAX (interval, foreman_clock_get_monotonic (gate->clock) - oldest->granted_at);
  interval /= foreman_gate_capacity_get_general (capacity);
  waiting = client != NULL ? foreman_gate_count_client (gate, client) : 0;
  if (waiting > 0)
    interval = interval * (foreman_gate_get_waiting (gate) - gate->n_unlimited) / waiting;
  return (guint) CLAMP ((interval + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 1, MAX_RETRY_AFTER);
}

/**
 * foreman_gate_list_running:
 * @gate: a gate
 *
 * Returns: (transfer container) (element-type ForemanTicket): who holds a slot, the oldest first
 */
GPtrArray *
foreman_gate_list_running (ForemanGate *gate)
{
  GPtrArray *tickets;

  g_return_val_if_fail (FOREMAN_IS_GATE (gate), NULL);

  tickets = g_ptr_array_new_full (gate->running.length, g_object_unref);
  for (GList *link = gate->running.head; link != NULL; link = link->next)
    g_ptr_array_add (tickets, g_object_ref (link->data));
  return tickets;
}

static gboolean
parse_cursor (const char *cursor, ForemanGateEntry *key, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (cursor, ".", 4);
  guint64 class, sequence;
  gint64 priority;

  if (g_strv_length (parts) != 3 ||
      !g_ascii_string_to_unsigned (parts[0], 10, 0, FOREMAN_N_WORK_CLASSES - 1, &class, NULL) ||
      !g_ascii_string_to_signed (parts[1], 10, G_MININT, G_MAXINT, &priority, NULL) ||
      !g_ascii_string_to_unsigned (parts[2], 10, 0, G_MAXUINT64, &sequence, NULL))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                   "“after” must be the “next” of the page before, not “%.40s”", cursor);
      return FALSE;
    }
  key->class = (ForemanWorkClass) class;
  key->priority = (int) priority;
  key->sequence = sequence;
  return TRUE;
}

/**
 * foreman_gate_list_waiting:
 * @gate: a gate
 * @limit: how many at most
 * @after: (nullable): @next of the page before; it stays good when those on that page have left
 * @next: (out) (optional) (nullable) (transfer full): %NULL if this is the last page
 * @error: return location for an error
 *
 * Looks at a piece of the queue.
 *
 * Returns: (transfer container) (element-type ForemanTicket): who waits, the next one first, or
 * %NULL with %FOREMAN_ERROR_INVALID_REQUEST if @after is not from here
 */
GPtrArray *
foreman_gate_list_waiting (ForemanGate *gate,
                           guint limit,
                           const char *after,
                           char **next,
                           GError **error)
{
  g_autoptr (GPtrArray) tickets = g_ptr_array_new_with_free_func (g_object_unref);
  ForemanGateEntry key = { 0 };
  const ForemanGateEntry *last = NULL;
  ForemanGateEntry *entry;

  g_return_val_if_fail (FOREMAN_IS_GATE (gate), NULL);

  if (next != NULL)
    *next = NULL;
  if (after != NULL)
    {
      if (!parse_cursor (after, &key, error))
        return NULL;
      last = &key;
    }
  while ((entry = foreman_gate_policy_after (gate->policy, last)) != NULL && tickets->len < limit)
    {
      g_ptr_array_add (tickets, g_object_ref (foreman_gate_ticket_of (entry)));
      last = entry;
    }
  if (next != NULL && entry != NULL && tickets->len > 0)
    *next =
        g_strdup_printf ("%u.%d.%" G_GUINT64_FORMAT, last->class, last->priority, last->sequence);
  return g_steal_pointer (&tickets);
}

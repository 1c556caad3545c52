/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-ticket.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define FOREMAN_TYPE_GATE (foreman_gate_get_type ())
G_DECLARE_FINAL_TYPE (ForemanGate, foreman_gate, FOREMAN, GATE, GObject)

/**
 * ForemanGateRequest:
 * @model: (nullable): the model's name as the client sent it
 * @load_options: (nullable): the options that decide how the model is loaded, in one canonical
 *   string
 * @class: what kind of work this is; zero is interactive
 * @client: (nullable): on whose behalf, for the limit per client; %NULL has none
 * @priority: among jobs the higher one goes first
 * @request_id: (nullable): for whoever looks at the queue
 * @is_unlimited: whether it may wait however many do, and counts for nobody's limit: nobody holds a
 *   connection open for it
 *
 * Who wants to pass the gate. Only read during foreman_gate_enter_async().
 */
typedef struct
{
  const char *model;
  const char *load_options;
  ForemanWorkClass class;
  const char *client;
  int priority;
  const char *request_id;
  gboolean is_unlimited;
} ForemanGateRequest;

/**
 * ForemanGateTotals:
 * @entered: came in, to pass at once or to wait
 * @granted: passed
 * @cancelled: left before it was their turn
 * @drained: were sent away by foreman_gate_drain() while they waited
 * @refused: did not come in, for there was no room or the gate was drained
 *
 * What happened at a gate since it was made. Who entered and is in no other number waits.
 */
typedef struct
{
  guint64 entered;
  guint64 granted;
  guint64 cancelled;
  guint64 drained;
  guint64 refused;
} ForemanGateTotals;

ForemanGate *foreman_gate_new (ForemanClock *clock,
                               const char *capacity,
                               guint max_queue,
                               guint max_per_client,
                               GError **error);

void foreman_gate_enter_async (ForemanGate *gate,
                               const ForemanGateRequest *request,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
ForemanTicket *foreman_gate_enter_finish (ForemanGate *gate, GAsyncResult *result, GError **error);

gboolean foreman_gate_set_capacity (ForemanGate *gate, const char *capacity, GError **error);
void foreman_gate_set_limits (ForemanGate *gate, guint max_queue, guint max_per_client);
void foreman_gate_drain (ForemanGate *gate);

const char *foreman_gate_get_capacity (ForemanGate *gate);
guint foreman_gate_get_places (ForemanGate *gate);
guint foreman_gate_get_running (ForemanGate *gate);
guint foreman_gate_get_waiting (ForemanGate *gate);
void foreman_gate_get_totals (ForemanGate *gate, ForemanGateTotals *totals);
guint foreman_gate_get_retry_after (ForemanGate *gate, const char *client);
GPtrArray *foreman_gate_list_running (ForemanGate *gate);
GPtrArray *foreman_gate_list_waiting (ForemanGate *gate,
                                      guint limit,
                                      const char *after,
                                      char **next,
                                      GError **error);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-gate.h"

G_BEGIN_DECLS

/* What only the gate's own files and its tickets know of each other. */

typedef enum
{
  FOREMAN_TICKET_WAITING,
  FOREMAN_TICKET_GRANTED, /* has a slot; its caller will be told in this turn of the loop */
  FOREMAN_TICKET_FAILED,  /* its caller will be told in this turn of the loop */
  FOREMAN_TICKET_RUNNING, /* has a slot, belongs to the caller */
  FOREMAN_TICKET_RELEASED,
} ForemanTicketState;

struct _ForemanTicket
{
  GObject parent_instance;

  ForemanTicketState state;
  ForemanGateEntry entry; /* its strings are owned, each a GRefString */
  GRefString *model;      /* (owned): as it was asked for; the entry has its key */
  char *request_id;       /* (owned) (nullable) */
  gboolean is_unlimited;
  ForemanClock *clock; /* (owned) */
  gint64 enqueued_at;  /* µs since the epoch */
  gint64 started_at;   /* µs since the epoch, 0 while waiting */
  gint64 granted_at;   /* monotonic µs, 0 while waiting */

  ForemanGate *gate;        /* (owned) (nullable): until released */
  GTask *task;              /* (owned) (nullable): until the caller was told */
  GError *error;            /* (owned) (nullable): what a failed one will be told */
  gulong cancelled_handler; /* on the task's cancellable */
  GList outcome_link;       /* in the gate's outcomes */
  GList running_link;       /* in the gate's running */
};

struct _ForemanGate
{
  GObject parent_instance;

  ForemanClock *clock;       /* (owned) */
  ForemanGatePolicy *policy; /* (owned) */
  char *capacity;            /* (owned): as it was written */
  guint max_queue;
  guint max_per_client;
  gboolean draining;

  GHashTable *clients; /* (owned): client (unowned, its tickets have it) → how many of its wait */
  guint n_unlimited;   /* who wait and count for no limit */
  GQueue running;      /* of ForemanTicket (unowned), each through its link */
  GQueue outcomes;     /* of ForemanTicket (owned), each through its link: to be told */
  GSource *source;     /* (owned): tells them */
  gboolean dirty;      /* something happened that was not told yet */

  ForemanGateTotals totals;
  gint64 hold_time; /* how long a slot is held, µs, a moving average; 0: none was released yet */
  guint told_running;
  guint told_waiting;
};

ForemanTicket *
foreman_ticket_new (ForemanGate *gate, ForemanClock *clock, const ForemanGateRequest *request);
void foreman_gate_release (ForemanGate *gate, ForemanTicket *ticket);
ForemanTicket *foreman_gate_ticket_of (ForemanGateEntry *entry);
guint foreman_gate_count_client (ForemanGate *gate, const char *client);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-gate.h"

G_BEGIN_DECLS

typedef struct
{
  ForemanClock *clock;
  ForemanGate *gate;
} Fixture;

/* Who enters, and what became of it. */
typedef struct
{
  GCancellable *cancellable;
  ForemanTicket *ticket;
  GError *error;
  guint told;
} Caller;

void fixture_set_up (Fixture *fixture, gconstpointer data);
void run_loop (void);
void fixture_tear_down (Fixture *fixture, gconstpointer data);
void on_entered (GObject *source, GAsyncResult *result, gpointer data);
Caller *enter (ForemanGate *gate, ForemanGateRequest request);
void leave (Caller *caller);
void assert_waits (Caller *caller);
void assert_passed (Caller *caller);
void assert_failed (Caller *caller, GQuark domain, int code);

G_END_DECLS

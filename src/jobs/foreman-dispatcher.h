/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-config.h"
#include "engine/foreman-gate.h"
#include "engine/foreman-inventory.h"
#include "engine/foreman-target.h"
#include "jobs/foreman-pause.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/**
 * ForemanDispatcher:
 *
 * Brings jobs from the store through the gate to the target, and their answers back: keeps a few
 * candidates at the gate, runs, retries, holds, cancels, recovers. Signals:
 * "progress" (id, tokens so far: uint64), at most 4 a second for a job;
 * "attempt-ended" (model, outcome, µs: int64, ForemanAnswerUsage);
 * "output" (id, text, offset: uint64 of the text in all of the attempt, in bytes): as it comes;
 * "idle": nothing runs any more, after foreman_dispatcher_stop().
 */
#define FOREMAN_TYPE_DISPATCHER (foreman_dispatcher_get_type ())
G_DECLARE_FINAL_TYPE (ForemanDispatcher, foreman_dispatcher, FOREMAN, DISPATCHER, GObject)

ForemanDispatcher *foreman_dispatcher_new (ForemanStore *store,
                                           ForemanGate *gate,
                                           ForemanTarget *target,
                                           ForemanInventory *inventory,
                                           ForemanPause *pause,
                                           ForemanClock *clock,
                                           ForemanConfig *config);
void foreman_dispatcher_set_config (ForemanDispatcher *self, ForemanConfig *config);
void foreman_dispatcher_start (ForemanDispatcher *self);
/* Begins no more; what runs goes on until it ends or is preempted. */
void foreman_dispatcher_stop (ForemanDispatcher *self);
/* Ends what runs now: back to queued, uncounted. @reason: `drained`, `paused`. */
void foreman_dispatcher_preempt (ForemanDispatcher *self, const char *reason);
gboolean foreman_dispatcher_is_idle (ForemanDispatcher *self);
guint foreman_dispatcher_get_running (ForemanDispatcher *self);
/* The text of a running job so far, at most its last 256 KiB, and where in the whole text it
 * begins; NULL: it does not run here. */
char *foreman_dispatcher_dup_output (ForemanDispatcher *self, const char *id, guint64 *offset);
/* The claim with which a job runs; -1: it does not run here. */
gint64 foreman_dispatcher_get_claim (ForemanDispatcher *self, const char *id);
gint64 foreman_dispatcher_get_tokens (ForemanDispatcher *self,
                                      const char *id); /* -1: it does not run */

G_END_DECLS

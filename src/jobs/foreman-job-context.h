/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-gate.h"
#include "engine/foreman-inventory.h"
#include "engine/foreman-target.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/**
 * ForemanJobContext:
 * @store: (owned): where jobs are kept
 * @gate: (owned): where they wait for their turn
 * @target: (owned): where they run
 * @inventory: (owned): what is installed there
 * @clock: (owned): the clock
 * @owner: (owned): this process, in the store's claims: a ULID
 * @resumed_at: when the host last woke from sleep, in monotonic µs; -1: never
 *
 * What everything that runs jobs works with. Main thread.
 */
typedef struct
{
  ForemanStore *store;
  ForemanGate *gate;
  ForemanTarget *target;
  ForemanInventory *inventory;
  ForemanClock *clock;
  char *owner;
  gint64 resumed_at;

  /*< private >*/
  gulong resumed_id;
} ForemanJobContext;

ForemanJobContext *foreman_job_context_new (ForemanStore *store,
                                            ForemanGate *gate,
                                            ForemanTarget *target,
                                            ForemanInventory *inventory,
                                            ForemanClock *clock);
ForemanJobContext *foreman_job_context_ref (ForemanJobContext *self);
void foreman_job_context_unref (ForemanJobContext *self);

gboolean foreman_job_context_has_slept (ForemanJobContext *self, gint64 since);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobContext, foreman_job_context_unref)

G_END_DECLS

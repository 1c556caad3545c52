/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-database-private.h"

G_BEGIN_DECLS

/* The values of `delivery` of an event, for ever. Of a job at most one is the next; those behind it
 * become so one after the other, so that they arrive in order, and one that fails costs nobody else
 * a look. */
enum
{
  FOREMAN_STORE_DELIVERY_NONE,
  FOREMAN_STORE_DELIVERY_WAITS,
  FOREMAN_STORE_DELIVERY_NEXT,
  FOREMAN_STORE_DELIVERY_DONE,
  FOREMAN_STORE_DELIVERY_DROPPED,
};

/* The columns that foreman_store_event_from_row() reads, of events and jobs. */
#define FOREMAN_STORE_SELECT_EVENT                                                                 \
  "SELECT sequence, jobs.id, events.previous_state, events.state, at, model, job_group,"           \
  " events.attempt, events.error, events.error_code"
#define FOREMAN_STORE_N_EVENT_COLUMNS 10

ForemanJobEvent *foreman_store_event_from_row (ForemanStoreRows *rows);

G_END_DECLS

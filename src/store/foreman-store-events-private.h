/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-database-private.h"

G_BEGIN_DECLS

/* The columns that foreman_store_event_from_row() reads, of events and jobs. */
#define FOREMAN_STORE_SELECT_EVENT                                                                 \
  "SELECT sequence, jobs.id, events.previous_state, events.state, at, model, job_group,"           \
  " events.attempt, events.error, events.error_code"
#define FOREMAN_STORE_N_EVENT_COLUMNS 10

ForemanJobEvent *foreman_store_event_from_row (ForemanStoreRows *rows);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-backoff.h"
#include "engine/foreman-expectations.h"
#include "engine/foreman-inventory.h"
#include "engine/foreman-poll-queue.h"

G_BEGIN_DECLS

/* What only the inventory's own files know of it. */

/* The reason for being degraded that is none for not being there: something did answer. */
#define FOREMAN_INVENTORY_POLL_FAILED "poll_failed"

struct _ForemanInventory
{
  GObject parent_instance;

  ForemanTarget *target; /* (owned) */
  ForemanClock *clock;   /* (owned) */
  gint64 poll_interval;  /* µs */
  gboolean started;

  ForemanModelList *installed; /* (owned) (nullable): NULL before the first */
  ForemanModelList *resident;  /* (owned) (nullable): NULL before the first */
  gint64 last_poll;            /* µs since the epoch; 0: none */

  const char *reason; /* why the target is degraded, static; NULL: it is not */
  gint64 since;       /* µs since the epoch */
  ForemanBackoff backoff;

  ForemanPollQueue *polls;           /* (owned) */
  guint poll_timer;                  /* for the next regular poll */
  guint recovery_timer;              /* an answer came during a poll, see OWN_ANSWER */
  ForemanExpectations *expectations; /* (owned) */
  guint expectations_timer;
};

G_END_DECLS

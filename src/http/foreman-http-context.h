/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-config.h"
#include "engine/foreman-gate.h"
#include "engine/foreman-inventory.h"
#include "engine/foreman-target.h"
#include "http/foreman-access.h"
#include "http/foreman-http-metrics.h"
#include "jobs/foreman-dispatcher.h"
#include "jobs/foreman-job-watch.h"
#include "jobs/foreman-pause.h"
#include "jobs/foreman-webhooks.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/**
 * ForemanHttpContext:
 *
 * What the routes work with. The daemon makes the objects and outlives the server that is given
 * this.
 */
typedef struct
{
  ForemanConfig *config;         /* (owned) */
  ForemanClock *clock;           /* (owned) */
  ForemanTarget *target;         /* (owned) */
  ForemanInventory *inventory;   /* (owned) */
  ForemanGate *gate;             /* (owned) */
  ForemanStore *store;           /* (owned) */
  ForemanPause *pause;           /* (owned) (nullable): nothing can be paused */
  ForemanDispatcher *dispatcher; /* (owned) (nullable): nothing runs */
  ForemanJobWatch *job_watch;    /* (owned) (nullable): as long as there is no store */
  ForemanWebhooks *webhooks;     /* (owned) (nullable): nobody is told of jobs */
  ForemanAccess *access;         /* (owned) */
  ForemanHttpMetrics *metrics;   /* (owned) */
  char *instance_id;             /* (owned): a ULID, foreman's name in Via */
  gint64 started_at;             /* µs UTC */
  gint64 buffered;               /* bytes of request bodies in memory now */
  guint connections;
  gboolean draining;
} ForemanHttpContext;

G_END_DECLS

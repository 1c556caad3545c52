/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-scheduler.h"

G_BEGIN_DECLS

/* Shared by the scheduler's files. */
struct _SimScheduler
{
  SimServer *server;
  GMutex mutex;
  GPtrArray *runners;    /* (owned) SimRunner, loaded */
  GQueue pending;        /* SimConnection that need a load, the first after `active` */
  SimConnection *active; /* (nullable) the one whose load is being arranged */
  guint64 unloads;
  gint64 armed; /* the expiry the server's clock is set to */
};

SimRunner *sim_runner_new (SimModel *model, const SimLoadOptions *options, const SimConfig *config);
gint64 sim_runner_memory_for (const SimModel *model,
                              const SimLoadOptions *options,
                              const SimConfig *config,
                              int *parallel,
                              int *context_length);
void sim_runner_unload (SimScheduler *scheduler, SimRunner *runner);
void sim_runner_set_idle (SimScheduler *scheduler, SimRunner *runner);

G_END_DECLS

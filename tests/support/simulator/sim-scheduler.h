/* SPDX-License-Identifier: MIT */
#pragma once

#include <time.h>

#include "sim-exchange.h"
#include "sim-model.h"
#include "sim-options.h"

G_BEGIN_DECLS

/* Runners in memory, by Ollama's rules: loads one at a time in order of arrival, the idle runner
 * with the shortest keep-alive goes first, whoever asks with other load options reloads. */

typedef struct _SimScheduler SimScheduler;

typedef struct
{
  char *prompt; /* (owned) (nullable) what its cache holds */
  gboolean busy;
} SimSlot;

/* A loaded model. Fields belong to the scheduler's lock, but for `model`, `options` and `parallel`.
 */
typedef struct
{
  gint refs;
  SimModel *model; /* (owned) by the name it was first asked for */
  SimLoadOptions options;
  int context_length;
  gint64 memory;
  int parallel;
  SimSlot *slots; /* (owned) `parallel` of them */
  GQueue waiting; /* Waiter */
  guint users;
  gint64 keep_alive;          /* ns */
  gint64 expiry;              /* monotonic µs, 0: none */
  struct timespec expires_at; /* as ps shows it; 0 before it was idle once */
  gboolean unloaded;
} SimRunner;

typedef enum
{
  SIM_ACQUIRED,
  SIM_QUEUE_FULL,
  SIM_TOO_LARGE,
  SIM_LOAD_FAILED,
  SIM_CANCELED, /* the client left while the model was loading */
  SIM_GONE,     /* the client was found to have left when its turn came */
} SimAcquisition;

SimScheduler *sim_scheduler_new (SimServer *server);
void sim_scheduler_free (SimScheduler *scheduler);
SimAcquisition sim_scheduler_acquire (SimScheduler *scheduler,
                                      SimExchange *x,
                                      SimModel *model,
                                      const SimLoadOptions *options,
                                      const gint64 *keep_alive,
                                      SimRunner **runner,
                                      char **error);
void sim_scheduler_release (SimScheduler *scheduler, SimRunner *runner);
void sim_scheduler_expire (SimScheduler *scheduler, const SimModel *model);
void sim_scheduler_crash (SimScheduler *scheduler, SimRunner *runner);
gint64 sim_scheduler_sweep (SimScheduler *scheduler);
GPtrArray *sim_scheduler_list (SimScheduler *scheduler);
void sim_scheduler_unload_all (SimScheduler *scheduler);

int sim_scheduler_enter_slot (SimScheduler *scheduler,
                              SimRunner *runner,
                              SimExchange *x,
                              const char *prompt,
                              gsize *cached);
void sim_scheduler_leave_slot (SimScheduler *scheduler, SimRunner *runner, int slot, char *prompt);

void sim_runner_unref (SimRunner *runner);

G_END_DECLS

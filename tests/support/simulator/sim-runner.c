/* SPDX-License-Identifier: MIT */
#include "sim-runner.h"

#include <string.h>

#include "sim-duration.h"
#include "sim-server.h"

static int
parallel_of (const SimSpec *spec, const SimConfig *config)
{
  static const char *const single[] = { "mllama",         "qwen3vl",         "qwen3vlmoe",
                                        "qwen35",         "qwen35moe",       "qwen3next",
                                        "lfm2",           "lfm2moe",         "nemotron_h",
                                        "nemotron_h_moe", "nemotron_h_omni", NULL };

  if (spec->parallel > 0)
    return spec->parallel;
  if (!sim_spec_can (spec, SIM_CAN_COMPLETE) || g_strv_contains (single, spec->family))
    return 1;
  return MAX (config->parallel, 1);
}

/* Weights and key-value cache, in bytes. */
gint64
sim_runner_memory_for (const SimModel *model,
                       const SimLoadOptions *options,
                       const SimConfig *config,
                       int *parallel,
                       int *context_length)
{
  const SimSpec *spec = model->spec;
  gint64 weights = spec->memory > 0 ? spec->memory : spec->size;
  gint64 per_token;

  *parallel = parallel_of (spec, config);
  *context_length = (int) MIN (options->num_ctx, spec->context_length);
  per_token = (gint64) spec->block_count * spec->embedding_length * 4 * spec->head_count_kv /
              MAX (spec->head_count, 1);
  return weights + per_token * *context_length * *parallel;
}

SimRunner *
sim_runner_new (SimModel *model, const SimLoadOptions *options, const SimConfig *config)
{
  SimRunner *runner = g_new0 (SimRunner, 1);

  runner->refs = 1;
  g_atomic_int_inc (&model->refs);
  runner->model = model;
  runner->options = *options;
  runner->memory =
      sim_runner_memory_for (model, options, config, &runner->parallel, &runner->context_length);
  runner->slots = g_new0 (SimSlot, runner->parallel);
  return runner;
}

void
sim_runner_unref (SimRunner *runner)
{
  if (!g_atomic_int_dec_and_test (&runner->refs))
    return;
  for (int i = 0; i < runner->parallel; i++)
    g_free (runner->slots[i].prompt);
  g_free (runner->slots);
  sim_model_unref (runner->model);
  g_free (runner);
}

/* With the lock. */
void
sim_runner_unload (SimScheduler *scheduler, SimRunner *runner)
{
  if (runner->unloaded)
    return;
  runner->unloaded = TRUE;
  runner->expiry = 0;
  scheduler->unloads++;
  sim_stats_add (scheduler->server->stats, SIM_METRIC_UNLOADS, 1);
  sim_stats_add (scheduler->server->stats, SIM_METRIC_LOADED, -1);
  if (scheduler->active != NULL)
    sim_connection_wake (scheduler->active);
  g_ptr_array_remove (scheduler->runners, runner);
}

static void
set_expires_at (SimRunner *runner)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  runner->expires_at.tv_nsec = now.tv_nsec + runner->keep_alive % SIM_SECOND;
  runner->expires_at.tv_sec =
      now.tv_sec + runner->keep_alive / SIM_SECOND + runner->expires_at.tv_nsec / SIM_SECOND;
  runner->expires_at.tv_nsec %= SIM_SECOND;
}

/* Its last user has left: the time it may stay begins. With the lock. */
void
sim_runner_set_idle (SimScheduler *scheduler, SimRunner *runner)
{
  if (runner->unloaded)
    return;
  if (runner->keep_alive <= 0)
    {
      sim_runner_unload (scheduler, runner);
      return;
    }
  set_expires_at (runner);
  if (runner->keep_alive / 1000 > G_MAXINT64 / 2 / 1000)
    return;
  runner->expiry = g_get_monotonic_time () + runner->keep_alive / 1000;
  if (scheduler->armed == 0 || runner->expiry < scheduler->armed)
    sim_server_poke (scheduler->server);
}

typedef struct
{
  SimConnection *connection;
  gboolean granted;
} Waiter;

static int
free_slots (const SimRunner *runner)
{
  int count = 0;

  for (int i = 0; i < runner->parallel; i++)
    count += !runner->slots[i].busy;
  return count;
}

static gsize
common_prefix (const char *a, const char *b)
{
  gsize n = 0;

  while (a[n] != '\0' && a[n] == b[n])
    n++;
  return n;
}

/* Takes the free slot whose cache begins most like @prompt. */
static int
take_slot (SimRunner *runner, const char *prompt, gsize *cached)
{
  int best = -1;

  *cached = 0;
  for (int i = 0; i < runner->parallel; i++)
    {
      SimSlot *slot = &runner->slots[i];
      gsize common = slot->prompt != NULL ? common_prefix (slot->prompt, prompt) : 0;

      if (slot->busy || (best >= 0 && common <= *cached))
        continue;
      best = i;
      *cached = common;
    }
  runner->slots[best].busy = TRUE;
  return best;
}

static void
grant (SimRunner *runner)
{
  gint available = free_slots (runner);

  for (GList *l = runner->waiting.head; l != NULL && available > 0; l = l->next)
    {
      Waiter *waiter = l->data;

      if (!waiter->granted)
        sim_connection_wake (waiter->connection);
      waiter->granted = TRUE;
      available--;
    }
}

/* Waits for a place among the runner's parallel requests, without limit, in order of arrival.
 * Returns the slot, or -1 if the client left. @cached: how many bytes of @prompt its cache holds.
 */
int
sim_scheduler_enter_slot (SimScheduler *scheduler,
                          SimRunner *runner,
                          SimExchange *x,
                          const char *prompt,
                          gsize *cached)
{
  Waiter waiter = { x->connection, FALSE };
  int slot = -1;

  sim_connection_prepare_wake (x->connection);
  g_mutex_lock (&scheduler->mutex);
  g_queue_push_tail (&runner->waiting, &waiter);
  grant (runner);
  if (!waiter.granted)
    sim_exchange_stage (x, SIM_STAGE_QUEUED);
  while (!waiter.granted)
    {
      SimWake wake;

      g_mutex_unlock (&scheduler->mutex);
      wake = sim_connection_wait (x->connection, -1, TRUE);
      g_mutex_lock (&scheduler->mutex);
      if (wake == SIM_WAKE_HUNG_UP)
        break;
    }
  g_queue_remove (&runner->waiting, &waiter);
  if (waiter.granted)
    slot = take_slot (runner, prompt, cached);
  grant (runner);
  g_mutex_unlock (&scheduler->mutex);
  return slot;
}

/* @prompt: (transfer full) what the slot's cache holds now. */
void
sim_scheduler_leave_slot (SimScheduler *scheduler, SimRunner *runner, int slot, char *prompt)
{
  g_mutex_lock (&scheduler->mutex);
  g_free (runner->slots[slot].prompt);
  runner->slots[slot].prompt = prompt;
  runner->slots[slot].busy = FALSE;
  grant (runner);
  g_mutex_unlock (&scheduler->mutex);
}

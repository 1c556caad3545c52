/* SPDX-License-Identifier: MIT */
#include "sim-scheduler.h"

#include <string.h>

#include "sim-duration.h"
#include "sim-runner.h"
#include "sim-server.h"

SimScheduler *
sim_scheduler_new (SimServer *server)
{
  SimScheduler *scheduler = g_new0 (SimScheduler, 1);

  scheduler->server = server;
  g_mutex_init (&scheduler->mutex);
  scheduler->runners = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_runner_unref);
  return scheduler;
}

void
sim_scheduler_free (SimScheduler *scheduler)
{
  g_ptr_array_unref (scheduler->runners);
  g_mutex_clear (&scheduler->mutex);
  g_free (scheduler);
}

static SimRunner *
find_runner (SimScheduler *scheduler, const SimModel *model)
{
  for (guint i = 0; i < scheduler->runners->len; i++)
    {
      SimRunner *runner = scheduler->runners->pdata[i];

      if (g_str_equal (runner->model->spec->blob, model->spec->blob))
        return runner;
    }
  return NULL;
}

static gboolean
needs_reload (const SimRunner *runner, const SimLoadOptions *options)
{
  SimLoadOptions existing = runner->options;

  if (options->num_gpu < 0)
    existing.num_gpu = options->num_gpu;
  return memcmp (&existing, options, sizeof existing) != 0;
}

/* With the lock. */
static gint64
sweep (SimScheduler *scheduler)
{
  gint64 now = g_get_monotonic_time (), next = 0;

  for (guint i = scheduler->runners->len; i > 0; i--)
    {
      SimRunner *runner = scheduler->runners->pdata[i - 1];

      if (runner->users > 0 || runner->expiry == 0)
        continue;
      if (runner->expiry <= now)
        {
          sim_stats_add (scheduler->server->stats, SIM_METRIC_EXPIRATIONS, 1);
          sim_runner_unload (scheduler, runner);
        }
      else if (next == 0 || runner->expiry < next)
        next = runner->expiry;
    }
  return next;
}

/* Unloads what has expired; returns when to come again (monotonic µs), 0 for never. */
gint64
sim_scheduler_sweep (SimScheduler *scheduler)
{
  gint64 next;

  g_mutex_lock (&scheduler->mutex);
  next = scheduler->armed = sweep (scheduler);
  g_mutex_unlock (&scheduler->mutex);
  return next;
}

static gboolean
goes_before (const SimRunner *a, const SimRunner *b)
{
  if (a->keep_alive != b->keep_alive)
    return (guint64) a->keep_alive < (guint64) b->keep_alive;
  return strcmp (a->model->spec->blob, b->model->spec->blob) < 0;
}

/* The idle runner with the shortest keep-alive; if none is idle, the one with the shortest. */
static SimRunner *
find_victim (SimScheduler *scheduler)
{
  SimRunner *victim = NULL;

  for (guint i = 0; i < scheduler->runners->len; i++)
    {
      SimRunner *runner = scheduler->runners->pdata[i];

      if (victim == NULL || (victim->users > 0) > (runner->users > 0) ||
          ((victim->users > 0) == (runner->users > 0) && goes_before (runner, victim)))
        victim = runner;
    }
  return victim;
}

static gint64
memory_used (SimScheduler *scheduler)
{
  gint64 used = 0;

  for (guint i = 0; i < scheduler->runners->len; i++)
    used += ((SimRunner *) scheduler->runners->pdata[i])->memory;
  return used;
}

static SimRunner *
use_runner (SimRunner *runner, const gint64 *keep_alive)
{
  runner->users++;
  runner->expiry = 0;
  if (keep_alive != NULL)
    runner->keep_alive = *keep_alive;
  g_atomic_int_inc (&runner->refs);
  return runner;
}

/* Makes @victim go as soon as it is idle, and waits for that; others may keep it busy meanwhile. As
 * in Ollama nobody notices here that the client has left. */
static gboolean
evict (SimScheduler *scheduler, SimRunner *victim, SimConnection *connection)
{
  guint64 before = scheduler->unloads;
  double seconds = victim->model->spec->unload_seconds;

  victim->keep_alive = 0;
  victim->expiry = 0;
  if (victim->users == 0)
    sim_runner_unload (scheduler, victim);
  while (scheduler->unloads == before)
    {
      SimWake wake;

      g_mutex_unlock (&scheduler->mutex);
      wake = sim_connection_wait (connection, -1, FALSE);
      g_mutex_lock (&scheduler->mutex);
      if (wake == SIM_WAKE_HUNG_UP)
        return FALSE;
    }
  if (seconds > 0)
    {
      g_mutex_unlock (&scheduler->mutex);
      g_usleep ((gulong) sim_config_scaled (scheduler->server->config, seconds));
      g_mutex_lock (&scheduler->mutex);
    }
  return TRUE;
}

static void
load (SimScheduler *scheduler,
      SimModel *model,
      const SimLoadOptions *options,
      const gint64 *keep_alive,
      SimRunner **runner)
{
  SimStats *stats = scheduler->server->stats;

  *runner = sim_runner_new (model, options, scheduler->server->config);
  (*runner)->keep_alive = scheduler->server->config->keep_alive;
  g_ptr_array_add (scheduler->runners, *runner);
  use_runner (*runner, keep_alive);
  sim_stats_add (stats, SIM_METRIC_LOADS, 1);
  sim_stats_add (stats, SIM_METRIC_LOADED, 1);
}

/* The time a load takes; a client that leaves aborts it. */
static gboolean
sit_through_load (SimScheduler *scheduler, SimExchange *x, const SimModel *model)
{
  gint64 deadline = g_get_monotonic_time () +
                    sim_config_scaled (scheduler->server->config, model->spec->load_seconds);
  gboolean here;

  sim_exchange_stage (x, SIM_STAGE_LOADING);
  g_mutex_unlock (&scheduler->mutex);
  here = sim_connection_sleep_until (x->connection, deadline) &&
         sim_hold_pass (scheduler->server->hold, SIM_HOLD_LOAD, x->connection);
  g_mutex_lock (&scheduler->mutex);
  if (!here)
    sim_stats_add (scheduler->server->stats, SIM_METRIC_LOADS_ABORTED, 1);
  return here;
}

static void
human_bytes (gint64 bytes, char *text, gsize size)
{
  double gib = (double) bytes / (double) (1 << 30), mib = (double) bytes / (double) (1 << 20);

  if (gib >= 1)
    g_snprintf (text, size, "%.1f GiB", gib);
  else
    g_snprintf (text, size, "%.1f MiB", mib);
}

static SimAcquisition
too_large (gint64 wanted, gint64 there, char **error)
{
  char needed[32], available[32];

  human_bytes (wanted, needed, sizeof needed);
  human_bytes (there, available, sizeof available);
  *error = g_strdup_printf ("model requires more system memory (%s) than is available (%s)", needed,
                            available);
  return SIM_TOO_LARGE;
}

/* What has to go before @model can be loaded, or NULL. */
static SimRunner *
in_the_way (SimScheduler *scheduler,
            const SimModel *model,
            const SimLoadOptions *options,
            gint64 wanted)
{
  const SimConfig *config = scheduler->server->config;
  SimRunner *runner = find_runner (scheduler, model);

  if (runner != NULL)
    {
      sim_stats_add (scheduler->server->stats, SIM_METRIC_RELOADS, 1);
      return runner;
    }
  if (scheduler->runners->len == 0)
    return NULL;
  if ((config->max_loaded > 0 && (int) scheduler->runners->len >= config->max_loaded) ||
      memory_used (scheduler) + wanted > config->memory)
    {
      sim_stats_add (scheduler->server->stats, SIM_METRIC_EVICTIONS, 1);
      return find_victim (scheduler);
    }
  return NULL;
}

/* With the lock, as `active`. */
static SimAcquisition
arrange_load (SimScheduler *scheduler,
              SimExchange *x,
              SimModel *model,
              const SimLoadOptions *options,
              const gint64 *keep_alive,
              SimRunner **runner,
              char **error)
{
  int parallel, context_length;
  gint64 wanted =
      sim_runner_memory_for (model, options, scheduler->server->config, &parallel, &context_length);

  for (;;)
    {
      SimRunner *there, *victim;

      sweep (scheduler);
      there = find_runner (scheduler, model);
      if (there != NULL && !needs_reload (there, options))
        {
          *runner = use_runner (there, keep_alive);
          return SIM_ACQUIRED;
        }
      victim = in_the_way (scheduler, model, options, wanted);
      if (victim != NULL)
        {
          if (!evict (scheduler, victim, x->connection))
            return SIM_GONE;
          continue;
        }
      if (wanted > scheduler->server->config->memory)
        return too_large (wanted, scheduler->server->config->memory, error);
      if (!sit_through_load (scheduler, x, model))
        return SIM_CANCELED;
      if (x->fault != NULL && x->fault->kind == SIM_FAULT_LOAD_ERROR)
        {
          *error = g_strdup ("llama runner process has terminated: exit status 2");
          return SIM_LOAD_FAILED;
        }
      load (scheduler, model, options, keep_alive, runner);
      return SIM_ACQUIRED;
    }
}

/* Waits for this request's turn to load. With the lock. */
static gboolean
await_turn (SimScheduler *scheduler, SimConnection *connection)
{
  if (scheduler->active == NULL)
    {
      scheduler->active = connection;
      return TRUE;
    }
  g_queue_push_tail (&scheduler->pending, connection);
  while (scheduler->active != connection)
    {
      SimWake wake;

      g_mutex_unlock (&scheduler->mutex);
      wake = sim_connection_wait (connection, -1, FALSE);
      g_mutex_lock (&scheduler->mutex);
      if (wake == SIM_WAKE_HUNG_UP && scheduler->active != connection)
        {
          g_queue_remove (&scheduler->pending, connection);
          return FALSE;
        }
    }
  return TRUE;
}

static void
pass_turn (SimScheduler *scheduler)
{
  scheduler->active = g_queue_pop_head (&scheduler->pending);
  if (scheduler->active != NULL)
    sim_connection_wake (scheduler->active);
}

/* Returns a runner for @model, loaded if need be; it is the caller's to release. */
SimAcquisition
sim_scheduler_acquire (SimScheduler *scheduler,
                       SimExchange *x,
                       SimModel *model,
                       const SimLoadOptions *options,
                       const gint64 *keep_alive,
                       SimRunner **runner,
                       char **error)
{
  SimAcquisition result = SIM_ACQUIRED;
  SimRunner *there;

  sim_connection_prepare_wake (x->connection);
  g_mutex_lock (&scheduler->mutex);
  sweep (scheduler);
  there = find_runner (scheduler, model);
  if (there != NULL && !needs_reload (there, options))
    *runner = use_runner (there, keep_alive);
  else if (scheduler->active != NULL &&
           (int) scheduler->pending.length >= scheduler->server->config->max_queue)
    {
      sim_stats_add (scheduler->server->stats, SIM_METRIC_QUEUE_FULL, 1);
      result = SIM_QUEUE_FULL;
    }
  else
    {
      sim_exchange_stage (x, SIM_STAGE_QUEUED);
      result = SIM_GONE;
      if (await_turn (scheduler, x->connection))
        {
          if (sim_connection_wait (x->connection, 0, TRUE) != SIM_WAKE_HUNG_UP)
            result = arrange_load (scheduler, x, model, options, keep_alive, runner, error);
          pass_turn (scheduler);
        }
    }
  g_mutex_unlock (&scheduler->mutex);
  return result;
}

void
sim_scheduler_release (SimScheduler *scheduler, SimRunner *runner)
{
  g_mutex_lock (&scheduler->mutex);
  if (--runner->users == 0)
    sim_runner_set_idle (scheduler, runner);
  g_mutex_unlock (&scheduler->mutex);
  sim_runner_unref (runner);
}

/* Unloads as soon as nobody uses it. */
void
sim_scheduler_expire (SimScheduler *scheduler, const SimModel *model)
{
  SimRunner *runner;

  g_mutex_lock (&scheduler->mutex);
  runner = find_runner (scheduler, model);
  if (runner != NULL)
    {
      runner->keep_alive = 0;
      runner->expiry = 0;
      clock_gettime (CLOCK_REALTIME, &runner->expires_at);
      if (runner->users == 0)
        sim_runner_unload (scheduler, runner);
    }
  g_mutex_unlock (&scheduler->mutex);
}

/* The runner's process died. */
void
sim_scheduler_crash (SimScheduler *scheduler, SimRunner *runner)
{
  g_mutex_lock (&scheduler->mutex);
  sim_runner_unload (scheduler, runner);
  g_mutex_unlock (&scheduler->mutex);
}

/* Idle runners go at once, the others when they are. */
void
sim_scheduler_unload_all (SimScheduler *scheduler)
{
  g_mutex_lock (&scheduler->mutex);
  for (guint i = scheduler->runners->len; i > 0; i--)
    {
      SimRunner *runner = scheduler->runners->pdata[i - 1];

      runner->keep_alive = 0;
      if (runner->users == 0)
        sim_runner_unload (scheduler, runner);
    }
  g_mutex_unlock (&scheduler->mutex);
}

static gint
latest_first (gconstpointer a, gconstpointer b)
{
  const SimRunner *first = *(SimRunner *const *) a, *second = *(SimRunner *const *) b;

  return first->expires_at.tv_sec < second->expires_at.tv_sec   ? 1
         : first->expires_at.tv_sec > second->expires_at.tv_sec ? -1
                                                                : 0;
}

/* A snapshot for ps: copies of the runners, the latest to expire first. Of each only `model`,
 * `memory`, `context_length` and `expires_at` are to be used. Returns: (transfer full) */
GPtrArray *
sim_scheduler_list (SimScheduler *scheduler)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_runner_unref);

  g_mutex_lock (&scheduler->mutex);
  sweep (scheduler);
  for (guint i = 0; i < scheduler->runners->len; i++)
    {
      SimRunner *runner = scheduler->runners->pdata[i];
      SimRunner *copy = sim_runner_new (runner->model, &runner->options, scheduler->server->config);

      copy->expires_at = runner->expires_at;
      if (copy->expires_at.tv_sec == 0)
        {
          clock_gettime (CLOCK_REALTIME, &copy->expires_at);
          copy->expires_at.tv_sec += runner->keep_alive / SIM_SECOND;
        }
      g_ptr_array_add (list, copy);
    }
  g_mutex_unlock (&scheduler->mutex);
  g_ptr_array_sort (list, latest_first);
  return list;
}

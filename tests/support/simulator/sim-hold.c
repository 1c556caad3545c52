/* SPDX-License-Identifier: MIT */
#include "sim-hold.h"

struct _SimHold
{
  SimStats *stats;
  GMutex mutex;
  gint closed[SIM_N_HOLDS]; /* readable without the lock */
  gint64 credit[SIM_N_HOLDS];
  GQueue waiting[SIM_N_HOLDS]; /* SimConnection, in order of arrival */
};

static const char *const point_names[SIM_N_HOLDS] = { "load", "prefill", "tokens" };

SimHold *
sim_hold_new (SimStats *stats)
{
  SimHold *hold = g_new0 (SimHold, 1);

  g_mutex_init (&hold->mutex);
  hold->stats = stats;
  return hold;
}

void
sim_hold_free (SimHold *hold)
{
  g_mutex_clear (&hold->mutex);
  g_free (hold);
}

gboolean
sim_hold_point_from_name (const char *name, SimHoldPoint *point)
{
  for (guint i = 0; i < SIM_N_HOLDS; i++)
    if (g_str_equal (name, point_names[i]))
      {
        *point = i;
        return TRUE;
      }
  return FALSE;
}

void
sim_hold_close (SimHold *hold, SimHoldPoint point)
{
  g_mutex_lock (&hold->mutex);
  g_atomic_int_set (&hold->closed[point], 1);
  hold->credit[point] = 0;
  g_mutex_unlock (&hold->mutex);
}

static void
wake_all (SimHold *hold, SimHoldPoint point)
{
  for (GList *l = hold->waiting[point].head; l != NULL; l = l->next)
    sim_connection_wake (l->data);
}

/* Lets @count more pass; the point stays held. */
void
sim_hold_let (SimHold *hold, SimHoldPoint point, gint64 count)
{
  g_mutex_lock (&hold->mutex);
  hold->credit[point] += count;
  wake_all (hold, point);
  g_mutex_unlock (&hold->mutex);
}

void
sim_hold_open (SimHold *hold, SimHoldPoint point)
{
  g_mutex_lock (&hold->mutex);
  g_atomic_int_set (&hold->closed[point], 0);
  wake_all (hold, point);
  g_mutex_unlock (&hold->mutex);
}

static gboolean
may_pass (SimHold *hold, SimHoldPoint point)
{
  if (!hold->closed[point])
    return TRUE;
  if (hold->credit[point] <= 0)
    return FALSE;
  hold->credit[point]--;
  return TRUE;
}

/* Waits until the point lets this request through; FALSE if its client left. */
gboolean
sim_hold_pass (SimHold *hold, SimHoldPoint point, SimConnection *connection)
{
  SimWake wake = SIM_WAKE_WOKEN;

  if (!g_atomic_int_get (&hold->closed[point]))
    return TRUE;
  sim_connection_prepare_wake (connection);
  g_mutex_lock (&hold->mutex);
  if (!may_pass (hold, point))
    {
      g_queue_push_tail (&hold->waiting[point], connection);
      sim_stats_add (hold->stats, SIM_METRIC_HELD, 1);
      do
        {
          g_mutex_unlock (&hold->mutex);
          wake = sim_connection_wait (connection, -1, TRUE);
          g_mutex_lock (&hold->mutex);
        }
      while (wake != SIM_WAKE_HUNG_UP && !may_pass (hold, point));
      g_queue_remove (&hold->waiting[point], connection);
      sim_stats_add (hold->stats, SIM_METRIC_HELD, -1);
    }
  g_mutex_unlock (&hold->mutex);
  return wake != SIM_WAKE_HUNG_UP;
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-inventory-poll.h"

#include "libforeman/foreman-error.h"

/* `ps` takes locks that a load or an unload can hold for seconds. */
#define POLL_TIMEOUT (30 * G_USEC_PER_SEC)

struct _ForemanInventoryPoll
{
  ForemanTarget *target; /* (owned) */
  ForemanClock *clock;   /* (owned) */
  GCancellable *cancellable;
  guint timer;
  guint pending; /* calls under way */
  ForemanInventoryLists lists;

  ForemanModelList *installed; /* (owned) (nullable) */
  ForemanModelList *resident;  /* (owned) (nullable) */
  GError *error;               /* (owned) (nullable): the first one */

  ForemanInventoryPollFunc func; /* (nullable): NULL when cancelled */
  gpointer data;
};

static void
poll_free (ForemanInventoryPoll *poll)
{
  foreman_clock_clear_timer (poll->clock, &poll->timer);
  g_clear_pointer (&poll->installed, foreman_model_list_unref);
  g_clear_pointer (&poll->resident, foreman_model_list_unref);
  g_clear_error (&poll->error);
  g_clear_object (&poll->cancellable);
  g_clear_object (&poll->clock);
  g_clear_object (&poll->target);
  g_free (poll);
}

static void
poll_fail (ForemanInventoryPoll *poll, GError *error /* (transfer full) */)
{
  if (poll->error != NULL)
    {
      g_error_free (error);
      return;
    }
  poll->error = error;
  g_cancellable_cancel (poll->cancellable);
}

static void
poll_finish_one (ForemanInventoryPoll *poll)
{
  ForemanInventoryFindings findings = { poll->lists, poll->installed, poll->resident, poll->error };

  if (--poll->pending > 0)
    return;
  foreman_clock_clear_timer (poll->clock, &poll->timer);
  if (poll->func != NULL)
    poll->func (&findings, poll->data);
  poll_free (poll);
}

static void
poll_take_answer (ForemanInventoryPoll *poll, GAsyncResult *result, ForemanModelList **list)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = foreman_target_fetch_finish (poll->target, result, &error);

  if (body != NULL)
    *list = foreman_model_list_new (body, &error);
  if (error != NULL)
    poll_fail (poll, g_steal_pointer (&error));
  poll_finish_one (poll);
}

static void
on_tags (GObject *source, GAsyncResult *result, gpointer data)
{
  ForemanInventoryPoll *poll = data;

  poll_take_answer (poll, result, &poll->installed);
}

static void
on_ps (GObject *source, GAsyncResult *result, gpointer data)
{
  ForemanInventoryPoll *poll = data;

  poll_take_answer (poll, result, &poll->resident);
}

static void
on_timeout (gpointer data)
{
  ForemanInventoryPoll *poll = data;

  poll->timer = 0;
  poll_fail (poll, g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT,
                                "Ollama did not list its models within %d s",
                                (int) (POLL_TIMEOUT / G_USEC_PER_SEC)));
}

/**
 * foreman_inventory_poll_start:
 * @target: who is asked
 * @clock: the clock
 * @lists: what is asked for, at least one
 * @func: called exactly once, unless foreman_inventory_poll_cancel() comes before; then the poll is
 * freed
 * @data: for @func
 *
 * Asks for the lists, all at once. Main thread.
 *
 * Returns: (transfer none): the poll, which owns itself
 */
ForemanInventoryPoll *
foreman_inventory_poll_start (ForemanTarget *target,
                              ForemanClock *clock,
                              ForemanInventoryLists lists,
                              ForemanInventoryPollFunc func,
                              gpointer data)
{
  ForemanInventoryPoll *poll = g_new0 (ForemanInventoryPoll, 1);

  poll->target = g_object_ref (target);
  poll->clock = g_object_ref (clock);
  poll->cancellable = g_cancellable_new ();
  poll->lists = lists;
  poll->func = func;
  poll->data = data;
  poll->timer = foreman_clock_add_timer (clock, foreman_clock_get_monotonic (clock) + POLL_TIMEOUT,
                                         on_timeout, poll, NULL);
  if (lists & FOREMAN_INVENTORY_INSTALLED)
    {
      poll->pending++;
      foreman_target_fetch_async (target, "/api/tags", poll->cancellable, on_tags, poll);
    }
  if (lists & FOREMAN_INVENTORY_RESIDENT)
    {
      poll->pending++;
      foreman_target_fetch_async (target, "/api/ps", poll->cancellable, on_ps, poll);
    }
  g_assert (poll->pending > 0);
  return poll;
}

/**
 * foreman_inventory_poll_cancel:
 * @poll: a poll under way
 *
 * Gives the poll up; its function is not called any more.
 */
void
foreman_inventory_poll_cancel (ForemanInventoryPoll *poll)
{
  poll->func = NULL;
  foreman_clock_clear_timer (poll->clock, &poll->timer);
  g_cancellable_cancel (poll->cancellable);
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-inventory.h"

#include "engine/foreman-inventory-private.h"
#include "libforeman/foreman-error.h"

/* A target that is degraded is asked again after this, then ever more rarely. */
#define FIRST_RETRY  (1 * G_USEC_PER_SEC)
#define LONGEST_WAIT (30 * G_USEC_PER_SEC)

/* However many calls break or succeed: no more than one extra poll in this time. */
#define MIN_INTERVAL (1 * G_USEC_PER_SEC)

/* An answer that comes while a degraded target is being polled is most likely the poll's own, whose
 * outcome says more. This is how long the poll has to show that. */
#define OWN_ANSWER (G_USEC_PER_SEC / 4)

/**
 * ForemanInventory:
 *
 * What the target has installed and resident, as far as is known, and whether the target is
 * degraded: a poll failed, or a call of anybody's could not reach it. The last lists are kept
 * whatever happens.
 *
 * One poll is under way at a time. Callers join it, or the next one if they need newer data.
 */
G_DEFINE_FINAL_TYPE (ForemanInventory, foreman_inventory, G_TYPE_OBJECT)

enum
{
  CHANGED,
  DEGRADED_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Time */

static void
on_poll_due (gpointer data)
{
  ForemanInventory *self = data;

  self->poll_timer = 0;
  if (foreman_poll_queue_get_lists (self->polls) != FOREMAN_INVENTORY_ALL)
    foreman_poll_queue_add (self->polls, FOREMAN_INVENTORY_ALL, FALSE);
}

static void
inventory_poll_at (ForemanInventory *self, gint64 when)
{
  foreman_clock_clear_timer (self->clock, &self->poll_timer);
  self->poll_timer = foreman_clock_add_timer (self->clock, when, on_poll_due, self, NULL);
}

static void
inventory_schedule (ForemanInventory *self)
{
  gint64 delay = self->poll_interval;

  if (self->reason != NULL)
    delay = foreman_backoff_next (&self->backoff);
  inventory_poll_at (self, foreman_clock_get_monotonic (self->clock) + delay);
}

static gboolean
inventory_is_polling (ForemanInventory *self)
{
  return foreman_poll_queue_get_lists (self->polls) != 0;
}

static void
inventory_poll_soon (ForemanInventory *self)
{
  gint64 earliest =
      foreman_poll_queue_get_begun_at (self->polls) + MIN (MIN_INTERVAL, self->poll_interval);

  if (inventory_is_polling (self))
    return;
  if (foreman_clock_get_monotonic (self->clock) >= earliest)
    foreman_poll_queue_add (self->polls, FOREMAN_INVENTORY_ALL, FALSE);
  else
    inventory_poll_at (self, earliest);
}

static void
on_expectation_due (gpointer data)
{
  ForemanInventory *self = data;

  self->expectations_timer = 0;
  foreman_poll_queue_add (self->polls, foreman_expectations_get_lists (self->expectations), TRUE);
}

static void
inventory_schedule_expectations (ForemanInventory *self)
{
  gint64 now = foreman_clock_get_monotonic (self->clock);
  gint64 delay;

  foreman_clock_clear_timer (self->clock, &self->expectations_timer);
  delay = foreman_expectations_check (self->expectations, self->installed, self->resident,
                                      foreman_poll_queue_get_serial (self->polls), now);
  if (delay >= 0)
    self->expectations_timer =
        foreman_clock_add_timer (self->clock, now + delay, on_expectation_due, self, NULL);
}

/* Degraded or not */

static const char *
reason_of (const GError *error)
{
  if (foreman_error_is_unreachable (error))
    return "unreachable";
  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT))
    return "timeout";
  return FOREMAN_INVENTORY_POLL_FAILED;
}

/* Returns: whether this is news */
static gboolean
inventory_set_degraded (ForemanInventory *self, const GError *error)
{
  const char *reason = reason_of (error);
  gboolean was_degraded = self->reason != NULL;

  if (was_degraded && g_str_equal (self->reason, reason))
    return FALSE;
  self->reason = reason;
  if (!was_degraded)
    {
      self->since = foreman_clock_get_real (self->clock);
      foreman_backoff_reset (&self->backoff);
    }
  g_message ("degraded (%s): %s", reason, error->message);
  g_signal_emit (self, signals[DEGRADED_CHANGED], 0);
  return !was_degraded;
}

static void
inventory_clear_degraded (ForemanInventory *self)
{
  foreman_clock_clear_timer (self->clock, &self->recovery_timer);
  if (self->reason == NULL)
    return;
  self->reason = NULL;
  self->since = 0;
  g_message ("Ollama answers again");
  g_signal_emit (self, signals[DEGRADED_CHANGED], 0);
}

/* Polls */

static gboolean
replace_list (ForemanModelList **list, ForemanModelList *found)
{
  gboolean changed;

  if (found == NULL)
    return FALSE;
  changed = *list == NULL || !g_bytes_equal (foreman_model_list_get_bytes (*list),
                                             foreman_model_list_get_bytes (found));
  g_clear_pointer (list, foreman_model_list_unref);
  *list = foreman_model_list_ref (found);
  return changed;
}

static void
inventory_take_lists (ForemanInventory *self, const ForemanInventoryFindings *findings)
{
  gboolean changed = replace_list (&self->installed, findings->installed);

  changed |= replace_list (&self->resident, findings->resident);
  if (findings->lists == FOREMAN_INVENTORY_ALL)
    self->last_poll = foreman_clock_get_real (self->clock);
  if (changed)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_polled (const ForemanInventoryFindings *findings, gpointer data)
{
  ForemanInventory *self = data;

  foreman_clock_clear_timer (self->clock, &self->recovery_timer);
  if (findings->error != NULL)
    {
      g_debug ("poll failed: %s", findings->error->message);
      inventory_set_degraded (self, findings->error);
    }
  else
    {
      inventory_take_lists (self, findings);
      inventory_clear_degraded (self);
    }
  if (!self->started)
    return;
  if (findings->error != NULL || findings->lists == FOREMAN_INVENTORY_ALL)
    inventory_schedule (self);
  inventory_schedule_expectations (self);
}

/* The target's and the clock's news */

static void
inventory_recover (ForemanInventory *self)
{
  inventory_clear_degraded (self);
  inventory_poll_soon (self);
}

static void
on_recovery_due (gpointer data)
{
  ForemanInventory *self = data;

  self->recovery_timer = 0;
  foreman_poll_queue_restart (self->polls, FOREMAN_INVENTORY_ALL);
  inventory_clear_degraded (self);
}

static void
on_reached (ForemanInventory *self)
{
  if (self->reason == NULL)
    return;
  if (!inventory_is_polling (self))
    inventory_recover (self);
  else if (self->recovery_timer == 0)
    self->recovery_timer =
        foreman_clock_add_timer (self->clock,
                                 foreman_clock_get_monotonic (self->clock) + OWN_ANSWER,
                                 on_recovery_due, self, NULL);
}

static void
on_unreachable (ForemanInventory *self, const GError *error)
{
  if (inventory_set_degraded (self, error) && !inventory_is_polling (self))
    inventory_schedule (self);
}

static void
on_resumed (ForemanInventory *self)
{
  /* A poll from before the sleep may be waiting for a connection that is long dead. */
  foreman_backoff_reset (&self->backoff);
  foreman_poll_queue_restart (self->polls, FOREMAN_INVENTORY_ALL);
}

static void
foreman_inventory_dispose (GObject *object)
{
  foreman_inventory_stop (FOREMAN_INVENTORY (object));

  G_OBJECT_CLASS (foreman_inventory_parent_class)->dispose (object);
}

static void
foreman_inventory_finalize (GObject *object)
{
  ForemanInventory *self = FOREMAN_INVENTORY (object);

  g_clear_pointer (&self->expectations, foreman_expectations_free);
  g_clear_pointer (&self->polls, foreman_poll_queue_free);
  g_clear_pointer (&self->installed, foreman_model_list_unref);
  g_clear_pointer (&self->resident, foreman_model_list_unref);
  g_clear_object (&self->clock);
  g_clear_object (&self->target);

  G_OBJECT_CLASS (foreman_inventory_parent_class)->finalize (object);
}

static void
foreman_inventory_class_init (ForemanInventoryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = foreman_inventory_dispose;
  object_class->finalize = foreman_inventory_finalize;

  /**
   * ForemanInventory::changed:
   * @inventory: the inventory
   *
   * One of the lists is no longer what it was, were it only by a single byte.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  /**
   * ForemanInventory::degraded-changed:
   * @inventory: the inventory
   *
   * The target has become degraded, has recovered, or is degraded for another reason.
   */
  signals[DEGRADED_CHANGED] = g_signal_new ("degraded-changed", G_TYPE_FROM_CLASS (klass),
                                            G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_inventory_init (ForemanInventory *self)
{
  self->expectations = foreman_expectations_new ();
}

/**
 * foreman_inventory_new:
 * @target: the target
 * @clock: the clock
 * @poll_interval: how often both lists are asked for, in µs
 *
 * Creates an inventory that knows nothing yet.
 *
 * Returns: (transfer full): an inventory
 */
ForemanInventory *
foreman_inventory_new (ForemanTarget *target, ForemanClock *clock, gint64 poll_interval)
{
  ForemanInventory *self;

  g_return_val_if_fail (FOREMAN_IS_TARGET (target), NULL);
  g_return_val_if_fail (FOREMAN_IS_CLOCK (clock), NULL);
  g_return_val_if_fail (poll_interval > 0, NULL);

  self = g_object_new (FOREMAN_TYPE_INVENTORY, NULL);
  self->target = g_object_ref (target);
  self->clock = g_object_ref (clock);
  self->polls = foreman_poll_queue_new (G_OBJECT (self), target, clock, on_polled);
  foreman_inventory_set_poll_interval (self, poll_interval);
  return self;
}

/**
 * foreman_inventory_set_poll_interval:
 * @inventory: an inventory
 * @poll_interval: how often both lists are asked for, in µs
 *
 * Sets how long the next poll is away, from now on. Main thread, as is everything here.
 */
void
foreman_inventory_set_poll_interval (ForemanInventory *inventory, gint64 poll_interval)
{
  g_return_if_fail (FOREMAN_IS_INVENTORY (inventory));
  g_return_if_fail (poll_interval > 0);

  if (poll_interval == inventory->poll_interval)
    return;
  inventory->poll_interval = poll_interval;
  inventory->backoff.first = MIN (FIRST_RETRY, poll_interval);
  inventory->backoff.max = MAX (LONGEST_WAIT, poll_interval);
  if (inventory->started && !inventory_is_polling (inventory))
    inventory_schedule (inventory);
}

/**
 * foreman_inventory_start:
 * @inventory: an inventory
 *
 * Polls the target now and from then on. Main thread only, as all of it.
 */
void
foreman_inventory_start (ForemanInventory *inventory)
{
  g_return_if_fail (FOREMAN_IS_INVENTORY (inventory));

  if (inventory->started)
    return;
  inventory->started = TRUE;
  g_signal_connect_swapped (inventory->target, "reached", G_CALLBACK (on_reached), inventory);
  g_signal_connect_swapped (inventory->target, "unreachable", G_CALLBACK (on_unreachable),
                            inventory);
  g_signal_connect_swapped (inventory->target, "broken", G_CALLBACK (inventory_poll_soon),
                            inventory);
  g_signal_connect_swapped (inventory->clock, "resumed", G_CALLBACK (on_resumed), inventory);
  foreman_poll_queue_add (inventory->polls, FOREMAN_INVENTORY_ALL, FALSE);
}

/**
 * foreman_inventory_stop:
 * @inventory: an inventory
 *
 * Stops polling; who waits for a refresh is told %FOREMAN_ERROR_DRAINING. What is known stays.
 */
void
foreman_inventory_stop (ForemanInventory *inventory)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (FOREMAN_IS_INVENTORY (inventory));

  if (!inventory->started)
    return;
  inventory->started = FALSE;
  g_signal_handlers_disconnect_by_data (inventory->target, inventory);
  g_signal_handlers_disconnect_by_data (inventory->clock, inventory);
  foreman_clock_clear_timer (inventory->clock, &inventory->poll_timer);
  foreman_clock_clear_timer (inventory->clock, &inventory->recovery_timer);
  foreman_clock_clear_timer (inventory->clock, &inventory->expectations_timer);
  g_set_error (&error, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING, "foreman is shutting down");
  foreman_poll_queue_stop (inventory->polls, error);
}

/**
 * foreman_inventory_refresh_async:
 * @inventory: an inventory that was started
 * @lists: what is needed
 * @fresh: whether it must be asked for from now on; otherwise a poll under way will do
 * @cancellable: (nullable): ends the waiting; the poll goes on
 * @callback: (nullable): called when the lists are there or could not be had
 * @user_data: for @callback
 *
 * Asks the target for its lists. All who ask meanwhile share one poll. After what changed the
 * target, as a finished chat or a pull, only a @fresh one shows it.
 */
void
foreman_inventory_refresh_async (ForemanInventory *inventory,
                                 ForemanInventoryLists lists,
                                 gboolean fresh,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (FOREMAN_IS_INVENTORY (inventory));
  g_return_if_fail (lists != 0);

  task = g_task_new (inventory, cancellable, callback, user_data);
  g_task_set_source_tag (task, foreman_inventory_refresh_async);
  if (!inventory->started)
    {
      g_task_return_new_error (task, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING,
                               "foreman is shutting down");
      return;
    }
  foreman_poll_queue_join (inventory->polls, g_steal_pointer (&task), lists, fresh);
}

/**
 * foreman_inventory_refresh_finish:
 * @inventory: an inventory
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes foreman_inventory_refresh_async().
 *
 * Returns: %TRUE if the lists are there now; otherwise what the poll failed with, or
 *   %G_IO_ERROR_CANCELLED
 */
gboolean
foreman_inventory_refresh_finish (ForemanInventory *inventory, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, inventory), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, foreman_inventory_refresh_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * foreman_inventory_settle_async:
 * @inventory: an inventory that was started
 * @lists: what is going to be read
 * @cancellable: (nullable): ends the waiting
 * @callback: called when the lists can be read
 * @user_data: for @callback
 *
 * Waits until @lists show what is known to have happened: for a refresh that somebody asked for,
 * and for new ones while a change is expected. A regular poll is not waited for.
 */
void
foreman_inventory_settle_async (ForemanInventory *inventory,
                                ForemanInventoryLists lists,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  ForemanInventoryLists expected;

  g_return_if_fail (FOREMAN_IS_INVENTORY (inventory));
  g_return_if_fail (lists != 0);

  task = g_task_new (inventory, cancellable, callback, user_data);
  g_task_set_source_tag (task, foreman_inventory_settle_async);
  expected = lists & foreman_expectations_get_lists (inventory->expectations);
  if (inventory->started && expected != 0)
    foreman_poll_queue_join (inventory->polls, g_steal_pointer (&task), expected, TRUE);
  else
    foreman_poll_queue_settle (inventory->polls, g_steal_pointer (&task), lists);
}

/**
 * foreman_inventory_settle_finish:
 * @inventory: an inventory
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes foreman_inventory_settle_async().
 *
 * Returns: %TRUE if the lists can be read; otherwise what the refresh failed with: then the last
 *   ones are older than what happened
 */
gboolean
foreman_inventory_settle_finish (ForemanInventory *inventory, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, inventory), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, foreman_inventory_settle_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * foreman_inventory_expect_change:
 * @inventory: an inventory that was started
 * @leaving: (nullable): a model that was asked to unload; %NULL: anything
 *
 * To be called when something was done through foreman that the lists are going to show, perhaps
 * not at once. The target is polled until @leaving is not resident any more, or with %NULL until
 * there are other models than now, for 10 s at most.
 */
void
foreman_inventory_expect_change (ForemanInventory *inventory, const ForemanModelName *leaving)
{
  gint64 now;

  g_return_if_fail (FOREMAN_IS_INVENTORY (inventory));

  if (!inventory->started)
    return;
  now = foreman_clock_get_monotonic (inventory->clock);
  foreman_expectations_add (inventory->expectations, leaving, inventory->installed,
                            inventory->resident, foreman_poll_queue_get_serial (inventory->polls),
                            now);
  foreman_poll_queue_add (inventory->polls,
                          foreman_expectations_get_lists (inventory->expectations), TRUE);
}

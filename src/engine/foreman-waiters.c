/* SPDX-License-Identifier: MIT */
#include "engine/foreman-waiters.h"

struct _ForemanWaiters
{
  GQueue waiting; /* of Waiter (owned), each through its link */
};

typedef struct
{
  ForemanWaiters *waiters; /* (unowned) (nullable): where it waits */
  GTask *task;             /* (owned) */
  gulong handler;          /* on the task's cancellable */
  GList link;
} Waiter;

static void
waiter_free (Waiter *waiter)
{
  g_clear_signal_handler (&waiter->handler, g_task_get_cancellable (waiter->task));
  g_object_unref (waiter->task);
  g_free (waiter);
}

static gboolean
on_idle (gpointer data)
{
  Waiter *waiter = data;

  g_task_return_error_if_cancelled (waiter->task);
  return G_SOURCE_REMOVE;
}

/* Inside of g_cancellable_cancel() the caller must not be told: it may well disconnect from the
 * same cancellable, which would wait for itself. */
static void
on_cancelled (GCancellable *cancellable, Waiter *waiter)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_queue_unlink (&waiter->waiters->waiting, &waiter->link);
  waiter->waiters = NULL;

  g_source_set_priority (source, g_task_get_priority (waiter->task));
  g_source_set_static_name (source, "foreman-waiter-cancelled");
  g_source_set_callback (source, on_idle, waiter, (GDestroyNotify) waiter_free);
  g_source_attach (source, g_task_get_context (waiter->task));
}

/**
 * foreman_waiters_new: (skip)
 *
 * Creates a place where callers wait for one event, each until it is cancelled.
 *
 * Returns: (transfer full): nobody waits
 */
ForemanWaiters *
foreman_waiters_new (void)
{
  return g_new0 (ForemanWaiters, 1);
}

/**
 * foreman_waiters_free: (skip)
 * @waiters: (transfer full): a place where nobody waits
 *
 * Frees @waiters. Who waits holds the task's source object, which should hold @waiters.
 */
void
foreman_waiters_free (ForemanWaiters *waiters)
{
  g_return_if_fail (foreman_waiters_is_empty (waiters));

  g_free (waiters);
}

/**
 * foreman_waiters_take: (skip)
 * @waiters: where to wait
 * @task: (transfer full): a task that returns a boolean
 *
 * Lets a caller wait. Main thread only, and that is also where its cancellable must be cancelled.
 */
void
foreman_waiters_take (ForemanWaiters *waiters, GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  Waiter *waiter;

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  waiter = g_new0 (Waiter, 1);
  waiter->waiters = waiters;
  waiter->task = task;
  waiter->link.data = waiter;
  g_queue_push_tail_link (&waiters->waiting, &waiter->link);
  if (cancellable != NULL)
    waiter->handler =
        g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled), waiter);
}

/**
 * foreman_waiters_move: (skip)
 * @waiters: where to wait from now on
 * @from: where they wait
 *
 * Lets all who wait at @from wait at @waiters instead.
 */
void
foreman_waiters_move (ForemanWaiters *waiters, ForemanWaiters *from)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&from->waiting)) != NULL)
    {
      ((Waiter *) link->data)->waiters = waiters;
      g_queue_push_tail_link (&waiters->waiting, link);
    }
}

/**
 * foreman_waiters_is_empty: (skip)
 * @waiters: where to look
 *
 * Returns: whether nobody waits
 */
gboolean
foreman_waiters_is_empty (const ForemanWaiters *waiters)
{
  return waiters->waiting.length == 0;
}

/**
 * foreman_waiters_return: (skip)
 * @waiters: where they wait
 * @error: (nullable): why what they waited for did not come
 *
 * Tells all who wait now: %TRUE, or @error. Who comes while they are told waits for the next time.
 */
void
foreman_waiters_return (ForemanWaiters *waiters, const GError *error)
{
  GQueue told = waiters->waiting;
  GList *link;

  g_queue_init (&waiters->waiting);
  for (link = told.head; link != NULL; link = link->next)
    {
      Waiter *waiter = link->data;

      g_clear_signal_handler (&waiter->handler, g_task_get_cancellable (waiter->task));
    }
  while ((link = g_queue_pop_head_link (&told)) != NULL)
    {
      Waiter *waiter = link->data;

      if (error != NULL)
        g_task_return_error (waiter->task, g_error_copy (error));
      else
        g_task_return_boolean (waiter->task, TRUE);
      waiter_free (waiter);
    }
}

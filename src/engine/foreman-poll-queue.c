/* SPDX-License-Identifier: MIT */
#include "engine/foreman-poll-queue.h"

#include "engine/foreman-waiters.h"

/* A poll, under way or to come. */
typedef struct
{
  ForemanInventoryLists lists; /* 0: there is none */
  gboolean wanted;             /* somebody asked for it, it is not just a regular one */
  ForemanWaiters *waiters;     /* (owned) */
} Turn;

struct _ForemanPollQueue
{
  GObject *owner;        /* (unowned): owns this queue */
  ForemanTarget *target; /* (owned) */
  ForemanClock *clock;   /* (owned) */
  ForemanInventoryPollFunc func;

  ForemanInventoryPoll *poll; /* (owned) (nullable): the current one */
  Turn current;
  Turn next;
  gint64 begun_at; /* monotonic µs */
  guint64 serial;
};

static void
turn_move (Turn *turn, Turn *from)
{
  turn->lists |= from->lists;
  turn->wanted |= from->wanted;
  foreman_waiters_move (turn->waiters, from->waiters);
  from->lists = 0;
  from->wanted = FALSE;
}

static void on_polled (const ForemanInventoryFindings *findings, gpointer data);

static void
queue_begin (ForemanPollQueue *queue)
{
  if (queue->poll != NULL || queue->next.lists == 0)
    return;
  turn_move (&queue->current, &queue->next);
  queue->begun_at = foreman_clock_get_monotonic (queue->clock);
  queue->serial++;
  queue->poll = foreman_inventory_poll_start (queue->target, queue->clock, queue->current.lists,
                                              on_polled, queue);
}

static void
on_polled (const ForemanInventoryFindings *findings, gpointer data)
{
  ForemanPollQueue *queue = data;
  g_autoptr (GObject) owner = g_object_ref (queue->owner);
  g_autoptr (ForemanWaiters) told = queue->current.waiters;

  queue->poll = NULL;
  queue->current = (Turn){ .waiters = foreman_waiters_new () };
  queue->func (findings, owner);
  queue_begin (queue);
  foreman_waiters_return (told, findings->error);
}

static void
queue_give_up (ForemanPollQueue *queue)
{
  if (queue->poll == NULL)
    return;
  foreman_inventory_poll_cancel (g_steal_pointer (&queue->poll));
  turn_move (&queue->next, &queue->current);
}

/**
 * foreman_poll_queue_new:
 * @owner: (transfer none): whose queue it is; outlives it
 * @target: who is asked
 * @clock: the clock
 * @func: called with @owner as its data at the end of each poll, before who waits is told
 *
 * Creates a queue of polls, of which one at a time is under way: who asks for lists joins that one
 * or the next. Main thread, as is everything here.
 *
 * Returns: (transfer full): a queue
 */
ForemanPollQueue *
foreman_poll_queue_new (GObject *owner,
                        ForemanTarget *target,
                        ForemanClock *clock,
                        ForemanInventoryPollFunc func)
{
  ForemanPollQueue *queue = g_new0 (ForemanPollQueue, 1);

  queue->owner = owner;
  queue->target = g_object_ref (target);
  queue->clock = g_object_ref (clock);
  queue->func = func;
  queue->current.waiters = foreman_waiters_new ();
  queue->next.waiters = foreman_waiters_new ();
  return queue;
}

/**
 * foreman_poll_queue_free:
 * @queue: a queue that was stopped, which is freed
 */
void
foreman_poll_queue_free (ForemanPollQueue *queue)
{
  g_assert (queue->poll == NULL);
  g_clear_pointer (&queue->current.waiters, foreman_waiters_free);
  g_clear_pointer (&queue->next.waiters, foreman_waiters_free);
  g_clear_object (&queue->clock);
  g_clear_object (&queue->target);
  g_free (queue);
}

/**
 * foreman_poll_queue_add:
 * @queue: a queue
 * @lists: what is needed
 * @wanted: whether somebody asked for it; a regular poll is for nobody
 *
 * Asks for @lists, which nobody waits for, as soon as no poll is under way.
 */
void
foreman_poll_queue_add (ForemanPollQueue *queue, ForemanInventoryLists lists, gboolean wanted)
{
  queue->next.lists |= lists;
  queue->next.wanted |= wanted;
  queue_begin (queue);
}

/**
 * foreman_poll_queue_join:
 * @queue: a queue
 * @task: (transfer full): who waits; returned at the end of the poll
 * @lists: what is needed
 * @fresh: whether it must be asked for from now on; otherwise a poll under way will do
 *
 * Lets @task wait for @lists.
 */
void
foreman_poll_queue_join (ForemanPollQueue *queue,
                         GTask *task,
                         ForemanInventoryLists lists,
                         gboolean fresh)
{
  if (!fresh && queue->poll != NULL && (lists & ~queue->current.lists) == 0)
    {
      queue->current.wanted = TRUE;
      foreman_waiters_take (queue->current.waiters, task);
      return;
    }
  foreman_waiters_take (queue->next.waiters, task);
  foreman_poll_queue_add (queue, lists, TRUE);
}

/* The last poll for @lists that anybody asked for. */
static Turn *
queue_find_wanted (ForemanPollQueue *queue, ForemanInventoryLists lists)
{
  if (queue->next.wanted && (lists & queue->next.lists) != 0)
    return &queue->next;
  if (queue->current.wanted && (lists & queue->current.lists) != 0)
    return &queue->current;
  return NULL;
}

/**
 * foreman_poll_queue_is_settled:
 * @queue: a queue
 * @lists: what is needed
 *
 * Returns: whether nobody has asked for @lists and waits for them
 */
gboolean
foreman_poll_queue_is_settled (ForemanPollQueue *queue, ForemanInventoryLists lists)
{
  return queue_find_wanted (queue, lists) == NULL;
}

/**
 * foreman_poll_queue_settle:
 * @queue: a queue
 * @task: (transfer full): who waits
 * @lists: what is needed
 *
 * Lets @task wait for the last poll for @lists that anybody asked for; it is told at once if there
 * is none.
 */
void
foreman_poll_queue_settle (ForemanPollQueue *queue, GTask *task, ForemanInventoryLists lists)
{
  Turn *wanted = queue_find_wanted (queue, lists);

  if (wanted != NULL)
    foreman_waiters_take (wanted->waiters, task);
  else
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

/**
 * foreman_poll_queue_restart:
 * @queue: a queue
 * @lists: what is needed
 *
 * Gives up the poll under way, if there is one, for a new one.
 */
void
foreman_poll_queue_restart (ForemanPollQueue *queue, ForemanInventoryLists lists)
{
  queue_give_up (queue);
  foreman_poll_queue_add (queue, lists, FALSE);
}

/**
 * foreman_poll_queue_stop:
 * @queue: a queue
 * @error: (transfer none): why
 *
 * Forgets all polls; who waits for one is told @error.
 */
void
foreman_poll_queue_stop (ForemanPollQueue *queue, const GError *error)
{
  queue_give_up (queue);
  queue->next.lists = 0;
  queue->next.wanted = FALSE;
  foreman_waiters_return (queue->next.waiters, error);
}

/**
 * foreman_poll_queue_get_lists:
 * @queue: a queue
 *
 * Returns: what the poll under way asks for, 0 if none is
 */
ForemanInventoryLists
foreman_poll_queue_get_lists (const ForemanPollQueue *queue)
{
  return queue->current.lists;
}

/**
 * foreman_poll_queue_get_begun_at:
 * @queue: a queue
 *
 * Returns: when the last poll began, in monotonic µs
 */
gint64
foreman_poll_queue_get_begun_at (const ForemanPollQueue *queue)
{
  return queue->begun_at;
}

/**
 * foreman_poll_queue_get_serial:
 * @queue: a queue
 *
 * Returns: how many polls have begun
 */
guint64
foreman_poll_queue_get_serial (const ForemanPollQueue *queue)
{
  return queue->serial;
}

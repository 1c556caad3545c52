/* SPDX-License-Identifier: MIT */
#include "net/foreman-reactor.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

/* As many events as one turn of the main loop serves before everybody else has a turn. */
#define BATCH 256

/**
 * ForemanReactor:
 *
 * All file descriptors of the data plane in one epoll set, and all its deadlines in one heap,
 * wrapped as a single #GSource.
 *
 * GLib polls every source at every turn and writes an eventfd whenever a source is added, removed
 * or given a ready time. With thousands of connections that alone would cost more than the work,
 * so nothing here touches the main context after the reactor was made: watches cost one
 * epoll_ctl(), deadlines none (the source tells the main loop how long it may sleep when it is
 * asked, in prepare()).
 *
 * Everything belongs to the thread that iterates the context. Whoever holds watches or deadlines
 * holds a reference on the reactor.
 */
struct _ForemanReactor
{
  GObject parent_instance;

  GSource *source; /* (owned) */
  int epoll_fd;    /* (owned) */
  gpointer epoll_tag;
  guint n_watches;

  gboolean dispatching;
  GSList *doomed; /* (owned) (element-type ForemanWatch): freed while events may still name them */

  gint64 ringing; /* the time that deadlines are being rung for; 0: they are not */
  GArray *heap;   /* (owned) (element-type HeapEntry): entry n is deadline number n + 1 */
};

G_DEFINE_FINAL_TYPE (ForemanReactor, foreman_reactor, G_TYPE_OBJECT)

struct _ForemanWatch
{
  ForemanReactor *reactor; /* (unowned) */
  int fd;                  /* (unowned) */
  guint32 events;
  ForemanWatchFunc func; /* NULL: doomed */
  gpointer data;
};

/* The key is where the entry is sorted, never later than the deadline's own time: a deadline that
 * is only pushed back, as idle limits are with every byte, keeps its place until the key is due. */
typedef struct
{
  gint64 key;
  ForemanDeadline *deadline; /* (unowned) */
} HeapEntry;

typedef struct
{
  GSource parent;
  ForemanReactor *reactor; /* (unowned): the reactor destroys the source first */
} ReactorSource;

static inline HeapEntry *
heap_at (ForemanReactor *self, guint index)
{
  return &g_array_index (self->heap, HeapEntry, index - 1);
}

static inline void
heap_put (ForemanReactor *self, guint index, HeapEntry entry)
{
  *heap_at (self, index) = entry;
  entry.deadline->index = index;
}

static void
heap_sift_up (ForemanReactor *self, guint index)
{
  HeapEntry entry = *heap_at (self, index);

  while (index > 1 && heap_at (self, index / 2)->key > entry.key)
    {
      heap_put (self, index, *heap_at (self, index / 2));
      index /= 2;
    }
  heap_put (self, index, entry);
}

static void
heap_sift_down (ForemanReactor *self, guint index)
{
  HeapEntry entry = *heap_at (self, index);

  for (guint child = index * 2; child <= self->heap->len; child = index * 2)
    {
      if (child < self->heap->len && heap_at (self, child + 1)->key < heap_at (self, child)->key)
        child++;
      if (heap_at (self, child)->key >= entry.key)
        break;
      heap_put (self, index, *heap_at (self, child));
      index = child;
    }
  heap_put (self, index, entry);
}

static void
heap_remove (ForemanReactor *self, guint index)
{
  HeapEntry last = *heap_at (self, self->heap->len);

  heap_at (self, index)->deadline->index = 0;
  g_array_set_size (self->heap, self->heap->len - 1);
  if (index > self->heap->len)
    return;

  heap_put (self, index, last);
  heap_sift_up (self, index);
  heap_sift_down (self, last.deadline->index);
}

/* The deadline that is due at @now, if any; entries that were pushed back are sorted in anew. */
static ForemanDeadline *
heap_peek_due (ForemanReactor *self, gint64 now)
{
  while (self->heap->len > 0)
    {
      HeapEntry *top = heap_at (self, 1);

      if (top->key > now)
        return NULL;
      if (top->deadline->when == top->key)
        return top->deadline;
      top->key = top->deadline->when;
      heap_sift_down (self, 1);
    }
  return NULL;
}

static gboolean
reactor_source_prepare (GSource *source, int *timeout_ms)
{
  ForemanReactor *self = ((ReactorSource *) source)->reactor;
  gint64 now;

  *timeout_ms = -1;
  if (self->heap->len == 0)
    return FALSE;

  now = g_source_get_time (source);
  if (heap_peek_due (self, now))
    return TRUE;

  *timeout_ms = (int) MIN ((heap_at (self, 1)->key - now + 999) / 1000, G_MAXINT);
  return FALSE;
}

static gboolean
reactor_source_check (GSource *source)
{
  ForemanReactor *self = ((ReactorSource *) source)->reactor;

  return g_source_query_unix_fd (source, self->epoll_tag) != 0 ||
         heap_peek_due (self, g_source_get_time (source)) != NULL;
}

static void
dispatch_watches (ForemanReactor *self)
{
  struct epoll_event events[BATCH];
  int n = epoll_wait (self->epoll_fd, events, BATCH, 0);

  for (int i = 0; i < n; i++)
    {
      ForemanWatch *watch = events[i].data.ptr;
      guint32 wanted = events[i].events & (watch->events | EPOLLERR | EPOLLHUP);

      /* An earlier callback may have freed this watch, or lost interest in what it reports. */
      if (watch->func && wanted)
        watch->func (wanted, watch->data);
    }
}

static void
dispatch_deadlines (ForemanReactor *self)
{
  ForemanDeadline *deadline;

  self->ringing = g_source_get_time (self->source);
  while ((deadline = heap_peek_due (self, self->ringing)))
    {
      foreman_deadline_clear (deadline);
      deadline->func (deadline->data);
    }
  self->ringing = 0;
}

static gboolean
reactor_source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  g_autoptr (ForemanReactor) self = g_object_ref (((ReactorSource *) source)->reactor);

  g_return_val_if_fail (!self->dispatching, G_SOURCE_CONTINUE);

  self->dispatching = TRUE;
  if (g_source_query_unix_fd (source, self->epoll_tag) != 0)
    dispatch_watches (self);
  dispatch_deadlines (self);
  self->dispatching = FALSE;

  g_slist_free_full (g_steal_pointer (&self->doomed), g_free);

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs reactor_source_funcs = {
  .prepare = reactor_source_prepare,
  .check = reactor_source_check,
  .dispatch = reactor_source_dispatch,
};

static void
foreman_reactor_finalize (GObject *object)
{
  ForemanReactor *self = FOREMAN_REACTOR (object);

  g_warn_if_fail (self->n_watches == 0);
  while (self->heap->len > 0)
    foreman_deadline_clear (heap_at (self, 1)->deadline);
  g_array_unref (self->heap);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  close (self->epoll_fd);

  G_OBJECT_CLASS (foreman_reactor_parent_class)->finalize (object);
}

static void
foreman_reactor_class_init (ForemanReactorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_reactor_finalize;
}

static void
foreman_reactor_init (ForemanReactor *self)
{
  self->heap = g_array_new (FALSE, FALSE, sizeof (HeapEntry));
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd < 0)
    g_error ("cannot create an epoll set: %s", g_strerror (errno));
}

/**
 * foreman_reactor_new:
 * @context: (nullable): the main context to serve, or %NULL for the default one
 *
 * Makes a reactor and attaches its source to @context. Main thread.
 *
 * Returns: (transfer full): the reactor
 */
ForemanReactor *
foreman_reactor_new (GMainContext *context)
{
  ForemanReactor *self = g_object_new (FOREMAN_TYPE_REACTOR, NULL);

  self->source = g_source_new (&reactor_source_funcs, sizeof (ReactorSource));
  ((ReactorSource *) self->source)->reactor = self;
  g_source_set_name (self->source, "ForemanReactor");
  /* Nothing here runs a loop within the loop. But a source that may not recurse is taken out of the
   * poll set and put back around each dispatch, and both write the eventfd. */
  g_source_set_can_recurse (self->source, TRUE);
  self->epoll_tag = g_source_add_unix_fd (self->source, self->epoll_fd, G_IO_IN);
  g_source_attach (self->source, context);

  return self;
}

/**
 * foreman_reactor_watch: (skip)
 * @self: a reactor
 * @fd: a file descriptor that is not watched yet; it stays the caller's, who frees the watch
 *   before closing it
 * @events: `EPOLLIN`, `EPOLLOUT`, `EPOLLRDHUP`…; level-triggered. 0: only `EPOLLERR` and
 *   `EPOLLHUP`, which are always reported
 * @func: (scope notified): called as long as one of @events holds
 * @data: for @func
 *
 * Watches @fd. Main thread.
 *
 * Returns: (transfer full): the watch; free it with foreman_watch_free()
 */
ForemanWatch *
foreman_reactor_watch (ForemanReactor *self,
                       int fd,
                       guint32 events,
                       ForemanWatchFunc func,
                       gpointer data)
{
  ForemanWatch *watch;

  g_return_val_if_fail (FOREMAN_IS_REACTOR (self), NULL);
  g_return_val_if_fail (fd >= 0, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  watch = g_new (ForemanWatch, 1);
  *watch = (ForemanWatch){ self, fd, events, func, data };

  /* Fails when the caller got @fd wrong, or when the kernel is out of memory: as g_new() would. */
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd,
                 &(struct epoll_event){ .events = events, .data.ptr = watch }) < 0)
    g_error ("cannot watch file descriptor %d: %s", fd, g_strerror (errno));
  self->n_watches++;

  return watch;
}

/**
 * foreman_watch_set_events: (skip)
 * @watch: a watch
 * @events: as in foreman_reactor_watch()
 *
 * Changes what @watch waits for; costs nothing when nothing changes. Main thread.
 */
void
foreman_watch_set_events (ForemanWatch *watch, guint32 events)
{
  g_return_if_fail (watch != NULL);

  if (watch->events == events)
    return;

  watch->events = events;
  if (epoll_ctl (watch->reactor->epoll_fd, EPOLL_CTL_MOD, watch->fd,
                 &(struct epoll_event){ .events = events, .data.ptr = watch }) < 0)
    g_critical ("cannot watch file descriptor %d: %s", watch->fd, g_strerror (errno));
}

/**
 * foreman_watch_free: (skip)
 * @watch: (transfer full): a watch
 *
 * Ends @watch: its function is not called any more, not even for what was already reported when
 * this is called from within another watch's function. Main thread.
 */
void
foreman_watch_free (ForemanWatch *watch)
{
  ForemanReactor *self;

  g_return_if_fail (watch != NULL);

  self = watch->reactor;
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) < 0)
    g_critical ("file descriptor %d was closed while it was watched", watch->fd);
  self->n_watches--;

  watch->func = NULL;
  if (self->dispatching)
    self->doomed = g_slist_prepend (self->doomed, watch);
  else
    g_free (watch);
}

/**
 * foreman_deadline_init: (skip)
 * @deadline: the memory of a deadline that is not set
 * @reactor: the reactor to keep it
 * @func: called when it has passed; may set it again, or free the memory
 * @data: for @func
 *
 * Prepares @deadline, not yet set. Main thread.
 */
void
foreman_deadline_init (ForemanDeadline *deadline,
                       ForemanReactor *reactor,
                       ForemanDeadlineFunc func,
                       gpointer data)
{
  g_return_if_fail (deadline != NULL);
  g_return_if_fail (FOREMAN_IS_REACTOR (reactor));
  g_return_if_fail (func != NULL);

  *deadline = (ForemanDeadline){ .func = func, .data = data, .reactor = reactor };
}

/**
 * foreman_deadline_set: (skip)
 * @deadline: a deadline that was initialised
 * @when: monotonic time in microseconds, as g_get_monotonic_time() gives it; 0 disarms
 *
 * Sets @deadline, or moves it. Moving it to a later time costs next to nothing. Main thread.
 */
void
foreman_deadline_set (ForemanDeadline *deadline, gint64 when)
{
  ForemanReactor *self;

  g_return_if_fail (deadline != NULL);

  if (when <= 0)
    {
      foreman_deadline_clear (deadline);
      return;
    }

  g_return_if_fail (deadline->func != NULL);

  self = deadline->reactor;
  /* What is due at once when it is set by a deadline waits for the next turn of the main loop, or
   * the others would never have theirs. */
  if (when <= self->ringing)
    when = self->ringing + 1;
  deadline->when = when;
  if (deadline->index == 0)
    {
      g_array_append_val (self->heap, ((HeapEntry){ when, deadline }));
      heap_sift_up (self, self->heap->len);
    }
  else if (when < heap_at (self, deadline->index)->key)
    {
      heap_at (self, deadline->index)->key = when;
      heap_sift_up (self, deadline->index);
    }
}

/**
 * foreman_deadline_clear: (skip)
 * @deadline: a deadline, or zero-filled memory
 *
 * Disarms @deadline; call it before its memory goes. Main thread.
 */
void
foreman_deadline_clear (ForemanDeadline *deadline)
{
  g_return_if_fail (deadline != NULL);

  deadline->when = 0;
  if (deadline->index != 0)
    heap_remove (deadline->reactor, deadline->index);
}

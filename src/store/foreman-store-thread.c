/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-thread-private.h"

#include "store/foreman-store-worker-private.h"

/* What goes into one transaction at most: so long does a caller wait who comes after it began. */
#define MAX_REQUESTS 1024
#define MAX_WEIGHT   (32 * 1024 * 1024)

/* The distribution's GLib is not instrumented, so TSan does not see that its mutexes order what
 * the two threads do with a request. */
#ifdef __SANITIZE_THREAD__
#define THREAD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZED 1
#endif
#endif
#ifdef THREAD_SANITIZED
void __tsan_acquire (void *address);
void __tsan_release (void *address);
#define hand_over(address) __tsan_release (address)
#define take_over(address) __tsan_acquire (address)
#else
#define hand_over(address) ((void) (address))
#define take_over(address) ((void) (address))
#endif

struct _ForemanStoreThread
{
  GThread *thread;
  char *path; /* (owned) */
  GMainContext *context;
  ForemanStoreNewsFunc on_news;
  gpointer data;

  GMutex lock; /* guards what follows */
  GCond arrived;
  GQueue requests; /* of ForemanStoreRequest (owned) */
  guint n_taken;   /* requests that are in the transaction so far */
  gsize weight;    /* their bytes */
  GQueue news;     /* of ForemanStoreNews (owned) */
  GSource *source; /* (owned) (nullable): brings @news to the main thread */
  gboolean is_ending;
};

static void
thread_lock (ForemanStoreThread *self)
{
  g_mutex_lock (&self->lock);
  take_over (&self->lock);
}

static void
thread_unlock (ForemanStoreThread *self)
{
  hand_over (&self->lock);
  g_mutex_unlock (&self->lock);
}

ForemanStoreNews *
foreman_store_news_new (void)
{
  ForemanStoreNews *self = g_new0 (ForemanStoreNews, 1);

  self->link.data = self;
  return self;
}

void
foreman_store_news_free (ForemanStoreNews *self)
{
  g_clear_pointer (&self->changed, g_ptr_array_unref);
  g_free (self->problem);
  g_free (self->trouble);
  g_free (self);
}

/* The store thread */

/* @deadline: -1: none. Returns: FALSE if it has passed */
static gboolean
thread_wait (ForemanStoreThread *self, gint64 deadline)
{
  gboolean in_time = TRUE;

  hand_over (&self->lock);
  if (deadline < 0)
    g_cond_wait (&self->arrived, &self->lock);
  else
    in_time = g_cond_wait_until (&self->arrived, &self->lock, deadline);
  take_over (&self->lock);
  return in_time;
}

/* With the lock. */
static gboolean
thread_has_room (ForemanStoreThread *self)
{
  return self->requests.length > 0 && self->n_taken < MAX_REQUESTS && self->weight < MAX_WEIGHT;
}

/* With the lock, and room. */
static void
thread_move_first (ForemanStoreThread *self, GQueue *batch)
{
  GList *link = g_queue_pop_head_link (&self->requests);

  self->n_taken++;
  self->weight += ((ForemanStoreRequest *) link->data)->weight;
  g_queue_push_tail_link (batch, link);
}

/* Waits until there is something to do or @patience µs are over (-1: for ever). Returns: FALSE when
 * the thread is to end */
static gboolean
thread_take (ForemanStoreThread *self, GQueue *batch, gint64 patience)
{
  gint64 deadline = g_get_monotonic_time () + patience;
  gboolean is_late = FALSE, goes_on;

  thread_lock (self);
  while (self->requests.length == 0 && !self->is_ending && !is_late)
    is_late = !thread_wait (self, patience < 0 ? -1 : deadline);
  self->n_taken = 0;
  self->weight = 0;
  while (thread_has_room (self))
    thread_move_first (self, batch);
  goes_on = batch->length > 0 || !self->is_ending;
  thread_unlock (self);
  return goes_on;
}

/* Called by the store thread before it commits: a sync costs more than most requests, so what has
 * come since the transaction began joins it. */
void
foreman_store_thread_take_more (ForemanStoreThread *self, GQueue *batch)
{
  thread_lock (self);
  while (thread_has_room (self) &&
         ((ForemanStoreRequest *) self->requests.head->data)->kind <= FOREMAN_STORE_WRITES)
    thread_move_first (self, batch);
  thread_unlock (self);
}

static gpointer
thread_main (gpointer data)
{
  ForemanStoreThread *self = data;
  ForemanStoreWorker *worker;

  take_over (self);
  worker = foreman_store_worker_new (self, self->path);
  for (;;)
    {
      GQueue batch = G_QUEUE_INIT;

      if (!thread_take (self, &batch, foreman_store_worker_get_patience (worker)))
        break;
      if (batch.length > 0)
        foreman_store_worker_run (worker, &batch);
      else
        foreman_store_worker_idle (worker);
    }
  foreman_store_worker_free (worker);
  hand_over (self);
  return NULL;
}

/* The main thread */

static gboolean
on_posted (gpointer data)
{
  ForemanStoreThread *self = data;
  GQueue news;
  GList *link;

  thread_lock (self);
  news = self->news;
  g_queue_init (&self->news);
  g_clear_pointer (&self->source, g_source_unref);
  thread_unlock (self);

  while ((link = g_queue_pop_head_link (&news)) != NULL)
    {
      ForemanStoreNews *one = link->data;

      self->on_news (one, self->data);
      foreman_store_news_free (one);
    }
  return G_SOURCE_REMOVE;
}

/* Called by the store thread. @news: (transfer full) */
void
foreman_store_thread_post (ForemanStoreThread *self, ForemanStoreNews *news)
{
  thread_lock (self);
  g_queue_push_tail_link (&self->news, &news->link);
  if (self->source == NULL)
    {
      self->source = g_idle_source_new ();
      g_source_set_priority (self->source, G_PRIORITY_DEFAULT);
      g_source_set_static_name (self->source, "foreman-store-news");
      g_source_set_callback (self->source, on_posted, self, NULL);
      g_source_attach (self->source, self->context);
    }
  thread_unlock (self);
}

/* Called by both threads. @request: (transfer full) */
void
foreman_store_thread_push (ForemanStoreThread *self, ForemanStoreRequest *request)
{
  thread_lock (self);
  g_queue_push_tail_link (&self->requests, &request->link);
  g_cond_signal (&self->arrived);
  thread_unlock (self);
}

/* (transfer full): @on_news is called in the thread-default context of now */
ForemanStoreThread *
foreman_store_thread_new (const char *path, ForemanStoreNewsFunc on_news, gpointer data)
{
  ForemanStoreThread *self = g_new0 (ForemanStoreThread, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->arrived);
  self->path = g_strdup (path);
  self->context = g_main_context_ref_thread_default ();
  self->on_news = on_news;
  self->data = data;
  hand_over (self);
  self->thread = g_thread_new ("foreman-store", thread_main, self);
  return self;
}

/* Ends the thread, after a transaction that is under way. */
void
foreman_store_thread_free (ForemanStoreThread *self)
{
  GList *link;

  thread_lock (self);
  self->is_ending = TRUE;
  g_cond_signal (&self->arrived);
  thread_unlock (self);
  g_thread_join (self->thread);
  take_over (self);

  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  while ((link = g_queue_pop_head_link (&self->news)) != NULL)
    foreman_store_news_free (link->data);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->arrived);
  g_free (self->path);
  g_free (self);
}

/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-watch.h"

/**
 * ForemanJobWatch:
 *
 * Passes on what happens to jobs to those who wait for it, by job.
 */
struct _ForemanJobWatch
{
  GObject parent_instance;

  ForemanStore *store;           /* (owned) */
  ForemanDispatcher *dispatcher; /* (owned) (nullable) */
  GHashTable *topics;  /* (owned) (element-type utf8 ForemanJobTopic): both unowned, by id */
  GHashTable *running; /* (owned) (element-type utf8 utf8): who submitted what runs, by id */
  gboolean stopped;
};

/**
 * ForemanJobTopic:
 *
 * One job of a #ForemanJobWatch; there is one for all who watch the same.
 */
struct _ForemanJobTopic
{
  GObject parent_instance;

  ForemanJobWatch *watch; /* (owned) */
  char *id;               /* (owned) */
};

enum
{
  WATCH_CHANGED,
  WATCH_PROGRESS,
  WATCH_STOPPED,
  N_WATCH_SIGNALS,
};

enum
{
  TOPIC_CHANGED,
  TOPIC_PROGRESS,
  TOPIC_OUTPUT,
  TOPIC_STOPPED,
  N_TOPIC_SIGNALS,
};

static guint watch_signals[N_WATCH_SIGNALS];
static guint topic_signals[N_TOPIC_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanJobWatch, foreman_job_watch, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (ForemanJobTopic, foreman_job_topic, G_TYPE_OBJECT)

/* Returns: (transfer full) (nullable): its topic, if somebody watches it; handlers may let go of it
 */
static ForemanJobTopic *
ref_watched (ForemanJobWatch *self, const char *id)
{
  ForemanJobTopic *topic = g_hash_table_lookup (self->topics, id);

  return topic ? g_object_ref (topic) : NULL;
}

static void
tell_changed (ForemanJobWatch *self, ForemanJobRecord *job)
{
  g_autoptr (ForemanJobTopic) topic = ref_watched (self, job->id);

  if (foreman_job_state_is_running (job->state))
    g_hash_table_replace (self->running, g_strdup (job->id), g_strdup (job->submitter));
  else
    g_hash_table_remove (self->running, job->id);
  g_signal_emit (self, watch_signals[WATCH_CHANGED], 0, job);
  if (topic)
    g_signal_emit (topic, topic_signals[TOPIC_CHANGED], 0, job);
}

static void
on_changed (ForemanStore *store, GPtrArray *jobs, ForemanJobWatch *self)
{
  for (guint i = 0; i < jobs->len; i++)
    tell_changed (self, jobs->pdata[i]);
}

static void
on_progress (ForemanDispatcher *dispatcher, const char *id, guint64 tokens, ForemanJobWatch *self)
{
  g_autoptr (ForemanJobTopic) topic = ref_watched (self, id);

  g_signal_emit (self, watch_signals[WATCH_PROGRESS], 0, id,
                 g_hash_table_lookup (self->running, id), tokens);
  if (topic)
    g_signal_emit (topic, topic_signals[TOPIC_PROGRESS], 0, tokens);
}

static void
on_output (ForemanDispatcher *dispatcher,
           const char *id,
           const char *text,
           guint64 offset,
           ForemanJobWatch *self)
{
  g_autoptr (ForemanJobTopic) topic = ref_watched (self, id);

  if (topic)
    g_signal_emit (topic, topic_signals[TOPIC_OUTPUT], 0, text, offset);
}

static void
foreman_job_watch_dispose (GObject *object)
{
  ForemanJobWatch *self = FOREMAN_JOB_WATCH (object);

  if (self->store)
    g_signal_handlers_disconnect_by_data (self->store, self);
  if (self->dispatcher)
    g_signal_handlers_disconnect_by_data (self->dispatcher, self);
  g_clear_object (&self->store);
  g_clear_object (&self->dispatcher);
  G_OBJECT_CLASS (foreman_job_watch_parent_class)->dispose (object);
}

static void
foreman_job_watch_finalize (GObject *object)
{
  ForemanJobWatch *self = FOREMAN_JOB_WATCH (object);

  g_hash_table_unref (self->topics);
  g_hash_table_unref (self->running);
  G_OBJECT_CLASS (foreman_job_watch_parent_class)->finalize (object);
}

static void
foreman_job_watch_class_init (ForemanJobWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GType type = FOREMAN_TYPE_JOB_WATCH;

  object_class->dispose = foreman_job_watch_dispose;
  object_class->finalize = foreman_job_watch_finalize;

  /**
   * ForemanJobWatch::changed:
   * @job: (type ForemanJobRecord): a job whose new state was just committed, without artifacts'
   * data
   */
  watch_signals[WATCH_CHANGED] =
      g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                    FOREMAN_TYPE_JOB_RECORD | G_SIGNAL_TYPE_STATIC_SCOPE);
  /**
   * ForemanJobWatch::progress:
   * @id: a job that runs
   * @submitter: (nullable): whose it is; %NULL: not known yet
   * @tokens: how many it has written
   */
  watch_signals[WATCH_PROGRESS] =
      g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                    G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
                    G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_UINT64);
  /**
   * ForemanJobWatch::stopped:
   *
   * Nobody is to wait any longer: the service is about to end.
   */
  watch_signals[WATCH_STOPPED] =
      g_signal_new ("stopped", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_job_watch_init (ForemanJobWatch *self)
{
  self->topics = g_hash_table_new (g_str_hash, g_str_equal);
  self->running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
foreman_job_topic_dispose (GObject *object)
{
  ForemanJobTopic *self = FOREMAN_JOB_TOPIC (object);

  if (self->watch)
    g_hash_table_remove (self->watch->topics, self->id);
  g_clear_object (&self->watch);
  G_OBJECT_CLASS (foreman_job_topic_parent_class)->dispose (object);
}

static void
foreman_job_topic_finalize (GObject *object)
{
  g_free (FOREMAN_JOB_TOPIC (object)->id);
  G_OBJECT_CLASS (foreman_job_topic_parent_class)->finalize (object);
}

static void
foreman_job_topic_class_init (ForemanJobTopicClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GType type = FOREMAN_TYPE_JOB_TOPIC;

  object_class->dispose = foreman_job_topic_dispose;
  object_class->finalize = foreman_job_topic_finalize;

  /**
   * ForemanJobTopic::changed:
   * @job: (type ForemanJobRecord): the job in its new state, without artifacts' data
   */
  topic_signals[TOPIC_CHANGED] =
      g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                    FOREMAN_TYPE_JOB_RECORD | G_SIGNAL_TYPE_STATIC_SCOPE);
  /**
   * ForemanJobTopic::progress:
   * @tokens: how many it has written
   */
  topic_signals[TOPIC_PROGRESS] = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                                NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  /**
   * ForemanJobTopic::output:
   * @text: what the model wrote
   * @offset: where in all that it wrote, in bytes
   */
  topic_signals[TOPIC_OUTPUT] =
      g_signal_new ("output", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                    G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_UINT64);
  /**
   * ForemanJobTopic::stopped:
   *
   * Nobody is to wait any longer.
   */
  topic_signals[TOPIC_STOPPED] =
      g_signal_new ("stopped", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_job_topic_init (ForemanJobTopic *self)
{
}

/**
 * foreman_job_watch_new:
 * @store: the jobs
 * @dispatcher: (nullable): what runs them; %NULL: nothing does
 *
 * Makes a watch. Main thread, as is everything here.
 *
 * Returns: (transfer full): a new watch
 */
ForemanJobWatch *
foreman_job_watch_new (ForemanStore *store, ForemanDispatcher *dispatcher)
{
  ForemanJobWatch *self = g_object_new (FOREMAN_TYPE_JOB_WATCH, NULL);

  self->store = g_object_ref (store);
  g_signal_connect (store, "changed", G_CALLBACK (on_changed), self);
  if (!dispatcher)
    return self;
  self->dispatcher = g_object_ref (dispatcher);
  g_signal_connect (dispatcher, "progress", G_CALLBACK (on_progress), self);
  g_signal_connect (dispatcher, "output", G_CALLBACK (on_output), self);
  return self;
}

/**
 * foreman_job_watch_ref_topic:
 * @self: a watch
 * @id: a job, that need not exist
 *
 * Begins to watch a job; it ends with the last reference.
 *
 * Returns: (transfer full): what tells of it
 */
ForemanJobTopic *
foreman_job_watch_ref_topic (ForemanJobWatch *self, const char *id)
{
  ForemanJobTopic *topic = g_hash_table_lookup (self->topics, id);

  if (topic)
    return g_object_ref (topic);
  topic = g_object_new (FOREMAN_TYPE_JOB_TOPIC, NULL);
  topic->watch = g_object_ref (self);
  topic->id = g_strdup (id);
  g_hash_table_insert (self->topics, topic->id, topic);
  return topic;
}

/**
 * foreman_job_watch_stop:
 * @self: a watch
 *
 * Sends all away who wait, and from now on all who come.
 */
void
foreman_job_watch_stop (ForemanJobWatch *self)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer topic;

  self->stopped = TRUE;
  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, &topic))
    g_ptr_array_add (topics, g_object_ref (topic));
  for (guint i = 0; i < topics->len; i++)
    g_signal_emit (topics->pdata[i], topic_signals[TOPIC_STOPPED], 0);
  g_signal_emit (self, watch_signals[WATCH_STOPPED], 0);
}

/**
 * foreman_job_watch_is_stopped:
 * @self: a watch
 *
 * Returns: whether nobody is to wait any longer
 */
gboolean
foreman_job_watch_is_stopped (ForemanJobWatch *self)
{
  return self->stopped;
}

/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-dispatcher.h"

#include "jobs/foreman-dispatcher-private.h"
#include "libforeman/foreman-error.h"

/**
 * ForemanDispatcher:
 *
 * Keeps a few jobs on their way to the target and learns what became of each. Which ones is the
 * window's part (foreman-dispatcher-window.c), one attempt is a ForemanJobRun's.
 *
 * It works while the store is available, nothing is paused, and the target is there with a list of
 * its models.
 */
G_DEFINE_FINAL_TYPE (ForemanDispatcher, foreman_dispatcher, G_TYPE_OBJECT)

enum
{
  PROGRESS,
  OUTPUT,
  ATTEMPT_ENDED,
  IDLE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
foreman_dispatcher_dispose (GObject *object)
{
  ForemanDispatcher *self = FOREMAN_DISPATCHER (object);

  foreman_dispatcher_disconnect (self);
  foreman_dispatcher_window_clear (self);
  g_clear_object (&self->janitor);
  g_clear_object (&self->models);
  g_clear_object (&self->pause);

  G_OBJECT_CLASS (foreman_dispatcher_parent_class)->dispose (object);
}

static void
foreman_dispatcher_finalize (GObject *object)
{
  ForemanDispatcher *self = FOREMAN_DISPATCHER (object);

  g_clear_pointer (&self->runs, g_hash_table_unref);
  g_clear_pointer (&self->hold_rule, foreman_hold_rule_free);
  g_clear_pointer (&self->context, foreman_job_context_unref);

  G_OBJECT_CLASS (foreman_dispatcher_parent_class)->finalize (object);
}

static void
foreman_dispatcher_class_init (ForemanDispatcherClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = foreman_dispatcher_dispose;
  object_class->finalize = foreman_dispatcher_finalize;

  /**
   * ForemanDispatcher::progress:
   * @self: a dispatcher
   * @id: a job
   * @tokens: how many of its answer have come so far
   *
   * The answer of a running job grows; at most 4 times a second for each.
   */
  signals[PROGRESS] = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_UINT64);

  /**
   * ForemanDispatcher::output:
   * @self: a dispatcher
   * @id: a job
   * @text: what has come, UTF-8
   * @offset: where in the text of this attempt it begins, in bytes
   *
   * More text of a running job has come.
   */
  signals[OUTPUT] = g_signal_new ("output", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 3, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
                                  G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_UINT64);

  /**
   * ForemanDispatcher::attempt-ended:
   * @self: a dispatcher
   * @model: which one worked
   * @outcome: `done`, `retried`, and so on, as in the row of the attempt
   * @run_time: how long it took, in µs
   * @usage: (type gpointer): a #ForemanAnswerUsage
   *
   * The target is done with an attempt; what came of it is still to be written.
   */
  signals[ATTEMPT_ENDED] =
      g_signal_new ("attempt-ended", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                    G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
                    G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_INT64, G_TYPE_POINTER);

  /**
   * ForemanDispatcher::idle:
   * @self: a dispatcher that was stopped
   *
   * Nothing runs any more, and all that came of it is on disk.
   */
  signals[IDLE] =
      g_signal_new ("idle", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_dispatcher_init (ForemanDispatcher *self)
{
  self->runs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->hold_rule = foreman_hold_rule_new ();
  self->away_since = -1;
}

/**
 * foreman_dispatcher_new:
 * @store: where jobs are kept
 * @gate: where they wait for their turn
 * @target: where they run
 * @inventory: what is installed there
 * @pause: whether work is paused
 * @clock: the clock
 * @config: the settings
 *
 * Makes a dispatcher that does nothing yet. Main thread, as is everything here.
 *
 * Returns: (transfer full): a dispatcher
 */
ForemanDispatcher *
foreman_dispatcher_new (ForemanStore *store,
                        ForemanGate *gate,
                        ForemanTarget *target,
                        ForemanInventory *inventory,
                        ForemanPause *pause,
                        ForemanClock *clock,
                        ForemanConfig *config)
{
  ForemanDispatcher *self = g_object_new (FOREMAN_TYPE_DISPATCHER, NULL);

  self->context = foreman_job_context_new (store, gate, target, inventory, clock);
  self->pause = g_object_ref (pause);
  self->janitor = foreman_job_janitor_new (store, clock);
  self->models = foreman_job_models_new (self->context);
  foreman_dispatcher_set_config (self, config);
  return self;
}

/**
 * foreman_dispatcher_set_config:
 * @self: a dispatcher
 * @config: the settings, from now on
 */
void
foreman_dispatcher_set_config (ForemanDispatcher *self, ForemanConfig *config)
{
  g_return_if_fail (FOREMAN_IS_DISPATCHER (self));

  foreman_job_janitor_set_model_wait (self->janitor,
                                      foreman_config_get_duration (config,
                                                                   FOREMAN_CONFIG_MODEL_WAIT));
}

/* For the window: of a run. */
void
foreman_dispatcher_emit_progress (ForemanDispatcher *self, const char *id, guint64 tokens)
{
  g_signal_emit (self, signals[PROGRESS], 0, id, tokens);
}

/* For the window: of a run. */
void
foreman_dispatcher_emit_output (ForemanDispatcher *self,
                                const char *id,
                                const char *text,
                                guint64 offset)
{
  g_signal_emit (self, signals[OUTPUT], 0, id, text, offset);
}

/* For the window: of a run. */
void
foreman_dispatcher_emit_attempt_ended (ForemanDispatcher *self, ForemanJobRun *run)
{
  g_signal_emit (self, signals[ATTEMPT_ENDED], 0, foreman_job_run_get_job (run)->model,
                 foreman_job_run_get_verdict (run)->outcome, foreman_job_run_get_run_time (run),
                 foreman_job_run_get_usage (run));
}

/* For the window: something has ended. */
void
foreman_dispatcher_check_idle (ForemanDispatcher *self)
{
  if (self->is_stopping && !self->was_idle && foreman_dispatcher_is_idle (self))
    {
      self->was_idle = TRUE;
      g_signal_emit (self, signals[IDLE], 0);
    }
}

/* For the window: whether a job may begin now. */
gboolean
foreman_dispatcher_is_open (ForemanDispatcher *self)
{
  ForemanInventory *inventory = self->context->inventory;

  return self->is_ready && !self->is_stopping &&
         foreman_pause_get_scope (self->pause) == FOREMAN_PAUSE_NONE &&
         foreman_inventory_get_installed (inventory) != NULL &&
         !foreman_inventory_is_unreachable (inventory);
}

/**
 * foreman_dispatcher_stop:
 * @self: a dispatcher
 *
 * Begins no more; what runs goes on until it ends or is preempted. "idle" follows, unless
 * foreman_dispatcher_is_idle() says so right away.
 */
void
foreman_dispatcher_stop (ForemanDispatcher *self)
{
  g_return_if_fail (FOREMAN_IS_DISPATCHER (self));

  if (self->is_stopping)
    return;
  self->is_stopping = TRUE;
  foreman_job_janitor_stop (self->janitor);
  foreman_job_models_stop (self->models);
  foreman_dispatcher_withdraw (self);
  foreman_failpoint ("draining");
  self->was_idle = foreman_dispatcher_is_idle (self);
}

/**
 * foreman_dispatcher_preempt:
 * @self: a dispatcher
 * @reason: `drained` or `paused`
 *
 * Ends what runs now: it is queued again, as if it had not begun. After foreman_dispatcher_stop()
 * a store that cannot take results is not waited for any longer either.
 */
void
foreman_dispatcher_preempt (ForemanDispatcher *self, const char *reason)
{
  g_autoptr (GPtrArray) runs = NULL;

  g_return_if_fail (FOREMAN_IS_DISPATCHER (self));
  g_return_if_fail (reason != NULL);

  runs = foreman_dispatcher_list_runs (self);
  for (guint i = 0; i < runs->len; i++)
    {
      foreman_job_run_preempt (runs->pdata[i], reason);
      if (self->is_stopping)
        foreman_job_run_give_up_storing (runs->pdata[i]);
    }
}

/**
 * foreman_dispatcher_is_idle:
 * @self: a dispatcher
 *
 * Returns: whether nothing runs, waits or is being written
 */
gboolean
foreman_dispatcher_is_idle (ForemanDispatcher *self)
{
  g_return_val_if_fail (FOREMAN_IS_DISPATCHER (self), TRUE);

  return g_hash_table_size (self->runs) == 0 && !self->is_claiming;
}

/**
 * foreman_dispatcher_get_running:
 * @self: a dispatcher
 *
 * Returns: how many jobs the target is working on
 */
guint
foreman_dispatcher_get_running (ForemanDispatcher *self)
{
  GHashTableIter iter;
  gpointer run;
  guint n = 0;

  g_return_val_if_fail (FOREMAN_IS_DISPATCHER (self), 0);

  g_hash_table_iter_init (&iter, self->runs);
  while (g_hash_table_iter_next (&iter, NULL, &run))
    n += foreman_job_run_is_running (run);
  return n;
}

/**
 * foreman_dispatcher_dup_output:
 * @self: a dispatcher
 * @id: a job
 * @offset: (out): where in the text of this attempt the answer begins, in bytes
 *
 * Tells the text of a running job so far, at most its last 256 KiB, and for a moment after it is
 * done.
 *
 * Returns: (transfer full) (nullable): the text; %NULL if it does not run here
 */
char *
foreman_dispatcher_dup_output (ForemanDispatcher *self, const char *id, guint64 *offset)
{
  ForemanJobRun *run;

  g_return_val_if_fail (FOREMAN_IS_DISPATCHER (self), NULL);

  *offset = 0;
  run = foreman_dispatcher_find_told (self, id);
  return run != NULL ? foreman_job_run_dup_output (run, offset) : NULL;
}

/**
 * foreman_dispatcher_get_claim:
 * @self: a dispatcher
 * @id: a job
 *
 * Returns: the claim with which a job runs, which tells its text from that of other attempts; -1:
 * it does not run here
 */
gint64
foreman_dispatcher_get_claim (ForemanDispatcher *self, const char *id)
{
  ForemanJobRun *run;

  g_return_val_if_fail (FOREMAN_IS_DISPATCHER (self), -1);

  run = foreman_dispatcher_find_told (self, id);
  return run != NULL ? foreman_job_run_get_job (run)->claim : -1;
}

/**
 * foreman_dispatcher_get_tokens:
 * @self: a dispatcher
 * @id: a job
 *
 * Returns: how many tokens of a running job have come; -1: it does not run here
 */
gint64
foreman_dispatcher_get_tokens (ForemanDispatcher *self, const char *id)
{
  ForemanJobRun *run;

  g_return_val_if_fail (FOREMAN_IS_DISPATCHER (self), -1);

  run = g_hash_table_lookup (self->runs, id);
  if (run == NULL || !foreman_job_run_is_running (run))
    return -1;
  return (gint64) foreman_job_run_get_tokens (run);
}

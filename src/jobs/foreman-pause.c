/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-pause.h"

#include <string.h>

#include "engine/foreman-log.h"

#define FACT "pause"

/* How often at least the wall clock is looked at while a pause is to end by itself: it may be set
 * to another time, of which no timer learns. As often it is tried to keep what could not be kept.
 */
#define LOOK_INTERVAL (30 * (gint64) G_USEC_PER_SEC)

/* What is told of a pause whose end nobody knows, in seconds. */
#define UNKNOWN_RETRY_AFTER 60

static const char *const scope_names[] = {
  [FOREMAN_PAUSE_NONE] = "none",
  [FOREMAN_PAUSE_JOBS] = "jobs",
  [FOREMAN_PAUSE_ALL] = "all",
};

/**
 * foreman_pause_scope_to_string:
 * @scope: a scope
 *
 * Returns: (transfer none): its name: `none`, `jobs` or `all`. Any thread.
 */
const char *
foreman_pause_scope_to_string (ForemanPauseScope scope)
{
  return scope_names[scope];
}

/**
 * ForemanPause:
 *
 * Whether work is paused, and until when. The end is a time of the wall clock, as whoever asked for
 * it sees it: it stays where it is when the clock is set or the machine sleeps. Kept in the store,
 * so that it survives restarts.
 */
struct _ForemanPause
{
  GObject parent_instance;

  ForemanStore *store; /* (owned) */
  ForemanClock *clock; /* (owned) */

  ForemanPauseScope scope;
  gint64 until; /* µs UTC; 0: until resumed */
  guint timer;

  gboolean was_set; /* what the store has from an earlier run counts no more */
  gboolean is_loaded;
  gboolean is_saved;
  gboolean is_saving;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanPause, foreman_pause, G_TYPE_OBJECT)

static void pause_look (gpointer data);

static void
pause_arm (ForemanPause *self)
{
  gint64 left = LOOK_INTERVAL;

  foreman_clock_clear_timer (self->clock, &self->timer);
  if (self->until != 0)
    left = CLAMP (self->until - foreman_clock_get_real (self->clock), 0, LOOK_INTERVAL);
  else if (self->is_saved)
    return;
  self->timer =
      foreman_clock_add_timer (self->clock, foreman_clock_get_monotonic (self->clock) + left,
                               pause_look, self, NULL);
}

static void pause_save (ForemanPause *self);

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanPause) self = data;
  g_autoptr (GError) error = NULL;

  self->is_saving = FALSE;
  if (foreman_store_set_fact_finish (FOREMAN_STORE (source), result, &error))
    {
      pause_save (self);
      return;
    }
  self->is_saved = FALSE;
  pause_arm (self);
  foreman_log (G_LOG_LEVEL_WARNING, "the pause could not be kept yet", "FOREMAN_REASON",
               error->message, NULL);
}

/* One write at a time, lest an older one comes last. */
static void
pause_save (ForemanPause *self)
{
  g_autofree char *fact = NULL;

  if (self->is_saved || self->is_saving || !foreman_store_is_available (self->store))
    return;
  self->is_saved = self->is_saving = TRUE;
  if (self->scope != FOREMAN_PAUSE_NONE)
    fact = g_strdup_printf ("%s %" G_GINT64_FORMAT, scope_names[self->scope], self->until);
  foreman_store_set_fact_async (self->store, FACT, fact, NULL, on_saved, g_object_ref (self));
}

/* Takes a scope with its end, which may have come. */
static void
pause_apply (ForemanPause *self, ForemanPauseScope scope, gint64 until)
{
  gboolean is_over = until != 0 && until <= foreman_clock_get_real (self->clock);
  gboolean changes;

  if (scope == FOREMAN_PAUSE_NONE || is_over)
    {
      scope = FOREMAN_PAUSE_NONE;
      until = 0;
    }
  changes = scope != self->scope || until != self->until;
  self->scope = scope;
  self->until = until;
  self->is_saved = self->is_saved && !changes;
  pause_save (self);
  pause_arm (self);
  if (changes)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
pause_look (gpointer data)
{
  g_autoptr (ForemanPause) self = g_object_ref (data);

  self->timer = 0;
  pause_apply (self, self->scope, self->until);
}

static void
on_resumed (ForemanPause *self)
{
  pause_apply (self, self->scope, self->until);
}

static gboolean
parse_fact (const char *fact, ForemanPauseScope *scope, gint64 *until)
{
  const char *space = strchr (fact, ' ');

  if (space == NULL || !g_ascii_string_to_signed (space + 1, 10, 0, G_MAXINT64, until, NULL))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (scope_names); i++)
    if (strncmp (fact, scope_names[i], space - fact) == 0 && scope_names[i][space - fact] == '\0')
      {
        *scope = i;
        return TRUE;
      }
  return FALSE;
}

static void
take_fact (ForemanPause *self, const char *fact)
{
  ForemanPauseScope scope;
  gint64 until;

  self->is_loaded = TRUE;
  if (self->was_set || fact == NULL)
    return;
  if (!parse_fact (fact, &scope, &until))
    {
      foreman_log (G_LOG_LEVEL_WARNING, "the pause in the store cannot be read: it is ignored",
                   NULL);
      return;
    }
  self->is_saved = FALSE; /* one that is over goes */
  pause_apply (self, scope, until);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  ForemanPause *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autofree char *fact = foreman_store_get_fact_finish (FOREMAN_STORE (source), result, &error);

  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  take_fact (self, fact);
  g_task_return_boolean (task, TRUE);
}

/* A store that comes later brings what was kept, and keeps what was set meanwhile. */
static void
on_available (ForemanPause *self)
{
  if (!foreman_store_is_available (self->store))
    return;
  if (!self->is_loaded && !self->was_set)
    foreman_pause_load_async (self, NULL, NULL, NULL);
  else
    pause_save (self);
}

static void
foreman_pause_dispose (GObject *object)
{
  ForemanPause *self = FOREMAN_PAUSE (object);

  if (self->clock != NULL)
    foreman_clock_clear_timer (self->clock, &self->timer);
  g_clear_object (&self->store);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (foreman_pause_parent_class)->dispose (object);
}

static void
foreman_pause_class_init (ForemanPauseClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_pause_dispose;

  /**
   * ForemanPause::changed:
   * @self: a pause
   *
   * Scope or end are others than before.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_pause_init (ForemanPause *self)
{
  self->is_saved = TRUE;
}

/**
 * foreman_pause_new:
 * @store: where it is kept
 * @clock: the time
 *
 * Nothing is paused until it is loaded or set. Main thread.
 *
 * Returns: (transfer full): a pause
 */
ForemanPause *
foreman_pause_new (ForemanStore *store, ForemanClock *clock)
{
  ForemanPause *self = g_object_new (FOREMAN_TYPE_PAUSE, NULL);

  self->store = g_object_ref (store);
  self->clock = g_object_ref (clock);
  g_signal_connect_object (store, "notify::available", G_CALLBACK (on_available), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (clock, "resumed", G_CALLBACK (on_resumed), self, G_CONNECT_SWAPPED);
  return self;
}

/**
 * foreman_pause_load_async:
 * @self: a pause
 * @cancellable: (nullable): to cancel it
 * @callback: called when it is done
 * @data: for @callback
 *
 * Takes up what an earlier run kept, unless it was set meanwhile. If the store is not available
 * yet, that happens by itself when it is. Main thread.
 */
void
foreman_pause_load_async (ForemanPause *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, foreman_pause_load_async);
  foreman_store_get_fact_async (self->store, FACT, cancellable, on_loaded, task);
}

/**
 * foreman_pause_load_finish:
 * @self: a pause
 * @result: what the callback was given
 * @error: return location for %FOREMAN_ERROR_STORE_UNAVAILABLE
 *
 * Returns: whether the store could be asked
 */
gboolean
foreman_pause_load_finish (ForemanPause *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * foreman_pause_set:
 * @self: a pause
 * @scope: what is paused; %FOREMAN_PAUSE_NONE resumes
 * @until: when that ends, µs UTC; 0: when it is resumed. The past resumes
 *
 * Applies at once, and is kept as soon as the store can. Main thread.
 */
void
foreman_pause_set (ForemanPause *self, ForemanPauseScope scope, gint64 until)
{
  g_return_if_fail (FOREMAN_IS_PAUSE (self));

  self->was_set = TRUE;
  self->is_saved = FALSE;
  pause_apply (self, scope, until);
}

/**
 * foreman_pause_get_scope:
 * @self: a pause
 *
 * Returns: what is paused now
 */
ForemanPauseScope
foreman_pause_get_scope (ForemanPause *self)
{
  g_return_val_if_fail (FOREMAN_IS_PAUSE (self), FOREMAN_PAUSE_NONE);

  return self->scope;
}

/**
 * foreman_pause_get_until:
 * @self: a pause
 *
 * Returns: when it ends by itself, µs UTC; 0: it does not, or nothing is paused
 */
gint64
foreman_pause_get_until (ForemanPause *self)
{
  g_return_val_if_fail (FOREMAN_IS_PAUSE (self), 0);

  return self->until;
}

/**
 * foreman_pause_get_retry_after:
 * @self: a pause
 *
 * What a client that is held off is told. Where nobody knows the end, a minute.
 *
 * Returns: seconds from now until the pause ends, rounded up; 0 if nothing is paused
 */
guint
foreman_pause_get_retry_after (ForemanPause *self)
{
  gint64 left;

  g_return_val_if_fail (FOREMAN_IS_PAUSE (self), 0);

  if (self->scope == FOREMAN_PAUSE_NONE)
    return 0;
  if (self->until == 0)
    return UNKNOWN_RETRY_AFTER;
  left = self->until - foreman_clock_get_real (self->clock);
  return CLAMP ((left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 1, G_MAXINT);
}

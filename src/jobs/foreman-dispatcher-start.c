/* SPDX-License-Identifier: MIT */
/* How a dispatcher begins, again whenever the store comes back, and what it listens to. */
#include "jobs/foreman-dispatcher-private.h"

/* How soon a store that is available but cannot be cleared up is tried again. */
#define FIRST_RETRY   G_USEC_PER_SEC
#define LONGEST_RETRY (30 * G_USEC_PER_SEC)

static void dispatcher_begin (ForemanDispatcher *self);

/* What is under way when the store goes is outdated when it comes again. */
typedef struct
{
  ForemanDispatcher *dispatcher; /* (owned) */
  guint n_starts;
} Beginning;

static Beginning *
beginning_new (ForemanDispatcher *self)
{
  Beginning *beginning = g_new0 (Beginning, 1);

  beginning->dispatcher = g_object_ref (self);
  beginning->n_starts = self->n_starts;
  return beginning;
}

static void
beginning_free (Beginning *beginning)
{
  g_object_unref (beginning->dispatcher);
  g_free (beginning);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Beginning, beginning_free)

static gboolean
beginning_is_current (const Beginning *beginning)
{
  return beginning->n_starts == beginning->dispatcher->n_starts &&
         !beginning->dispatcher->is_stopping;
}

static void
on_retry_due (gpointer data)
{
  ForemanDispatcher *self = data;

  self->begin_timer = 0;
  if (foreman_store_is_available (self->context->store))
    dispatcher_begin (self);
}

static void
dispatcher_begin_later (ForemanDispatcher *self)
{
  ForemanClock *clock = self->context->clock;

  self->begin_backoff.first = FIRST_RETRY;
  self->begin_backoff.max = LONGEST_RETRY;
  self->begin_timer = foreman_clock_add_timer (clock,
                                               foreman_clock_get_monotonic (clock) +
                                                   foreman_backoff_next (&self->begin_backoff),
                                               on_retry_due, self, NULL);
}

static void
tell_delay (ForemanDispatcher *self, const GError *error)
{
  if (!self->was_told)
    g_warning ("jobs do not run yet: %s", error->message);
  self->was_told = TRUE;
}

static void
on_pause_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Beginning) beginning = data;
  ForemanDispatcher *self = beginning->dispatcher;
  g_autoptr (GError) error = NULL;
  gboolean is_known = foreman_pause_load_finish (FOREMAN_PAUSE (source), result, &error);

  if (!beginning_is_current (beginning))
    return;
  if (!is_known)
    {
      tell_delay (self, error);
      dispatcher_begin_later (self);
      return;
    }
  self->is_ready = TRUE;
  self->was_told = FALSE;
  self->may_have_more = TRUE;
  foreman_backoff_reset (&self->begin_backoff);
  foreman_job_models_start (self->models);
  foreman_job_janitor_start (self->janitor);
  foreman_dispatcher_pump (self);
}

static void
on_recovered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Beginning) beginning = data;
  ForemanDispatcher *self = beginning->dispatcher;
  g_autoptr (GError) error = NULL;
  gint64 clock_offset = 0;
  gboolean is_done =
      foreman_store_recover_finish (FOREMAN_STORE (source), result, &clock_offset, &error);

  if (!beginning_is_current (beginning))
    return;
  if (!is_done)
    {
      tell_delay (self, error);
      dispatcher_begin_later (self);
      return;
    }
  foreman_job_janitor_set_clock_offset (self->janitor, clock_offset);
  foreman_pause_load_async (self->pause, NULL, on_pause_loaded, beginning);
  g_steal_pointer (&beginning);
}

/* A different one says that the machine went down, and not foreman alone. */
static char *
read_boot_id (void)
{
  char *id = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
    return g_strdup ("");
  return g_strstrip (id);
}

static void
dispatcher_begin (ForemanDispatcher *self)
{
  ForemanJobContext *context = self->context;
  g_autoptr (GPtrArray) runs = foreman_dispatcher_list_runs (self);
  g_autofree char *boot_id = read_boot_id ();

  for (guint i = 0; i < runs->len; i++)
    foreman_job_run_repeat_begin (runs->pdata[i]);
  foreman_store_recover_async (context->store, context->owner, boot_id,
                               foreman_job_janitor_read_clock_offset (self->janitor),
                               foreman_clock_get_real (context->clock), NULL, on_recovered,
                               beginning_new (self));
}

static void
dispatcher_close (ForemanDispatcher *self)
{
  self->n_starts++;
  self->is_ready = FALSE;
  foreman_clock_clear_timer (self->context->clock, &self->begin_timer);
  foreman_job_janitor_stop (self->janitor);
  foreman_job_models_stop (self->models);
  foreman_dispatcher_withdraw (self);
}

/* For the window: the store failed, and what it has of ours is not known. So the claims are cleared
 * up before others are made. */
void
foreman_dispatcher_begin_again (ForemanDispatcher *self)
{
  if (self->is_stopping || !self->is_ready)
    return;
  dispatcher_close (self);
  dispatcher_begin_later (self);
}

static void
on_available (ForemanDispatcher *self)
{
  if (self->is_stopping)
    return;
  dispatcher_close (self);
  if (foreman_store_is_available (self->context->store))
    dispatcher_begin (self);
}

static void
on_wanted (ForemanDispatcher *self)
{
  self->may_have_more = TRUE;
  foreman_dispatcher_pump (self);
}

static void
on_changed (ForemanDispatcher *self, GPtrArray *jobs)
{
  foreman_dispatcher_note_changes (self, jobs);
}

/* What may have opened or closed the way. */
static void
on_way_changed (ForemanDispatcher *self)
{
  if (foreman_dispatcher_is_open (self))
    foreman_dispatcher_pump (self);
  else
    foreman_dispatcher_withdraw (self);
}

static void
on_degraded_changed (ForemanDispatcher *self)
{
  foreman_dispatcher_watch_target (self);
  on_way_changed (self);
}

/* Its lists come first; then there is a place at the gate for whoever waits for them. */
static void
on_inventory_changed (ForemanDispatcher *self)
{
  foreman_dispatcher_pump (self);
}

/**
 * foreman_dispatcher_start:
 * @self: a dispatcher
 *
 * Begins as soon as the store is available: what a process that died has left is queued again, and
 * then jobs run.
 */
void
foreman_dispatcher_start (ForemanDispatcher *self)
{
  ForemanJobContext *context;

  g_return_if_fail (FOREMAN_IS_DISPATCHER (self));
  g_return_if_fail (!self->is_started);

  context = self->context;
  self->is_started = TRUE;
  /* After those who wait with results: these are written before others' are cleared up. */
  g_signal_connect_data (context->store, "notify::available", G_CALLBACK (on_available), self, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_swapped (context->store, "wanted", G_CALLBACK (on_wanted), self);
  g_signal_connect_swapped (context->store, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (context->gate, "changed", G_CALLBACK (foreman_dispatcher_pump), self);
  g_signal_connect_swapped (context->inventory, "changed", G_CALLBACK (on_inventory_changed), self);
  g_signal_connect_swapped (context->inventory, "degraded-changed",
                            G_CALLBACK (on_degraded_changed), self);
  g_signal_connect_swapped (self->pause, "changed", G_CALLBACK (on_way_changed), self);
  foreman_dispatcher_watch_target (self);
  if (foreman_store_is_available (context->store))
    dispatcher_begin (self);
}

/* For the dispatcher: it goes. */
void
foreman_dispatcher_disconnect (ForemanDispatcher *self)
{
  if (!self->is_started)
    return;
  self->is_started = FALSE;
  self->is_stopping = TRUE;
  foreman_dispatcher_unwatch_target (self);
  foreman_clock_clear_timer (self->context->clock, &self->begin_timer);
  foreman_job_janitor_stop (self->janitor);
  foreman_job_models_stop (self->models);
  g_signal_handlers_disconnect_by_data (self->context->store, self);
  g_signal_handlers_disconnect_by_data (self->context->gate, self);
  g_signal_handlers_disconnect_by_data (self->context->inventory, self);
  g_signal_handlers_disconnect_by_data (self->pause, self);
}

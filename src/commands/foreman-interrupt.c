/* SPDX-License-Identifier: MIT */
#include "commands/foreman-interrupt.h"

#include <glib-unix.h>

struct _ForemanInterrupt
{
  GCancellable *cancellable; /* (owned) */
  ForemanExit exit;
  guint sources[3];
};

enum
{
  SOURCE_INT,
  SOURCE_TERM,
  SOURCE_TIMEOUT,
};

static gboolean
on_signal (gpointer data)
{
  ForemanInterrupt *self = data;

  self->exit = FOREMAN_EXIT_DETACHED;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_timeout (gpointer data)
{
  ForemanInterrupt *self = data;

  self->exit = FOREMAN_EXIT_TIMEOUT;
  self->sources[SOURCE_TIMEOUT] = 0;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

/**
 * foreman_interrupt_new:
 *
 * From now on Ctrl-C does not end the process, but cancels.
 *
 * Returns: (transfer full): an interrupt
 */
ForemanInterrupt *
foreman_interrupt_new (void)
{
  ForemanInterrupt *self = g_new0 (ForemanInterrupt, 1);

  self->cancellable = g_cancellable_new ();
  self->sources[SOURCE_INT] = g_unix_signal_add (SIGINT, on_signal, self);
  self->sources[SOURCE_TERM] = g_unix_signal_add (SIGTERM, on_signal, self);
  return self;
}

/**
 * foreman_interrupt_free:
 * @self: (nullable): an interrupt
 *
 * Frees it; signals do what they did before.
 */
void
foreman_interrupt_free (ForemanInterrupt *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (self->sources); i++)
    g_clear_handle_id (&self->sources[i], g_source_remove);
  g_object_unref (self->cancellable);
  g_free (self);
}

/**
 * foreman_interrupt_get_cancellable:
 * @self: an interrupt
 *
 * Returns: (transfer none): what is cancelled
 */
GCancellable *
foreman_interrupt_get_cancellable (ForemanInterrupt *self)
{
  return self->cancellable;
}

/**
 * foreman_interrupt_set_timeout:
 * @self: an interrupt
 * @timeout: in µs
 *
 * Lets it cancel after this time, too.
 */
void
foreman_interrupt_set_timeout (ForemanInterrupt *self, gint64 timeout)
{
  g_clear_handle_id (&self->sources[SOURCE_TIMEOUT], g_source_remove);
  self->sources[SOURCE_TIMEOUT] =
      g_timeout_add ((guint) CLAMP (timeout / 1000, 0, G_MAXINT), on_timeout, self);
}

/**
 * foreman_interrupt_get_exit:
 * @self: an interrupt
 *
 * Returns: the exit code for why it cancelled; %FOREMAN_EXIT_OK if it did not
 */
ForemanExit
foreman_interrupt_get_exit (ForemanInterrupt *self)
{
  return self->exit;
}

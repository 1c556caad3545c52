/* SPDX-License-Identifier: MIT */
#include "commands/foreman-await.h"

/* A command does one thing after the other, but must notice Ctrl-C and deadlines in all of them: so
 * it calls what is asynchronous, and turns the main loop until that has ended. */

/**
 * foreman_await_ready:
 * @source: (nullable): who ended
 * @result: how
 * @slot: (type gpointer): a GAsyncResult *, %NULL before, which gets a reference to @result
 *
 * The callback for what foreman_await() waits for.
 */
void
foreman_await_ready (GObject *source, GAsyncResult *result, gpointer slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

static gboolean
on_time (gpointer is_late)
{
  *(gboolean *) is_late = TRUE;
  return G_SOURCE_CONTINUE;
}

static guint
add_alarm (gint64 deadline, gboolean *is_late)
{
  gint64 rest = MAX (0, deadline - g_get_monotonic_time ());

  if (deadline == FOREMAN_AWAIT_FOREVER)
    return 0;
  return g_timeout_add ((guint) MIN ((rest + 999) / 1000, G_MAXINT), on_time, is_late);
}

/**
 * foreman_await:
 * @slot: what foreman_await_ready() fills
 * @deadline: monotonic time in µs, or %FOREMAN_AWAIT_FOREVER
 *
 * Turns the main loop until @slot is filled or the time has come. In the latter case the operation
 * goes on, and may be waited for again.
 *
 * Returns: whether @slot is filled
 */
gboolean
foreman_await (GAsyncResult **slot, gint64 deadline)
{
  gboolean is_late = FALSE;
  guint alarm = *slot == NULL ? add_alarm (deadline, &is_late) : 0;

  while (*slot == NULL && !is_late)
    g_main_context_iteration (NULL, TRUE);
  if (alarm != 0)
    g_source_remove (alarm);
  return *slot != NULL;
}

/**
 * foreman_await_time:
 * @duration: in µs
 * @cancellable: (nullable): ends it early
 *
 * Lets time pass.
 */
void
foreman_await_time (gint64 duration, GCancellable *cancellable)
{
  gboolean is_late = FALSE;
  guint alarm = add_alarm (g_get_monotonic_time () + duration, &is_late);

  while (!is_late && !g_cancellable_is_cancelled (cancellable))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (alarm);
}

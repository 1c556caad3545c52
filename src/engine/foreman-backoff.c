/* SPDX-License-Identifier: MIT */
#include "engine/foreman-backoff.h"

/**
 * foreman_backoff_next: (skip)
 * @backoff: a backoff
 *
 * Doubles the delay, up to the longest, and takes off a random part of it, up to half, lest many
 * who lost the same target come back to it at the same moment.
 *
 * Returns: for how long to wait before the next attempt, in µs
 */
gint64
foreman_backoff_next (ForemanBackoff *backoff)
{
  gint64 delay = MAX (backoff->delay, backoff->first / 2);

  backoff->delay = delay < backoff->max / 2 ? delay * 2 : backoff->max;
  return backoff->delay - (gint64) (g_random_double () * (backoff->delay / 2));
}

/**
 * foreman_backoff_reset: (skip)
 * @backoff: a backoff
 *
 * Begins with the first delay again.
 */
void
foreman_backoff_reset (ForemanBackoff *backoff)
{
  backoff->delay = 0;
}

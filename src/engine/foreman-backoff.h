/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanBackoff:
 * @first: the first delay, in µs
 * @max: no delay is longer, in µs
 * @delay: the latest one without its jitter, 0 after a success
 *
 * Ever longer delays between attempts that fail. Set @first and @max, zero @delay.
 */
typedef struct
{
  gint64 first;
  gint64 max;
  gint64 delay;
} ForemanBackoff;

gint64 foreman_backoff_next (ForemanBackoff *backoff);
void foreman_backoff_reset (ForemanBackoff *backoff);

G_END_DECLS

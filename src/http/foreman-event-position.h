/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-params.h"

G_BEGIN_DECLS

/**
 * ForemanEventPosition:
 * @sequence: the last state event that was read; -1: none is named
 * @claim: the run whose text was read; -1: none
 * @offset: how much of that text was read, in bytes
 *
 * How far a reader of events has got: the `id` of each event.
 */
typedef struct
{
  gint64 sequence;
  gint64 claim;
  guint64 offset;
} ForemanEventPosition;

gboolean foreman_event_position_read (ForemanExchange *exchange,
                                      const ForemanParams *params,
                                      ForemanEventPosition *position,
                                      GError **error);
char *foreman_event_position_to_string (const ForemanEventPosition *position);

G_END_DECLS

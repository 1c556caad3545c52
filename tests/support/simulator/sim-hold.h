/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-connection.h"
#include "sim-stats.h"

G_BEGIN_DECLS

/* The gate of tests that want no timing: while a point is held, nothing passes it but what is let
 * through. */

typedef enum
{
  SIM_HOLD_LOAD,    /* before a model has finished loading */
  SIM_HOLD_PREFILL, /* before the first token */
  SIM_HOLD_TOKENS,  /* before every token */
  SIM_N_HOLDS,
} SimHoldPoint;

typedef struct _SimHold SimHold;

SimHold *sim_hold_new (SimStats *stats);
void sim_hold_free (SimHold *hold);
gboolean sim_hold_point_from_name (const char *name, SimHoldPoint *point);
void sim_hold_close (SimHold *hold, SimHoldPoint point);
void sim_hold_let (SimHold *hold, SimHoldPoint point, gint64 count);
void sim_hold_open (SimHold *hold, SimHoldPoint point);
gboolean sim_hold_pass (SimHold *hold, SimHoldPoint point, SimConnection *connection);

G_END_DECLS

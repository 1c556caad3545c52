/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-json.h"

G_BEGIN_DECLS

#define SIM_SECOND  G_GINT64_CONSTANT (1000000000)
#define SIM_FOREVER G_MAXINT64

/* Durations are nanoseconds, as Go's. */
gboolean sim_duration_parse (const char *text, gint64 *duration, char **error);
gboolean sim_keep_alive_parse (const SimJson *value, gint64 *duration, char **error);

G_END_DECLS

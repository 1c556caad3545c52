/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-json.h"

G_BEGIN_DECLS

gboolean sim_invent_can (const SimJson *schema);
char *sim_invent_json (const SimJson *schema, gboolean english, guint64 seed);
char *sim_invent_arguments (const SimJson *parameters,
                            const char *message,
                            gboolean english,
                            guint64 seed);

G_END_DECLS

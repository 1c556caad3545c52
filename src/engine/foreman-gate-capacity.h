/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ForemanGateCapacity ForemanGateCapacity;

ForemanGateCapacity *foreman_gate_capacity_new (guint general);
ForemanGateCapacity *foreman_gate_capacity_parse (const char *text, GError **error);
void foreman_gate_capacity_free (ForemanGateCapacity *capacity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanGateCapacity, foreman_gate_capacity_free)

guint foreman_gate_capacity_get_general (const ForemanGateCapacity *capacity);
guint foreman_gate_capacity_get_for_model (const ForemanGateCapacity *capacity, const char *model);

G_END_DECLS

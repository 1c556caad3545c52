/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-config.h"

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean foreman_self_target_check (ForemanConfig *config, GPtrArray *addresses, GError **error);

G_END_DECLS

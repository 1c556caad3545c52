/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-inventory.h"

G_BEGIN_DECLS

void foreman_unload_all_async (ForemanInventory *inventory,
                               ForemanTarget *target,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
GStrv foreman_unload_all_finish (ForemanInventory *inventory, GAsyncResult *result, GError **error);

G_END_DECLS

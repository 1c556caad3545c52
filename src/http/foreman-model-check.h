/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-endpoint.h"
#include "engine/foreman-inventory.h"

G_BEGIN_DECLS

gboolean foreman_model_check_passes (ForemanInventory *inventory, const ForemanModelName *name);
void foreman_model_check_async (ForemanInventory *inventory,
                                const ForemanModelName *name,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean
foreman_model_check_finish (ForemanInventory *inventory, GAsyncResult *result, GError **error);
char *foreman_model_check_dup_missing (ForemanEndpoint endpoint, const char *model);

G_END_DECLS

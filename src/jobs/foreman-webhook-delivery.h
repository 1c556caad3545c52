/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-config.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

void foreman_webhook_deliver_async (ForemanDelivery *delivery,
                                    gboolean is_hopeless,
                                    ForemanStore *store,
                                    ForemanClock *clock,
                                    ForemanConfig *config,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data);
gboolean
foreman_webhook_deliver_finish (GAsyncResult *result, gboolean *was_reached, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-upstream.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_TARGET (foreman_target_get_type ())
G_DECLARE_FINAL_TYPE (ForemanTarget, foreman_target, FOREMAN, TARGET, GObject)

ForemanTarget *
foreman_target_new (ForemanReactor *reactor, const char *url, const char *token, GError **error);
const char *foreman_target_get_display_name (ForemanTarget *self);
void foreman_target_set_timeouts (ForemanTarget *self, gint64 first_byte, gint64 idle);

void foreman_target_send_async (ForemanTarget *self,
                                ForemanUpstreamRequest *request,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
ForemanUpstreamResponse *
foreman_target_send_finish (ForemanTarget *self, GAsyncResult *result, GError **error);

void foreman_target_fetch_async (ForemanTarget *self,
                                 const char *path,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GBytes *foreman_target_fetch_finish (ForemanTarget *self, GAsyncResult *result, GError **error);
void foreman_target_warm_embedder_async (ForemanTarget *self,
                                         const char *model,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean
foreman_target_warm_embedder_finish (ForemanTarget *self, GAsyncResult *result, GError **error);

G_END_DECLS

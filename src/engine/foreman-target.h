/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-upstream.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_TARGET (foreman_target_get_type ())
G_DECLARE_FINAL_TYPE (ForemanTarget, foreman_target, FOREMAN, TARGET, GObject)

ForemanTarget *
foreman_target_new (ForemanReactor *reactor, const char *url, const char *token, GError **error);

ForemanOrigin *foreman_target_get_origin (ForemanTarget *self);
const char *foreman_target_get_display_name (ForemanTarget *self);
void
foreman_target_set_timeouts (ForemanTarget *self, gint64 first_byte_timeout, gint64 idle_timeout);

void foreman_target_send_async (ForemanTarget *self,
                                ForemanUpstreamRequest *request,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
ForemanUpstreamResponse *
foreman_target_send_finish (ForemanTarget *self, GAsyncResult *result, GError **error);

void foreman_target_fetch_async (ForemanTarget *self,
                                 const char *path,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
GBytes *foreman_target_fetch_finish (ForemanTarget *self, GAsyncResult *result, GError **error);

void foreman_target_load_async (ForemanTarget *self,
                                const char *model,
                                const char *keep_alive_json,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
gboolean foreman_target_load_finish (ForemanTarget *self, GAsyncResult *result, GError **error);

void foreman_target_unload_async (ForemanTarget *self,
                                  const char *model,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
gboolean foreman_target_unload_finish (ForemanTarget *self, GAsyncResult *result, GError **error);

void foreman_target_warm_embedder_async (ForemanTarget *self,
                                         const char *model,
                                         const char *keep_alive_json,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer data);
gboolean
foreman_target_warm_embedder_finish (ForemanTarget *self, GAsyncResult *result, GError **error);

GError *foreman_target_new_http_error (guint status, GBytes *body);

G_END_DECLS

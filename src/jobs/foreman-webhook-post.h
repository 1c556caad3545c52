/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "engine/foreman-clock.h"
#include "engine/foreman-config.h"

G_BEGIN_DECLS

/**
 * ForemanWebhookPost:
 * @url: where to
 * @body: JSON
 * @event_id: by which the receiver knows an event that it gets twice
 * @is_trusted: see foreman_webhook_policy_new()
 *
 * What is to be sent.
 */
typedef struct
{
  const char *url;
  const char *body;
  gint64 event_id;
  gboolean is_trusted;
} ForemanWebhookPost;

void foreman_webhook_post_async (const ForemanWebhookPost *post,
                                 ForemanConfig *config,
                                 ForemanClock *clock,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
guint foreman_webhook_post_finish (GAsyncResult *result, GError **error);

G_END_DECLS

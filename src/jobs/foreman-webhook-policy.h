/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "engine/foreman-config.h"

G_BEGIN_DECLS

/**
 * ForemanWebhookPolicy:
 *
 * Which addresses the webhooks of one job may be sent to. Immutable.
 */
typedef struct _ForemanWebhookPolicy ForemanWebhookPolicy;

ForemanWebhookPolicy *foreman_webhook_policy_new (ForemanConfig *config, gboolean is_trusted);
void foreman_webhook_policy_free (ForemanWebhookPolicy *self);
gboolean foreman_webhook_policy_allows (const ForemanWebhookPolicy *self, GInetAddress *address);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanWebhookPolicy, foreman_webhook_policy_free)

gboolean foreman_webhook_submitter_is_trusted (const char *submitter);
gboolean foreman_webhook_check_url (ForemanConfig *config,
                                    const char *url,
                                    gboolean is_trusted,
                                    GError **error);

G_END_DECLS

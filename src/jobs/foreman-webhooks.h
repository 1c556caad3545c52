/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-config.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/* Delivers the outbox: POSTs each event that somebody is to be told of, in order within a job, and
 * again when that failed. */
#define FOREMAN_TYPE_WEBHOOKS (foreman_webhooks_get_type ())
G_DECLARE_FINAL_TYPE (ForemanWebhooks, foreman_webhooks, FOREMAN, WEBHOOKS, GObject)

ForemanWebhooks *
foreman_webhooks_new (ForemanStore *store, ForemanClock *clock, ForemanConfig *config);
void foreman_webhooks_set_config (ForemanWebhooks *self, ForemanConfig *config);
void foreman_webhooks_start (ForemanWebhooks *self);
void foreman_webhooks_stop (ForemanWebhooks *self);

/* At submit: FOREMAN_ERROR_INVALID_REQUEST for what is no http(s) URL or an address that is never
 * allowed; names are resolved when it is delivered. @is_trusted: with a token or on loopback. */
gboolean foreman_webhook_check_url (ForemanConfig *config,
                                    const char *url,
                                    gboolean is_trusted,
                                    GError **error);

G_END_DECLS

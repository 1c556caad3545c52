/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-config.h"
#include "jobs/foreman-webhook-policy.h" /* foreman_webhook_check_url() */
#include "store/foreman-store.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_WEBHOOKS (foreman_webhooks_get_type ())
G_DECLARE_FINAL_TYPE (ForemanWebhooks, foreman_webhooks, FOREMAN, WEBHOOKS, GObject)

ForemanWebhooks *
foreman_webhooks_new (ForemanStore *store, ForemanClock *clock, ForemanConfig *config);
void foreman_webhooks_set_config (ForemanWebhooks *self, ForemanConfig *config);
void foreman_webhooks_start (ForemanWebhooks *self);
void foreman_webhooks_stop (ForemanWebhooks *self);
void foreman_webhooks_look (ForemanWebhooks *self);

G_END_DECLS

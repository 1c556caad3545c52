/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "jobs/foreman-webhook-policy.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_WEBHOOK_ADDRESS (foreman_webhook_address_get_type ())
G_DECLARE_FINAL_TYPE (ForemanWebhookAddress,
                      foreman_webhook_address,
                      FOREMAN,
                      WEBHOOK_ADDRESS,
                      GNetworkAddress)

ForemanWebhookAddress *
foreman_webhook_address_new (const char *host, guint16 port, ForemanWebhookPolicy *policy);

G_END_DECLS

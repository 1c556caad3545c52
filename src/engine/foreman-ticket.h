/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-gate-policy.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define FOREMAN_TYPE_TICKET (foreman_ticket_get_type ())
G_DECLARE_FINAL_TYPE (ForemanTicket, foreman_ticket, FOREMAN, TICKET, GObject)

void foreman_ticket_release (ForemanTicket *ticket);

const char *foreman_ticket_get_request_id (ForemanTicket *ticket);
const char *foreman_ticket_get_model (ForemanTicket *ticket);
const char *foreman_ticket_get_load_options (ForemanTicket *ticket);
const char *foreman_ticket_get_client (ForemanTicket *ticket);
ForemanWorkClass foreman_ticket_get_class (ForemanTicket *ticket);
int foreman_ticket_get_priority (ForemanTicket *ticket);
gint64 foreman_ticket_get_enqueued_at (ForemanTicket *ticket);
gint64 foreman_ticket_get_started_at (ForemanTicket *ticket);
gint64 foreman_ticket_get_queue_time (ForemanTicket *ticket);
guint foreman_ticket_get_position (ForemanTicket *ticket);

G_END_DECLS

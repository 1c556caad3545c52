/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client.h"

G_BEGIN_DECLS

JsonNode *foreman_group_fetch (ForemanClient *client, const char *group, GError **error);
gint64 foreman_group_get_count (JsonObject *group, const char *state);
gint64 foreman_group_get_left (JsonObject *group);
char *foreman_group_describe (JsonObject *group);
char *foreman_group_quote (const char *group);

G_END_DECLS

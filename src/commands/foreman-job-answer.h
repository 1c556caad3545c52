/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client.h"

G_BEGIN_DECLS

GBytes *foreman_job_fetch (ForemanClient *client, const char *id, JsonNode **job, GError **error);
GBytes *foreman_job_answer_fetch (ForemanClient *client, JsonObject *job, GError **error);
char *foreman_job_answer_fetch_text (ForemanClient *client, JsonObject *job, GError **error);
void foreman_job_answer_print (const char *text);
void foreman_job_answer_print_line (const char *text);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

/* What the routes of jobs have in common: whose jobs the caller sees, and how one is answered. */
const char *foreman_job_access_get_submitter (ForemanExchange *exchange);
char *foreman_job_access_dup_id (ForemanExchange *exchange);
void foreman_job_access_get_async (ForemanExchange *exchange,
                                   gboolean with_data,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
ForemanJobRecord *
foreman_job_access_get_finish (ForemanExchange *exchange, GAsyncResult *result, GError **error);
void foreman_job_access_answer (ForemanExchange *exchange, const ForemanJobRecord *job);
void foreman_job_access_answer_json (ForemanExchange *exchange, const GString *json);

G_END_DECLS

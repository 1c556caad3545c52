/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client-options.h"

G_BEGIN_DECLS

ForemanTable *foreman_job_view_new_table (void);
void foreman_job_view_add (ForemanTable *table, JsonObject *job, gint64 now);
void foreman_job_view_print (JsonObject *job, const ForemanClientOptions *options, gint64 now);

G_END_DECLS

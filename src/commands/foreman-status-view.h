/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client-options.h"

G_BEGIN_DECLS

void foreman_status_view_print_models (const ForemanClientOptions *options,
                                       JsonArray *models,
                                       gint64 now);
void foreman_status_view_print_work (const ForemanClientOptions *options,
                                     JsonObject *gate,
                                     JsonArray *jobs,
                                     gint64 now);
void foreman_status_view_print_jobs (JsonObject *status);
void foreman_status_view_print_trouble (JsonObject *status, gint64 now);
char *foreman_status_view_describe_processor (gint64 size, gint64 size_vram);

G_END_DECLS

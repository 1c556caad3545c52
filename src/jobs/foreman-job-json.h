/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-types.h"

G_BEGIN_DECLS

/* Jobs as job-api.md writes them, appended as text: what is JSON in an artifact keeps its numbers
 * as they are. A line stays one line. */
void foreman_job_json_append (GString *json, const ForemanJobRecord *job, const char *prefix);
char *foreman_job_json_dup_webhook (const ForemanDelivery *delivery);

void foreman_job_json_append_time (GString *json, gint64 time);
void foreman_job_json_append_string (GString *json, const char *text);
void foreman_job_json_append_inline (GString *json, const ForemanArtifact *artifact);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

#include "store/foreman-store-types.h"

G_BEGIN_DECLS

/* Jobs as job-api.md writes them. @prefix: (nullable): `/as/TOKEN`, put before every url. Texts are
 * appended as JSON, since artifacts are, and stay to the byte. */
void foreman_job_json_append (GString *json, const ForemanJobRecord *job, const char *prefix);
void foreman_job_json_append_time (GString *json, gint64 time);   /* "2026-…Z", or null for 0 */
void foreman_job_json_append_string (GString *json, const char *text); /* null for NULL */
char *foreman_job_json_dup_webhook (const ForemanDelivery *delivery);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-answer-fields.h"
#include "engine/foreman-endpoint.h"
#include "engine/foreman-target.h"
#include "jobs/foreman-spool.h"

G_BEGIN_DECLS

/* One request of a job at the target: sent, its answer read as it comes and assembled. Signals:
 * "begun": the first byte of an answer is there;
 * "text" (text): what of it people read, piece by piece;
 * "chunk": something came;
 * "ended": once, unless it was cancelled. */
#define FOREMAN_TYPE_JOB_CALL (foreman_job_call_get_type ())
G_DECLARE_FINAL_TYPE (ForemanJobCall, foreman_job_call, FOREMAN, JOB_CALL, GObject)

ForemanJobCall *
foreman_job_call_new (ForemanTarget *target, ForemanEndpoint endpoint, const char *request_id);
void foreman_job_call_start (ForemanJobCall *self, GBytes *request);
void foreman_job_call_cancel (ForemanJobCall *self);

guint64 foreman_job_call_get_n_chunks (ForemanJobCall *self);
const ForemanAnswerUsage *foreman_job_call_get_usage (ForemanJobCall *self);
const GError *foreman_job_call_get_error (ForemanJobCall *self);
guint foreman_job_call_get_status (ForemanJobCall *self);
gint64 foreman_job_call_get_retry_after (ForemanJobCall *self);
gboolean foreman_job_call_is_empty (ForemanJobCall *self);
const char *foreman_job_call_get_warning (ForemanJobCall *self);
const char *foreman_job_call_get_content_type (ForemanJobCall *self);
ForemanSpool *foreman_job_call_steal_answer (ForemanJobCall *self);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-endpoint.h"
#include "store/foreman-submission.h"

G_BEGIN_DECLS

/**
 * ForemanSubmissionDefaults:
 * @submitter: whose the job will be
 * @sees_all: whether they see the jobs of other submitters
 * @max_priority: the highest priority they may give a job; higher ones become it
 * @max_attempts: `FOREMAN_MAX_ATTEMPTS`
 * @timeout: µs, `FOREMAN_JOB_TIMEOUT`
 * @ttl: µs, `FOREMAN_JOB_TTL`
 * @idempotency_key: (nullable): of a submission that has none of its own
 *
 * What a caller may ask for, and what holds where nothing is said.
 */
typedef struct
{
  const char *submitter;
  gboolean sees_all;
  int max_priority;
  int max_attempts;
  gint64 timeout;
  gint64 ttl;
  const char *idempotency_key;
} ForemanSubmissionDefaults;

gboolean foreman_submission_check_key (const char *key, GError **error);

/* Errors: FOREMAN_ERROR_INVALID_REQUEST whose field is foreman_error_get_field(). Checked later by
 * the caller: whether the model is installed, whether the webhook's address is allowed. */

/* Form 1: a request for an endpoint with the extension fields among its members; a line of form 3,
 * also OpenAI's {"custom_id","method","url","body"}. */
ForemanSubmission *foreman_submission_read_body (const ForemanSubmissionDefaults *defaults,
                                                 const char *data,
                                                 gsize length,
                                                 GError **error);
ForemanSubmission *foreman_submission_read_line (const ForemanSubmissionDefaults *defaults,
                                                 const char *data,
                                                 gsize length,
                                                 GError **error);

/**
 * ForemanHeaderFunc:
 * @data: what was given with it
 * @name: a header's name in lower case
 *
 * Returns: (transfer none) (nullable): the header's value
 */
typedef const char *(*ForemanHeaderFunc) (gpointer data, const char *name);

/* Form 2: the endpoint's own body, and the extension fields as headers. */
ForemanSubmission *foreman_submission_read_headers (const ForemanSubmissionDefaults *defaults,
                                                    ForemanEndpoint endpoint,
                                                    GBytes *body,
                                                    ForemanHeaderFunc get_header,
                                                    gpointer header_data,
                                                    GError **error);

/* What is sent to the target: `stream` set, and `stream_options.include_usage` where there is one.
 */
GBytes *foreman_submission_dup_streamed (ForemanEndpoint endpoint,
                                         const char *model,
                                         GBytes *request,
                                         GError **error);

G_END_DECLS

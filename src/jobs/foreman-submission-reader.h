/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-config.h"
#include "engine/foreman-endpoint.h"
#include "store/foreman-submission.h"

G_BEGIN_DECLS

/**
 * ForemanSubmissionFields:
 *
 * The extension fields of job-api.md as they were given, each as text of its JSON value, or %NULL.
 * Private to the readers.
 */

/* What a caller may ask for, and what holds where nothing is said. */
typedef struct
{
  const char *submitter;
  int max_priority;     /* of the token */
  int max_attempts;     /* FOREMAN_MAX_ATTEMPTS */
  gint64 timeout;       /* FOREMAN_JOB_TIMEOUT */
  gint64 ttl;           /* FOREMAN_JOB_TTL */
} ForemanSubmissionDefaults;

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

/* Form 2: the endpoint's own body; extension fields by @get_header (lower-case name → value). */
typedef const char *(*ForemanHeaderFunc) (gpointer data, const char *name);
ForemanSubmission *foreman_submission_read_headers (const ForemanSubmissionDefaults *defaults,
                                                    ForemanEndpoint endpoint,
                                                    GBytes *body,
                                                    ForemanHeaderFunc get_header,
                                                    gpointer header_data,
                                                    GError **error);

/* What is sent to the target: `stream` set, and `stream_options.include_usage` where there is one. */
GBytes *foreman_submission_dup_streamed (ForemanEndpoint endpoint, GBytes *request, GError **error);

G_END_DECLS

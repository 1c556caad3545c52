/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-json-span.h"
#include "jobs/foreman-submission-reader.h"

G_BEGIN_DECLS

/* How many extension fields there are. */
#define FOREMAN_N_SUBMISSION_FIELDS 14

const char *foreman_submission_field_get_name (guint index);
gboolean foreman_submission_fields_take_json (ForemanSubmission *submission,
                                              const char *data,
                                              const ForemanJsonSpan *spans,
                                              GError **error);
gboolean foreman_submission_fields_take_headers (ForemanSubmission *submission,
                                                 ForemanHeaderFunc get_header,
                                                 gpointer header_data,
                                                 GError **error);

G_END_DECLS

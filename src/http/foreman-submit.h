/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"
#include "jobs/foreman-submission-reader.h"

G_BEGIN_DECLS

void foreman_submit_run (ForemanExchange *exchange, ForemanSubmission *submission);

/* The steps of that, for who submits many. */
gboolean foreman_submit_get_defaults (ForemanExchange *exchange,
                                      ForemanSubmissionDefaults *defaults,
                                      GError **error);
gboolean foreman_submit_check_webhook (ForemanExchange *exchange,
                                       ForemanSubmission *submission,
                                       GError **error);
ForemanModelName *foreman_submit_dup_doubtful_model (ForemanExchange *exchange,
                                                     ForemanSubmission *submission);
char *foreman_submit_dup_missing (ForemanSubmission *submission);

G_END_DECLS

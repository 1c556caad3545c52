/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-submission.h"

G_BEGIN_DECLS

/**
 * ForemanSubmissionTake:
 * @submission: what to fill in
 * @field: the field's name, for errors
 * @values: (array zero-terminated=1): its value: one text, the elements of a list, or names and
 * values in turn
 * @error: return location for an error
 *
 * Checks the value of one extension field and keeps it.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST that says what is allowed
 */
typedef gboolean (*ForemanSubmissionTake) (ForemanSubmission *submission,
                                           const char *field,
                                           const char *const *values,
                                           GError **error);

gboolean foreman_submission_take_endpoint (ForemanSubmission *submission,
                                           const char *field,
                                           const char *const *values,
                                           GError **error);
gboolean foreman_submission_take_webhook_url (ForemanSubmission *submission,
                                              const char *field,
                                              const char *const *values,
                                              GError **error);
gboolean foreman_submission_take_webhook_events (ForemanSubmission *submission,
                                                 const char *field,
                                                 const char *const *values,
                                                 GError **error);
gboolean foreman_submission_take_group (ForemanSubmission *submission,
                                        const char *field,
                                        const char *const *values,
                                        GError **error);
gboolean foreman_submission_take_priority (ForemanSubmission *submission,
                                           const char *field,
                                           const char *const *values,
                                           GError **error);
gboolean foreman_submission_take_max_attempts (ForemanSubmission *submission,
                                               const char *field,
                                               const char *const *values,
                                               GError **error);
gboolean foreman_submission_take_delay (ForemanSubmission *submission,
                                        const char *field,
                                        const char *const *values,
                                        GError **error);
gboolean foreman_submission_take_run_at (ForemanSubmission *submission,
                                         const char *field,
                                         const char *const *values,
                                         GError **error);
gboolean foreman_submission_take_timeout (ForemanSubmission *submission,
                                          const char *field,
                                          const char *const *values,
                                          GError **error);
gboolean foreman_submission_take_ttl (ForemanSubmission *submission,
                                      const char *field,
                                      const char *const *values,
                                      GError **error);
gboolean foreman_submission_take_idempotency_key (ForemanSubmission *submission,
                                                  const char *field,
                                                  const char *const *values,
                                                  GError **error);
gboolean foreman_submission_take_labels (ForemanSubmission *submission,
                                         const char *field,
                                         const char *const *values,
                                         GError **error);
gboolean foreman_submission_take_after (ForemanSubmission *submission,
                                        const char *field,
                                        const char *const *values,
                                        GError **error);
gboolean foreman_submission_take_if_missing (ForemanSubmission *submission,
                                             const char *field,
                                             const char *const *values,
                                             GError **error);

G_END_DECLS

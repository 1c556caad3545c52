/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-job-record.h"

G_BEGIN_DECLS

/**
 * ForemanJobEvidence:
 * @error: (nullable): why there is no whole answer; %NULL: there is one
 * @is_empty: whether that answer says nothing at all, though something was asked
 * @is_cold: whether the model had to be loaded for it
 * @is_repetition: whether it is whole though it ended without its terminator
 * @is_expired: whether it took longer than the job's timeout
 * @has_slept: whether the host slept during the attempt, a short while ago
 * @is_model_gone: whether the target, asked anew, does not have the model
 * @retry_after: µs that the target asked to be left alone for; 0: it did not
 * @chance: from 0 to below 1, at random
 *
 * How an attempt went.
 */
typedef struct
{
  const GError *error;
  gboolean is_empty;
  gboolean is_cold;
  gboolean is_repetition;
  gboolean is_expired;
  gboolean has_slept;
  gboolean is_model_gone;
  gint64 retry_after;
  double chance;
} ForemanJobEvidence;

/**
 * ForemanJobVerdict:
 * @state: %FOREMAN_JOB_DONE, %FOREMAN_JOB_QUEUED or %FOREMAN_JOB_FAILED
 * @counts: whether a failure reached the target, and so is one of the job's attempts
 * @is_permanent: whether it failed for what trying again would not change
 * @delay: of a queued one: µs before it may run again
 * @outcome: for the row of the attempt
 * @reason: (nullable): of a queued one
 * @error_code: (nullable): a word
 *
 * What becomes of a job after an attempt. All texts are static.
 */
typedef struct
{
  ForemanJobState state;
  gboolean counts;
  gboolean is_permanent;
  gint64 delay;
  const char *outcome;
  const char *reason;
  const char *error_code;
} ForemanJobVerdict;

ForemanJobVerdict foreman_job_verdict_find (const ForemanJobRecord *job,
                                            const ForemanJobEvidence *evidence);

G_END_DECLS

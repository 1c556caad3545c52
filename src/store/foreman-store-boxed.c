/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-types.h"

/* What of the values other languages need: each is a type, and can be copied. */

/**
 * foreman_claim_copy: (skip)
 * @claim: a claim
 *
 * Returns: (transfer full): another one of the same
 */
ForemanClaim *
foreman_claim_copy (const ForemanClaim *claim)
{
  ForemanClaim *copy = g_new0 (ForemanClaim, 1);

  copy->job = foreman_job_record_ref (claim->job);
  copy->request = claim->request != NULL ? g_bytes_ref (claim->request) : NULL;
  return copy;
}

G_DEFINE_BOXED_TYPE (ForemanClaim, foreman_claim, foreman_claim_copy, foreman_claim_free)

/**
 * foreman_attempt_end_copy: (skip)
 * @end: the end of an attempt
 *
 * Returns: (transfer full): another one of the same
 */
ForemanAttemptEnd *
foreman_attempt_end_copy (const ForemanAttemptEnd *end)
{
  ForemanAttemptEnd *copy = g_new0 (ForemanAttemptEnd, 1);

  *copy = *end;
  copy->id = g_strdup (end->id);
  copy->owner = g_strdup (end->owner);
  copy->reason = g_strdup (end->reason);
  copy->error = g_strdup (end->error);
  copy->error_code = g_strdup (end->error_code);
  copy->outcome = g_strdup (end->outcome);
  copy->completion = end->completion != NULL ? g_bytes_ref (end->completion) : NULL;
  copy->content_type = g_strdup (end->content_type);
  return copy;
}

G_DEFINE_BOXED_TYPE (ForemanAttemptEnd,
                     foreman_attempt_end,
                     foreman_attempt_end_copy,
                     foreman_attempt_end_free)

/**
 * foreman_job_attempt_copy: (skip)
 * @attempt: an attempt
 *
 * Returns: (transfer full): another one of the same
 */
ForemanJobAttempt *
foreman_job_attempt_copy (const ForemanJobAttempt *attempt)
{
  ForemanJobAttempt *copy = g_new0 (ForemanJobAttempt, 1);

  *copy = *attempt;
  copy->outcome = g_strdup (attempt->outcome);
  copy->error = g_strdup (attempt->error);
  return copy;
}

G_DEFINE_BOXED_TYPE (ForemanJobAttempt,
                     foreman_job_attempt,
                     foreman_job_attempt_copy,
                     foreman_job_attempt_free)

/**
 * foreman_job_event_copy: (skip)
 * @event: an event
 *
 * Returns: (transfer full): another one of the same
 */
ForemanJobEvent *
foreman_job_event_copy (const ForemanJobEvent *event)
{
  ForemanJobEvent *copy = g_new0 (ForemanJobEvent, 1);

  *copy = *event;
  copy->job_id = g_strdup (event->job_id);
  copy->model = g_strdup (event->model);
  copy->group = g_strdup (event->group);
  copy->error = g_strdup (event->error);
  copy->error_code = g_strdup (event->error_code);
  return copy;
}

G_DEFINE_BOXED_TYPE (ForemanJobEvent,
                     foreman_job_event,
                     foreman_job_event_copy,
                     foreman_job_event_free)

/**
 * foreman_delivery_copy: (skip)
 * @delivery: a delivery
 *
 * Returns: (transfer full): another one of the same
 */
ForemanDelivery *
foreman_delivery_copy (const ForemanDelivery *delivery)
{
  ForemanDelivery *copy = g_new0 (ForemanDelivery, 1);

  copy->event = foreman_job_event_copy (delivery->event);
  copy->job = foreman_job_record_ref (delivery->job);
  copy->tries = delivery->tries;
  return copy;
}

G_DEFINE_BOXED_TYPE (ForemanDelivery,
                     foreman_delivery,
                     foreman_delivery_copy,
                     foreman_delivery_free)

/**
 * foreman_queued_model_copy: (skip)
 * @model: a model
 *
 * Returns: (transfer full): another one of the same
 */
ForemanQueuedModel *
foreman_queued_model_copy (const ForemanQueuedModel *model)
{
  ForemanQueuedModel *copy = g_new0 (ForemanQueuedModel, 1);

  *copy = *model;
  copy->model_key = g_strdup (model->model_key);
  copy->model = g_strdup (model->model);
  return copy;
}

G_DEFINE_BOXED_TYPE (ForemanQueuedModel,
                     foreman_queued_model,
                     foreman_queued_model_copy,
                     foreman_queued_model_free)

/**
 * foreman_group_summary_copy: (skip)
 * @summary: a summary
 *
 * Returns: (transfer full): another one of the same
 */
ForemanGroupSummary *
foreman_group_summary_copy (const ForemanGroupSummary *summary)
{
  ForemanGroupSummary *copy = g_new0 (ForemanGroupSummary, 1);

  *copy = *summary;
  copy->group = g_strdup (summary->group);
  copy->errors = summary->errors != NULL ? g_hash_table_ref (summary->errors) : NULL;
  return copy;
}

G_DEFINE_BOXED_TYPE (ForemanGroupSummary,
                     foreman_group_summary,
                     foreman_group_summary_copy,
                     foreman_group_summary_free)

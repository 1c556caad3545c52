/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-types.h"

/**
 * foreman_claim_free: (skip)
 * @claim: (transfer full) (nullable): a claim
 *
 * Frees the value; the job stays claimed.
 */
void
foreman_claim_free (ForemanClaim *claim)
{
  if (claim == NULL)
    return;
  g_clear_pointer (&claim->job, foreman_job_record_unref);
  g_clear_pointer (&claim->request, g_bytes_unref);
  g_free (claim);
}

/**
 * foreman_attempt_end_new:
 * @id: a job
 * @claim: the claim it was picked with
 * @owner: the process that picked it
 *
 * Creates the end of an attempt: to be filled in.
 *
 * Returns: (transfer full): nothing said yet but whose end it is
 */
ForemanAttemptEnd *
foreman_attempt_end_new (const char *id, gint64 claim, const char *owner)
{
  ForemanAttemptEnd *end;

  g_return_val_if_fail (id != NULL, NULL);
  g_return_val_if_fail (owner != NULL, NULL);

  end = g_new0 (ForemanAttemptEnd, 1);
  end->id = g_strdup (id);
  end->claim = claim;
  end->owner = g_strdup (owner);
  end->state = FOREMAN_JOB_FAILED;
  end->prompt_tokens = -1;
  end->completion_tokens = -1;
  return end;
}

/**
 * foreman_attempt_end_free: (skip)
 * @end: (transfer full) (nullable): the end of an attempt
 *
 * Frees @end.
 */
void
foreman_attempt_end_free (ForemanAttemptEnd *end)
{
  if (end == NULL)
    return;
  g_free (end->id);
  g_free (end->owner);
  g_free (end->reason);
  g_free (end->error);
  g_free (end->error_code);
  g_free (end->outcome);
  g_clear_pointer (&end->completion, g_bytes_unref);
  g_free (end->content_type);
  g_free (end);
}

/**
 * foreman_job_attempt_free: (skip)
 * @attempt: (transfer full) (nullable): an attempt
 *
 * Frees @attempt.
 */
void
foreman_job_attempt_free (ForemanJobAttempt *attempt)
{
  if (attempt == NULL)
    return;
  g_free (attempt->outcome);
  g_free (attempt->error);
  g_free (attempt);
}

/**
 * foreman_job_event_free: (skip)
 * @event: (transfer full) (nullable): an event
 *
 * Frees @event.
 */
void
foreman_job_event_free (ForemanJobEvent *event)
{
  if (event == NULL)
    return;
  g_free (event->job_id);
  g_free (event->model);
  g_free (event->group);
  g_free (event->error);
  g_free (event->error_code);
  g_free (event);
}

/**
 * foreman_delivery_free: (skip)
 * @delivery: (transfer full) (nullable): a delivery
 *
 * Frees the value; the delivery is still to be made.
 */
void
foreman_delivery_free (ForemanDelivery *delivery)
{
  if (delivery == NULL)
    return;
  foreman_job_event_free (delivery->event);
  g_clear_pointer (&delivery->job, foreman_job_record_unref);
  g_free (delivery);
}

/**
 * foreman_queued_model_free: (skip)
 * @model: (transfer full) (nullable): a model
 *
 * Frees @model.
 */
void
foreman_queued_model_free (ForemanQueuedModel *model)
{
  if (model == NULL)
    return;
  g_free (model->model_key);
  g_free (model->model);
  g_free (model);
}

/**
 * foreman_group_summary_free: (skip)
 * @summary: (transfer full) (nullable): a summary
 *
 * Frees @summary.
 */
void
foreman_group_summary_free (ForemanGroupSummary *summary)
{
  if (summary == NULL)
    return;
  g_free (summary->group);
  g_clear_pointer (&summary->errors, g_hash_table_unref);
  g_free (summary);
}

/* SPDX-License-Identifier: MIT */
#include "store/foreman-submission.h"

G_DEFINE_BOXED_TYPE (ForemanSubmission,
                     foreman_submission,
                     foreman_submission_ref,
                     foreman_submission_unref)

/**
 * foreman_submission_new:
 *
 * Creates a submission that says nothing yet: one attempt, no limits, at once.
 *
 * Returns: (transfer full): a submission
 */
ForemanSubmission *
foreman_submission_new (void)
{
  ForemanSubmission *self = g_new0 (ForemanSubmission, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->max_attempts = 1;
  return self;
}

/**
 * foreman_submission_ref:
 * @self: a submission
 *
 * Any thread.
 *
 * Returns: (transfer full): @self
 */
ForemanSubmission *
foreman_submission_ref (ForemanSubmission *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * foreman_submission_unref:
 * @self: (transfer full): a submission
 *
 * Gives a reference back. Any thread.
 */
void
foreman_submission_unref (ForemanSubmission *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->submitter);
  g_free (self->endpoint);
  g_free (self->model);
  g_free (self->model_key);
  g_clear_pointer (&self->request, g_bytes_unref);
  g_free (self->request_hash);
  g_free (self->group);
  g_free (self->custom_id);
  g_free (self->idempotency_key);
  g_strfreev (self->labels);
  g_strfreev (self->after);
  g_free (self->webhook_url);
  g_free (self);
}

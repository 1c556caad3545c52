/* SPDX-License-Identifier: MIT */
#include "store/foreman-submission.h"

#include <string.h>

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
 * foreman_submission_new_for:
 * @submitter: whose job it will be
 * @endpoint: a path, such as `/api/chat`
 *
 * As foreman_submission_new(), for languages that cannot fill in a struct.
 *
 * Returns: (transfer full): a submission
 */
ForemanSubmission *
foreman_submission_new_for (const char *submitter, const char *endpoint)
{
  ForemanSubmission *self = foreman_submission_new ();

  self->submitter = g_strdup (submitter);
  self->endpoint = g_strdup (endpoint);
  return self;
}

/* Returns: (transfer full): by what the same request is known again */
static char *
dup_hash (const char *endpoint, GBytes *request)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length;
  const guchar *data = g_bytes_get_data (request, &length);

  g_checksum_update (checksum, (const guchar *) endpoint, (gssize) strlen (endpoint) + 1);
  g_checksum_update (checksum, data, (gssize) length);
  return g_strdup (g_checksum_get_string (checksum));
}

/**
 * foreman_submission_set_request:
 * @self: a submission without a request, whose endpoint and idempotency key are known
 * @model: the model as the submitter wrote it
 * @model_key: see foreman_model_name_to_key()
 * @request: what is sent to the endpoint
 *
 * Sets what is asked for, and with an idempotency key the hash by which it is known again.
 */
void
foreman_submission_set_request (ForemanSubmission *self,
                                const char *model,
                                const char *model_key,
                                GBytes *request)
{
  g_return_if_fail (self->endpoint != NULL && self->request == NULL);

  self->model = g_strdup (model);
  self->model_key = g_strdup (model_key);
  self->request = g_bytes_ref (request);
  if (self->idempotency_key != NULL)
    self->request_hash = dup_hash (self->endpoint, request);
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

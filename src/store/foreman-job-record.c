/* SPDX-License-Identifier: MIT */
#include "store/foreman-job-record.h"

G_DEFINE_BOXED_TYPE (ForemanJobRecord,
                     foreman_job_record,
                     foreman_job_record_ref,
                     foreman_job_record_unref)

/**
 * foreman_job_record_new:
 *
 * Creates a record of nothing yet, to be filled in by whoever made it. Any thread.
 *
 * Returns: (transfer full): a record
 */
ForemanJobRecord *
foreman_job_record_new (void)
{
  ForemanJobRecord *self = g_new0 (ForemanJobRecord, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->previous_state = -1;
  self->prompt_tokens = -1;
  self->completion_tokens = -1;
  self->position = -1;
  self->artifacts = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_artifact_free);
  return self;
}

/**
 * foreman_job_record_ref:
 * @self: a record
 *
 * Any thread.
 *
 * Returns: (transfer full): @self
 */
ForemanJobRecord *
foreman_job_record_ref (ForemanJobRecord *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * foreman_job_record_unref:
 * @self: (transfer full): a record
 *
 * Gives a reference back. Any thread.
 */
void
foreman_job_record_unref (ForemanJobRecord *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->id);
  g_free (self->submitter);
  g_free (self->endpoint);
  g_free (self->model);
  g_free (self->model_key);
  g_free (self->group);
  g_free (self->custom_id);
  g_free (self->idempotency_key);
  g_strfreev (self->labels);
  g_strfreev (self->after);
  g_free (self->reason);
  g_free (self->error);
  g_free (self->error_code);
  g_free (self->webhook_url);
  g_ptr_array_unref (self->artifacts);
  g_free (self);
}

/**
 * foreman_job_record_find_artifact:
 * @self: a record
 * @name: of an artifact
 *
 * Returns: (transfer none) (nullable): the artifact of that name, if there is one
 */
const ForemanArtifact *
foreman_job_record_find_artifact (const ForemanJobRecord *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < self->artifacts->len; i++)
    {
      const ForemanArtifact *artifact = g_ptr_array_index (self->artifacts, i);

      if (g_str_equal (artifact->name, name))
        return artifact;
    }
  return NULL;
}

/**
 * foreman_job_record_take_artifact:
 * @self: a record that nobody else has yet
 * @artifact: (transfer full): a result
 *
 * Adds a result.
 */
void
foreman_job_record_take_artifact (ForemanJobRecord *self, ForemanArtifact *artifact)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (artifact != NULL);

  g_ptr_array_add (self->artifacts, artifact);
}

/**
 * foreman_artifact_copy: (skip)
 * @artifact: an artifact
 *
 * Returns: (transfer full): another one of the same
 */
ForemanArtifact *
foreman_artifact_copy (const ForemanArtifact *artifact)
{
  ForemanArtifact *copy = g_new0 (ForemanArtifact, 1);

  copy->name = g_strdup (artifact->name);
  copy->content_type = g_strdup (artifact->content_type);
  copy->size = artifact->size;
  copy->data = artifact->data != NULL ? g_bytes_ref (artifact->data) : NULL;
  return copy;
}

/**
 * foreman_artifact_free: (skip)
 * @artifact: (transfer full) (nullable): an artifact
 *
 * Frees @artifact.
 */
void
foreman_artifact_free (ForemanArtifact *artifact)
{
  if (artifact == NULL)
    return;
  g_free (artifact->name);
  g_free (artifact->content_type);
  g_clear_pointer (&artifact->data, g_bytes_unref);
  g_free (artifact);
}

G_DEFINE_BOXED_TYPE (ForemanArtifact,
                     foreman_artifact,
                     foreman_artifact_copy,
                     foreman_artifact_free)

/* SPDX-License-Identifier: MIT */
#include "store/foreman-job-query.h"

#define DEFAULT_LIMIT 50

G_DEFINE_BOXED_TYPE (ForemanJobQuery,
                     foreman_job_query,
                     foreman_job_query_copy,
                     foreman_job_query_free)

/**
 * foreman_job_query_new:
 *
 * Creates a query for all jobs, the newest 50 first.
 *
 * Returns: (transfer full): a query
 */
ForemanJobQuery *
foreman_job_query_new (void)
{
  ForemanJobQuery *self = g_new0 (ForemanJobQuery, 1);

  self->limit = DEFAULT_LIMIT;
  return self;
}

/**
 * foreman_job_query_copy:
 * @self: a query
 *
 * Returns: (transfer full): another one that asks the same
 */
ForemanJobQuery *
foreman_job_query_copy (const ForemanJobQuery *self)
{
  ForemanJobQuery *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_new (ForemanJobQuery, 1);
  *copy = *self;
  copy->submitter = g_strdup (self->submitter);
  copy->model_key = g_strdup (self->model_key);
  copy->group = g_strdup (self->group);
  copy->label_name = g_strdup (self->label_name);
  copy->label_value = g_strdup (self->label_value);
  copy->after = g_strdup (self->after);
  return copy;
}

/**
 * foreman_job_query_free:
 * @self: (transfer full) (nullable): a query
 *
 * Frees @self.
 */
void
foreman_job_query_free (ForemanJobQuery *self)
{
  if (self == NULL)
    return;
  g_free (self->submitter);
  g_free (self->model_key);
  g_free (self->group);
  g_free (self->label_name);
  g_free (self->label_value);
  g_free (self->after);
  g_free (self);
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "libforeman/foreman-job-state.h"

G_BEGIN_DECLS

/**
 * ForemanJobQuery:
 * @submitter: (owned) (nullable): only theirs; %NULL: everybody's
 * @states: only those, a bit each: 1 << ForemanJobState; 0: all
 * @model_key: (owned) (nullable): only of that model
 * @group: (owned) (nullable): only of that group
 * @label_name: (owned) (nullable): only with that label
 * @label_value: (owned) (nullable): only with that value of @label_name
 * @after: (owned) (nullable): only what follows that id in the order asked for
 * @oldest_first: the order of submission; otherwise the newest come first
 * @limit: at most so many, 1 to 1000
 * @with_data: artifacts of up to FOREMAN_INLINE_LIMIT bytes come with their bytes
 *
 * Which jobs are meant.
 */
typedef struct
{
  char *submitter;
  guint states;
  char *model_key;
  char *group;
  char *label_name;
  char *label_value;
  char *after;
  gboolean oldest_first;
  guint limit;
  gboolean with_data;
} ForemanJobQuery;

#define FOREMAN_TYPE_JOB_QUERY (foreman_job_query_get_type ())
GType foreman_job_query_get_type (void);
ForemanJobQuery *foreman_job_query_new (void);
ForemanJobQuery *foreman_job_query_copy (const ForemanJobQuery *self);
void foreman_job_query_free (ForemanJobQuery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobQuery, foreman_job_query_free)

G_END_DECLS

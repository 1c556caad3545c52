/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-job-context.h"

G_BEGIN_DECLS

/**
 * ForemanJobPartial:
 *
 * The text of a running job as it is kept in the store, so that a failed or cancelled job does not
 * lose what was generated: in pieces, not more than one a second or one of 64 KiB.
 */
typedef struct _ForemanJobPartial ForemanJobPartial;

ForemanJobPartial *foreman_job_partial_new (ForemanJobContext *context,
                                            const ForemanJobRecord *job);
void foreman_job_partial_free (ForemanJobPartial *self);
void foreman_job_partial_append (ForemanJobPartial *self, const char *text);
void foreman_job_partial_flush (ForemanJobPartial *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobPartial, foreman_job_partial_free)

G_END_DECLS

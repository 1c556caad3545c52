/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-job-context.h"
#include "jobs/foreman-spool.h"

G_BEGIN_DECLS

/* The end of an attempt on its way to the disk. */
void foreman_job_result_write_async (ForemanJobContext *context,
                                     ForemanAttemptEnd *end,
                                     ForemanSpool *answer,
                                     gboolean begin_is_lost,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer data);
ForemanJobRecord *
foreman_job_result_write_finish (ForemanStore *store, GAsyncResult *result, GError **error);

G_END_DECLS

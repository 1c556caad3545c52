/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-job-context.h"

G_BEGIN_DECLS

/* What a claimed job is to send, also where it is too large to come with the claim. */
void foreman_job_request_fetch_async (ForemanJobContext *context,
                                      const char *id,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer data);
GBytes *
foreman_job_request_fetch_finish (ForemanStore *store, GAsyncResult *result, GError **error);

G_END_DECLS

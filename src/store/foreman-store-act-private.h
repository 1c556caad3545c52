/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-job-private.h"

G_BEGIN_DECLS

gboolean foreman_store_job_act (ForemanStoreDatabase *database,
                                ForemanStoreJob *job,
                                ForemanJobAction action,
                                gint64 now,
                                GError **error);

/* In foreman-store-outbox.c */
void foreman_store_redeliver (ForemanStoreDatabase *database, gint64 job);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-thread-private.h"

G_BEGIN_DECLS

/**
 * ForemanStoreWorker:
 *
 * What the store thread does: transactions of what was asked, and what to do when one fails.
 */
typedef struct _ForemanStoreWorker ForemanStoreWorker;

ForemanStoreWorker *foreman_store_worker_new (ForemanStoreThread *thread, const char *path);
void foreman_store_worker_free (ForemanStoreWorker *self);
void foreman_store_worker_run (ForemanStoreWorker *self, GQueue *requests);
void foreman_store_worker_idle (ForemanStoreWorker *self);
gint64 foreman_store_worker_get_patience (ForemanStoreWorker *self);

/* In foreman-store-recover.c: that the process that used the store ended as it should. */
void foreman_store_mark_clean (ForemanStoreDatabase *database);

G_END_DECLS

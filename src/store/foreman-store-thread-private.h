/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-request-private.h"

G_BEGIN_DECLS

/**
 * ForemanStoreNews:
 *
 * What the store thread tells the main thread: one transaction's outcome.
 */
typedef struct
{
  GQueue answered;    /* of ForemanStoreRequest (owned), through their links */
  GPtrArray *changed; /* (owned) (nullable) (element-type ForemanJobRecord) */
  gboolean wanted;
  guint64 counts[FOREMAN_N_JOB_STATES];
  gboolean available;
  char *problem; /* (owned) (nullable): why it is not available */
  char *trouble; /* (owned) (nullable): what failed, and may be over */
  GList link;
} ForemanStoreNews;

ForemanStoreNews *foreman_store_news_new (void);
void foreman_store_news_free (ForemanStoreNews *self);

/**
 * ForemanStoreThread:
 *
 * The store thread, and the only way to it and from it.
 */
typedef struct _ForemanStoreThread ForemanStoreThread;

typedef void (*ForemanStoreNewsFunc) (ForemanStoreNews *news, gpointer data);

/* For the main thread. */
ForemanStoreThread *
foreman_store_thread_new (const char *path, ForemanStoreNewsFunc on_news, gpointer data);
void foreman_store_thread_free (ForemanStoreThread *self);
void foreman_store_thread_push (ForemanStoreThread *self, ForemanStoreRequest *request);

/* For the store thread. */
void foreman_store_thread_take_more (ForemanStoreThread *self, GQueue *batch);
void foreman_store_thread_post (ForemanStoreThread *self, ForemanStoreNews *news);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store.h"

G_BEGIN_DECLS

/* A store's calls as a program wants them that has nothing else to do: they return when they are
 * done. */

void calls_on_done (GObject *source, GAsyncResult *result, gpointer data);
GAsyncResult *calls_wait (GAsyncResult **result);

ForemanStore *calls_open (const char *path, GError **error);
void calls_close (ForemanStore *store);
GPtrArray *calls_list_jobs (ForemanStore *store, GError **error);
GPtrArray *calls_list_events (ForemanStore *store, GError **error);
GBytes *calls_read (ForemanStore *store, const char *id, const char *name, GError **error);
ForemanJobRecord *calls_submit (ForemanStore *store,
                                ForemanSubmission *submission,
                                gint64 now,
                                gboolean *is_repeated,
                                GError **error);
ForemanSubmission *calls_new_submission (const char *key);

G_END_DECLS

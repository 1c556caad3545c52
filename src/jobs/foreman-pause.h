/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/**
 * ForemanPauseScope:
 * @FOREMAN_PAUSE_NONE: nothing is paused
 * @FOREMAN_PAUSE_JOBS: no job is begun
 * @FOREMAN_PAUSE_ALL: and no chat either
 */
typedef enum
{
  FOREMAN_PAUSE_NONE,
  FOREMAN_PAUSE_JOBS,
  FOREMAN_PAUSE_ALL,
} ForemanPauseScope;

const char *foreman_pause_scope_to_string (ForemanPauseScope scope);

#define FOREMAN_TYPE_PAUSE (foreman_pause_get_type ())
G_DECLARE_FINAL_TYPE (ForemanPause, foreman_pause, FOREMAN, PAUSE, GObject)

ForemanPause *foreman_pause_new (ForemanStore *store, ForemanClock *clock);
void foreman_pause_load_async (ForemanPause *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
gboolean foreman_pause_load_finish (ForemanPause *self, GAsyncResult *result, GError **error);
void foreman_pause_set (ForemanPause *self, ForemanPauseScope scope, gint64 until);
ForemanPauseScope foreman_pause_get_scope (ForemanPause *self);
gint64 foreman_pause_get_until (ForemanPause *self);
guint foreman_pause_get_retry_after (ForemanPause *self);

G_END_DECLS

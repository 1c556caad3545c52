/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-backoff.h"
#include "jobs/foreman-dispatcher.h"
#include "jobs/foreman-hold-rule.h"
#include "jobs/foreman-job-janitor.h"
#include "jobs/foreman-job-models.h"
#include "jobs/foreman-job-run.h"
#include "libforeman/foreman-failpoint.h"

G_BEGIN_DECLS

/* What only the dispatcher's own files know of each other. */

struct _ForemanDispatcher
{
  GObject parent_instance;

  ForemanJobContext *context; /* (owned) */
  ForemanPause *pause;        /* (owned) */
  ForemanJobJanitor *janitor; /* (owned) */
  ForemanJobModels *models;   /* (owned) */
  ForemanHoldRule *hold_rule; /* (owned) */

  gboolean is_started;
  gboolean is_ready; /* the store is open, and what was left in it by others is cleared up */
  guint begin_timer;
  ForemanBackoff begin_backoff;
  gboolean was_told; /* that it cannot begin */
  gboolean is_stopping;
  gboolean was_idle; /* and that was told */
  guint n_starts;    /* rises when the store comes or goes: what was begun before is outdated */

  gint64 away_since; /* µs since boot; -1: the target is there */
  guint away_timer;

  GHashTable *runs; /* (owned): id (owned) → ForemanJobRun (owned), in all phases but over */
  GQueue recent;    /* of ForemanJobRun (owned): the last that were done, the latest first */
  gboolean is_claiming;
  gboolean may_have_more; /* the store may have jobs that were not claimed */
  guint n_overtaking;     /* so many more urgent ones came than those that wait */
};

/* foreman-dispatcher.c */
gboolean foreman_dispatcher_is_open (ForemanDispatcher *self);
void foreman_dispatcher_check_idle (ForemanDispatcher *self);
void foreman_dispatcher_emit_progress (ForemanDispatcher *self, const char *id, guint64 tokens);
void foreman_dispatcher_emit_output (ForemanDispatcher *self,
                                     const char *id,
                                     const char *text,
                                     guint64 offset);
void foreman_dispatcher_emit_attempt_ended (ForemanDispatcher *self, ForemanJobRun *run);

/* foreman-dispatcher-window.c: which jobs are on their way */
void foreman_dispatcher_pump (ForemanDispatcher *self);
void foreman_dispatcher_withdraw (ForemanDispatcher *self);
GPtrArray *foreman_dispatcher_list_runs (ForemanDispatcher *self);
void foreman_dispatcher_note_changes (ForemanDispatcher *self, GPtrArray *jobs);
ForemanJobRun *foreman_dispatcher_find_told (ForemanDispatcher *self, const char *id);
void foreman_dispatcher_window_clear (ForemanDispatcher *self);

/* foreman-dispatcher-away.c: what becomes of what runs while the target is away */
void foreman_dispatcher_watch_target (ForemanDispatcher *self);
void foreman_dispatcher_unwatch_target (ForemanDispatcher *self);

/* foreman-dispatcher-start.c: what it listens to, and how it begins */
void foreman_dispatcher_begin_again (ForemanDispatcher *self);
void foreman_dispatcher_disconnect (ForemanDispatcher *self);

G_END_DECLS

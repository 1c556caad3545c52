/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-dispatcher.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/* All jobs, for who watches them: one handler on the store and the dispatcher, however many wait.
 * Signals: "changed" (ForemanJobRecord); "progress" (id, submitter (nullable), tokens: uint64);
 * "stopped". */
#define FOREMAN_TYPE_JOB_WATCH (foreman_job_watch_get_type ())
G_DECLARE_FINAL_TYPE (ForemanJobWatch, foreman_job_watch, FOREMAN, JOB_WATCH, GObject)

/* One job that somebody watches. Signals: "changed" (ForemanJobRecord); "progress" (tokens:
 * uint64); "output" (text, offset: uint64); "stopped". */
#define FOREMAN_TYPE_JOB_TOPIC (foreman_job_topic_get_type ())
G_DECLARE_FINAL_TYPE (ForemanJobTopic, foreman_job_topic, FOREMAN, JOB_TOPIC, GObject)

ForemanJobWatch *foreman_job_watch_new (ForemanStore *store, ForemanDispatcher *dispatcher);
ForemanJobTopic *foreman_job_watch_ref_topic (ForemanJobWatch *self, const char *id);
void foreman_job_watch_stop (ForemanJobWatch *self);
gboolean foreman_job_watch_is_stopped (ForemanJobWatch *self);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/* Has the store do what is due: wake jobs whose time has come, remove those that expired; and keeps
 * delays right when the wall clock steps. */
#define FOREMAN_TYPE_JOB_JANITOR (foreman_job_janitor_get_type ())
G_DECLARE_FINAL_TYPE (ForemanJobJanitor, foreman_job_janitor, FOREMAN, JOB_JANITOR, GObject)

ForemanJobJanitor *foreman_job_janitor_new (ForemanStore *store, ForemanClock *clock);
void foreman_job_janitor_set_model_wait (ForemanJobJanitor *self, gint64 model_wait);
gint64 foreman_job_janitor_read_clock_offset (ForemanJobJanitor *self);
void foreman_job_janitor_set_clock_offset (ForemanJobJanitor *self, gint64 offset);
void foreman_job_janitor_start (ForemanJobJanitor *self);
void foreman_job_janitor_stop (ForemanJobJanitor *self);

G_END_DECLS

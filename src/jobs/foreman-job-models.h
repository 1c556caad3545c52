/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-job-context.h"

G_BEGIN_DECLS

/* Has jobs wait whose model is not installed, and lets them go once it is. */
#define FOREMAN_TYPE_JOB_MODELS (foreman_job_models_get_type ())
G_DECLARE_FINAL_TYPE (ForemanJobModels, foreman_job_models, FOREMAN, JOB_MODELS, GObject)

ForemanJobModels *foreman_job_models_new (ForemanJobContext *context);
void foreman_job_models_start (ForemanJobModels *self);
void foreman_job_models_stop (ForemanJobModels *self);
gboolean foreman_job_models_is_missing (ForemanJobModels *self, const ForemanJobRecord *job);
void foreman_job_models_park (ForemanJobModels *self, const ForemanJobRecord *job);

G_END_DECLS

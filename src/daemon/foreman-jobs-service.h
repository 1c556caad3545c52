/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-http-context.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_JOBS_SERVICE (foreman_jobs_service_get_type ())
G_DECLARE_FINAL_TYPE (ForemanJobsService, foreman_jobs_service, FOREMAN, JOBS_SERVICE, GObject)

ForemanJobsService *foreman_jobs_service_new (ForemanHttpContext *context, ForemanMetrics *metrics);
void foreman_jobs_service_start (ForemanJobsService *self);
void foreman_jobs_service_apply (ForemanJobsService *self);
void foreman_jobs_service_drain (ForemanJobsService *self);
void foreman_jobs_service_preempt (ForemanJobsService *self);
void foreman_jobs_service_give_up (ForemanJobsService *self);
void foreman_jobs_service_stop_async (ForemanJobsService *self,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
void foreman_jobs_service_stop_finish (ForemanJobsService *self, GAsyncResult *result);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

/* The handlers that the router's table names, one file per area. */

void foreman_route_healthz (ForemanExchange *exchange);
void foreman_route_readyz (ForemanExchange *exchange);
void foreman_route_root (ForemanExchange *exchange);

void foreman_route_status (ForemanExchange *exchange);
void foreman_route_queue (ForemanExchange *exchange);
void foreman_route_metrics (ForemanExchange *exchange);

void foreman_route_get_pause (ForemanExchange *exchange);
void foreman_route_pause (ForemanExchange *exchange);
void foreman_route_resume (ForemanExchange *exchange);

void foreman_route_load_model (ForemanExchange *exchange);
void foreman_route_unload_model (ForemanExchange *exchange);

void foreman_route_get_job (ForemanExchange *exchange);
void foreman_route_list_jobs (ForemanExchange *exchange);
void foreman_route_job_request (ForemanExchange *exchange);
void foreman_route_job_attempts (ForemanExchange *exchange);
void foreman_route_artifact (ForemanExchange *exchange);

void foreman_route_cancel_job (ForemanExchange *exchange);
void foreman_route_retry_job (ForemanExchange *exchange);
void foreman_route_redeliver_job (ForemanExchange *exchange);
void foreman_route_delete_job (ForemanExchange *exchange);
void foreman_route_patch_job (ForemanExchange *exchange);

void foreman_route_cancel_jobs (ForemanExchange *exchange);
void foreman_route_retry_jobs (ForemanExchange *exchange);
void foreman_route_purge_jobs (ForemanExchange *exchange);

void foreman_route_job_events (ForemanExchange *exchange);
void foreman_route_events (ForemanExchange *exchange);

void foreman_route_groups (ForemanExchange *exchange);
void foreman_route_group (ForemanExchange *exchange);
void foreman_route_results (ForemanExchange *exchange);

void foreman_route_tags (ForemanExchange *exchange);
void foreman_route_ps (ForemanExchange *exchange);

void foreman_route_submit (ForemanExchange *exchange);

void foreman_route_inference (ForemanExchange *exchange);
void foreman_route_transcription (ForemanExchange *exchange);

void foreman_route_forward (ForemanExchange *exchange);
void foreman_route_change (ForemanExchange *exchange);

G_END_DECLS

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

void foreman_route_tags (ForemanExchange *exchange);
void foreman_route_ps (ForemanExchange *exchange);

void foreman_route_submit (ForemanExchange *exchange);

void foreman_route_inference (ForemanExchange *exchange);
void foreman_route_transcription (ForemanExchange *exchange);

void foreman_route_forward (ForemanExchange *exchange);
void foreman_route_change (ForemanExchange *exchange);

G_END_DECLS

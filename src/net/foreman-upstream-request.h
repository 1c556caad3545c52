/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-byte-source.h"

G_BEGIN_DECLS

/**
 * ForemanUpstreamRequest:
 *
 * A request to be sent by a [class@Upstream].
 */
typedef struct _ForemanUpstreamRequest ForemanUpstreamRequest;

#define FOREMAN_TYPE_UPSTREAM_REQUEST (foreman_upstream_request_get_type ())

GType foreman_upstream_request_get_type (void);

ForemanUpstreamRequest *foreman_upstream_request_new (const char *method, const char *target);
ForemanUpstreamRequest *foreman_upstream_request_ref (ForemanUpstreamRequest *self);
void foreman_upstream_request_unref (ForemanUpstreamRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanUpstreamRequest, foreman_upstream_request_unref)

void foreman_upstream_request_add_header (ForemanUpstreamRequest *self,
                                          const char *name,
                                          const char *value);
void foreman_upstream_request_set_bearer (ForemanUpstreamRequest *self, const char *token);
void foreman_upstream_request_set_body_bytes (ForemanUpstreamRequest *self, GBytes *body);
void foreman_upstream_request_set_body_source (ForemanUpstreamRequest *self,
                                               ForemanByteSource *body,
                                               gint64 length);

const char *foreman_upstream_request_get_method (ForemanUpstreamRequest *self);
GBytes *foreman_upstream_request_get_body_bytes (ForemanUpstreamRequest *self);
ForemanByteSource *foreman_upstream_request_get_body_source (ForemanUpstreamRequest *self,
                                                             gint64 *length);
char *foreman_upstream_request_dup_head (ForemanUpstreamRequest *self,
                                         const char *host,
                                         const char *prefix,
                                         gsize *length);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "engine/foreman-scopes.h"

G_BEGIN_DECLS

/**
 * ForemanCaller:
 * @name: (owned): who it is, for logs, queues and as submitter of jobs: `token:NAME`, `local`,
 *   `uid:N` or an address
 * @client: (owned): what limits per client count by
 * @scopes: what it may do
 * @max_priority: the highest priority it may give a job
 * @background: whether its requests wait behind the interactive ones
 * @has_token: whether it showed a token
 * @is_preflight: whether this is a CORS preflight: answer 204 with the CORS headers, nothing else
 * @path: (owned): the decoded path without `/as/TOKEN`; this is what is routed
 * @target: (owned): the raw target without `/as/TOKEN`; this is what is forwarded
 * @prefix: (owned) (nullable): the raw `/as/TOKEN` that was cut off, for `Location` and `url`. It
 *   holds a secret: never log it
 * @status: 0, or 401 or 403: refused
 * @message: (owned) (nullable): why it was refused, and which setting changes that
 * @is_web_refusal: whether its `Host` or `Origin` is why, which holds for routes without scope too
 * @empty_body: whether the refusal has no body
 *
 * Who sent a request and what may be done for it. Immutable. @path, @target and @prefix are set in
 * a refusal too, since some routes need no permission at all.
 */
typedef struct
{
  /*< private >*/
  gatomicrefcount ref_count;
  /*< public >*/
  char *name;
  char *client;
  ForemanScopes scopes;
  int max_priority;
  gboolean background;
  gboolean has_token;
  gboolean is_preflight;
  char *path;
  char *target;
  char *prefix;
  guint status;
  char *message;
  gboolean is_web_refusal;
  gboolean empty_body;
} ForemanCaller;

#define FOREMAN_TYPE_CALLER foreman_caller_get_type ()
GType foreman_caller_get_type (void);
ForemanCaller *foreman_caller_new (void);
ForemanCaller *foreman_caller_ref (ForemanCaller *self);
void foreman_caller_unref (ForemanCaller *self);
gboolean foreman_caller_may (const ForemanCaller *self, ForemanScopes need);
char *foreman_caller_dup_scope_message (const ForemanCaller *self, ForemanScopes need);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanCaller, foreman_caller_unref)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanScopes:
 * @FOREMAN_SCOPE_NONE: nothing
 * @FOREMAN_SCOPE_INFERENCE: inference and what is read around it (tags, ps, show, status, queue)
 * @FOREMAN_SCOPE_JOBS: one's own jobs
 * @FOREMAN_SCOPE_JOBS_ALL: everybody's jobs
 * @FOREMAN_SCOPE_MANAGE: what changes models, loads or pauses, and routes foreman does not know
 * @FOREMAN_SCOPE_ADMIN: everything
 *
 * What a caller may do.
 */
typedef enum
{
  FOREMAN_SCOPE_NONE = 0,
  FOREMAN_SCOPE_INFERENCE = 1 << 0,
  FOREMAN_SCOPE_JOBS = 1 << 1,
  FOREMAN_SCOPE_JOBS_ALL = 1 << 2,
  FOREMAN_SCOPE_MANAGE = 1 << 3,
  FOREMAN_SCOPE_ADMIN = 1 << 4,
} ForemanScopes;

gboolean
foreman_scopes_parse (const char *text, char separator, ForemanScopes *scopes, GError **error);
char *foreman_scopes_to_string (ForemanScopes scopes);
gboolean foreman_scopes_allow (ForemanScopes have, ForemanScopes need);

G_END_DECLS

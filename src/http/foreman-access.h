/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "engine/foreman-config.h"
#include "http/foreman-caller.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_ACCESS foreman_access_get_type ()
G_DECLARE_FINAL_TYPE (ForemanAccess, foreman_access, FOREMAN, ACCESS, GObject)

/**
 * ForemanAccessRequest:
 * @peer: (nullable): the address of the other end of the connection
 * @local: (nullable): the address of this end
 * @peer_uid: the user at the other end of a unix socket, -1 if not known
 * @method: the method
 * @path: the decoded path
 * @target: the raw target in origin form
 * @host: (nullable): the `Host` header
 * @origin: (nullable): the `Origin` header
 * @authorization: (nullable): the `Authorization` header
 * @api_key: (nullable): the `X-Api-Key` header
 * @forwarded_for: (nullable): all `X-Forwarded-For` headers, joined by commas
 *
 * What a decision about a request depends on.
 */
typedef struct
{
  GSocketAddress *peer;
  GSocketAddress *local;
  gint64 peer_uid;
  const char *method;
  const char *path;
  const char *target;
  const char *host;
  const char *origin;
  const char *authorization;
  const char *api_key;
  const char *forwarded_for;
} ForemanAccessRequest;

ForemanAccess *foreman_access_new (ForemanConfig *config, GError **error);
ForemanCaller *foreman_access_check (ForemanAccess *self, const ForemanAccessRequest *request);
gboolean foreman_access_check_bind (ForemanAccess *self, GPtrArray *addresses, GError **error);
gboolean
foreman_access_check_addresses (ForemanAccess *self, const char *const *addresses, GError **error);
GStrv foreman_access_dup_cors_headers (ForemanAccess *self, const ForemanAccessRequest *request);
const char *foreman_access_get_warning (ForemanAccess *self);

G_END_DECLS

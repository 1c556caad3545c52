/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "engine/foreman-scopes.h"

G_BEGIN_DECLS

/**
 * ForemanNetwork:
 * @mask: (owned) (nullable): the addresses; %NULL for `unix`, the peers of unix sockets
 * @scopes: what its members may do, %FOREMAN_SCOPE_NONE where none were written
 *
 * One entry of `FOREMAN_TRUSTED` or `FOREMAN_TRUSTED_PROXIES`.
 */
typedef struct
{
  GInetAddressMask *mask;
  ForemanScopes scopes;
} ForemanNetwork;

ForemanNetwork *foreman_network_parse (const char *text, gboolean allow_scopes, GError **error);
GPtrArray *
foreman_network_parse_list (const char *const *texts, gboolean allow_scopes, GError **error);
void foreman_network_free (ForemanNetwork *network);
gboolean foreman_network_contains (const ForemanNetwork *network, GInetAddress *address);
const ForemanNetwork *foreman_network_find (GPtrArray *networks, GInetAddress *address);
GInetAddress *foreman_network_unmap (GInetAddress *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanNetwork, foreman_network_free)

G_END_DECLS

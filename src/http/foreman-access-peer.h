/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-access.h"

G_BEGIN_DECLS

/**
 * ForemanAccessPeer:
 * @address: (owned) (nullable): where the request comes from; %NULL for a unix socket or unknown
 * @is_known: whether @address (or being on a unix socket) can be relied on
 * @is_local: whether it comes from this machine, straight
 * @is_unix: whether it comes straight through a unix socket
 * @through_proxy: whether somebody else passed it on
 * @uid: the user on a unix socket, -1 if not known
 *
 * The client behind a connection, once proxies are looked through.
 */
typedef struct
{
  GInetAddress *address;
  gboolean is_known;
  gboolean is_local;
  gboolean is_unix;
  gboolean through_proxy;
  gint64 uid;
} ForemanAccessPeer;

void foreman_access_peer_init (ForemanAccessPeer *peer,
                               const ForemanAccessRequest *request,
                               GPtrArray *proxies);
void foreman_access_peer_clear (ForemanAccessPeer *peer);
char *foreman_access_peer_dup_name (const ForemanAccessPeer *peer);
char *foreman_access_peer_dup_client (const ForemanAccessPeer *peer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ForemanAccessPeer, foreman_access_peer_clear)

G_END_DECLS

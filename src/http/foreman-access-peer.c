/* SPDX-License-Identifier: MIT */
#include "http/foreman-access-peer.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "engine/foreman-network.h"
#include "http/foreman-web-rules.h"

/* An item of X-Forwarded-For; some proxies write ports. */
static GInetAddress *
parse_forwarded (const char *item)
{
  g_autofree char *host = g_strstrip (g_strdup (item));
  char *colon = strchr (host, ':');

  if (*host == '[')
    {
      host[strcspn (host, "]")] = '\0';
      return g_inet_address_new_from_string (host + 1);
    }
  if (colon != NULL && strchr (colon + 1, ':') == NULL)
    *colon = '\0';
  return g_inet_address_new_from_string (host);
}

/* The rightmost address that is not one of our proxies was written by one of them; what stands left
 * of it anybody may have written. */
static void
look_through_proxies (ForemanAccessPeer *peer, const char *forwarded_for, GPtrArray *proxies)
{
  g_auto (GStrv) items = NULL;

  peer->is_local = peer->is_unix = FALSE;
  peer->through_proxy = TRUE;
  /* a proxy that names no client speaks for itself, but is never taken for a user of this machine
   */
  if (forwarded_for == NULL)
    return;
  peer->is_known = FALSE;
  items = g_strsplit (forwarded_for, ",", -1);
  for (guint i = g_strv_length (items); i > 0; i--)
    {
      g_autoptr (GInetAddress) address = parse_forwarded (items[i - 1]);
      g_autoptr (GInetAddress) plain = NULL;

      if (address == NULL)
        return;
      plain = foreman_network_unmap (address);
      g_set_object (&peer->address, plain);
      if (foreman_network_find (proxies, plain) == NULL)
        {
          /* nobody is on this machine and behind a proxy */
          peer->is_known = !foreman_web_rules_is_loopback (plain);
          return;
        }
    }
}

/* A proxy on this machine that nobody declared must not make the whole world local. */
static gboolean
was_forwarded_from_elsewhere (const char *forwarded_for)
{
  g_auto (GStrv) items = NULL;

  if (forwarded_for == NULL)
    return FALSE;
  items = g_strsplit (forwarded_for, ",", -1);
  for (gsize i = 0; items[i] != NULL; i++)
    {
      g_autoptr (GInetAddress) address = parse_forwarded (items[i]);

      if (address == NULL || !foreman_web_rules_is_loopback (address))
        return TRUE;
    }
  return FALSE;
}

/**
 * foreman_access_peer_init:
 * @peer: (out caller-allocates): the client
 * @request: a request
 * @proxies: (element-type ForemanNetwork): `FOREMAN_TRUSTED_PROXIES`
 *
 * Finds out where a request comes from. `X-Forwarded-For` is believed from known proxies only.
 */
void
foreman_access_peer_init (ForemanAccessPeer *peer,
                          const ForemanAccessRequest *request,
                          GPtrArray *proxies)
{
  peer->uid = request->peer_uid;
  if (G_IS_INET_SOCKET_ADDRESS (request->peer))
    {
      peer->address = foreman_network_unmap (
          g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (request->peer)));
      peer->is_local = foreman_web_rules_is_loopback (peer->address);
    }
  else if (G_IS_UNIX_SOCKET_ADDRESS (request->peer))
    peer->is_unix = peer->is_local = TRUE;
  else
    return;
  peer->is_known = TRUE;
  if (foreman_network_find (proxies, peer->address) != NULL)
    look_through_proxies (peer, request->forwarded_for, proxies);
  else if (peer->is_local && was_forwarded_from_elsewhere (request->forwarded_for))
    {
      peer->is_local = peer->is_unix = FALSE;
      peer->through_proxy = TRUE;
    }
}

/**
 * foreman_access_peer_clear:
 * @peer: a client, whose members are freed
 */
void
foreman_access_peer_clear (ForemanAccessPeer *peer)
{
  g_clear_object (&peer->address);
}

/**
 * foreman_access_peer_dup_name:
 * @peer: a client
 *
 * Returns: (transfer full): `uid:N`, `local`, an address or `unknown`
 */
char *
foreman_access_peer_dup_name (const ForemanAccessPeer *peer)
{
  if (peer->is_unix && peer->uid >= 0)
    return g_strdup_printf ("uid:%" G_GINT64_FORMAT, peer->uid);
  if (peer->is_local)
    return g_strdup ("local");
  if (peer->address != NULL)
    return g_inet_address_to_string (peer->address);
  return g_strdup ("unknown");
}

/**
 * foreman_access_peer_dup_client:
 * @peer: a client
 *
 * One host has as many IPv6 addresses of its network as it likes, so these count as one.
 *
 * Returns: (transfer full): what limits per client count by
 */
char *
foreman_access_peer_dup_client (const ForemanAccessPeer *peer)
{
  guint8 bytes[16] = { 0 };
  g_autoptr (GInetAddress) network = NULL;
  g_autofree char *text = NULL;

  if (peer->is_local || peer->address == NULL ||
      g_inet_address_get_family (peer->address) != G_SOCKET_FAMILY_IPV6)
    return foreman_access_peer_dup_name (peer);
  memcpy (bytes, g_inet_address_to_bytes (peer->address), 8);
  network = g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV6);
  text = g_inet_address_to_string (network);
  return g_strconcat (text, "/64", NULL);
}

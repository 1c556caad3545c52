/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-self-target.h"

#include "libforeman/foreman-error.h"
#include "net/foreman-origin.h"

#include <gio/gunixsocketaddress.h>

static gboolean
is_same_host (const char *host, GInetAddress *bound)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (
      g_ascii_strcasecmp (host, "localhost") == 0 ? "127.0.0.1" : host);

  return address &&
         (g_inet_address_equal (address, bound) ||
          (g_inet_address_get_is_any (bound) && g_inet_address_get_is_loopback (address)));
}

static gboolean
is_same_address (GSocketConnectable *target, GSocketAddress *own)
{
  if (G_IS_UNIX_SOCKET_ADDRESS (target) && G_IS_UNIX_SOCKET_ADDRESS (own))
    return g_str_equal (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (target)),
                        g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (own)));
  if (G_IS_NETWORK_ADDRESS (target) && G_IS_INET_SOCKET_ADDRESS (own))
    return g_network_address_get_port (G_NETWORK_ADDRESS (target)) ==
               g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (own)) &&
           is_same_host (g_network_address_get_hostname (G_NETWORK_ADDRESS (target)),
                         g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (own)));
  return FALSE;
}

/**
 * foreman_self_target_check:
 * @config: the settings
 * @addresses: (element-type GSocketAddress): where foreman listens
 * @error: return location for an error
 *
 * Refuses a target that is foreman itself. A loop that goes through another proxy, or a name that
 * only DNS knows, is found by the `Via` of the first request. Main thread.
 *
 * Returns: whether the target is somebody else
 */
gboolean
foreman_self_target_check (ForemanConfig *config, GPtrArray *addresses, GError **error)
{
  const char *url = foreman_config_get_string (config, FOREMAN_CONFIG_OLLAMA_URL);
  g_autoptr (ForemanOrigin) origin = foreman_origin_parse (url, error);

  if (!origin)
    return FALSE;
  for (guint i = 0; i < addresses->len; i++)
    if (is_same_address (foreman_origin_get_address (origin), addresses->pdata[i]))
      {
        g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                     "FOREMAN_OLLAMA_URL=%s (%s) is foreman's own address (FOREMAN_ADDR); give the "
                     "address of Ollama",
                     foreman_origin_get_display_name (origin),
                     foreman_config_get_origin (config, FOREMAN_CONFIG_OLLAMA_URL));
        return FALSE;
      }
  return TRUE;
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-network.h"

#include <string.h>

#include "libforeman/foreman-error.h"

/**
 * foreman_network_free:
 * @network: (transfer full): a network
 */
void
foreman_network_free (ForemanNetwork *network)
{
  g_clear_object (&network->mask);
  g_free (network);
}

/* Splits `ADDRESS[/LENGTH][:SCOPES]`, where the address may hold colons itself. */
static void
split_scopes (const char *text, char **network, const char **scopes)
{
  const char *colon = NULL, *slash = strchr (text, '/'), *bracket = strchr (text, ']');

  if (slash != NULL)
    colon = strchr (slash, ':');
  else if (bracket != NULL)
    colon = strchr (bracket, ':');
  else if (!g_hostname_is_ip_address (text))
    colon = strchr (text, ':');
  *network = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
  *scopes = colon != NULL ? colon + 1 : NULL;
  if (**network == '[')
    {
      gsize len = strlen (*network);
      char *end = memchr (*network, ']', len);

      if (end != NULL)
        {
          memmove (end, end + 1, strlen (end));
          memmove (*network, *network + 1, strlen (*network));
        }
    }
}

/**
 * foreman_network_parse:
 * @text: `192.168.1.0/24`, `10.0.0.7`, `[fd00::]/8`, `fd00::/8` or `unix`, perhaps with `:SCOPES`
 * @allow_scopes: whether scopes (with `+` between them) may follow
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable): the network, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST
 */
ForemanNetwork *
foreman_network_parse (const char *text, gboolean allow_scopes, GError **error)
{
  g_autoptr (ForemanNetwork) network = g_new0 (ForemanNetwork, 1);
  g_autofree char *address = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *scopes = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  split_scopes (text, &address, &scopes);
  if (scopes != NULL && !allow_scopes)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                   "\"%s\" is no network (scopes have no place here)", text);
      return NULL;
    }
  if (scopes != NULL && !foreman_scopes_parse (scopes, '+', &network->scopes, error))
    return NULL;
  if (g_str_equal (address, "unix"))
    return g_steal_pointer (&network);
  network->mask = g_inet_address_mask_new_from_string (address, &local_error);
  if (network->mask == NULL)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                   "\"%s\" is no network as in 192.168.1.0/24 or fd00::/8 (%s)", address,
                   local_error->message);
      return NULL;
    }
  return g_steal_pointer (&network);
}

/**
 * foreman_network_parse_list:
 * @texts: (array zero-terminated=1): networks
 * @allow_scopes: whether scopes may follow each
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable) (element-type ForemanNetwork): the networks in their order
 */
GPtrArray *
foreman_network_parse_list (const char *const *texts, gboolean allow_scopes, GError **error)
{
  g_autoptr (GPtrArray) networks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_network_free);

  for (gsize i = 0; texts[i] != NULL; i++)
    {
      ForemanNetwork *network = foreman_network_parse (texts[i], allow_scopes, error);

      if (network == NULL)
        return NULL;
      g_ptr_array_add (networks, network);
    }
  return g_steal_pointer (&networks);
}

/**
 * foreman_network_unmap:
 * @address: an address
 *
 * An IPv4 peer of a dual-stack socket shows as `::ffff:a.b.c.d`; rules about addresses are written
 * for the IPv4 address inside.
 *
 * Returns: (transfer full): that address, or @address itself
 */
GInetAddress *
foreman_network_unmap (GInetAddress *address)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
      memcmp (bytes, mapped, sizeof mapped) == 0)
    return g_inet_address_new_from_bytes (bytes + sizeof mapped, G_SOCKET_FAMILY_IPV4);
  return g_object_ref (address);
}

/**
 * foreman_network_contains:
 * @network: a network
 * @address: (nullable): the address of a peer, %NULL for the peer of a unix socket
 *
 * Returns: whether the peer belongs to @network
 */
gboolean
foreman_network_contains (const ForemanNetwork *network, GInetAddress *address)
{
  g_autoptr (GInetAddress) plain = NULL;

  if (address == NULL || network->mask == NULL)
    return address == NULL && network->mask == NULL;
  plain = foreman_network_unmap (address);
  return g_inet_address_mask_matches (network->mask, plain);
}

/**
 * foreman_network_find:
 * @networks: (element-type ForemanNetwork): networks
 * @address: (nullable): the address of a peer, %NULL for the peer of a unix socket
 *
 * The first network that holds the peer: order in the list is precedence.
 *
 * Returns: (transfer none) (nullable): the network
 */
const ForemanNetwork *
foreman_network_find (GPtrArray *networks, GInetAddress *address)
{
  for (guint i = 0; i < networks->len; i++)
    if (foreman_network_contains (networks->pdata[i], address))
      return networks->pdata[i];
  return NULL;
}

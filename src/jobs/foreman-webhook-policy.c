/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhook-policy.h"

#include <ifaddrs.h>
#include <libsoup/soup.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/foreman-network.h"
#include "libforeman/foreman-error.h"

/* What of the addresses that could be public is not: IANA's special-purpose registries, and what
 * carries an IPv4 address to somebody who takes it out again (6to4, Teredo). */
static const char *const not_public[] = {
  "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
  "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
  "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
  "2001::/32",     "2001:db8::/32",   "2002::/16",      "3fff::/20",      NULL,
};

/* Unicast addresses of the whole internet. */
static const char *const could_be_public[] = { "0.0.0.0/0", "2000::/3", NULL };

/* Of a host, in bytes, as DNS has it. */
#define LONGEST_NAME  254
#define LONGEST_LABEL 63

struct _ForemanWebhookPolicy
{
  GPtrArray *allowed; /* (owned) (element-type ForemanNetwork): beside public ones, or alone */
  gboolean allows_public;
};

static GPtrArray *
parse_own_list (const char *const *texts)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *networks = foreman_network_parse_list (texts, FALSE, &error);

  g_assert_no_error (error);
  return networks;
}

static gboolean
is_public (GInetAddress *address)
{
  static GPtrArray *excluded, *included;

  if (excluded == NULL)
    {
      excluded = parse_own_list (not_public);
      included = parse_own_list (could_be_public);
    }
  return foreman_network_find (included, address) != NULL &&
         foreman_network_find (excluded, address) == NULL;
}

static const guint8 *
get_address_bytes (const struct sockaddr *address, gsize *size, GSocketFamily *family)
{
  switch (address->sa_family)
    {
    case AF_INET:
      *family = G_SOCKET_FAMILY_IPV4;
      *size = 4;
      return (const guint8 *) &((const struct sockaddr_in *) (gconstpointer) address)->sin_addr;
    case AF_INET6:
      *family = G_SOCKET_FAMILY_IPV6;
      *size = 16;
      return (const guint8 *) &((const struct sockaddr_in6 *) (gconstpointer) address)->sin6_addr;
    default:
      return NULL;
    }
}

/* The network that an interface is in. */
static ForemanNetwork *
network_of_interface (const struct ifaddrs *interface)
{
  g_autoptr (GInetAddress) base = NULL;
  GSocketFamily family;
  const guint8 *address, *mask;
  guint8 bytes[16];
  guint length = 0;
  ForemanNetwork *network;
  gsize size;

  if (interface->ifa_addr == NULL || interface->ifa_netmask == NULL ||
      (interface->ifa_flags & IFF_UP) == 0)
    return NULL;
  address = get_address_bytes (interface->ifa_addr, &size, &family);
  mask = address != NULL ? get_address_bytes (interface->ifa_netmask, &size, &family) : NULL;
  if (mask == NULL)
    return NULL;

  for (gsize i = 0; i < size; i++)
    {
      bytes[i] = address[i] & mask[i];
      length += (guint) __builtin_popcount (mask[i]);
    }
  base = g_inet_address_new_from_bytes (bytes, family);
  network = g_new0 (ForemanNetwork, 1);
  network->mask = g_inet_address_mask_new (base, length, NULL);
  if (network->mask == NULL)
    g_clear_pointer (&network, foreman_network_free);
  return network;
}

static GPtrArray *
list_own_networks (void)
{
  GPtrArray *networks = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_network_free);
  struct ifaddrs *interfaces = NULL;

  if (getifaddrs (&interfaces) != 0)
    return networks;
  for (struct ifaddrs *i = interfaces; i != NULL; i = i->ifa_next)
    {
      ForemanNetwork *network = network_of_interface (i);

      if (network != NULL)
        g_ptr_array_add (networks, network);
    }
  freeifaddrs (interfaces);
  return networks;
}

/**
 * foreman_webhook_policy_new:
 * @config: the settings: `FOREMAN_WEBHOOK_ALLOW`
 * @is_trusted: whether the job was submitted with a token or from this machine
 *
 * Main thread: the machine's interfaces are listed now.
 *
 * Returns: (transfer full): what is allowed
 */
ForemanWebhookPolicy *
foreman_webhook_policy_new (ForemanConfig *config, gboolean is_trusted)
{
  const char *const *list = foreman_config_get_list (config, FOREMAN_CONFIG_WEBHOOK_ALLOW);
  ForemanWebhookPolicy *self = g_new0 (ForemanWebhookPolicy, 1);

  self->allows_public = list == NULL || list[0] == NULL;
  if (!self->allows_public)
    self->allowed = parse_own_list (list); /* as it was checked when it was read */
  else if (is_trusted)
    self->allowed = list_own_networks ();
  else
    self->allowed = g_ptr_array_new ();
  return self;
}

/**
 * foreman_webhook_policy_free:
 * @self: (transfer full): a policy
 */
void
foreman_webhook_policy_free (ForemanWebhookPolicy *self)
{
  g_ptr_array_unref (self->allowed);
  g_free (self);
}

/* The IPv4 address that is reached through an IPv6 one: mapped, or by the translator's well-known
 * prefix, which is how a host with nothing but IPv6 sees the rest. */
static GInetAddress *
unwrap (GInetAddress *address)
{
  static const guint8 translated[12] = { 0x00, 0x64, 0xff, 0x9b };
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
      memcmp (bytes, translated, sizeof translated) == 0)
    return g_inet_address_new_from_bytes (bytes + sizeof translated, G_SOCKET_FAMILY_IPV4);
  return foreman_network_unmap (address);
}

/**
 * foreman_webhook_policy_allows:
 * @self: a policy
 * @address: an address
 *
 * Link-local addresses never are: that is where clouds keep their credentials.
 *
 * Returns: whether something may be sent there
 */
gboolean
foreman_webhook_policy_allows (const ForemanWebhookPolicy *self, GInetAddress *address)
{
  g_autoptr (GInetAddress) plain = unwrap (address);

  if (g_inet_address_get_is_link_local (plain))
    return FALSE;
  return foreman_network_find (self->allowed, plain) != NULL ||
         (self->allows_public && is_public (plain));
}

/**
 * foreman_webhook_submitter_is_trusted:
 * @submitter: of a job
 *
 * Who came without a token and from another machine is an address, see #ForemanCaller.
 *
 * Returns: whether the job was submitted with a token or from this machine
 */
gboolean
foreman_webhook_submitter_is_trusted (const char *submitter)
{
  return g_str_equal (submitter, "local") || g_str_has_prefix (submitter, "token:") ||
         g_str_has_prefix (submitter, "uid:");
}

/* What a resolver would take for an address though it is not written as one: `0`, `127.1`,
 * `0x7f.1`. No name ends so. */
static gboolean
is_number (const char *label)
{
  return g_ascii_isdigit (*label) &&
         (label[strspn (label, "0123456789")] == '\0' || g_ascii_strncasecmp (label, "0x", 2) == 0);
}

static gboolean
is_host_name (const char *host)
{
  g_autofree char *ascii = g_hostname_to_ascii (host);
  g_auto (GStrv) labels = NULL;
  guint n_labels;

  if (ascii == NULL || strlen (ascii) > LONGEST_NAME)
    return FALSE;
  labels = g_strsplit (ascii, ".", -1);
  n_labels = g_strv_length (labels);
  /* The dot of the root may be there. */
  if (n_labels > 1 && *labels[n_labels - 1] == '\0')
    n_labels--;
  for (guint i = 0; i < n_labels; i++)
    if (*labels[i] == '\0' || strlen (labels[i]) > LONGEST_LABEL ||
        labels[i][strspn (labels[i], G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_")] != '\0')
      return FALSE;
  return !is_number (labels[n_labels - 1]);
}

static const char *
find_fault_of_url (GUri *uri)
{
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;

  if (uri == NULL)
    return "it is not a URL";
  if (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
    return "its scheme is neither http nor https";
  if (g_uri_get_userinfo (uri) != NULL)
    return "it has a user or a password";
  if (g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return "its host is missing";
  if (!g_hostname_is_ip_address (g_uri_get_host (uri)) && !is_host_name (g_uri_get_host (uri)))
    return "its host is neither a name nor an address";
  if (g_uri_get_port (uri) == 0)
    return "its port is 0";
  return NULL;
}

/**
 * foreman_webhook_check_url:
 * @config: the settings: `FOREMAN_WEBHOOK_ALLOW`
 * @url: where somebody wants to be told of a job's states
 * @is_trusted: whether they have a token or are on this machine
 * @error: return location for %FOREMAN_ERROR_INVALID_REQUEST with the field `state_webhook_url`
 *
 * Checks a URL when a job is submitted. A name is only resolved when something is delivered, and
 * what it stands for is checked then. Main thread.
 *
 * Returns: whether it is a URL that may be sent to
 */
gboolean
foreman_webhook_check_url (ForemanConfig *config,
                           const char *url,
                           gboolean is_trusted,
                           GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  const char *fault = find_fault_of_url (uri);
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (ForemanWebhookPolicy) policy = NULL;

  if (fault == NULL)
    {
      address = g_inet_address_new_from_string (g_uri_get_host (uri));
      policy = foreman_webhook_policy_new (config, is_trusted);
    }
  if (address != NULL && !foreman_webhook_policy_allows (policy, address))
    fault = g_inet_address_get_is_link_local (address)
                ? "link-local addresses are never allowed"
                : "FOREMAN_WEBHOOK_ALLOW does not allow its address";
  if (fault == NULL)
    return TRUE;
  g_propagate_error (error,
                     foreman_error_new_field ("state_webhook_url",
                                              "state_webhook_url cannot be used: %s", fault));
  return FALSE;
}

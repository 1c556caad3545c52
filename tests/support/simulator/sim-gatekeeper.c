/* SPDX-License-Identifier: MIT */
#include "sim-gatekeeper.h"

#include <gio/gio.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "sim-server.h"

/* Origin and Host, as Ollama checks them. */

static gboolean
origin_allowed (const char *origin)
{
  static const char *const exact[] = {
    "http://localhost",  "https://localhost", "http://127.0.0.1",
    "https://127.0.0.1", "http://0.0.0.0",    "https://0.0.0.0",
  };
  static const char *const schemes[] = { "app://", "file://", "tauri://", "vscode-webview://",
                                         "vscode-file://" };

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (origin, schemes[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (exact); i++)
    if (g_str_has_prefix (origin, exact[i]) &&
        (origin[strlen (exact[i])] == '\0' || origin[strlen (exact[i])] == ':'))
      return TRUE;
  return FALSE;
}

static gboolean
refuse (SimExchange *x)
{
  sim_reply_whole (x, 403, "", 0);
  return FALSE;
}

static gboolean
answer_preflight (SimExchange *x)
{
  sim_reply_header (x, "Access-Control-Allow-Headers",
                    "Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,"
                    "X-Stainless-Arch,X-Stainless-Async,X-Stainless-Custom-Poll-Interval,"
                    "X-Stainless-Helper-Method,X-Stainless-Lang,X-Stainless-Os,"
                    "X-Stainless-Package-Version,X-Stainless-Poll-Helper,X-Stainless-Retry-Count,"
                    "X-Stainless-Runtime,X-Stainless-Runtime-Version,X-Stainless-Timeout");
  sim_reply_header (x, "Access-Control-Allow-Methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS");
  sim_reply_header (x, "Access-Control-Max-Age", "43200");
  sim_reply_header (x, "Vary", "Origin");
  sim_reply_header (x, "Vary", "Access-Control-Request-Method");
  sim_reply_header (x, "Vary", "Access-Control-Request-Headers");
  sim_reply_whole (x, 204, "", 0);
  return FALSE;
}

static gboolean
admit_origin (SimExchange *x)
{
  const char *origin = sim_exchange_header (x, "Origin");
  const char *separator = origin != NULL ? strstr (origin, "://") : NULL;

  if (origin == NULL || *origin == '\0')
    return TRUE;
  if (separator != NULL && g_str_has_prefix (origin, "http") &&
      g_str_equal (separator + 3, x->host))
    return TRUE;
  if (!origin_allowed (origin))
    return refuse (x);
  sim_reply_header (x, "Access-Control-Allow-Origin", origin);
  if (g_str_equal (x->method, "OPTIONS"))
    return answer_preflight (x);
  sim_reply_header (x, "Vary", "Origin");
  return TRUE;
}

static gboolean
is_own_address (GInetAddress *address)
{
  struct ifaddrs *list = NULL;
  gboolean found = FALSE;

  if (getifaddrs (&list) < 0)
    return FALSE;
  for (struct ifaddrs *at = list; at != NULL && !found; at = at->ifa_next)
    {
      g_autoptr (GInetAddress) own = NULL;

      if (at->ifa_addr == NULL)
        continue;
      if (at->ifa_addr->sa_family == AF_INET)
        own = g_inet_address_new_from_bytes (
            (guint8 *) &((struct sockaddr_in *) at->ifa_addr)->sin_addr, G_SOCKET_FAMILY_IPV4);
      else if (at->ifa_addr->sa_family == AF_INET6)
        own = g_inet_address_new_from_bytes (
            (guint8 *) &((struct sockaddr_in6 *) at->ifa_addr)->sin6_addr, G_SOCKET_FAMILY_IPV6);
      found = own != NULL && g_inet_address_equal (own, address);
    }
  freeifaddrs (list);
  return found;
}

static gboolean
is_near_address (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address == NULL)
    return FALSE;
  if (g_inet_address_get_is_loopback (address) || g_inet_address_get_is_any (address) ||
      g_inet_address_get_is_site_local (address))
    return TRUE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
      (g_inet_address_to_bytes (address)[0] & 0xfe) == 0xfc)
    return TRUE;
  return is_own_address (address);
}

/* Host without its port, as net.SplitHostPort leaves it. */
static char *
strip_port (const char *host)
{
  const char *colon = strrchr (host, ':');

  if (*host == '[')
    {
      const char *end = strchr (host, ']');

      return end != NULL && end[1] == ':' ? g_strndup (host + 1, (gsize) (end - host - 1))
                                          : g_strdup (host);
    }
  if (colon == NULL || strchr (host, ':') != colon)
    return g_strdup (host);
  return g_strndup (host, (gsize) (colon - host));
}

static gboolean
is_near_name (const char *host)
{
  char own[256] = "";
  g_autofree char *lower = g_ascii_strdown (host, -1);
  g_autofree char *own_lower = NULL;

  gethostname (own, sizeof own - 1);
  own_lower = g_ascii_strdown (own, -1);
  return *lower == '\0' || g_str_equal (lower, "localhost") || g_str_equal (lower, own_lower) ||
         g_str_has_suffix (lower, ".localhost") || g_str_has_suffix (lower, ".local") ||
         g_str_has_suffix (lower, ".internal");
}

static gboolean
admit_host (SimExchange *x)
{
  g_autofree char *host = NULL;

  if (!x->server->loopback)
    return TRUE;
  host = strip_port (x->host);
  if (is_near_address (host))
    return TRUE;
  if (!is_near_name (host))
    return refuse (x);
  if (!g_str_equal (x->method, "OPTIONS"))
    return TRUE;
  sim_reply_whole (x, 204, "", 0);
  return FALSE;
}

/* FALSE: the answer has been given already. */
gboolean
sim_gatekeeper_admit (SimExchange *x)
{
  return admit_origin (x) && admit_host (x);
}

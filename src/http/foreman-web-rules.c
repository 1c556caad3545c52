/* SPDX-License-Identifier: MIT */
#include "http/foreman-web-rules.h"

#include <string.h>

#include "engine/foreman-network.h"

/* What Ollama answers to a preflight, word for word; a recording of it is part of the tests. */
#define CORS_ALLOW_HEADERS                                                                         \
  "Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,X-Stainless-Arch,"    \
  "X-Stainless-Async,X-Stainless-Custom-Poll-Interval,X-Stainless-Helper-Method,"                  \
  "X-Stainless-Lang,X-Stainless-Os,X-Stainless-Package-Version,X-Stainless-Poll-Helper,"           \
  "X-Stainless-Retry-Count,X-Stainless-Runtime,X-Stainless-Runtime-Version,X-Stainless-Timeout"
#define CORS_ALLOW_METHODS "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"
#define CORS_MAX_AGE       "43200"

static const char *const private_networks[] = { "127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12",
                                                "192.168.0.0/16", "0.0.0.0",    "::1",
                                                "fc00::/7",       "::",         NULL };
static const char *const host_suffixes[] = { ".localhost", ".local", ".internal" };
static const char *const local_hosts[] = { "localhost", "127.0.0.1", "0.0.0.0" };
static const char *const app_schemes[] = { "app://", "file://", "tauri://", "vscode-webview://",
                                           "vscode-file://" };

/**
 * foreman_web_rules_is_loopback:
 * @address: an address
 *
 * Returns: whether it is of this machine alone, also as IPv4 inside IPv6
 */
gboolean
foreman_web_rules_is_loopback (GInetAddress *address)
{
  g_autoptr (GInetAddress) plain = foreman_network_unmap (address);

  return g_inet_address_get_is_loopback (plain);
}

/* The host of `HOST`, `HOST:PORT`, `[V6]` or `[V6]:PORT`, in lower case; the port may be anything,
 * as with Ollama. */
static char *
host_without_port (const char *host)
{
  const char *end = NULL;

  if (*host == '[')
    {
      end = strchr (++host, ']');
      if (end == NULL || (end[1] != '\0' && end[1] != ':'))
        return NULL;
    }
  else if (strchr (host, ':') == strrchr (host, ':'))
    end = strchr (host, ':');
  return g_ascii_strdown (host, end != NULL ? end - host : -1);
}

static gboolean
address_is_allowed (GInetAddress *address, GInetAddress *local)
{
  static GPtrArray *networks;
  g_autoptr (GInetAddress) plain = foreman_network_unmap (address);
  g_autoptr (GInetAddress) own = local != NULL ? foreman_network_unmap (local) : NULL;

  if (networks == NULL)
    networks = foreman_network_parse_list (private_networks, FALSE, NULL);
  return foreman_network_find (networks, plain) != NULL ||
         (own != NULL && g_inet_address_equal (plain, own));
}

static gboolean
matches_extra_host (const char *name, const char *const *extra)
{
  for (gsize i = 0; extra != NULL && extra[i] != NULL; i++)
    {
      g_autofree char *pattern = g_ascii_strdown (extra[i], -1);

      if (g_str_has_prefix (pattern, "*.")
              ? g_str_has_suffix (name, pattern + 1) && strlen (name) > strlen (pattern + 1)
              : g_str_equal (name, pattern))
        return TRUE;
    }
  return FALSE;
}

/**
 * foreman_web_rules_allow_host:
 * @host: (nullable): the `Host` of a request
 * @local: (nullable): the address of this machine that was connected to
 * @extra: (nullable) (array zero-terminated=1): `FOREMAN_HOSTS`
 *
 * A web page can point a name of its own at this machine (DNS rebinding) and is then the same
 * origin to the browser, but the name shows in `Host`. Ollama's rule: private, loopback and own
 * addresses, `localhost`, this machine's name and what ends in `.localhost`, `.local`, `.internal`.
 *
 * Returns: whether a request without a token may have this `Host`
 */
gboolean
foreman_web_rules_allow_host (const char *host, GInetAddress *local, const char *const *extra)
{
  g_autofree char *name = NULL;
  g_autofree char *own_name = NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (host == NULL || *host == '\0')
    return TRUE;
  name = host_without_port (host);
  if (name == NULL)
    return FALSE;
  if (matches_extra_host (name, extra))
    return TRUE;
  address = g_inet_address_new_from_string (name);
  if (address != NULL)
    return address_is_allowed (address, local);
  own_name = g_ascii_strdown (g_get_host_name (), -1);
  if (*name == '\0' || g_str_equal (name, "localhost") || g_str_equal (name, own_name))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (host_suffixes); i++)
    if (g_str_has_suffix (name, host_suffixes[i]))
      return TRUE;
  return FALSE;
}

static const char *
after_http_scheme (const char *origin)
{
  if (g_str_has_prefix (origin, "http://"))
    return origin + strlen ("http://");
  if (g_str_has_prefix (origin, "https://"))
    return origin + strlen ("https://");
  return NULL;
}

/* Ollama's patterns http://localhost:* and the like, but with a port where they say so: a browser
 * sends nothing else there. */
static gboolean
is_local_origin (const char *origin)
{
  const char *host = after_http_scheme (origin);

  if (host == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (local_hosts); i++)
    if (g_str_has_prefix (host, local_hosts[i]))
      {
        const char *rest = host + strlen (local_hosts[i]);

        if (*rest == '\0')
          return TRUE;
        return *rest == ':' && rest[1 + strspn (rest + 1, "0123456789")] == '\0';
      }
  return FALSE;
}

static gboolean
matches_pattern (const char *origin, const char *pattern)
{
  const char *star = strchr (pattern, '*');
  gsize before;

  if (star == NULL)
    return g_str_equal (origin, pattern);
  before = (gsize) (star - pattern);
  return strlen (origin) >= strlen (pattern) - 1 && strncmp (origin, pattern, before) == 0 &&
         g_str_has_suffix (origin, star + 1);
}

/**
 * foreman_web_rules_check_origin:
 * @origin: (nullable): the `Origin` of a request
 * @host: (nullable): its `Host`
 * @extra: (nullable) (array zero-terminated=1): `FOREMAN_ORIGINS`
 *
 * Ollama's list: `http` and `https` on `localhost`, `127.0.0.1` and `0.0.0.0` with any port, and
 * the schemes of desktop apps.
 *
 * Returns: what the origin is to the service
 */
ForemanOriginKind
foreman_web_rules_check_origin (const char *origin, const char *host, const char *const *extra)
{
  const char *rest;

  if (origin == NULL || *origin == '\0')
    return FOREMAN_ORIGIN_NONE;
  rest = after_http_scheme (origin);
  if (rest != NULL && host != NULL && g_str_equal (rest, host))
    return FOREMAN_ORIGIN_NONE;
  if (is_local_origin (origin))
    return FOREMAN_ORIGIN_ALLOWED;
  for (gsize i = 0; i < G_N_ELEMENTS (app_schemes); i++)
    if (g_str_has_prefix (origin, app_schemes[i]))
      return FOREMAN_ORIGIN_ALLOWED;
  for (gsize i = 0; extra != NULL && extra[i] != NULL; i++)
    if (matches_pattern (origin, extra[i]))
      return FOREMAN_ORIGIN_ALLOWED;
  return FOREMAN_ORIGIN_FOREIGN;
}

/**
 * foreman_web_rules_dup_cors_headers:
 * @origin: an `Origin` that is %FOREMAN_ORIGIN_ALLOWED
 * @is_preflight: whether the request is a preflight (`OPTIONS`)
 * @extra: (nullable) (array zero-terminated=1): `FOREMAN_ORIGINS`
 *
 * The headers Ollama answers with, in its order. Where every origin is allowed, the answer does not
 * depend on it.
 *
 * Returns: (transfer full) (array zero-terminated=1): names and values in turns
 */
GStrv
foreman_web_rules_dup_cors_headers (const char *origin,
                                    gboolean is_preflight,
                                    const char *const *extra)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean everybody = extra != NULL && g_strv_contains (extra, "*");

  if (is_preflight)
    g_strv_builder_add_many (builder, "Access-Control-Allow-Headers", CORS_ALLOW_HEADERS,
                             "Access-Control-Allow-Methods", CORS_ALLOW_METHODS, NULL);
  g_strv_builder_add_many (builder, "Access-Control-Allow-Origin", everybody ? "*" : origin, NULL);
  if (is_preflight)
    g_strv_builder_add_many (builder, "Access-Control-Max-Age", CORS_MAX_AGE, NULL);
  if (!everybody)
    g_strv_builder_add_many (builder, "Vary", "Origin", NULL);
  if (is_preflight && !everybody)
    g_strv_builder_add_many (builder, "Vary", "Access-Control-Request-Method", "Vary",
                             "Access-Control-Request-Headers", NULL);
  return g_strv_builder_end (builder);
}

/* SPDX-License-Identifier: MIT */
#include "net/foreman-origin.h"

#include "libforeman/foreman-error.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#define OLLAMA_PORT 11434

struct _ForemanOrigin
{
  gatomicrefcount ref_count;
  GSocketConnectable *address; /* (owned) */
  gboolean tls;
  char *host_field;   /* (owned) */
  char *prefix;       /* (owned) */
  char *display_name; /* (owned) */
};

G_DEFINE_BOXED_TYPE (ForemanOrigin, foreman_origin, foreman_origin_ref, foreman_origin_unref)

static void
set_error (GError **error, const char *why)
{
  /* Not the URL itself: its path may hold a token. */
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
               "%s; it has to be http://HOST[:PORT][/PATH], https://HOST[:PORT][/PATH], "
               "HOST[:PORT] or unix:/PATH",
               why);
}

static ForemanOrigin *
origin_new (GSocketConnectable *address)
{
  ForemanOrigin *self = g_new0 (ForemanOrigin, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->address = address;
  return self;
}

static ForemanOrigin *
parse_unix (const char *path, GError **error)
{
  ForemanOrigin *self;

  if (g_str_has_prefix (path, "///"))
    path += 2;
  if (*path != '/' || path[1] == '/' || path[1] == '\0')
    {
      set_error (error, "a unix socket needs an absolute path");
      return NULL;
    }
  if (strlen (path) >= 108)
    {
      set_error (error, "the path of a unix socket has at most 107 bytes");
      return NULL;
    }

  self = origin_new (G_SOCKET_CONNECTABLE (g_unix_socket_address_new (path)));
  self->host_field = g_strdup ("localhost");
  self->prefix = g_strdup ("");
  self->display_name = g_strconcat ("unix:", path, NULL);
  return self;
}

/* Splits HOST[:PORT] as Go's net.SplitHostPort does, but takes bare IPv6 addresses too. */
static gboolean
split_authority (const char *authority, char **host, const char **port)
{
  const char *colon = strrchr (authority, ':');

  *port = "";
  if (*authority == '[')
    {
      const char *end = strchr (authority, ']');

      if (!end || (end[1] != '\0' && end[1] != ':'))
        return FALSE;
      *host = g_strndup (authority + 1, end - authority - 1);
      if (end[1] == ':')
        *port = end + 2;
      return g_hostname_is_ip_address (*host) && strchr (*host, ':');
    }

  if (!colon || strchr (authority, ':') != colon)
    {
      *host = g_strdup (authority);
      return TRUE;
    }
  *host = g_strndup (authority, colon - authority);
  *port = colon + 1;
  return TRUE;
}

/* Returns: (transfer full) (nullable): @host as it is looked up and sent, or %NULL */
static char *
normalize_host (const char *host)
{
  g_autofree char *ascii = NULL;

  if (*host == '\0')
    return g_strdup ("127.0.0.1");
  if (g_hostname_is_ip_address (host))
    return g_strdup (host);

  ascii = g_hostname_to_ascii (host);
  if (!ascii)
    return NULL;
  for (const char *p = ascii; *p; p++)
    if (!g_ascii_isalnum (*p) && !strchr ("-._", *p))
      return NULL;
  return g_steal_pointer (&ascii);
}

/* Returns: (transfer full) (nullable): @path without the slashes at its end, or %NULL */
static char *
normalize_prefix (const char *path)
{
  gsize length = strlen (path);

  for (const char *p = path; *p; p++)
    if (!g_ascii_isgraph (*p) || *p == '?' || *p == '#')
      return NULL;
  while (length > 0 && path[length - 1] == '/')
    length--;
  return g_strndup (path, length);
}

static ForemanOrigin *
parse_tcp (gboolean tls, guint default_port, const char *rest, GError **error)
{
  gsize authority_length = strcspn (rest, "/?#");
  g_autofree char *authority = g_strndup (rest, authority_length);
  g_autofree char *raw_host = NULL;
  g_autofree char *host = NULL;
  g_autofree char *prefix = normalize_prefix (rest + authority_length);
  g_autofree char *bracketed = NULL;
  const char *port_text;
  guint64 port = default_port;
  ForemanOrigin *self;

  if (strchr (authority, '@'))
    set_error (error, "it cannot have a user name or password (set FOREMAN_OLLAMA_TOKEN)");
  else if (!split_authority (authority, &raw_host, &port_text) ||
           !(host = normalize_host (raw_host)))
    set_error (error, "its host is not a host name or an address");
  else if (*port_text && !g_ascii_string_to_unsigned (port_text, 10, 1, 65535, &port, NULL))
    set_error (error, "its port is not a number from 1 to 65535");
  else if (!prefix)
    set_error (error, "it cannot have a query, a fragment or blanks");
  else
    {
      self = origin_new (g_network_address_new (host, (guint16) port));
      self->tls = tls;
      self->prefix = g_steal_pointer (&prefix);
      bracketed = strchr (host, ':') ? g_strdup_printf ("[%s]", host) : g_strdup (host);
      if (port == (tls ? 443 : 80))
        self->host_field = g_strdup (bracketed);
      else
        self->host_field = g_strdup_printf ("%s:%u", bracketed, (guint) port);
      self->display_name =
          g_strdup_printf ("%s://%s:%u", tls ? "https" : "http", bracketed, (guint) port);
      return self;
    }
  return NULL;
}

/**
 * foreman_origin_parse:
 * @url: `http://HOST[:PORT][/PATH]`, `https://…`, `HOST[:PORT][/PATH]` or `unix:/PATH`
 * @error: return location for %FOREMAN_ERROR_INVALID_CONFIG
 *
 * Parses the URL of an upstream by the rules that Ollama's own clients have for OLLAMA_HOST: with
 * `http://` the port is 80 by default, with `https://` it is 443, with no scheme at all 11434;
 * blanks and quotes around the URL do not count. Other than there a port that is none is an error.
 *
 * Returns: (transfer full) (nullable): the origin
 */
ForemanOrigin *
foreman_origin_parse (const char *url, GError **error)
{
  g_autofree char *trimmed = NULL;
  const char *rest;
  gsize length;

  g_return_val_if_fail (url != NULL, NULL);

  url += strspn (url, " \t\r\n\"'");
  length = strlen (url);
  while (length > 0 && strchr (" \t\r\n\"'", url[length - 1]))
    length--;
  trimmed = g_strndup (url, length);

  if (*trimmed == '\0')
    {
      set_error (error, "the URL is empty");
      return NULL;
    }
  if (g_str_has_prefix (trimmed, "unix:"))
    return parse_unix (trimmed + strlen ("unix:"), error);

  rest = strstr (trimmed, "://");
  if (!rest)
    return parse_tcp (FALSE, OLLAMA_PORT, trimmed, error);
  if (g_ascii_strncasecmp (trimmed, "http://", 7) == 0)
    return parse_tcp (FALSE, 80, rest + 3, error);
  if (g_ascii_strncasecmp (trimmed, "https://", 8) == 0)
    return parse_tcp (TRUE, 443, rest + 3, error);

  set_error (error, "the scheme is not known");
  return NULL;
}

/**
 * foreman_origin_ref:
 * @self: an origin
 *
 * Returns: (transfer full): @self
 */
ForemanOrigin *
foreman_origin_ref (ForemanOrigin *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * foreman_origin_unref:
 * @self: (transfer full): an origin
 */
void
foreman_origin_unref (ForemanOrigin *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_object_unref (self->address);
  g_free (self->host_field);
  g_free (self->prefix);
  g_free (self->display_name);
  g_free (self);
}

/**
 * foreman_origin_get_address:
 * @self: an origin
 *
 * Returns: (transfer none): what to connect to, a #GNetworkAddress or a #GUnixSocketAddress
 */
GSocketConnectable *
foreman_origin_get_address (ForemanOrigin *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->address;
}

/**
 * foreman_origin_is_tls:
 * @self: an origin
 *
 * Returns: whether the connection is encrypted
 */
gboolean
foreman_origin_is_tls (ForemanOrigin *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->tls;
}

/**
 * foreman_origin_get_host_field:
 * @self: an origin
 *
 * Returns: the value of the Host field of requests to it
 */
const char *
foreman_origin_get_host_field (ForemanOrigin *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->host_field;
}

/**
 * foreman_origin_get_prefix:
 * @self: an origin
 *
 * Returns: what goes before the target of each request: empty, or a path without a slash at its
 *   end. It may hold a secret
 */
const char *
foreman_origin_get_prefix (ForemanOrigin *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->prefix;
}

/**
 * foreman_origin_get_display_name:
 * @self: an origin
 *
 * Returns: the URL for logs and messages, with its port and without its path
 */
const char *
foreman_origin_get_display_name (ForemanOrigin *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->display_name;
}

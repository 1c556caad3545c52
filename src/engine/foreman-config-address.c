/* SPDX-License-Identifier: MIT */
#include "engine/foreman-config-value.h"

#include <gio/gio.h>
#include <string.h>

#include "libforeman/foreman-error.h"
#include "net/foreman-origin.h"

/* The longest path a sockaddr_un takes, with its final NUL. */
#define UNIX_PATH_MAX 108

static gboolean
has_control_characters (const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text))
      return TRUE;
  return FALSE;
}

static gboolean
check_unix_path (const char *path, GError **error)
{
  if (*path != '/' || path[1] == '\0' || path[1] == '/')
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                 "unix: needs an absolute path as in unix:/run/foreman/http");
  else if (has_control_characters (path))
    g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                         "the path has control characters");
  else if (strlen (path) >= UNIX_PATH_MAX)
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                 "the path of a unix socket has at most %d bytes", UNIX_PATH_MAX - 1);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_port (const char *port, GError **error)
{
  guint64 number;

  if (g_ascii_isdigit (*port) && g_ascii_string_to_unsigned (port, 10, 0, 65535, &number, NULL))
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, "\"%s\" is no port", port);
  return FALSE;
}

/**
 * foreman_config_value_normalize_address:
 * @text: an address to listen on
 * @error: return location for an error
 *
 * Checks one item of `FOREMAN_ADDR` and writes it as the listener takes it: `HOST:PORT` with an IP
 * address, `:PORT`, `[V6]:PORT` or `unix:/path`. `localhost` becomes `127.0.0.1`, since names are
 * not looked up here.
 *
 * Returns: (transfer full) (nullable): the address, or %NULL with an error
 */
char *
foreman_config_value_normalize_address (const char *text, GError **error)
{
  const char *colon;
  g_autofree char *host = NULL;
  gboolean bracketed;

  if (g_str_has_prefix (text, "unix:"))
    return check_unix_path (text + strlen ("unix:"), error) ? g_strdup (text) : NULL;
  bracketed = *text == '[';
  colon = bracketed ? strstr (text, "]:") : strrchr (text, ':');
  if (colon == NULL || (!bracketed && strchr (text, ':') != colon))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   strchr (text, ':') != NULL ? "\"%s\" is no address with a port as in [::1]:8080"
                                              : "\"%s\" has no port as in 127.0.0.1:8080",
                   text);
      return NULL;
    }
  host = g_strndup (text + bracketed, (gsize) (colon - text) - bracketed);
  colon += bracketed;
  if (!check_port (colon + 1, error))
    return NULL;
  if (!bracketed && g_str_equal (host, "localhost"))
    return g_strconcat ("127.0.0.1", colon, NULL);
  if ((bracketed || *host != '\0') && !g_hostname_is_ip_address (host))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, "\"%s\" is no IP address",
                   host);
      return NULL;
    }
  return g_strdup (text);
}

/**
 * foreman_config_value_check_url:
 * @text: the value of `FOREMAN_OLLAMA_URL`
 * @error: return location for an error
 *
 * As with `OLLAMA_HOST`, a scheme may be missing. A password has no place in it: what is shown and
 * logged must hold no secret.
 *
 * Returns: %TRUE, or %FALSE with an error
 */
gboolean
foreman_config_value_check_url (const char *text, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  g_autoptr (ForemanOrigin) origin = NULL;
  g_autofree char *full = NULL;
  const char *why = NULL;

  if (g_str_has_prefix (text, "unix:"))
    return check_unix_path (text + strlen ("unix:"), error);
  full = strstr (text, "://") != NULL ? g_strdup (text) : g_strconcat ("http://", text, NULL);
  uri = g_uri_parse (full, G_URI_FLAGS_NONE, NULL);
  origin = foreman_origin_parse (text, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL)
    why = "not a URL";
  else if (!g_str_equal (g_uri_get_scheme (uri), "http") &&
           !g_str_equal (g_uri_get_scheme (uri), "https"))
    why = "the scheme is neither http nor https";
  else if (g_uri_get_userinfo (uri) != NULL)
    why = "it has a user or a password; a token goes into FOREMAN_OLLAMA_TOKEN";
  else if (g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    why = "it has a query or a fragment";
  else if (*g_uri_get_host (uri) == '\0')
    why = "the host is missing";
  else if (origin == NULL)
    why = "not a URL";
  else
    return TRUE;
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, why);
  return FALSE;
}

/* Everything of @text from @start to @end replaced by a mask. */
static char *
mask_part (const char *text, const char *start, const char *end)
{
  return g_strdup_printf ("%.*s********%s", (int) (start - text), text, end);
}

/**
 * foreman_config_value_hide_in_url:
 * @text: a URL, perhaps a bad one
 *
 * A password is refused, and the line that says so must not show it; behind a foreman, a target may
 * have its token in the path.
 *
 * Returns: (transfer full): @text without a user, a password, or the token of `/as/TOKEN`
 */
char *
foreman_config_value_hide_in_url (const char *text)
{
  const char *start = strstr (text, "://");
  const char *at, *mark;
  g_autofree char *without_user = NULL;

  start = start != NULL ? start + strlen ("://") : text;
  at = g_strrstr (start, "@");
  without_user = at != NULL ? mask_part (text, start, at) : g_strdup (text);
  mark = strstr (without_user, "/as/");
  if (mark == NULL)
    return g_steal_pointer (&without_user);
  mark += strlen ("/as/");
  return mask_part (without_user, mark, mark + strcspn (mark, "/"));
}

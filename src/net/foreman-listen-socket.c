/* SPDX-License-Identifier: MIT */
/* Making sockets that listen, from what the configuration says. */
#include "net/foreman-listen-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"
#include "net/foreman-tcp.h"

/* libsoup's is 10; a burst of clients should wait in the kernel rather than try again in 1 s. */
#define BACKLOG 1024

static int
fail (int fd, const char *spec, int code, GError **error)
{
  if (fd >= 0)
    close (fd);
  switch (code)
    {
    case EADDRINUSE:
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "FOREMAN_ADDR: %s is in use by another program; stop that, or listen elsewhere",
                   spec);
      break;
    case EADDRNOTAVAIL:
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "FOREMAN_ADDR: %s is no address of this machine", spec);
      break;
    case EACCES:
    case EPERM:
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "FOREMAN_ADDR: this user may not listen on %s; listen elsewhere", spec);
      break;
    default:
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "FOREMAN_ADDR: cannot listen on %s: %s", spec, g_strerror (code));
      break;
    }
  return -1;
}

static int
new_socket (int family)
{
  return socket (family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int
open_inet (const char *spec, GInetAddress *address, guint16 port, gboolean both, GError **error)
{
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new (address, port);
  struct sockaddr_storage native;
  const int yes = 1, only_v6 = !both;
  int fd = new_socket (g_socket_address_get_family (where));

  if (fd < 0)
    return fail (fd, spec, errno, error);
  (void) setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (g_socket_address_get_family (where) == G_SOCKET_FAMILY_IPV6)
    (void) setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6);
  foreman_tcp_set_keepalive (fd);
  if (!g_socket_address_to_native (where, &native, sizeof native, NULL) ||
      bind (fd, (struct sockaddr *) &native, g_socket_address_get_native_size (where)) < 0 ||
      listen (fd, BACKLOG) < 0)
    return fail (fd, spec, errno, error);
  return fd;
}

/* All addresses: IPv6 and IPv4 in one socket, or IPv4 alone where the machine has no IPv6. */
static int
open_any (const char *spec, guint16 port, GError **error)
{
  g_autoptr (GInetAddress) v6 = g_inet_address_new_any (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GInetAddress) v4 = g_inet_address_new_any (G_SOCKET_FAMILY_IPV4);
  int fd = open_inet (spec, v6, port, TRUE, NULL);

  return fd >= 0 ? fd : open_inet (spec, v4, port, FALSE, error);
}

static int
open_tcp (const char *spec, GError **error)
{
  const char *colon = strrchr (spec, ':');
  g_autofree char *host = colon != NULL ? g_strndup (spec, colon - spec) : NULL;
  g_autoptr (GInetAddress) address = NULL;
  gsize length = host != NULL ? strlen (host) : 0;
  guint64 port;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "FOREMAN_ADDR: \"%s\" has no port; write it as 127.0.0.1:8080", spec);
      return -1;
    }
  if (length == 0)
    return open_any (spec, port, error);
  if (host[0] == '[' && host[length - 1] == ']')
    {
      host[length - 1] = '\0';
      address = g_inet_address_new_from_string (host + 1);
    }
  else if (strchr (host, ':') == NULL)
    {
      address = g_inet_address_new_from_string (host);
    }
  if (address == NULL)
    {
      g_set_error (
          error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
          "FOREMAN_ADDR: \"%s\" is no IP address; write it as 127.0.0.1:8080 or [::1]:8080", spec);
      return -1;
    }
  return open_inet (spec, address, port, FALSE, error);
}

/* Whether @where is a socket that nobody listens on any more: what a killed program leaves. */
static gboolean
is_stale (const struct sockaddr_un *where)
{
  struct stat info;
  gboolean stale;
  int fd;

  if (lstat (where->sun_path, &info) < 0 || !S_ISSOCK (info.st_mode))
    return FALSE;
  fd = new_socket (AF_UNIX);
  stale = connect (fd, (const struct sockaddr *) where, sizeof *where) < 0 && errno == ECONNREFUSED;
  close (fd);
  return stale;
}

static int
open_unix (const char *spec, const char *path, GError **error)
{
  struct sockaddr_un where = { .sun_family = AF_UNIX };
  int fd, result;

  if (*path != '/' ||
      g_strlcpy (where.sun_path, path, sizeof where.sun_path) >= sizeof where.sun_path)
    return fail (-1, spec, *path != '/' ? EINVAL : ENAMETOOLONG, error);
  fd = new_socket (AF_UNIX);
  if (fd < 0)
    return fail (fd, spec, errno, error);
  result = bind (fd, (struct sockaddr *) &where, sizeof where);
  if (result < 0 && errno == EADDRINUSE && is_stale (&where) && unlink (path) == 0)
    result = bind (fd, (struct sockaddr *) &where, sizeof where);
  if (result < 0 || listen (fd, BACKLOG) < 0)
    return fail (fd, spec, errno, error);
  return fd;
}

/**
 * foreman_listen_socket_open:
 * @spec: `127.0.0.1:8080`, `[::1]:8080`, `:8080` or `unix:/path`
 * @error: return location
 *
 * Makes a socket that listens. A Unix socket that a dead program left behind is replaced.
 *
 * Returns: (transfer full): a non-blocking socket, or -1 with %FOREMAN_ERROR_INVALID_CONFIG
 */
int
foreman_listen_socket_open (const char *spec, GError **error)
{
  if (g_str_has_prefix (spec, "unix:"))
    return open_unix (spec, spec + strlen ("unix:"), error);
  return open_tcp (spec, error);
}

static int
get_socket_option (int fd, int option)
{
  int value = 0;
  socklen_t length = sizeof value;

  return getsockopt (fd, SOL_SOCKET, option, &value, &length) < 0 ? -1 : value;
}

/**
 * foreman_listen_socket_adopt:
 * @fd: an inherited socket
 * @error: return location
 *
 * Checks that @fd listens, and prepares it as foreman_listen_socket_open() would have.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_CONFIG if it is something else
 */
gboolean
foreman_listen_socket_adopt (int fd, GError **error)
{
  int flags = fcntl (fd, F_GETFL);

  if (get_socket_option (fd, SO_TYPE) != SOCK_STREAM ||
      get_socket_option (fd, SO_ACCEPTCONN) != 1 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
      fcntl (fd, F_SETFD, FD_CLOEXEC) < 0)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "File descriptor %d, which was inherited, is no listening stream socket", fd);
      return FALSE;
    }
  foreman_tcp_set_keepalive (fd);
  return TRUE;
}

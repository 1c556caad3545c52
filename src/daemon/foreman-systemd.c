/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-systemd.h"

#include "libforeman/foreman-error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The first descriptor that systemd hands over; the others follow it. */
#define FIRST_SOCKET 3

static gboolean
is_for_us (const char *variable)
{
  const char *value = g_getenv (variable);

  return !value || g_ascii_strtoull (value, NULL, 10) == (guint64) getpid ();
}

/**
 * foreman_systemd_take_sockets:
 * @error: return location for an error
 *
 * Takes over the listening sockets that systemd opened (`LISTEN_FDS`), and hides them from child
 * processes. Main thread, at start.
 *
 * Returns: (transfer full) (element-type int): descriptors, none when the service was not started
 * by a socket; %NULL with @error set when one of them is of no use
 */
GArray *
foreman_systemd_take_sockets (GError **error)
{
  g_autoptr (GArray) sockets = g_array_new (FALSE, FALSE, sizeof (int));
  const char *count = g_getenv ("LISTEN_FDS");
  guint64 n = 0;

  if (!count || !is_for_us ("LISTEN_PID"))
    return g_steal_pointer (&sockets);
  if (!g_ascii_string_to_unsigned (count, 10, 0, 1024, &n, NULL))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "LISTEN_FDS=%s from the environment is not a number of sockets", count);
      return NULL;
    }
  for (int fd = FIRST_SOCKET; fd < FIRST_SOCKET + (int) n; fd++)
    {
      if (fcntl (fd, F_SETFD, FD_CLOEXEC) < 0)
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                       "inherited socket %d cannot be used: %s", fd, g_strerror (errno));
          return NULL;
        }
      g_array_append_val (sockets, fd);
    }
  g_unsetenv ("LISTEN_FDS");
  g_unsetenv ("LISTEN_PID");
  return g_steal_pointer (&sockets);
}

/**
 * foreman_systemd_notify:
 * @state: lines of `NAME=VALUE`, such as `READY=1`
 *
 * Tells the service manager how the service is, when there is one that listens (`NOTIFY_SOCKET`).
 * Main thread.
 */
void
foreman_systemd_notify (const char *state)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  if (!path || (path[0] != '/' && path[0] != '@'))
    return;
  if (path[0] == '@')
    address = g_unix_socket_address_new_with_type (path + 1, strlen (path + 1),
                                                   G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  else
    address = g_unix_socket_address_new (path);
  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT,
                         &error);
  if (socket)
    {
      g_socket_set_blocking (socket, FALSE);
      g_socket_send_to (socket, address, state, strlen (state), NULL, &error);
    }
  if (error)
    g_debug ("the service manager could not be told: %s", error->message);
}

/**
 * foreman_systemd_get_watchdog_interval:
 *
 * How often the service manager wants a sign of life (`WATCHDOG_USEC`). Any thread.
 *
 * Returns: half the limit in µs, as is recommended; 0 when none is wanted
 */
gint64
foreman_systemd_get_watchdog_interval (void)
{
  const char *limit = g_getenv ("WATCHDOG_USEC");
  guint64 value = 0;

  if (!limit || !is_for_us ("WATCHDOG_PID") ||
      !g_ascii_string_to_unsigned (limit, 10, 1, G_MAXINT64, &value, NULL))
    return 0;
  return value / 2;
}

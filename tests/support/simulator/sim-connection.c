/* SPDX-License-Identifier: MIT */
#include "sim-connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES 16384

SimConnection *
sim_connection_new (SimServer *server, int fd, guint64 id)
{
  SimConnection *connection = g_new0 (SimConnection, 1);

  connection->server = server;
  connection->fd = fd;
  connection->wake_fd = -1;
  connection->id = id;
  connection->in = g_byte_array_new ();
  return connection;
}

void
sim_connection_free (SimConnection *connection)
{
  close (connection->fd);
  if (connection->wake_fd >= 0)
    close (connection->wake_fd);
  g_byte_array_unref (connection->in);
  g_free (connection);
}

/* Receives something more; FALSE at the end or when the connection broke. */
gboolean
sim_connection_fill (SimConnection *connection)
{
  guint8 buffer[READ_BYTES];
  gssize n;

  if (connection->at == connection->in->len)
    {
      /* what is idle holds no memory */
      if (connection->in->len > READ_BYTES)
        {
          g_byte_array_unref (connection->in);
          connection->in = g_byte_array_new ();
        }
      g_byte_array_set_size (connection->in, 0);
      connection->at = 0;
    }
  do
    n = recv (connection->fd, buffer, sizeof buffer, 0);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    return FALSE;
  g_byte_array_append (connection->in, buffer, (guint) n);
  return TRUE;
}

gboolean
sim_connection_send (SimConnection *connection, const void *data, gsize length)
{
  const char *at = data;

  while (length > 0)
    {
      gssize n = -1;

      if (g_atomic_int_get (&connection->stopping))
        return FALSE;
      n = send (connection->fd, at, length, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      at += n;
      length -= (gsize) n;
    }
  return TRUE;
}

/* The close that follows will be a RST. */
void
sim_connection_reset (SimConnection *connection)
{
  struct linger linger = { 1, 0 };

  setsockopt (connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

/* Closes as Go does after "Connection: close": half, then a little time for the peer to read. */
void
sim_connection_linger (SimConnection *connection)
{
  struct pollfd fd = { connection->fd, POLLIN, 0 };
  gint64 deadline = g_get_monotonic_time () + G_USEC_PER_SEC / 2;
  guint8 buffer[READ_BYTES];

  shutdown (connection->fd, SHUT_WR);
  for (;;)
    {
      gint64 left = (deadline - g_get_monotonic_time ()) / 1000;

      if (left <= 0 || poll (&fd, 1, (int) left) <= 0)
        return;
      if (recv (connection->fd, buffer, sizeof buffer, 0) <= 0)
        return;
    }
}

/* From another thread: makes the connection's thread come to its end, by a RST if @abruptly. */
void
sim_connection_stop (SimConnection *connection, gboolean abruptly)
{
  g_atomic_int_set (&connection->stopping, 1);
  if (abruptly)
    sim_connection_reset (connection);
  shutdown (connection->fd, abruptly ? SHUT_RD : SHUT_RDWR);
  sim_connection_wake (connection);
}

/* To be called before the connection is put where another thread may wake it. */
void
sim_connection_prepare_wake (SimConnection *connection)
{
  if (connection->wake_fd < 0)
    connection->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void
sim_connection_wake (SimConnection *connection)
{
  guint64 one = 1;

  if (connection->wake_fd >= 0 && write (connection->wake_fd, &one, sizeof one) < 0)
    g_debug ("eventfd is full");
}

/* Waits for @deadline (monotonic µs, -1 none), for sim_connection_wake(), or, if @watch, for the
 * client to hang up; a half-close counts. */
SimWake
sim_connection_wait (SimConnection *connection, gint64 deadline, gboolean watch)
{
  struct pollfd fds[2] = { { connection->wake_fd, POLLIN, 0 },
                           { watch ? connection->fd : -1, POLLRDHUP, 0 } };

  for (;;)
    {
      struct timespec timeout = { 0, 0 };
      gint64 left = deadline < 0 ? 0 : MAX (deadline - g_get_monotonic_time (), 0);
      guint64 count;
      int n;

      timeout.tv_sec = left / G_USEC_PER_SEC;
      timeout.tv_nsec = (left % G_USEC_PER_SEC) * 1000;
      n = ppoll (fds, 2, deadline < 0 ? NULL : &timeout, NULL);
      if (n < 0)
        continue;
      if (g_atomic_int_get (&connection->stopping))
        return SIM_WAKE_HUNG_UP;
      if (fds[1].revents != 0)
        return SIM_WAKE_HUNG_UP;
      if (fds[0].revents != 0)
        {
          if (read (connection->wake_fd, &count, sizeof count) < 0)
            continue;
          return SIM_WAKE_WOKEN;
        }
      if (n == 0)
        return SIM_WAKE_TIMEOUT;
    }
}

/* FALSE if the client left meanwhile. */
gboolean
sim_connection_sleep_until (SimConnection *connection, gint64 deadline)
{
  for (;;)
    {
      SimWake wake = sim_connection_wait (connection, deadline, TRUE);

      if (wake == SIM_WAKE_TIMEOUT)
        return TRUE;
      if (wake == SIM_WAKE_HUNG_UP)
        return FALSE;
    }
}

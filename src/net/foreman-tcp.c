/* SPDX-License-Identifier: MIT */
#include "net/foreman-tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static void
set_option (int fd, int level, int option, int value)
{
  /* what fails here is a socket without the option, as a Unix socket: it needs none */
  (void) setsockopt (fd, level, option, &value, sizeof value);
}

/**
 * foreman_tcp_set_keepalive:
 * @fd: a TCP socket, or a listening one, whose connections inherit it
 *
 * Has the kernel ask a silent peer after 30 s whether it is still there, and give up 30 s later;
 * and send small writes at once.
 */
void
foreman_tcp_set_keepalive (int fd)
{
  set_option (fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option (fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_option (fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option (fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option (fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/**
 * foreman_tcp_looks_dead:
 * @fd: a socket
 *
 * Whether something that was sent has been unanswered for the last check interval. Keepalive does
 * not run while data is under way, and the kernel by itself gives up after some 15 minutes.
 * `TCP_USER_TIMEOUT` is no way out: since Linux 5.11 it also ends connections whose peer is there
 * and answers, but does not read; a reader that pauses for a minute is slow, not dead.
 * Such a peer acknowledges the probes of its closed window, a dead one does not.
 *
 * One look can be wrong (a lost packet): only %FOREMAN_TCP_DEAD_AFTER in a row, at
 * %FOREMAN_TCP_CHECK_INTERVAL, are evidence.
 *
 * Returns: %TRUE if it looks dead; always %FALSE for what is no TCP socket
 */
gboolean
foreman_tcp_looks_dead (int fd)
{
  struct tcp_info info = { 0 };
  socklen_t length = sizeof info;

  if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
    return FALSE;
  if (info.tcpi_last_ack_recv < FOREMAN_TCP_CHECK_INTERVAL / 1000)
    return FALSE;
  return (info.tcpi_unacked > 0 && info.tcpi_retransmits > 0) || info.tcpi_probes > 0;
}

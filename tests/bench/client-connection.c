/* SPDX-License-Identifier: MIT */
#include "client-connection.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Connects, waiting for it: on loopback that takes as long as the peer's backlog lets it. */
gboolean
client_connection_open (ClientConnection *connection,
                        const struct sockaddr *address,
                        socklen_t length,
                        const char *expected)
{
  int one = 1;

  memset (connection, 0, sizeof *connection);
  connection->expected = expected;
  connection->fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection->fd < 0)
    return FALSE;
  if (connect (connection->fd, address, length) < 0)
    {
      client_connection_close (connection);
      return FALSE;
    }
  if (address->sa_family != AF_UNIX)
    setsockopt (connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fcntl (connection->fd, F_SETFL, O_NONBLOCK) == 0;
}

void
client_connection_close (ClientConnection *connection)
{
  if (connection->fd >= 0)
    close (connection->fd);
  connection->fd = -1;
}

/* A request that does not fit into the empty socket buffer is more than this generator is for. */
gboolean
client_connection_send (ClientConnection *connection, const char *request, gsize length)
{
  connection->state = connection->expected ? CLIENT_LINE : CLIENT_HEAD;
  connection->kept = 0;
  connection->answered = FALSE;
  connection->last_chunk = FALSE;
  connection->sent = g_get_monotonic_time ();
  return send (connection->fd, request, length, MSG_NOSIGNAL) == (gssize) length;
}

static const char *
find_header (const char *head, const char *name)
{
  gsize length = strlen (name);

  for (const char *line = strstr (head, "\r\n"); line; line = strstr (line, "\r\n"))
    {
      line += 2;
      if (g_ascii_strncasecmp (line, name, length) == 0 && line[length] == ':')
        {
          line += length + 1;
          return line + strspn (line, " \t");
        }
    }
  return NULL;
}

static gboolean
header_is (const char *head, const char *name, const char *value)
{
  const char *found = find_header (head, name);

  return found && g_ascii_strncasecmp (found, value, strlen (value)) == 0;
}

/* The framing of the answer whose head stands in `line`. */
static void
take_head (ClientConnection *connection, ClientCounts *counts)
{
  const char *head = connection->line;
  const char *length = find_header (head, "Content-Length");
  int status = atoi (head + strlen ("HTTP/1.1 "));

  if ((status < 200 || status > 299) && counts->refused++ == 0)
    counts->first_refusal = status;
  connection->keep_alive =
      g_str_has_prefix (head, "HTTP/1.1") && !header_is (head, "Connection", "close");
  if (header_is (head, "Transfer-Encoding", "chunked"))
    connection->state = CLIENT_CHUNK_SIZE;
  else if (length)
    connection->state = CLIENT_LENGTH;
  else
    connection->state = CLIENT_UNTIL_CLOSE;
  connection->left = length ? g_ascii_strtoll (length, NULL, 10) : 0;
}

/* Keeps bytes until `end` is there. How many of `length` were taken. */
static gsize
keep_until (ClientConnection *connection,
            const char *data,
            gsize length,
            const char *end,
            gboolean *found)
{
  gsize end_length = strlen (end);
  gsize taken = 0;

  *found = FALSE;
  while (taken < length && !*found && connection->kept < sizeof connection->line - 1)
    {
      connection->line[connection->kept++] = data[taken++];
      *found = connection->kept >= end_length &&
               memcmp (connection->line + connection->kept - end_length, end, end_length) == 0;
    }
  connection->line[connection->kept] = '\0';
  return taken;
}

static gsize
take_payload (ClientConnection *connection, const char *data, gsize length, ClientCounts *counts)
{
  gsize taken =
      connection->state == CLIENT_UNTIL_CLOSE ? length : MIN (length, (gsize) connection->left);
  const char *feed = data;

  counts->bytes += taken;
  while ((feed = memchr (feed, '\n', taken - (gsize) (feed - data))))
    {
      counts->lines++;
      feed++;
    }
  connection->left -= (gint64) taken;
  return taken;
}

static void
take_answer_line (ClientConnection *connection, ClientCounts *counts)
{
  if (!g_str_has_prefix (connection->line, connection->expected))
    counts->refused++;
  connection->keep_alive = TRUE;
  connection->state = CLIENT_LINE_END;
}

/* What to do with a line that is whole: a head, a chunk's size, the CRLF after a chunk, or an
 * answer that is a line. */
static void
take_line (ClientConnection *connection, ClientCounts *counts)
{
  if (connection->state == CLIENT_HEAD)
    take_head (connection, counts);
  else if (connection->state == CLIENT_LINE)
    take_answer_line (connection, counts);
  else if (connection->state == CLIENT_CHUNK_SIZE)
    {
      connection->left = g_ascii_strtoll (connection->line, NULL, 16);
      connection->last_chunk = connection->left == 0;
      connection->state = connection->last_chunk ? CLIENT_CHUNK_END : CLIENT_CHUNK;
    }
  else
    connection->state = CLIENT_CHUNK_SIZE;
  connection->kept = 0;
}

static gboolean
is_whole (ClientConnection *connection)
{
  return (connection->state == CLIENT_LENGTH && connection->left == 0) ||
         (connection->state == CLIENT_CHUNK_SIZE && connection->last_chunk) ||
         connection->state == CLIENT_LINE_END;
}

/* True when these bytes end the answer; what may follow them is nothing that this client asked for.
 */
static gboolean
take (ClientConnection *connection, const char *data, gsize length, ClientCounts *counts)
{
  while (length > 0)
    {
      gboolean in_line = connection->state == CLIENT_HEAD ||
                         connection->state == CLIENT_CHUNK_SIZE ||
                         connection->state == CLIENT_CHUNK_END || connection->state == CLIENT_LINE;
      gboolean found = FALSE;
      gsize taken;

      if (in_line)
        taken = keep_until (connection, data, length,
                            connection->state == CLIENT_HEAD ? "\r\n\r\n" : "\r\n", &found);
      else
        taken = take_payload (connection, data, length, counts);
      if (found)
        take_line (connection, counts);
      else if (taken == 0)
        return FALSE; /* a line longer than any of ours: the caller's next read finds the peer gone
                       */
      if (connection->state == CLIENT_CHUNK && connection->left == 0)
        connection->state = CLIENT_CHUNK_END;
      if (is_whole (connection))
        return TRUE;
      data += taken;
      length -= taken;
    }
  return FALSE;
}

static ClientProgress
finish (ClientConnection *connection, ClientCounts *counts, gboolean keep_alive)
{
  gint64 elapsed = g_get_monotonic_time () - connection->sent;

  counts->answers++;
  g_array_append_val (counts->whole, elapsed);
  if (keep_alive)
    return CLIENT_ANSWERED;
  client_connection_close (connection);
  return CLIENT_CLOSED;
}

ClientProgress
client_connection_read (ClientConnection *connection, ClientCounts *counts)
{
  char data[65536];
  gssize length;

  while ((length = recv (connection->fd, data, sizeof data, 0)) > 0)
    {
      if (!connection->answered)
        {
          gint64 elapsed = g_get_monotonic_time () - connection->sent;

          g_array_append_val (counts->first_byte, elapsed);
          connection->answered = TRUE;
        }
      if (take (connection, data, (gsize) length, counts))
        return finish (connection, counts, connection->keep_alive);
      if ((gsize) length < sizeof data)
        return CLIENT_WAITING;
    }
  if (length < 0 && (errno == EAGAIN || errno == EINTR))
    return CLIENT_WAITING;
  if (length == 0 && connection->state == CLIENT_UNTIL_CLOSE)
    return finish (connection, counts, FALSE);
  counts->errors++;
  client_connection_close (connection);
  return CLIENT_CLOSED;
}

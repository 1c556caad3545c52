/* SPDX-License-Identifier: MIT */
#include "raw-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct RawServer
{
  int fd;
  guint16 port;
  char *unix_path; /* (nullable) */
  RawServerScript script;
  gpointer data;
  GThread *thread;
  GPtrArray *connections; /* of the server's thread until it has ended */
};

typedef struct
{
  RawServer *server;
  int fd;
  guint nth;
} Connection;

static gpointer
run_script (gpointer data)
{
  g_autofree Connection *connection = data;

  connection->server->script (connection->fd, connection->nth, connection->server->data);
  close (connection->fd);
  return NULL;
}

static gpointer
accept_all (gpointer data)
{
  RawServer *self = data;
  int fd;

  while ((fd = accept4 (self->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    {
      Connection *connection = g_new0 (Connection, 1);

      *connection = (Connection){ self, fd, self->connections->len };
      g_ptr_array_add (self->connections, g_thread_new ("raw-script", run_script, connection));
    }
  return NULL;
}

static RawServer *
start (const struct sockaddr *address, socklen_t length, RawServerScript script, gpointer data)
{
  RawServer *self = g_new0 (RawServer, 1);

  self->script = script;
  self->data = data;
  self->connections = g_ptr_array_new ();
  self->fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (self->fd, >=, 0);
  g_assert_no_errno (bind (self->fd, address, length));
  g_assert_no_errno (listen (self->fd, 64));
  return self;
}

RawServer *
raw_server_start (RawServerScript script, gpointer data)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  RawServer *self = start ((struct sockaddr *) &address, length, script, data);

  g_assert_no_errno (getsockname (self->fd, (struct sockaddr *) &address, &length));
  self->port = ntohs (address.sin_port);
  self->thread = g_thread_new ("raw-server", accept_all, self);
  return self;
}

RawServer *
raw_server_start_unix (const char *path, RawServerScript script, gpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  RawServer *self;

  g_assert_cmpuint (strlen (path), <, sizeof address.sun_path);
  strcpy (address.sun_path, path);
  self = start ((struct sockaddr *) &address, sizeof address, script, data);
  self->unix_path = g_strdup (path);
  self->thread = g_thread_new ("raw-server", accept_all, self);
  return self;
}

guint16
raw_server_get_port (RawServer *self)
{
  return self->port;
}

char *
raw_server_dup_url (RawServer *self)
{
  if (self->unix_path)
    return g_strconcat ("unix:", self->unix_path, NULL);
  return g_strdup_printf ("http://127.0.0.1:%u", self->port);
}

guint
raw_server_stop (RawServer *self)
{
  guint n;

  shutdown (self->fd, SHUT_RDWR);
  g_thread_join (self->thread);
  close (self->fd);

  n = self->connections->len;
  for (guint i = 0; i < n; i++)
    g_thread_join (self->connections->pdata[i]);
  g_ptr_array_unref (self->connections);

  if (self->unix_path)
    unlink (self->unix_path);
  g_free (self->unix_path);
  g_free (self);
  return n;
}

char *
raw_read_head (int fd)
{
  GString *head = g_string_new (NULL);
  char byte;

  while (!g_str_has_suffix (head->str, "\r\n\r\n"))
    {
      if (recv (fd, &byte, 1, 0) != 1)
        {
          g_string_free (head, TRUE);
          return NULL;
        }
      g_string_append_c (head, byte);
    }
  return g_string_free (head, FALSE);
}

gsize
raw_read (int fd, void *buffer, gsize length)
{
  gsize done = 0;

  while (done < length)
    {
      gssize n = recv (fd, (char *) buffer + done, length - done, 0);

      if (n <= 0)
        break;
      done += (gsize) n;
    }
  return done;
}

gboolean
raw_wait_for_end (int fd)
{
  char buffer[4096];
  gssize n;

  while ((n = recv (fd, buffer, sizeof buffer, 0)) > 0)
    continue;
  return n == 0;
}

void
raw_say_bytes (int fd, const void *data, gsize length)
{
  while (length > 0)
    {
      gssize n = send (fd, data, length, MSG_NOSIGNAL);

      if (n < 0)
        return;
      data = (const char *) data + n;
      length -= (gsize) n;
    }
}

void
raw_say (int fd, const char *text)
{
  raw_say_bytes (fd, text, strlen (text));
}

void
raw_reset (int fd)
{
  struct linger now = { .l_onoff = 1, .l_linger = 0 };
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  /* Closes the socket, and keeps its number from being used before the script has ended. */
  dup3 (null, fd, O_CLOEXEC);
  close (null);
}

guint
count_open_fds (void)
{
  GDir *dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  return n - 1;
}

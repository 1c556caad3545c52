/* SPDX-License-Identifier: MIT */
#include "net/foreman-listener.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/foreman-listen-socket.h"

/* As many as one wake-up accepts before others have a turn. */
#define BATCH 64

/* How long nothing is accepted after the system ran out of file descriptors or memory. */
#define BACK_OFF (50 * G_TIME_SPAN_MILLISECOND)

/* How often that is said. */
#define WARNING_INTERVAL (60 * G_USEC_PER_SEC)

/**
 * ForemanListener:
 *
 * The sockets that clients connect to. When file descriptors run out, clients wait in the kernel
 * and accepting goes on as soon as there are some again.
 */
struct _ForemanListener
{
  GObject parent_instance;

  ForemanReactor *reactor; /* (owned) */
  GPtrArray *sockets;      /* (owned) (element-type Socket) */
  ForemanDeadline back_off;
  gint64 warned_at; /* monotonic µs; 0: never */
  gboolean started;
  gboolean paused;
};

enum
{
  ACCEPTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanListener, foreman_listener, G_TYPE_OBJECT)

typedef struct
{
  ForemanListener *listener; /* (unowned) */
  int fd;                    /* (owned): -1 once stopped */
  ForemanWatch *watch;       /* (owned) (nullable) */
  GSocketAddress *address;   /* (owned) */
  char *path;                /* (owned) (nullable): of a Unix socket that we made */
  dev_t device;              /* what we made there, so that nothing else is removed */
  ino_t inode;
} Socket;

static void
socket_close (Socket *self)
{
  struct stat info;

  g_clear_pointer (&self->watch, foreman_watch_free);
  if (self->fd < 0)
    return;
  if (self->path != NULL && lstat (self->path, &info) == 0 && info.st_dev == self->device &&
      info.st_ino == self->inode)
    unlink (self->path);
  close (self->fd);
  self->fd = -1;
}

static void
socket_free (Socket *self)
{
  socket_close (self);
  g_object_unref (self->address);
  g_free (self->path);
  g_free (self);
}

static void
foreman_listener_dispose (GObject *object)
{
  ForemanListener *self = FOREMAN_LISTENER (object);

  foreman_deadline_clear (&self->back_off);
  g_ptr_array_set_size (self->sockets, 0);

  G_OBJECT_CLASS (foreman_listener_parent_class)->dispose (object);
}

static void
foreman_listener_finalize (GObject *object)
{
  ForemanListener *self = FOREMAN_LISTENER (object);

  g_ptr_array_unref (self->sockets);
  g_object_unref (self->reactor);

  G_OBJECT_CLASS (foreman_listener_parent_class)->finalize (object);
}

static void
foreman_listener_class_init (ForemanListenerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_listener_dispose;
  G_OBJECT_CLASS (klass)->finalize = foreman_listener_finalize;

  /**
   * ForemanListener::accepted:
   * @self: a listener
   * @fd: a connected socket, non-blocking; whoever handles this owns it
   * @peer: the address it was accepted from; a nameless Unix address for Unix sockets
   *
   * A client has connected. There has to be exactly one handler.
   */
  signals[ACCEPTED] = g_signal_new ("accepted", FOREMAN_TYPE_LISTENER, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_SOCKET_ADDRESS);
}

static void
foreman_listener_init (ForemanListener *self)
{
  self->sockets = g_ptr_array_new_with_free_func ((GDestroyNotify) socket_free);
}

static void
update_watches (ForemanListener *self)
{
  gboolean accepting = self->started && !self->paused && self->back_off.when == 0;

  for (guint i = 0; i < self->sockets->len; i++)
    {
      Socket *each = g_ptr_array_index (self->sockets, i);

      if (each->watch != NULL)
        foreman_watch_set_events (each->watch, accepting ? EPOLLIN : 0);
    }
}

static void
on_back_off_over (gpointer data)
{
  update_watches (data);
}

static void
back_off (ForemanListener *self, int code)
{
  gint64 now = g_get_monotonic_time ();

  foreman_deadline_set (&self->back_off, now + BACK_OFF);
  update_watches (self);
  if (self->warned_at != 0 && now - self->warned_at < WARNING_INTERVAL)
    return;
  self->warned_at = now;
  g_warning ("New clients have to wait: %s", g_strerror (code));
}

/* Returns: whether there may be more to accept */
static gboolean
accept_one (ForemanListener *self, int listening_fd)
{
  struct sockaddr_storage native;
  socklen_t length = sizeof native;
  g_autoptr (GSocketAddress) peer = NULL;
  int fd =
      accept4 (listening_fd, (struct sockaddr *) &native, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd >= 0)
    {
      peer = g_socket_address_new_from_native (&native, length);
      g_signal_emit (self, signals[ACCEPTED], 0, fd, peer);
      return TRUE;
    }
  switch (errno)
    {
    case EAGAIN:
      return FALSE;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      back_off (self, errno);
      return FALSE;
    default:
      /* the client's trouble (ECONNABORTED, EPERM, a dead network): the next one may have none */
      return TRUE;
    }
}

static void
on_watch (guint32 events, gpointer data)
{
  Socket *socket = data;
  g_autoptr (ForemanListener) self = g_object_ref (socket->listener);

  for (guint i = 0; i < BATCH && socket->fd >= 0 && !self->paused; i++)
    if (!accept_one (self, socket->fd))
      break;
}

/**
 * foreman_listener_new:
 * @reactor: what watches the sockets
 *
 * Makes a listener without sockets. Main thread.
 *
 * Returns: (transfer full): the listener
 */
ForemanListener *
foreman_listener_new (ForemanReactor *reactor)
{
  ForemanListener *self;

  g_return_val_if_fail (FOREMAN_IS_REACTOR (reactor), NULL);

  self = g_object_new (FOREMAN_TYPE_LISTENER, NULL);
  self->reactor = g_object_ref (reactor);
  foreman_deadline_init (&self->back_off, reactor, on_back_off_over, self);
  return self;
}

static GSocketAddress *
get_address (int fd)
{
  struct sockaddr_storage native;
  socklen_t length = sizeof native;

  if (getsockname (fd, (struct sockaddr *) &native, &length) < 0)
    return NULL;
  return g_socket_address_new_from_native (&native, length);
}

static Socket *
add_socket (ForemanListener *self, int fd)
{
  Socket *added = g_new0 (Socket, 1);

  added->listener = self;
  added->fd = fd;
  added->address = get_address (fd);
  g_ptr_array_add (self->sockets, added);
  return added;
}

/**
 * foreman_listener_add_address:
 * @self: a listener that was not started
 * @spec: `127.0.0.1:8080`, `[::1]:8080`, `:8080` for all addresses, or `unix:/path`; port 0 takes
 *   a free one
 * @error: return location
 *
 * Opens a socket; clients that connect wait for foreman_listener_start(). Main thread.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_CONFIG, which names `FOREMAN_ADDR`, if it cannot be
 */
gboolean
foreman_listener_add_address (ForemanListener *self, const char *spec, GError **error)
{
  Socket *added;
  struct stat info;
  int fd;

  g_return_val_if_fail (FOREMAN_IS_LISTENER (self), FALSE);
  g_return_val_if_fail (spec != NULL, FALSE);
  g_return_val_if_fail (!self->started, FALSE);

  fd = foreman_listen_socket_open (spec, error);
  if (fd < 0)
    return FALSE;
  added = add_socket (self, fd);
  if (!G_IS_UNIX_SOCKET_ADDRESS (added->address))
    return TRUE;
  added->path = g_strdup (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (added->address)));
  if (lstat (added->path, &info) == 0)
    {
      added->device = info.st_dev;
      added->inode = info.st_ino;
    }
  return TRUE;
}

/**
 * foreman_listener_add_fd:
 * @self: a listener that was not started
 * @fd: (transfer full): an inherited socket; stays the caller's if this fails
 * @error: return location
 *
 * Takes a socket that listens already, as systemd hands them over. Main thread.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_CONFIG if it is something else
 */
gboolean
foreman_listener_add_fd (ForemanListener *self, int fd, GError **error)
{
  g_return_val_if_fail (FOREMAN_IS_LISTENER (self), FALSE);
  g_return_val_if_fail (!self->started, FALSE);

  if (!foreman_listen_socket_adopt (fd, error))
    return FALSE;
  add_socket (self, fd);
  return TRUE;
}

/**
 * foreman_listener_get_addresses:
 * @self: a listener
 *
 * Where it can be reached: with the ports there are, where port 0 was asked for.
 *
 * Returns: (transfer full) (element-type GSocketAddress): the addresses, in the order they were
 * added
 */
GPtrArray *
foreman_listener_get_addresses (ForemanListener *self)
{
  GPtrArray *addresses;

  g_return_val_if_fail (FOREMAN_IS_LISTENER (self), NULL);

  addresses = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < self->sockets->len; i++)
    {
      Socket *each = g_ptr_array_index (self->sockets, i);

      g_ptr_array_add (addresses, g_object_ref (each->address));
    }
  return addresses;
}

/**
 * foreman_listener_get_port:
 * @self: a listener
 *
 * The port of the first TCP socket.
 *
 * Returns: a port, or 0 if there are only Unix sockets
 */
guint16
foreman_listener_get_port (ForemanListener *self)
{
  g_return_val_if_fail (FOREMAN_IS_LISTENER (self), 0);

  for (guint i = 0; i < self->sockets->len; i++)
    {
      Socket *each = g_ptr_array_index (self->sockets, i);

      if (G_IS_INET_SOCKET_ADDRESS (each->address))
        return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (each->address));
    }
  return 0;
}

/**
 * foreman_listener_start:
 * @self: a listener with its sockets
 *
 * Begins to accept. Main thread.
 */
void
foreman_listener_start (ForemanListener *self)
{
  g_return_if_fail (FOREMAN_IS_LISTENER (self));
  g_return_if_fail (!self->started);

  self->started = TRUE;
  for (guint i = 0; i < self->sockets->len; i++)
    {
      Socket *each = g_ptr_array_index (self->sockets, i);

      each->watch = foreman_reactor_watch (self->reactor, each->fd, 0, on_watch, each);
    }
  update_watches (self);
}

/**
 * foreman_listener_stop:
 * @self: a listener
 *
 * Closes its sockets for good, and removes the Unix sockets that it made itself. What was accepted
 * is not touched. Main thread.
 */
void
foreman_listener_stop (ForemanListener *self)
{
  g_return_if_fail (FOREMAN_IS_LISTENER (self));

  foreman_deadline_clear (&self->back_off);
  for (guint i = 0; i < self->sockets->len; i++)
    socket_close (g_ptr_array_index (self->sockets, i));
}

/**
 * foreman_listener_set_paused:
 * @self: a listener
 * @paused: whether clients have to wait in the kernel
 *
 * Stops accepting for a while, as when there are as many connections as there may be. Main thread.
 */
void
foreman_listener_set_paused (ForemanListener *self, gboolean paused)
{
  g_return_if_fail (FOREMAN_IS_LISTENER (self));

  self->paused = paused;
  update_watches (self);
}

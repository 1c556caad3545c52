/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "net/foreman-listener.h"

#include <arpa/inet.h>
#include <gio/gunixsocketaddress.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct
{
  ForemanReactor *reactor;
  ForemanListener *listener;
  GArray *accepted;     /* (element-type int) */
  GSocketAddress *peer; /* of the last one */
  char *directory;
  char *path;
  char *spec;
} Fixture;

static void
on_accepted (ForemanListener *listener, int fd, GSocketAddress *peer, Fixture *f)
{
  g_array_append_val (f->accepted, fd);
  g_set_object (&f->peer, peer);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->reactor = foreman_reactor_new (NULL);
  f->listener = foreman_listener_new (f->reactor);
  f->accepted = g_array_new (FALSE, FALSE, sizeof (int));
  f->directory = g_dir_make_tmp ("foreman-listener-XXXXXX", NULL);
  f->path = g_build_filename (f->directory, "socket", NULL);
  f->spec = g_strconcat ("unix:", f->path, NULL);
  g_signal_connect (f->listener, "accepted", G_CALLBACK (on_accepted), f);
}

static void
close_accepted (Fixture *f)
{
  for (guint i = 0; i < f->accepted->len; i++)
    close (g_array_index (f->accepted, int, i));
  g_array_set_size (f->accepted, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_accepted (f);
  g_array_unref (f->accepted);
  g_clear_object (&f->peer);
  if (f->listener != NULL)
    g_assert_finalize_object (f->listener);
  g_assert_finalize_object (f->reactor);
  g_unlink (f->path);
  g_assert_no_errno (g_rmdir (f->directory));
  g_free (f->directory);
  g_free (f->path);
  g_free (f->spec);
}

static void
settle (void)
{
  for (guint i = 0; g_main_context_iteration (NULL, FALSE); i++)
    g_assert_cmpuint (i, <, 1000);
}

static void
wait_for_clients (Fixture *f, guint n)
{
  while (f->accepted->len < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
add (Fixture *f, const char *spec)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (foreman_listener_add_address (f->listener, spec, &error));
  g_assert_no_error (error);
}

/* Returns: a connected socket, or -1 */
static int
connect_to (GSocketAddress *address)
{
  struct sockaddr_storage native;
  int fd = socket (g_socket_address_get_family (address), SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_socket_address_to_native (address, &native, sizeof native, NULL);
  if (connect (fd, (struct sockaddr *) &native, g_socket_address_get_native_size (address)) < 0)
    {
      close (fd);
      return -1;
    }
  return fd;
}

static int
connect_nth (Fixture *f, guint n)
{
  g_autoptr (GPtrArray) addresses = foreman_listener_get_addresses (f->listener);

  return connect_to (g_ptr_array_index (addresses, n));
}

static int
get_option (int fd, int level, int name)
{
  int value = -1;
  socklen_t length = sizeof value;

  g_assert_no_errno (getsockopt (fd, level, name, &value, &length));
  return value;
}

static void
clients_are_accepted_ready_for_use (Fixture *f, gconstpointer data)
{
  int client, fd;

  add (f, "127.0.0.1:0");
  g_assert_cmpuint (foreman_listener_get_port (f->listener), !=, 0);
  foreman_listener_start (f->listener);
  client = connect_nth (f, 0);
  wait_for_clients (f, 1);
  fd = g_array_index (f->accepted, int, 0);
  g_assert_true (G_IS_INET_SOCKET_ADDRESS (f->peer));
  g_assert_true (fcntl (fd, F_GETFL) & O_NONBLOCK);
  g_assert_true (fcntl (fd, F_GETFD) & FD_CLOEXEC);
  g_assert_cmpint (get_option (fd, IPPROTO_TCP, TCP_NODELAY), ==, 1);
  g_assert_cmpint (get_option (fd, SOL_SOCKET, SO_KEEPALIVE), ==, 1);
  g_assert_cmpint (get_option (fd, IPPROTO_TCP, TCP_KEEPIDLE), ==, 30);
  g_assert_cmpint (get_option (fd, IPPROTO_TCP, TCP_KEEPINTVL), ==, 10);
  g_assert_cmpint (get_option (fd, IPPROTO_TCP, TCP_KEEPCNT), ==, 3);
  /* it would cut readers that pause */
  g_assert_cmpint (get_option (fd, IPPROTO_TCP, TCP_USER_TIMEOUT), ==, 0);
  close (client);
}

static void
several_addresses_are_served (Fixture *f, gconstpointer data)
{
  int clients[2];

  add (f, "127.0.0.1:0");
  add (f, f->spec);
  foreman_listener_start (f->listener);
  clients[0] = connect_nth (f, 0);
  wait_for_clients (f, 1);
  g_assert_true (G_IS_INET_SOCKET_ADDRESS (f->peer));
  clients[1] = connect_nth (f, 1);
  wait_for_clients (f, 2);
  g_assert_true (G_IS_UNIX_SOCKET_ADDRESS (f->peer));
  close (clients[0]);
  close (clients[1]);
}

static void
no_host_means_every_address (Fixture *f, gconstpointer data)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = NULL;
  GInetAddress *peer;
  int client;

  add (f, ":0");
  foreman_listener_start (f->listener);
  address = g_inet_socket_address_new (loopback, foreman_listener_get_port (f->listener));
  client = connect_to (address);
  g_assert_cmpint (client, >=, 0);
  wait_for_clients (f, 1);
  /* an IPv4 client of a socket for both is told as the IPv4 client that it is */
  peer = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (f->peer));
  g_assert_true (g_inet_address_equal (peer, loopback));
  close (client);
}

static void
clients_wait_while_it_is_paused (Fixture *f, gconstpointer data)
{
  int client;

  add (f, "127.0.0.1:0");
  foreman_listener_start (f->listener);
  foreman_listener_set_paused (f->listener, TRUE);
  client = connect_nth (f, 0);
  g_assert_cmpint (client, >=, 0);
  settle ();
  g_assert_cmpuint (f->accepted->len, ==, 0);
  foreman_listener_set_paused (f->listener, FALSE);
  wait_for_clients (f, 1);
  close (client);
}

static void
clients_before_the_start_are_not_lost (Fixture *f, gconstpointer data)
{
  int clients[200];

  add (f, f->spec);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = connect_nth (f, 0);
  foreman_listener_start (f->listener);
  wait_for_clients (f, G_N_ELEMENTS (clients));
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    close (clients[i]);
}

static void
stop_in_handler (ForemanListener *listener, int fd, GSocketAddress *peer, gpointer data)
{
  foreman_listener_stop (listener);
}

static void
stopping_closes_at_once_even_from_a_handler (Fixture *f, gconstpointer data)
{
  int clients[3];

  add (f, f->spec);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = connect_nth (f, 0);
  g_signal_connect (f->listener, "accepted", G_CALLBACK (stop_in_handler), NULL);
  foreman_listener_start (f->listener);
  wait_for_clients (f, 1);
  settle ();
  g_assert_cmpuint (f->accepted->len, ==, 1);
  g_assert_cmpint (connect_nth (f, 0), ==, -1);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    close (clients[i]);
}

static void
assert_refused (Fixture *f, const char *spec, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (foreman_listener_add_address (f->listener, spec, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "FOREMAN_ADDR"));
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strchr (error->message, '\n'));
}

static void
what_cannot_be_is_one_clear_line (Fixture *f, gconstpointer data)
{
  g_autofree char *busy = NULL;
  g_autofree char *missing = g_strconcat (f->spec, "/below/nothing", NULL);
  g_autofree char *name = g_strnfill (200, 'x');
  g_autofree char *long_path = g_strconcat ("unix:/", name, NULL);

  add (f, "127.0.0.1:0");
  busy = g_strdup_printf ("127.0.0.1:%u", foreman_listener_get_port (f->listener));
  assert_refused (f, busy, "in use by another program");
  assert_refused (f, busy, busy);
  assert_refused (f, "127.0.0.1", "no port");
  assert_refused (f, "127.0.0.1:", "no port");
  assert_refused (f, "127.0.0.1:http", "no port");
  assert_refused (f, "127.0.0.1:65536", "no port");
  assert_refused (f, "nowhere:80", "no IP address");
  assert_refused (f, "::1:80", "no IP address");
  assert_refused (f, "[::1:80", "no IP address");
  assert_refused (f, "192.0.2.1:0", "no address of this machine");
  assert_refused (f, missing, "No such file");
  assert_refused (f, long_path, "cannot listen");
  assert_refused (f, "unix:relative", "cannot listen");
}

/* What a killed program leaves. */
static void
leave_stale_socket (const char *path)
{
  struct sockaddr_un where = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (where.sun_path, path, sizeof where.sun_path);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &where, sizeof where));
  g_assert_no_errno (listen (fd, 1));
  close (fd);
}

static void
a_stale_socket_is_replaced (Fixture *f, gconstpointer data)
{
  int client;

  leave_stale_socket (f->path);
  add (f, f->spec);
  foreman_listener_start (f->listener);
  client = connect_nth (f, 0);
  wait_for_clients (f, 1);
  close (client);
  foreman_listener_stop (f->listener);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
a_socket_in_use_is_left_alone (Fixture *f, gconstpointer data)
{
  g_autoptr (ForemanListener) other = foreman_listener_new (f->reactor);

  g_assert_true (foreman_listener_add_address (other, f->spec, NULL));
  assert_refused (f, f->spec, "in use");
  g_assert_true (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
a_file_in_the_way_is_left_alone (Fixture *f, gconstpointer data)
{
  g_assert_true (g_file_set_contents (f->path, "precious", -1, NULL));
  assert_refused (f, f->spec, "in use");
  g_assert_true (g_file_test (f->path, G_FILE_TEST_IS_REGULAR));
}

static void
somebody_elses_socket_is_not_removed (Fixture *f, gconstpointer data)
{
  add (f, f->spec);
  g_assert_no_errno (g_unlink (f->path));
  leave_stale_socket (f->path);
  g_clear_object (&f->listener);
  g_assert_true (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
an_inherited_socket_is_served (Fixture *f, gconstpointer data)
{
  struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  g_autoptr (GError) error = NULL;
  int client;

  g_assert_no_errno (bind (fd, (struct sockaddr *) &where, sizeof where));
  g_assert_no_errno (listen (fd, 1));
  g_assert_true (foreman_listener_add_fd (f->listener, fd, &error));
  g_assert_true (fcntl (fd, F_GETFL) & O_NONBLOCK);
  g_assert_true (fcntl (fd, F_GETFD) & FD_CLOEXEC);
  foreman_listener_start (f->listener);
  client = connect_nth (f, 0);
  wait_for_clients (f, 1);
  close (client);
}

static void
what_does_not_listen_is_not_adopted (Fixture *f, gconstpointer data)
{
  const int fds[] = { socket (AF_INET, SOCK_STREAM, 0), socket (AF_INET, SOCK_DGRAM, 0),
                      open ("/dev/null", O_RDONLY) };

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (foreman_listener_add_fd (f->listener, fds[i], &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
      close (fds[i]);
    }
}

/* In a process of its own, as it takes all file descriptors. */
static void
running_out_of_descriptors_is_survived (Fixture *f, gconstpointer data)
{
  struct rlimit limit;
  int clients[4], spare;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      /* said once, however often it is tried */
      g_test_trap_assert_stderr ("*New clients have to wait*");
      g_test_trap_assert_stderr_unmatched ("*New clients*New clients*");
      return;
    }
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  add (f, f->spec);
  foreman_listener_start (f->listener);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = connect_nth (f, 0);
  spare = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = spare + 1;
  setrlimit (RLIMIT_NOFILE, &limit);

  settle ();
  g_assert_cmpuint (f->accepted->len, ==, 0);
  g_main_context_iteration (NULL, TRUE);
  settle ();
  g_assert_cmpuint (f->accepted->len, ==, 0);

  /* one that closes lets one in, a limit that rises all */
  close (spare);
  wait_for_clients (f, 1);
  limit.rlim_cur += 64;
  setrlimit (RLIMIT_NOFILE, &limit);
  wait_for_clients (f, G_N_ELEMENTS (clients));
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    close (clients[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function)                                                                        \
  g_test_add ("/listener/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("accept", clients_are_accepted_ready_for_use);
  ADD ("several", several_addresses_are_served);
  ADD ("any", no_host_means_every_address);
  ADD ("pause", clients_wait_while_it_is_paused);
  ADD ("early", clients_before_the_start_are_not_lost);
  ADD ("stop", stopping_closes_at_once_even_from_a_handler);
  ADD ("errors", what_cannot_be_is_one_clear_line);
  ADD ("unix/stale", a_stale_socket_is_replaced);
  ADD ("unix/in-use", a_socket_in_use_is_left_alone);
  ADD ("unix/file", a_file_in_the_way_is_left_alone);
  ADD ("unix/replaced", somebody_elses_socket_is_not_removed);
  ADD ("inherited", an_inherited_socket_is_served);
  ADD ("inherited-wrong", what_does_not_listen_is_not_adopted);
  ADD ("descriptors", running_out_of_descriptors_is_survived);
  return g_test_run ();
}

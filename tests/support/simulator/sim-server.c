/* SPDX-License-Identifier: MIT */
#include "sim-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim-exchange.h"
#include "sim-router.h"

#if defined(__SANITIZE_ADDRESS__)
#define STACK_BYTES (1024 * 1024)
#else
#define STACK_BYTES (256 * 1024)
#endif

/* Takes @config and @store. */
SimServer *
sim_server_new (SimConfig *config, SimStore *store)
{
  SimServer *server = g_new0 (SimServer, 1);

  server->config = config;
  server->store = store;
  server->stats = sim_stats_new (config->journal);
  server->faults = sim_faults_new ();
  server->hold = sim_hold_new (server->stats);
  server->scheduler = sim_scheduler_new (server);
  server->listener = -1;
  server->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_mutex_init (&server->mutex);
  g_cond_init (&server->none_left);
  return server;
}

void
sim_server_free (SimServer *server)
{
  if (server->listener >= 0)
    close (server->listener);
  close (server->wake_fd);
  sim_scheduler_free (server->scheduler);
  sim_hold_free (server->hold);
  sim_faults_free (server->faults);
  sim_stats_free (server->stats);
  sim_store_free (server->store);
  sim_config_free (server->config);
  g_mutex_clear (&server->mutex);
  g_cond_clear (&server->none_left);
  g_free (server->host);
  g_free (server);
}

static gboolean
open_listener (SimServer *server, char **error)
{
  struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  struct sockaddr_storage bound;
  socklen_t size = sizeof bound;
  g_autofree char *port = g_strdup_printf ("%u", server->port);
  int one = 1, status;

  status = getaddrinfo (*server->host != '\0' ? server->host : NULL, port, &hints, &found);
  if (status != 0)
    {
      *error = g_strdup_printf ("cannot listen on %s: %s", server->host, gai_strerror (status));
      return FALSE;
    }
  server->listener = socket (found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind (server->listener, found->ai_addr, found->ai_addrlen) < 0 ||
      listen (server->listener, 4096) < 0)
    {
      *error = g_strdup_printf ("cannot listen on %s port %s: %s", server->host, port,
                                g_strerror (errno));
      close (server->listener);
      server->listener = -1;
      freeaddrinfo (found);
      return FALSE;
    }
  freeaddrinfo (found);
  getsockname (server->listener, (struct sockaddr *) &bound, &size);
  server->port = ntohs (bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *) &bound)->sin6_port
                                                    : ((struct sockaddr_in *) &bound)->sin_port);
  return TRUE;
}

/* @address: "127.0.0.1:0", "[::1]:11434", ":8080". */
gboolean
sim_server_listen (SimServer *server, const char *address, char **error)
{
  const char *colon = strrchr (address, ':');
  char *end = NULL;
  guint64 port = colon != NULL ? g_ascii_strtoull (colon + 1, &end, 10) : 0;

  if (colon == NULL || *end != '\0' || end == colon + 1 || port > 65535)
    {
      *error = g_strdup_printf ("\"%s\" is no address: HOST:PORT is wanted", address);
      return FALSE;
    }
  server->port = (guint16) port;
  if (*address == '[' && colon > address && colon[-1] == ']')
    server->host = g_strndup (address + 1, (gsize) (colon - address - 2));
  else
    server->host = g_strndup (address, (gsize) (colon - address));
  server->loopback = g_str_has_prefix (server->host, "127.") || g_str_equal (server->host, "::1");
  return open_listener (server, error);
}

static void
finish_record (SimExchange *x)
{
  const char *outcome = NULL;

  if (x->record == NULL)
    return;
  if (x->fault != NULL)
    outcome = sim_fault_name (x->fault);
  else if (x->gone || !x->ended)
    outcome = "aborted";
  sim_record_finish (x->server->stats, x->record, x->status, x->sent_bytes, x->sent_chunks,
                     outcome);
}

static void
refuse (SimConnection *connection, const char *refusal)
{
  const char *text = g_str_has_prefix (refusal, "501") ? "Unsupported transfer encoding" : refusal;
  g_autofree char *answer =
      g_strdup_printf ("HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: "
                       "close\r\n\r\n%s",
                       refusal, text);

  if (sim_connection_send (connection, answer, strlen (answer)))
    sim_connection_linger (connection);
}

/* Reads and answers one request; FALSE when the connection has come to its end. */
static gboolean
serve_one (SimConnection *connection)
{
  g_autoptr (SimExchange) x = sim_exchange_new (connection);
  g_autofree char *refusal = NULL;
  SimRead read = sim_http_read_head (x, &refusal);

  if (read == SIM_READ_CLOSED)
    return FALSE;
  if (read == SIM_READ_REFUSED)
    {
      refuse (connection, refusal);
      return FALSE;
    }
  if (x->record == NULL && !connection->control)
    {
      connection->control = TRUE;
      sim_stats_add (connection->server->stats, SIM_METRIC_CONNECTIONS_OPEN, -1);
      sim_stats_add (connection->server->stats, SIM_METRIC_CONNECTIONS, -1);
    }
  sim_router_dispatch (x);
  if (!x->gone && !x->ended)
    sim_reply_end (x);
  finish_record (x);
  connection->after_post = g_str_equal (x->method, "POST");
  if (x->close && (!x->gone || (x->fault != NULL && x->fault->kind == SIM_FAULT_CUT)))
    sim_connection_linger (connection);
  return !x->gone && !x->close;
}

static gpointer
serve (gpointer data)
{
  SimConnection *connection = data;
  SimServer *server = connection->server;

  while (!g_atomic_int_get (&server->stopping) && serve_one (connection))
    ;
  if (!connection->control)
    sim_stats_add (server->stats, SIM_METRIC_CONNECTIONS_OPEN, -1);
  g_mutex_lock (&server->mutex);
  server->connections = g_list_remove (server->connections, connection);
  sim_connection_free (connection);
  if (server->connections == NULL)
    g_cond_broadcast (&server->none_left);
  g_mutex_unlock (&server->mutex);
  return NULL;
}

static void
start_connection (SimServer *server, int fd)
{
  SimConnection *connection;
  pthread_attr_t attributes;
  pthread_t thread;
  int one = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  g_mutex_lock (&server->mutex);
  connection = sim_connection_new (server, fd, ++server->last_connection);
  server->connections = g_list_prepend (server->connections, connection);
  g_mutex_unlock (&server->mutex);
  sim_stats_add (server->stats, SIM_METRIC_CONNECTIONS, 1);
  sim_stats_add (server->stats, SIM_METRIC_CONNECTIONS_OPEN, 1);
  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK_BYTES);
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  if (pthread_create (&thread, &attributes, (void *(*) (void *) ) serve, connection) != 0)
    serve (connection);
  pthread_attr_destroy (&attributes);
}

/* As a machine that went down: whoever is connected finds out by a RST. */
static void
drop_connections (SimServer *server)
{
  g_mutex_lock (&server->mutex);
  for (GList *l = server->connections; l != NULL; l = l->next)
    {
      SimConnection *connection = l->data;

      if (connection->control)
        continue;
      sim_connection_stop (connection, TRUE);
    }
  g_mutex_unlock (&server->mutex);
}

/* Opens or closes the listener as the faults want it. Returns whether to accept. */
static gboolean
heed_faults (SimServer *server, gint64 *until)
{
  g_autoptr (SimFault) fault = sim_faults_find_listener (server->faults);
  g_autofree char *error = NULL;

  if (fault == NULL)
    {
      if (server->listener < 0 && !open_listener (server, &error))
        {
          g_printerr ("ollama-simulator: %s\n", error);
          *until = g_get_monotonic_time () + 50000;
          return FALSE;
        }
      return TRUE;
    }
  *until = fault->until;
  if (fault->kind == SIM_FAULT_REFUSE && server->listener >= 0)
    {
      close (server->listener);
      server->listener = -1;
      if (!fault->keep_connections)
        drop_connections (server);
    }
  return FALSE;
}

static int
poll_timeout (gint64 until)
{
  if (until <= 0)
    return -1;
  return (int) CLAMP ((until - g_get_monotonic_time () + 999) / 1000, 0, G_MAXINT);
}

/* Accepts until sim_server_stop(); also the clock of what expires. */
void
sim_server_run (SimServer *server)
{
  while (!g_atomic_int_get (&server->stopping))
    {
      gint64 until = 0, expiry = sim_scheduler_sweep (server->scheduler);
      gboolean accepting = heed_faults (server, &until);
      struct pollfd fds[2] = { { server->wake_fd, POLLIN, 0 },
                               { accepting ? server->listener : -1, POLLIN, 0 } };
      guint64 count;

      if (expiry > 0 && (until <= 0 || expiry < until))
        until = expiry;
      if (poll (fds, 2, poll_timeout (until)) < 0)
        continue;
      if (fds[0].revents != 0 && read (server->wake_fd, &count, sizeof count) < 0)
        continue;
      if (fds[1].revents != 0)
        {
          int fd = accept4 (server->listener, NULL, NULL, SOCK_CLOEXEC);

          if (fd >= 0)
            start_connection (server, fd);
          else if (errno == EMFILE || errno == ENFILE)
            g_usleep (50000);
        }
    }
  g_mutex_lock (&server->mutex);
  for (GList *l = server->connections; l != NULL; l = l->next)
    sim_connection_stop (l->data, FALSE);
  sim_stats_stop (server->stats);
  while (server->connections != NULL)
    g_cond_wait (&server->none_left, &server->mutex);
  g_mutex_unlock (&server->mutex);
}

/* Safe in a signal handler. */
void
sim_server_stop (SimServer *server)
{
  g_atomic_int_set (&server->stopping, 1);
  sim_server_poke (server);
}

/* Makes the accepting loop look again. */
void
sim_server_poke (SimServer *server)
{
  guint64 one = 1;
  int saved = errno;

  if (write (server->wake_fd, &one, sizeof one) < 0)
    errno = saved;
}

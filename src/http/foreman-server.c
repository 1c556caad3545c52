/* SPDX-License-Identifier: MIT */
#include "http/foreman-server.h"

#include "http/foreman-exchange.h"
#include "http/foreman-forward.h"
#include "http/foreman-guard.h"
#include "http/foreman-request-log.h"
#include "http/foreman-router.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So many connections at once are a crowd. Once three quarters of it have left, what it took is
 * given back to the system, this much later: what they asked for still has to be taken apart. */
#define CROWD      256
#define TRIM_DELAY (2 * G_USEC_PER_SEC)

/**
 * ForemanServer:
 *
 * Turns accepted sockets into connections, and each of their requests into an exchange that a route
 * answers.
 */
struct _ForemanServer
{
  GObject parent_instance;

  ForemanHttpContext *context; /* (unowned): the daemon's */
  ForemanReactor *reactor;     /* (owned) */
  ForemanListener *listener;   /* (owned) */
  GQueue clients;              /* (element-type Client) (owned) */
  guint most_clients;          /* at once, since memory was last given back */
  ForemanDeadline trim;
};

/* One connection, and the request on it. */
typedef struct
{
  ForemanServer *server;         /* (unowned): owns this */
  ForemanConnection *connection; /* (owned) */
  ForemanExchange *exchange;     /* (owned) (nullable): the request under way */
  GList link;
} Client;

enum
{
  SIGNAL_QUIET,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanServer, foreman_server, G_TYPE_OBJECT)

static void
client_free (Client *client)
{
  g_signal_handlers_disconnect_by_data (client->connection, client);
  if (client->exchange)
    g_signal_handlers_disconnect_by_data (client->exchange, client);
  g_clear_object (&client->exchange);
  g_clear_object (&client->connection);
  g_free (client);
}

static void
on_exchange_finished (ForemanExchange *exchange, Client *client)
{
  ForemanServer *self = client->server;

  foreman_request_log (exchange);
  foreman_http_metrics_count (self->context->metrics, foreman_exchange_get_record (exchange));
  g_signal_handlers_disconnect_by_data (exchange, client);
  g_clear_object (&client->exchange);
}

static ForemanExchange *
begin_exchange (Client *client, ForemanHead *head)
{
  ForemanServer *self = client->server;

  client->exchange = foreman_exchange_new (self->context, client->connection, head);
  g_signal_connect (client->exchange, "finished", G_CALLBACK (on_exchange_finished), client);
  return g_object_ref (client->exchange);
}

static void
on_request (ForemanConnection *connection, ForemanHead *head, Client *client)
{
  g_autoptr (ForemanExchange) exchange = begin_exchange (client, head);

  if (foreman_guard_admit (exchange))
    foreman_exchange_get_record (exchange)->route->handle (exchange);
}

/* Of a head that could not be read nothing is known, not even what the client would understand. */
static void
on_rejected (ForemanConnection *connection, GError *error, Client *client)
{
  g_autoptr (ForemanExchange) exchange = begin_exchange (client, NULL);
  guint status = g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE) ? 431 : 400;

  foreman_exchange_answer_error (exchange, status, error->code, error->message, NULL);
}

/* An answer that is whole may still be on its way: only a connection's end says that it was sent.
 */
static void
tell_when_quiet (ForemanServer *self)
{
  if (self->context->draining && self->clients.length == 0)
    g_signal_emit (self, signals[SIGNAL_QUIET], 0);
}

static void
on_trim (gpointer data)
{
  ForemanServer *self = data;

  malloc_trim (0);
  self->most_clients = self->clients.length;
}

static void
on_closed (ForemanConnection *connection, Client *client)
{
  ForemanServer *self = client->server;

  g_queue_unlink (&self->clients, &client->link);
  self->context->connections--;
  client_free (client);
  if (self->most_clients >= CROWD && self->clients.length < self->most_clients / 4)
    foreman_deadline_set (&self->trim, g_get_monotonic_time () + TRIM_DELAY);
  tell_when_quiet (self);
}

static Client *
longest_idle (ForemanServer *self)
{
  Client *found = NULL;

  for (GList *l = self->clients.head; l; l = l->next)
    {
      Client *client = l->data;

      if (foreman_connection_is_idle (client->connection) &&
          (!found || foreman_connection_get_idle_since (client->connection) <
                         foreman_connection_get_idle_since (found->connection)))
        found = client;
    }
  return found;
}

/* Takes the socket. What has arrived is read away first: closing with it unread would reset what we
 * say. */
static void
turn_away (int fd)
{
  static const char body[] =
      "{\"error\":\"too many connections; raise FOREMAN_MAX_CONNECTIONS if needed\"}";
  g_autofree char *answer = g_strdup_printf (
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\n"
      "Retry-After: 5\r\nx-should-retry: false\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n"
      "Connection: close\r\n\r\n%s",
      strlen (body), body);
  char request[4096];

  if (recv (fd, request, sizeof request, MSG_DONTWAIT) >= 0 || errno == EAGAIN)
    send (fd, answer, strlen (answer), MSG_DONTWAIT | MSG_NOSIGNAL);
  close (fd);
}

/* A full house makes room by ending a connection that nothing happens on. */
static gboolean
make_room (ForemanServer *self)
{
  guint limit = foreman_config_get_int (self->context->config, FOREMAN_CONFIG_MAX_CONNECTIONS);
  Client *idle;

  if (self->context->connections < limit)
    return TRUE;
  idle = longest_idle (self);
  if (!idle)
    return FALSE;
  foreman_connection_close_when_idle (idle->connection);
  return TRUE;
}

static void
on_accepted (ForemanListener *listener, int fd, GSocketAddress *peer, ForemanServer *self)
{
  ForemanConfig *config = self->context->config;
  ForemanConnectionLimits limits = {
    .head_timeout = foreman_config_get_duration (config, FOREMAN_CONFIG_HEADER_TIMEOUT),
    .idle_timeout = foreman_config_get_duration (config, FOREMAN_CONFIG_CLIENT_IDLE_TIMEOUT),
    .body_timeout = foreman_config_get_duration (config, FOREMAN_CONFIG_BODY_TIMEOUT),
  };
  ForemanConnection *connection;
  Client *client;

  if (!make_room (self))
    {
      turn_away (fd);
      return;
    }
  connection = foreman_connection_new (self->reactor, fd, peer, &limits);
  client = g_new0 (Client, 1);
  client->server = self;
  client->connection = connection;
  client->link.data = client;
  g_queue_push_tail_link (&self->clients, &client->link);
  self->most_clients = MAX (self->most_clients, self->clients.length);
  self->context->connections++;
  g_signal_connect (connection, "request", G_CALLBACK (on_request), client);
  g_signal_connect (connection, "rejected", G_CALLBACK (on_rejected), client);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), client);
  foreman_connection_start (connection);
}

static void
foreman_server_dispose (GObject *object)
{
  ForemanServer *self = FOREMAN_SERVER (object);
  GList *link;

  foreman_deadline_clear (&self->trim);
  if (self->listener)
    g_signal_handlers_disconnect_by_data (self->listener, self);
  while ((link = g_queue_pop_head_link (&self->clients)))
    {
      Client *client = link->data;

      g_signal_handlers_disconnect_by_data (client->connection, client);
      foreman_connection_abort (client->connection);
      client_free (client);
    }
  g_clear_object (&self->listener);
  g_clear_object (&self->reactor);
  G_OBJECT_CLASS (foreman_server_parent_class)->dispose (object);
}

static void
foreman_server_class_init (ForemanServerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_server_dispose;

  /**
   * ForemanServer::quiet:
   *
   * While draining: the last client has its answer and is gone.
   */
  signals[SIGNAL_QUIET] = g_signal_new ("quiet", FOREMAN_TYPE_SERVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_server_init (ForemanServer *self)
{
  g_queue_init (&self->clients);
}

/**
 * foreman_server_new:
 * @context: (transfer none): what routes work with; outlives the server
 * @reactor: where connections are watched
 * @listener: where clients come from
 *
 * Makes a server; it accepts nobody before foreman_server_start(). Main thread, as is everything
 * here.
 *
 * Returns: (transfer full): a new server
 */
ForemanServer *
foreman_server_new (ForemanHttpContext *context, ForemanReactor *reactor, ForemanListener *listener)
{
  ForemanServer *self = g_object_new (FOREMAN_TYPE_SERVER, NULL);

  self->context = context;
  self->reactor = g_object_ref (reactor);
  foreman_deadline_init (&self->trim, reactor, on_trim, self);
  self->listener = g_object_ref (listener);
  g_signal_connect (listener, "accepted", G_CALLBACK (on_accepted), self);
  return self;
}

/**
 * foreman_server_start:
 * @self: a server
 *
 * Begins to accept clients.
 */
void
foreman_server_start (ForemanServer *self)
{
  foreman_listener_start (self->listener);
}

/**
 * foreman_server_drain:
 * @self: a server
 *
 * Accepts nobody any more, refuses what waits, and lets running requests finish; `quiet` follows,
 * at once when there is no client.
 */
void
foreman_server_drain (ForemanServer *self)
{
  GList *next;

  self->context->draining = TRUE;
  foreman_listener_stop (self->listener);
  foreman_gate_drain (self->context->gate);
  if (self->context->job_watch)
    foreman_job_watch_stop (self->context->job_watch);
  for (GList *l = self->clients.head; l; l = next)
    {
      next = l->next;
      foreman_connection_close_when_idle (((Client *) l->data)->connection);
    }
  tell_when_quiet (self);
}

/**
 * foreman_server_cut:
 * @self: a server
 *
 * Ends what still runs: every client is told, in its answer where that has begun. That still has to
 * be sent before `quiet`, and a client may be slow to take it.
 */
void
foreman_server_cut (ForemanServer *self)
{
  g_autoptr (GPtrArray) running = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_DRAINING,
                                                  "foreman is shutting down; try again later");

  for (GList *l = self->clients.head; l; l = l->next)
    {
      Client *client = l->data;

      if (client->exchange)
        g_ptr_array_add (running, g_object_ref (client->exchange));
    }
  for (guint i = 0; i < running->len; i++)
    foreman_exchange_cut (running->pdata[i], error);
}

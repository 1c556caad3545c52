/* SPDX-License-Identifier: MIT */
/* The load generator: `bench-client --help`. Prints one JSON object. */
#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client-connection.h"

static char *option_address = NULL;
static char *option_method = NULL;
static char *option_target = NULL;
static char *option_body = NULL;
static char **option_headers = NULL;
static int option_connections = 1;
static gint64 option_requests = 0;
static double option_seconds = 0;
static gboolean option_hold = FALSE;
static char *option_line = NULL;

static const GOptionEntry entries[] = {
  { "address", 0, 0, G_OPTION_ARG_STRING, &option_address, "Where to connect to",
    "127.0.0.1:PORT" },
  { "method", 0, 0, G_OPTION_ARG_STRING, &option_method, "GET, or POST where there is a body",
    "NAME" },
  { "target", 0, 0, G_OPTION_ARG_STRING, &option_target, "Request target", "/PATH" },
  { "body", 0, 0, G_OPTION_ARG_FILENAME, &option_body, "File with the body of every request",
    "FILE" },
  { "header", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_headers, "A header line", "NAME: VALUE" },
  { "connections", 0, 0, G_OPTION_ARG_INT, &option_connections, "How many at once", "N" },
  { "requests", 0, 0, G_OPTION_ARG_INT64, &option_requests, "End after so many answers", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &option_seconds, "End after this time, answers cut short",
    "S" },
  { "line", 0, 0, G_OPTION_ARG_STRING, &option_line,
    "Not HTTP: the body is all of a request, its answer a line that begins so", "TEXT" },
  { "hold", 0, 0, G_OPTION_ARG_NONE, &option_hold,
    "Send one request a connection, print a line, wait for a line on stdin, hang up", NULL },
  { NULL },
};

typedef struct
{
  GString *request; /* (owned) */
  struct sockaddr_storage address;
  socklen_t address_length;
  int epoll;
  ClientConnection *connections; /* (owned) (array) */
  ClientCounts counts;
  gint64 asked; /* requests sent */
} Load;

static GString *
build_request (GError **error)
{
  g_autofree char *body = NULL;
  gsize length = 0;
  GString *request;

  if (option_body && !g_file_get_contents (option_body, &body, &length, error))
    return NULL;
  request = g_string_new (NULL);
  if (option_line)
    return g_string_append_len (request, body, (gssize) length);
  g_string_append_printf (request, "%s %s HTTP/1.1\r\nHost: %s\r\n",
                          option_method ? option_method
                          : body        ? "POST"
                                        : "GET",
                          option_target ? option_target : "/", option_address);
  for (char **header = option_headers; header && *header; header++)
    g_string_append_printf (request, "%s\r\n", *header);
  if (body)
    g_string_append_printf (request, "Content-Length: %" G_GSIZE_FORMAT "\r\n", length);
  g_string_append (request, "\r\n");
  g_string_append_len (request, body, (gssize) length);
  return request;
}

static gboolean
resolve (Load *load, GError **error)
{
  g_autoptr (GSocketConnectable) connectable = g_network_address_parse (option_address, 80, error);
  g_autoptr (GSocketAddressEnumerator) enumerator = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  if (!connectable)
    return FALSE;
  enumerator = g_socket_connectable_enumerate (connectable);
  address = g_socket_address_enumerator_next (enumerator, NULL, error);
  if (!address)
    return FALSE;
  load->address_length = (socklen_t) g_socket_address_get_native_size (address);
  return g_socket_address_to_native (address, &load->address, sizeof load->address, error);
}

static gboolean
open_and_send (Load *load, ClientConnection *connection)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = connection };

  if (!client_connection_open (connection, (struct sockaddr *) &load->address, load->address_length,
                               option_line) ||
      epoll_ctl (load->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0)
    {
      load->counts.errors++;
      return FALSE;
    }
  load->asked++;
  return client_connection_send (connection, load->request->str, load->request->len);
}

static gboolean
may_ask (Load *load)
{
  return option_requests == 0 || load->asked < option_requests;
}

static void
on_readable (Load *load, ClientConnection *connection)
{
  ClientProgress progress = client_connection_read (connection, &load->counts);

  if (progress == CLIENT_WAITING || !may_ask (load))
    return;
  if (progress == CLIENT_CLOSED)
    {
      open_and_send (load, connection);
      return;
    }
  load->asked++;
  if (!client_connection_send (connection, load->request->str, load->request->len))
    {
      load->counts.errors++;
      client_connection_close (connection);
    }
}

static gboolean
is_over (Load *load, gint64 deadline)
{
  if (deadline && g_get_monotonic_time () >= deadline)
    return TRUE;
  return option_requests > 0 &&
         load->counts.answers + load->counts.errors >= (guint64) option_requests;
}

static void
generate (Load *load)
{
  gint64 deadline =
      option_seconds > 0 ? g_get_monotonic_time () + (gint64) (option_seconds * G_USEC_PER_SEC) : 0;
  struct epoll_event events[256];

  while (!is_over (load, deadline))
    {
      int ready = epoll_wait (load->epoll, events, G_N_ELEMENTS (events), deadline ? 10 : 1000);

      for (int i = 0; i < ready; i++)
        on_readable (load, events[i].data.ptr);
    }
}

/* Says so when all requests are out; hangs up all at once when told to by a line or the end of
 * stdin. */
static void
hold (Load *load)
{
  char line[64];
  gint64 began;

  printf ("{\"waiting\":%" G_GINT64_FORMAT ",\"errors\":%" G_GUINT64_FORMAT "}\n", load->asked,
          load->counts.errors);
  fflush (stdout);
  if (!fgets (line, sizeof line, stdin) && ferror (stdin))
    return;
  began = g_get_monotonic_time ();
  for (int i = 0; i < option_connections; i++)
    client_connection_close (&load->connections[i]);
  printf ("{\"began_us\":%" G_GINT64_FORMAT ",\"took_us\":%" G_GINT64_FORMAT "}\n", began,
          g_get_monotonic_time () - began);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
print_latency (const char *name, GArray *samples)
{
  static const double quantiles[] = { 0.5, 0.9, 0.99, 0.999, 1 };

  g_array_sort (samples, compare);
  printf (",\"%s_us\":{", name);
  for (guint i = 0; i < G_N_ELEMENTS (quantiles) && samples->len > 0; i++)
    {
      guint at = MIN ((guint) (quantiles[i] * samples->len), samples->len - 1);

      printf ("%s\"p%g\":%" G_GINT64_FORMAT, i ? "," : "", quantiles[i] * 100,
              g_array_index (samples, gint64, at));
    }
  printf ("}");
}

static void
report (ClientCounts *counts, gint64 elapsed)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  printf ("{\"answers\":%" G_GUINT64_FORMAT ",\"refused\":%" G_GUINT64_FORMAT
          ",\"first_refusal\":%d"
          ",\"errors\":%" G_GUINT64_FORMAT ",\"bytes\":%" G_GUINT64_FORMAT
          ",\"lines\":%" G_GUINT64_FORMAT ",\"seconds\":%.6f",
          counts->answers, counts->refused, counts->first_refusal, counts->errors, counts->bytes,
          counts->lines, elapsed / 1e6);
  printf (",\"cpu_seconds\":%.6f",
          (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
              (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
  print_latency ("first_byte", counts->first_byte);
  print_latency ("whole", counts->whole);
  printf ("}\n");
}

static void
raise_fd_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static gboolean
parse_options (int *argc, char ***argv, Load *load, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- sends one request again and again");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (!option_address || option_connections < 1 ||
      (!option_hold && option_requests <= 0 && option_seconds <= 0))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "needs --address and one of --requests, --seconds, --hold");
      return FALSE;
    }
  return resolve (load, error) && (load->request = build_request (error));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Load load = { 0 };
  gint64 began;

  if (!parse_options (&argc, &argv, &load, &error))
    {
      fprintf (stderr, "bench-client: %s\n", error->message);
      return 2;
    }
  raise_fd_limit ();
  load.counts.first_byte = g_array_new (FALSE, FALSE, sizeof (gint64));
  load.counts.whole = g_array_new (FALSE, FALSE, sizeof (gint64));
  load.connections = g_new0 (ClientConnection, option_connections);
  load.epoll = epoll_create1 (EPOLL_CLOEXEC);
  began = g_get_monotonic_time ();
  for (int i = 0; i < option_connections && may_ask (&load); i++)
    open_and_send (&load, &load.connections[i]);
  if (option_hold)
    hold (&load);
  else
    {
      generate (&load);
      report (&load.counts, g_get_monotonic_time () - began);
    }
  g_array_unref (load.counts.first_byte);
  g_array_unref (load.counts.whole);
  g_string_free (load.request, TRUE);
  g_free (load.connections);
  close (load.epoll);
  return load.counts.errors > 0;
}

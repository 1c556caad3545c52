/* SPDX-License-Identifier: MIT */
#include <gio/gio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "sim-server.h"

static SimServer *running; /* for the signal handler */

static struct
{
  char *listen;
  char *port_file;
  gboolean print_port;
  char *config;
  char *profile;
  double scale;
} options;

static const GOptionEntry entries[] = {
  { "listen", 0, 0, G_OPTION_ARG_STRING, &options.listen, "Where to listen (127.0.0.1:0)",
    "HOST:PORT" },
  { "port-file", 0, 0, G_OPTION_ARG_FILENAME, &options.port_file,
    "Write the port here once listening", "FILE" },
  { "print-port", 0, 0, G_OPTION_ARG_NONE, &options.print_port, "Print the port once listening",
    NULL },
  { "config", 0, 0, G_OPTION_ARG_FILENAME, &options.config, "Models and machine, as JSON", "FILE" },
  { "profile", 0, 0, G_OPTION_ARG_STRING, &options.profile,
    "Built-in configuration: default, transcripts (default, unless --config)", "NAME" },
  { "scale", 0, 0, G_OPTION_ARG_DOUBLE, &options.scale, "Divide all simulated times", "N" },
  { NULL },
};

static void
on_signal (int number)
{
  sim_server_stop (running);
}

static void
handle_signals (void)
{
  struct sigaction action = { .sa_handler = on_signal };

  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  signal (SIGPIPE, SIG_IGN);
}

static void
raise_limits (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

/* A ready-made configuration, in the form --config takes. */
static gboolean
load_profile (SimConfig *config, SimStore *store, const char *name, char **error)
{
  g_autofree char *path = g_strdup_printf ("/ollama-simulator/profiles/%s.json", name);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  if (bytes == NULL)
    {
      *error = g_strdup_printf ("there is no profile \"%s\"", name);
      return FALSE;
    }
  return sim_config_load (config, store, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                          error);
}

static gboolean
configure (SimConfig *config, SimStore *store, char **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) problem = NULL;
  gsize length = 0;

  if ((options.profile != NULL || options.config == NULL) &&
      !load_profile (config, store, options.profile != NULL ? options.profile : "default", error))
    return FALSE;
  if (options.config != NULL)
    {
      if (!g_file_get_contents (options.config, &text, &length, &problem))
        {
          *error = g_strdup (problem->message);
          return FALSE;
        }
      if (!sim_config_load (config, store, text, length, error))
        return FALSE;
    }
  if (options.scale > 0)
    config->scale = options.scale;
  return TRUE;
}

static gboolean
announce (const SimServer *server, char **error)
{
  g_autofree char *line = g_strdup_printf ("%u\n", server->port);
  g_autoptr (GError) problem = NULL;

  if (options.port_file != NULL && !g_file_set_contents (options.port_file, line, -1, &problem))
    {
      *error = g_strdup (problem->message);
      return FALSE;
    }
  if (options.print_port)
    {
      g_print ("%s", line);
      fflush (stdout);
    }
  return TRUE;
}

static int
run (void)
{
  SimConfig *config = sim_config_new ();
  SimStore *store = sim_store_new ();
  g_autofree char *error = NULL;
  gboolean good = configure (config, store, &error);

  running = sim_server_new (config, store);
  good = good &&
         sim_server_listen (running, options.listen != NULL ? options.listen : "127.0.0.1:0",
                            &error) &&
         announce (running, &error);
  if (good)
    {
      handle_signals ();
      sim_server_run (running);
    }
  else
    g_printerr ("ollama-simulator: %s\n", error);
  sim_server_free (running);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  int status;

  setlocale (LC_ALL, "C.UTF-8");
  g_option_context_set_summary (context, "An Ollama double for tests and benchmarks.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("ollama-simulator: %s\n", error->message);
      return 2;
    }
  raise_limits ();
  status = run ();
  g_free (options.listen);
  g_free (options.port_file);
  g_free (options.config);
  g_free (options.profile);
  return status;
}

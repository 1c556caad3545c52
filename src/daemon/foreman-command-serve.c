/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-command-options.h"
#include "daemon/foreman-daemon.h"
#include "daemon/foreman-systemd.h"
#include "engine/foreman-log.h"
#include "libforeman/foreman-error.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  ForemanConfigSources sources; /* members (unowned) */
  ForemanConfig *config;        /* (owned) (nullable) */
  ForemanDaemon *daemon;        /* (owned) (nullable) */
  GMainLoop *loop;              /* (owned) */
  gboolean stopping;
} Service;

static void
service_clear (Service *service)
{
  g_clear_object (&service->daemon);
  g_clear_object (&service->config);
  g_clear_pointer (&service->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Service, service_clear)

static gboolean
on_stop_signal (gpointer user_data)
{
  Service *service = user_data;

  if (service->stopping)
    {
      g_message ("stopping at once, on a second signal");
      foreman_daemon_hurry (service->daemon);
      return G_SOURCE_CONTINUE;
    }
  service->stopping = TRUE;
  g_message ("stopping; running requests may finish (FOREMAN_DRAIN_TIMEOUT)");
  foreman_daemon_stop (service->daemon);
  return G_SOURCE_CONTINUE;
}

static void
log_changes (GArray *changed)
{
  for (guint i = 0; i < changed->len; i++)
    {
      const ForemanConfigKeyInfo *info =
          foreman_config_key_get_info (g_array_index (changed, ForemanConfigKey, i));

      g_message ("setting %s has changed%s", info->name,
                 info->reloadable ? "" : "; it takes effect at the next start");
    }
}

static gboolean
on_reload_signal (gpointer user_data)
{
  Service *service = user_data;
  g_autoptr (GArray) changed = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanConfig) config =
      foreman_config_reload (service->config, &service->sources, &changed, &error);

  foreman_systemd_notify ("RELOADING=1");
  if (config && foreman_daemon_apply (service->daemon, config, &error))
    {
      g_message ("settings reloaded");
      log_changes (changed);
      g_set_object (&service->config, config);
    }
  else
    g_warning ("settings stay as they were: %s", error->message);
  foreman_systemd_notify ("READY=1");
  return G_SOURCE_CONTINUE;
}

static gboolean
tell_port (ForemanDaemon *daemon, const char *port_file, gboolean print, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%u\n", foreman_daemon_get_port (daemon));

  if (print)
    {
      fputs (text, stdout);
      fflush (stdout);
    }
  /* Written aside and renamed, so that who waits for the file never reads half of it. */
  return !port_file || g_file_set_contents (port_file, text, -1, error);
}

/* As a URL, with the port that was found where any would do. */
static void
append_address (GString *text, const char *address, guint16 port)
{
  gboolean is_any_port = g_str_has_suffix (address, ":0");

  if (text->len > 0)
    g_string_append (text, ", ");
  if (g_str_has_prefix (address, "unix:"))
    {
      g_string_append (text, address);
      return;
    }
  g_string_append_printf (text, "http://%s%.*s", *address == ':' ? "*" : "",
                          (int) strlen (address) - is_any_port, address);
  if (is_any_port)
    g_string_append_printf (text, "%u", port);
}

/* No secrets are in there: an address has none, and the URL may not have one. */
static void
log_start (Service *service, gboolean has_sockets)
{
  const char *const *addresses = foreman_config_get_list (service->config, FOREMAN_CONFIG_ADDR);
  g_autoptr (GString) text = g_string_new (has_sockets ? "the sockets of systemd" : NULL);

  for (guint i = 0; !has_sockets && addresses[i]; i++)
    append_address (text, addresses[i], foreman_daemon_get_port (service->daemon));
  g_message ("serving %s for Ollama at %s", text->str,
             foreman_config_get_string (service->config, FOREMAN_CONFIG_OLLAMA_URL));
}

static gboolean
start (Service *service, GError **error)
{
  g_autoptr (GArray) sockets = NULL;

  service->config = foreman_config_load (&service->sources, error);
  if (!service->config)
    return FALSE;
  foreman_log_install (service->config);
  for (const char *const *warning = foreman_config_get_warnings (service->config); *warning;
       warning++)
    g_warning ("%s", *warning);
  sockets = foreman_systemd_take_sockets (error);
  if (!sockets)
    return FALSE;
  service->daemon = foreman_daemon_new (service->config);
  if (!foreman_daemon_start (service->daemon, sockets, error))
    return FALSE;
  log_start (service, sockets->len > 0);
  return TRUE;
}

/* Before anybody is told that the service is there: who was told may signal at once. */
static void
watch_signals (Service *service)
{
  signal (SIGPIPE, SIG_IGN);
  g_unix_signal_add (SIGTERM, on_stop_signal, service);
  g_unix_signal_add (SIGINT, on_stop_signal, service);
  g_unix_signal_add (SIGHUP, on_reload_signal, service);
}

/**
 * foreman_command_serve:
 * @argc: how many arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman serve`: runs until it is told to stop.
 *
 * Returns: the exit code: 0, 1 on a failure, 2 on wrong usage, 78 on a wrong setting
 */
int
foreman_command_serve (int argc, char **argv)
{
  g_auto (ForemanCommandOptions) options = { NULL };
  g_autofree char *port_file = NULL;
  gboolean print_ports = FALSE;
  const GOptionEntry entries[] = {
    { "port-file", 0, 0, G_OPTION_ARG_FILENAME, &port_file,
      "Write the TCP port to FILE once it is open", "FILE" },
    { "print-ports", 0, 0, G_OPTION_ARG_NONE, &print_ports, "Print the TCP port once it is open",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (Service) service = { 0 };
  g_autoptr (GError) error = NULL;

  if (!foreman_command_options_parse (&options, entries, NULL,
                                      "Stands in front of Ollama until it is told to stop.", &argc,
                                      &argv))
    return FOREMAN_EXIT_USAGE;
  if (argc > 1)
    return foreman_command_usage_error (argv[0], "\"%s\" is too much: it takes options only",
                                        argv[1]);
  service.sources = foreman_command_options_get_sources (&options);
  service.loop = g_main_loop_new (NULL, FALSE);
  watch_signals (&service);
  if (!start (&service, &error) || !tell_port (service.daemon, port_file, print_ports, &error))
    {
      g_printerr ("foreman: %s\n", error->message);
      return g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG)
                 ? FOREMAN_EXIT_CONFIG
                 : FOREMAN_EXIT_FAILED;
    }
  g_signal_connect_swapped (service.daemon, "stopped", G_CALLBACK (g_main_loop_quit), service.loop);
  g_main_loop_run (service.loop);
  return FOREMAN_EXIT_OK;
}

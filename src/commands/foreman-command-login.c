/* SPDX-License-Identifier: MIT */
#include "commands/foreman-await.h"
#include "commands/foreman-client-commands.h"
#include "commands/foreman-client-options.h"
#include "commands/foreman-interrupt.h"
#include "commands/foreman-line-input.h"
#include "commands/foreman-login.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-terminal.h"
#include "libforeman/foreman-error.h"

#include <gio/gunixinputstream.h>
#include <termios.h>
#include <unistd.h>

#define TOKEN_MAX 4096

static const char summary[] =
    "Saves where foreman is and the token for it, for all other commands of this user. The token "
    "is\n"
    "asked for, or read from stdin; an empty one means that none is needed.";

/* Returns: (transfer full) (nullable): a line of stdin; %NULL if Ctrl-C came instead */
static char *
read_line (ForemanInterrupt *interrupt)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (ForemanLineInput) lines =
      foreman_line_input_new (input, TOKEN_MAX, foreman_interrupt_get_cancellable (interrupt));
  const char *line;
  gsize length;

  if (foreman_line_input_next (lines, FOREMAN_AWAIT_FOREVER, &line, &length, NULL))
    return g_strstrip (g_strndup (line, length));
  return foreman_interrupt_get_exit (interrupt) == FOREMAN_EXIT_OK ? g_strdup ("") : NULL;
}

/* What is typed does not show; whatever happens, what comes after does. */
static char *
read_token (ForemanInterrupt *interrupt)
{
  struct termios shown, hidden;
  char *token;

  if (!foreman_terminal_is (STDIN_FILENO) || tcgetattr (STDIN_FILENO, &shown) != 0)
    return read_line (interrupt);
  hidden = shown;
  hidden.c_lflag &= ~(tcflag_t) ECHO;
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
  g_printerr ("Token (nothing, if none is needed): ");
  token = read_line (interrupt);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &shown);
  g_printerr ("\n");
  return token;
}

/* Whether there is a foreman, and it knows the token. */
static gboolean
try (ForemanClient *client, const char **warning, GError **error)
{
  g_autoptr (JsonNode) health = foreman_client_get_json (client, "/healthz", error);
  g_autoptr (JsonNode) jobs = NULL;

  if (health == NULL)
    return FALSE;
  if (foreman_reply_json_get_string (json_node_get_object (health), "status") == NULL)
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED,
                           "what answers there is no foreman");
      return FALSE;
    }
  jobs = foreman_client_get_json (client, "/jobs?limit=1", error);
  if (jobs == NULL && g_error_matches (*error, FOREMAN_ERROR, FOREMAN_ERROR_FORBIDDEN))
    *warning = "the token is right, but does not allow jobs; it lacks the scope jobs";
  else if (jobs == NULL && g_error_matches (*error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE))
    *warning = "jobs are not available there now";
  else
    return jobs != NULL;
  g_clear_error (error);
  return TRUE;
}

static int
login (const char *url)
{
  g_auto (ForemanLogin) login = { NULL };
  g_autoptr (ForemanInterrupt) interrupt = foreman_interrupt_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanClient) client = NULL;
  g_autofree char *file = foreman_login_get_file ();
  const char *warning = NULL;

  login.url = g_strdup (url);
  login.token = read_token (interrupt);
  if (login.token == NULL)
    return foreman_interrupt_get_exit (interrupt);
  g_clear_pointer (&interrupt, foreman_interrupt_free); /* the client has its own */
  if (*login.token == '\0')
    g_clear_pointer (&login.token, g_free);
  client = foreman_client_new (login.url, login.token, &error);
  if (client == NULL || !try (client, &warning, &error) || !foreman_login_save (&login, &error))
    return foreman_client_fail (client, error);
  if (warning != NULL)
    g_printerr ("foreman: %s\n", warning);
  g_printerr ("Saved in %s.\n", file);
  return FOREMAN_EXIT_OK;
}

/**
 * foreman_command_login:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman login URL`.
 *
 * Returns: the exit code
 */
int
foreman_command_login (int argc, char **argv)
{
  g_auto (ForemanClientOptions) options = { 0 };

  if (!foreman_client_options_parse (&options,
                                     foreman_client_options_new_context (&options, NULL, "URL",
                                                                         summary),
                                     &argc, &argv))
    return FOREMAN_EXIT_USAGE;
  if (argc != 2)
    return foreman_command_usage_error (
        argv[0], "say where foreman is, as in foreman login http://box:8080");
  return login (argv[1]);
}

/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client-commands.h"
#include "commands/foreman-client-options.h"
#include "commands/foreman-human.h"
#include "commands/foreman-json-text.h"
#include "commands/foreman-pause-view.h"

#include <stdio.h>
#include <string.h>

static const char pause_summary[] = "Begins no more jobs, until the time is over or \"foreman "
                                    "resume\". What runs, runs to its end.\n"
                                    "It holds across restarts of foreman.";

static const char resume_summary[] = "Ends a pause.";

typedef struct
{
  ForemanClientOptions common;
  gboolean all;
  gboolean unload;
  gboolean now;
  char *duration; /* (owned) (nullable) */
  char *until;    /* (owned) (nullable) */
} PauseOptions;

static void
pause_options_clear (PauseOptions *options)
{
  foreman_client_options_clear (&options->common);
  g_free (options->duration);
  g_free (options->until);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PauseOptions, pause_options_clear)

static char *
make_body (const PauseOptions *options)
{
  GString *json = g_string_new ("{");

  foreman_json_text_append_member (json, "scope", options->all ? "all" : "jobs");
  foreman_json_text_append_member (json, "for", options->duration);
  if (options->until != NULL)
    {
      g_autoptr (GDateTime) now = g_date_time_new_now_local ();
      g_autofree char *until = foreman_human_read_time (options->until, now);

      foreman_json_text_append_member (json, "until", until);
    }
  if (options->now)
    g_string_append (json, ",\"now\":true");
  if (options->unload)
    g_string_append (json, ",\"unload\":true");
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

static int
post (const char *path, const char *body, gboolean json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanClient) client = foreman_client_new_from_login (&error);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  const ForemanCall call = {
    .method = "POST", .path = path, .content_type = "application/json", .body = bytes
  };
  g_autoptr (JsonNode) reply =
      client != NULL ? foreman_client_call_json (client, &call, &error) : NULL;
  g_autofree char *text = NULL;

  if (reply == NULL)
    return foreman_client_fail (client, error);
  if (json)
    {
      foreman_print_json (json_node_get_object (reply));
      return FOREMAN_EXIT_OK;
    }
  text = foreman_pause_view_describe (json_node_get_object (reply), g_get_real_time ());
  puts (text);
  return FOREMAN_EXIT_OK;
}

/**
 * foreman_command_pause:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman pause`.
 *
 * Returns: the exit code
 */
int
foreman_command_pause (int argc, char **argv)
{
  g_auto (PauseOptions) options = { 0 };
  g_autofree char *body = NULL;
  const GOptionEntry entries[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &options.all, "Hold chats off, too", NULL },
    { "now", 0, 0, G_OPTION_ARG_NONE, &options.now, "Put jobs that run back into the queue", NULL },
    { "unload", 0, 0, G_OPTION_ARG_NONE, &options.unload, "Unload all models", NULL },
    { "for", 0, 0, G_OPTION_ARG_STRING, &options.duration, "For so long: 3h", "TIME" },
    { "until", 0, 0, G_OPTION_ARG_STRING, &options.until, "Until then: 07:00, 2026-12-24T06:00:00Z",
      "WHEN" },
    G_OPTION_ENTRY_NULL,
  };

  if (!foreman_client_options_parse (&options.common,
                                     foreman_client_options_new_context (&options.common, entries,
                                                                         NULL, pause_summary),
                                     &argc, &argv))
    return FOREMAN_EXIT_USAGE;
  if (argc > 1)
    return foreman_command_usage_error (argv[0], "\"%s\" is too much", argv[1]);
  if (options.duration != NULL && options.until != NULL)
    return foreman_command_usage_error (argv[0], "--for and --until exclude each other");
  body = make_body (&options);
  return post ("/pause", body, options.common.json);
}

/**
 * foreman_command_resume:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman resume`.
 *
 * Returns: the exit code
 */
int
foreman_command_resume (int argc, char **argv)
{
  g_auto (ForemanClientOptions) options = { 0 };

  if (!foreman_client_options_parse (&options,
                                     foreman_client_options_new_context (&options, NULL, NULL,
                                                                         resume_summary),
                                     &argc, &argv))
    return FOREMAN_EXIT_USAGE;
  if (argc > 1)
    return foreman_command_usage_error (argv[0], "\"%s\" is too much", argv[1]);
  return post ("/resume", "{}", options.json);
}

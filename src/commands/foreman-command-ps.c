/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client-commands.h"
#include "commands/foreman-client-options.h"
#include "commands/foreman-pause-view.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-status-view.h"
#include "libforeman/foreman-error.h"

#include <stdio.h>

static const char summary[] =
    "Shows the models that are loaded, as \"ollama ps\" does, then what runs and what waits, and\n"
    "whether Ollama is away or work is paused.";

typedef struct
{
  JsonNode *status; /* (owned) */
  JsonNode *models; /* (owned) (nullable): nobody knows them while Ollama is away */
  JsonNode *jobs;   /* (owned) (nullable): those that run, if they may be seen */
} Answers;

static void
answers_clear (Answers *answers)
{
  g_clear_pointer (&answers->status, json_node_unref);
  g_clear_pointer (&answers->models, json_node_unref);
  g_clear_pointer (&answers->jobs, json_node_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answers, answers_clear)

/* What a caller may not see, or nobody knows now, is left out; that foreman is gone is not. */
static gboolean
ask (ForemanClient *client, const char *path, JsonNode **node, GError **error)
{
  g_autoptr (GError) failure = NULL;

  *node = foreman_client_get_json (client, path, &failure);
  if (*node != NULL ||
      (failure->domain == FOREMAN_ERROR && failure->code != FOREMAN_ERROR_CONNECTION))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
ask_all (ForemanClient *client, Answers *answers, GError **error)
{
  answers->status = foreman_client_get_json (client, "/status", error);
  return answers->status != NULL && ask (client, "/api/ps", &answers->models, error) &&
         ask (client, "/jobs?state=loading,working&limit=100", &answers->jobs, error);
}

static JsonArray *
get_list (JsonNode *node, const char *name)
{
  return node != NULL ? foreman_reply_json_get_array (json_node_get_object (node), name) : NULL;
}

static void
print_json (Answers *answers)
{
  JsonObject *status = json_node_get_object (answers->status);
  JsonArray *models = get_list (answers->models, "models");
  JsonArray *jobs = get_list (answers->jobs, "jobs");

  if (models != NULL)
    json_object_set_array_member (status, "models", json_array_ref (models));
  if (jobs != NULL)
    json_object_set_array_member (status, "running_jobs", json_array_ref (jobs));
  foreman_print_json (status);
}

static void
print (const ForemanClientOptions *options, Answers *answers)
{
  JsonObject *status = json_node_get_object (answers->status);
  JsonObject *pause = foreman_reply_json_get_object (status, "pause");
  gint64 now = g_get_real_time ();

  foreman_status_view_print_models (options, get_list (answers->models, "models"), now);
  puts ("");
  foreman_status_view_print_work (options, foreman_reply_json_get_object (status, "gate"),
                                  get_list (answers->jobs, "jobs"), now);
  foreman_status_view_print_jobs (status);
  foreman_status_view_print_trouble (status, now);
  if (foreman_pause_view_is_paused (pause))
    {
      g_autofree char *text = foreman_pause_view_describe (pause, now);

      puts (text);
    }
}

/**
 * foreman_command_ps:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman ps`.
 *
 * Returns: the exit code
 */
int
foreman_command_ps (int argc, char **argv)
{
  g_auto (ForemanClientOptions) options = { 0 };
  g_auto (Answers) answers = { NULL };
  g_autoptr (ForemanClient) client = NULL;
  g_autoptr (GError) error = NULL;

  if (!foreman_client_options_parse (&options,
                                     foreman_client_options_new_context (&options, NULL, NULL,
                                                                         summary),
                                     &argc, &argv))
    return FOREMAN_EXIT_USAGE;
  if (argc > 1)
    return foreman_command_usage_error (argv[0], "\"%s\" is too much", argv[1]);
  client = foreman_client_new_from_login (&error);
  if (client == NULL || !ask_all (client, &answers, &error))
    return foreman_client_fail (client, error);
  if (options.json)
    print_json (&answers);
  else
    print (&options, &answers);
  return FOREMAN_EXIT_OK;
}

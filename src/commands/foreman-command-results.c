/* SPDX-License-Identifier: MIT */
#include "commands/foreman-answer-text.h"
#include "commands/foreman-await.h"
#include "commands/foreman-client-commands.h"
#include "commands/foreman-client-error.h"
#include "commands/foreman-client-options.h"
#include "commands/foreman-filter.h"
#include "commands/foreman-group.h"
#include "commands/foreman-human.h"
#include "commands/foreman-job-answer.h"
#include "commands/foreman-line-input.h"
#include "commands/foreman-progress.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-results-file.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-ulid.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MIN (G_USEC_PER_SEC / 2)
#define WAIT_MAX (10 * G_USEC_PER_SEC)

static const char description[] =
    "Prints what came of the jobs of a group, a line each as OpenAI's batches have it, in the "
    "order\n"
    "in which they were submitted, up to the first that is not over. With -o the same command "
    "again\n"
    "goes on where the file ends. Of a single job it prints the answer.";

typedef struct
{
  ForemanClientOptions common;
  ForemanClient *client; /* (owned) */
  char *output;          /* (owned) (nullable) */
  char *state;           /* (owned) (nullable) */
  gboolean text;
  const char *group;
  ForemanResultsFile *file;  /* (owned) (nullable) */
  ForemanProgress *progress; /* (owned) (nullable) */
  JsonNode *summary;         /* (owned) (nullable): of the group */
  char *last_id;             /* (owned) (nullable): what was collected up to */
  guint64 count;             /* of lines in this run */
  guint64 errors;            /* of those that are no answers */
} Results;

static void
results_clear (Results *self)
{
  foreman_client_options_clear (&self->common);
  foreman_results_file_free (self->file);
  foreman_progress_free (self->progress);
  g_clear_pointer (&self->summary, json_node_unref);
  g_free (self->output);
  g_free (self->state);
  g_free (self->last_id);
  foreman_client_free (self->client);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Results, results_clear)

static char *
get_text (JsonObject *line)
{
  JsonObject *response = foreman_reply_json_get_object (line, "response");
  JsonNode *body = response != NULL ? json_object_get_member (response, "body") : NULL;
  char *text = body != NULL ? foreman_answer_text_get (body) : NULL;

  if (text != NULL || body == NULL)
    return text;
  return JSON_NODE_HOLDS_VALUE (body) && json_node_get_string (body) != NULL
             ? g_strdup (json_node_get_string (body))
             : foreman_reply_json_to_line (body);
}

/* A job without an answer has a line too, so that lines can be counted off. */
static void
print_text (JsonObject *line)
{
  g_autofree char *text = get_text (line);

  foreman_job_answer_print_line (text != NULL ? text : "");
}

static gboolean
take_line (Results *self, const char *line, gsize length, GError **error)
{
  g_autoptr (JsonNode) root = foreman_reply_json_parse (line, length, error);
  const char *id;

  if (root == NULL)
    return FALSE;
  id = foreman_reply_json_get_string (json_node_get_object (root), "id");
  g_free (self->last_id);
  self->last_id = g_strdup (id);
  self->count++;
  self->errors += foreman_reply_json_get_object (json_node_get_object (root), "error") != NULL;
  if (self->file != NULL)
    return foreman_results_file_append (self->file, line, length, error);
  if (self->text)
    print_text (json_node_get_object (root));
  else
    {
      fwrite (line, 1, length, stdout);
      putchar ('\n');
    }
  return TRUE;
}

static void
show_progress (Results *self)
{
  gint64 total = foreman_reply_json_get_int (json_node_get_object (self->summary), "total");
  g_autofree char *count = NULL;
  g_autofree char *text = NULL;

  if (self->progress == NULL || !foreman_progress_is_due (self->progress))
    return;
  count = foreman_human_count ((gint64) self->count);
  text = g_strdup_printf ("%s collected", count);
  foreman_progress_show (self->progress, total > 0 ? (double) self->count / (double) total : -1,
                         text);
}

/* Whatever keeps the rest of an answer from coming, but Ctrl-C. */
static void
set_broken (const GError *cause, GError **error)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_error_copy (cause));
  else
    g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                         "the connection to foreman broke off");
}

/* All lines of one answer. Only whole ones count: what broke off is asked for again. */
static gboolean
take_stream (Results *self, GInputStream *stream, GError **error)
{
  g_autoptr (ForemanLineInput) lines =
      foreman_line_input_new (stream, FOREMAN_CLIENT_LINE_MAX,
                              foreman_client_get_cancellable (self->client));
  g_autoptr (GError) failure = NULL;
  const char *line;
  gsize length;

  while (foreman_line_input_next (lines, FOREMAN_AWAIT_FOREVER, &line, &length, &failure))
    {
      if (foreman_line_input_is_torn (lines))
        break;
      if (length > 0 && !take_line (self, line, length, error))
        return FALSE;
      show_progress (self);
    }
  if (failure == NULL && !foreman_line_input_is_torn (lines))
    return TRUE;
  set_broken (failure, error);
  return FALSE;
}

static char *
make_path (Results *self)
{
  GString *path = g_string_new ("/results");

  foreman_query_add (path, "group", self->group);
  foreman_query_add (path, "state", self->state);
  foreman_query_add (path, "after", self->last_id);
  return g_string_free (path, FALSE);
}

/* Goes on where it broke off, as long as something comes. */
static gboolean
collect (Results *self, GError **error)
{
  GCancellable *cancellable = foreman_client_get_cancellable (self->client);
  gint64 wait = WAIT_MIN;

  for (;;)
    {
      g_autofree char *path = make_path (self);
      const ForemanCall call = { .method = "GET", .path = path };
      g_autoptr (GError) failure = NULL;
      g_autoptr (GInputStream) stream = foreman_client_open (self->client, &call, &failure);
      guint64 before = self->count;

      if (stream != NULL && take_stream (self, stream, &failure))
        return TRUE;
      if (self->count > before)
        wait = WAIT_MIN;
      if (!foreman_client_error_is_passing (failure) || wait > WAIT_MAX || self->count == 0)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      foreman_await_time (wait, cancellable);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      wait *= 2;
    }
}

/* Opens the file, if there is to be one, and checks that nothing would be missing in it later. */
static gboolean
prepare (Results *self, GError **error)
{
  self->summary = foreman_group_fetch (self->client, self->group, error);
  if (self->summary == NULL)
    return FALSE;
  if (self->output == NULL)
    return TRUE;
  if (self->state != NULL && foreman_group_get_left (json_node_get_object (self->summary)) > 0)
    {
      g_autofree char *name = foreman_group_quote (self->group);

      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
                   "group %s is not over, so a file of some states could not be completed later; "
                   "\"foreman wait %s\" waits for it",
                   self->group, name);
      return FALSE;
    }
  self->file = foreman_results_file_open (self->output, error);
  if (self->file == NULL)
    return FALSE;
  self->last_id = g_strdup (foreman_results_file_get_last_id (self->file));
  self->progress = foreman_progress_new ();
  foreman_client_set_farewell (self->client, "the same command again goes on");
  return TRUE;
}

/* For people; and nobody takes for whole what is not. */
static void
tell (Results *self)
{
  g_autoptr (JsonNode) now = foreman_group_fetch (self->client, self->group, NULL);
  JsonObject *summary = json_node_get_object (now != NULL ? now : self->summary);
  gint64 left = foreman_group_get_left (summary);
  g_autofree char *count = foreman_human_count ((gint64) self->count);
  g_autofree char *text = foreman_group_describe (summary);
  g_autofree char *errors = foreman_human_count ((gint64) self->errors);
  g_autofree char *group = foreman_group_quote (self->group);

  if (self->file != NULL)
    g_printerr ("foreman: %s %s added to %s\n", count, self->count == 1 ? "result" : "results",
                self->output);
  if (self->file != NULL && self->errors > 0)
    g_printerr ("foreman: errors among them: %s; after \"foreman jobs retry --group %s\" collect "
                "into another file\n",
                errors, group);
  if (left > 0)
    g_printerr ("foreman: group %s is not over: %s; the rest comes with the same command later\n",
                self->group, text);
}

static ForemanExit
run_group (Results *self)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = prepare (self, &error) && collect (self, &error);

  g_clear_pointer (&self->progress, foreman_progress_free);
  fflush (stdout);
  /* what has come is kept, whatever came then */
  if (self->file != NULL)
    is_done = foreman_results_file_close (self->file, is_done ? &error : NULL) && is_done;
  if (!is_done)
    return foreman_client_fail (self->client, error);
  tell (self);
  return FOREMAN_EXIT_OK;
}

/* The answer of a single job: its text, as JSON the answer itself. A file is written anew, since
 * there is nothing to go on with. */
static ForemanExit
run_job (Results *self, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) job = NULL;
  g_autoptr (GBytes) bytes = foreman_job_fetch (self->client, id, &job, &error);
  g_autoptr (GBytes) answer = NULL;
  g_autofree char *text = NULL;

  if (bytes != NULL && !self->common.json)
    text = foreman_job_answer_fetch_text (self->client, json_node_get_object (job), &error);
  else if (bytes != NULL)
    answer = foreman_job_answer_fetch (self->client, json_node_get_object (job), &error);
  if (text != NULL && self->output != NULL)
    answer = g_bytes_new (text, strlen (text));
  if (text == NULL && answer == NULL)
    return foreman_client_fail (self->client, error);
  if (self->output != NULL)
    {
      if (!g_file_set_contents (self->output, g_bytes_get_data (answer, NULL),
                                (gssize) g_bytes_get_size (answer), &error))
        return foreman_client_fail (self->client, error);
    }
  else if (text != NULL)
    foreman_job_answer_print_line (text);
  else
    foreman_print_bytes (answer);
  return FOREMAN_EXIT_OK;
}

/**
 * foreman_command_results:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman results GROUP|ID`.
 *
 * Returns: the exit code
 */
int
foreman_command_results (int argc, char **argv)
{
  g_auto (Results) self = { .client = NULL };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self.output,
      "Write to FILE, or go on with it where it ends", "FILE" },
    { "state", 0, 0, G_OPTION_ARG_STRING, &self.state, "Only of jobs in these states, by commas",
      "STATES" },
    { "text", 0, 0, G_OPTION_ARG_NONE, &self.text, "Print what the models wrote, and nothing else",
      NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!foreman_client_options_parse (&self.common,
                                     foreman_client_options_new_context (&self.common, entries,
                                                                         "GROUP|ID", description),
                                     &argc, &argv))
    return FOREMAN_EXIT_USAGE;
  if (argc != 2)
    return foreman_command_usage_error (argv[0], "say of what: a group, or the id of a job");
  if (self.text && self.output != NULL && !foreman_ulid_is_valid (argv[1]))
    return foreman_command_usage_error (
        argv[0], "a file of texts could not be gone on with; leave out --text or -o");
  self.client = foreman_client_new_from_login (&error);
  if (self.client == NULL)
    return foreman_client_fail (NULL, error);
  if (foreman_ulid_is_valid (argv[1]))
    return run_job (&self, argv[1]);
  self.group = argv[1];
  return run_group (&self);
}

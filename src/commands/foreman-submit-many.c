/* SPDX-License-Identifier: MIT */
#include "commands/foreman-submit.h"

#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/foreman-await.h"
#include "commands/foreman-batch.h"
#include "commands/foreman-group.h"
#include "commands/foreman-human.h"
#include "commands/foreman-line-input.h"
#include "commands/foreman-progress.h"
#include "commands/foreman-reply-json.h"
#include "commands/foreman-template.h"
#include "commands/foreman-terminal.h"
#include "commands/foreman-waiter.h"
#include "libforeman/foreman-error.h"

/* How many refused lines are told one by one, where nobody asked for all. */
#define TOLD_MAX 10

typedef struct
{
  ForemanSubmit *submit;
  ForemanClient *client;
  ForemanBatch *batch;       /* (owned) */
  ForemanWaiter *waiter;     /* (owned) (nullable) */
  ForemanProgress *progress; /* (owned) */
  char *template;            /* (owned) (nullable) */
  gboolean prints_ids;
  guint told;
  guint64 read;  /* bytes */
  guint64 total; /* bytes; 0: nobody knows */
} Many;

static void
many_clear (Many *self)
{
  foreman_batch_free (self->batch);
  foreman_waiter_free (self->waiter);
  foreman_progress_free (self->progress);
  g_free (self->template);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Many, many_clear)

static void
tell_refusal (Many *self, guint64 line, JsonObject *reply)
{
  const char *why = foreman_reply_json_get_string (reply, "error");
  g_autofree char *text = foreman_text_to_line (why != NULL ? why : "it was refused");

  if (self->told++ >= TOLD_MAX)
    return;
  foreman_progress_hide (self->progress);
  g_printerr ("foreman: line %" G_GUINT64_FORMAT ": %s\n", line, text);
  if (self->told == TOLD_MAX)
    g_printerr ("foreman: others may follow; --json tells of every line\n");
}

static void
on_reply (guint64 line, JsonObject *reply, gpointer data)
{
  Many *self = data;
  const char *id = foreman_reply_json_get_string (reply, "job_id");

  if (self->submit->common.json && !self->submit->wait)
    {
      json_object_set_int_member (reply, "line", (gint64) line);
      foreman_print_json (reply);
    }
  else if (id != NULL && self->prints_ids)
    puts (id);
  if (id == NULL && !self->submit->common.json)
    tell_refusal (self, line, reply);
  if (id != NULL && self->waiter != NULL)
    foreman_waiter_add_job (self->waiter, id);
}

static GInputStream *
open_input (Many *self, const char *path, GError **error)
{
  struct stat info;
  int fd = g_str_equal (path, "-") ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED, "%s cannot be read: %s", path,
                   g_strerror (errno));
      return NULL;
    }
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    self->total = (guint64) info.st_size;
  return g_unix_input_stream_new (fd, fd != STDIN_FILENO);
}

static void
show_progress (Many *self)
{
  g_autofree char *accepted = NULL;
  g_autofree char *text = NULL;

  if (!foreman_progress_is_due (self->progress))
    return;
  accepted = foreman_human_count ((gint64) foreman_batch_get_accepted (self->batch));
  text = g_strdup_printf ("%s submitted", accepted);
  foreman_progress_show (self->progress,
                         self->total > 0 ? (double) self->read / (double) self->total : -1, text);
}

/* A line of `--each` is no request yet. */
static gboolean
add_prompt (Many *self, guint64 number, const char *line, gsize length, GError **error)
{
  g_autofree char *text = g_strndup (line, length);
  g_autoptr (GError) failure = NULL;
  g_autofree char *prompt = self->template != NULL
                                ? foreman_template_expand (self->template, text, &failure)
                                : g_strdup (text);
  g_autofree char *request = NULL;

  if (prompt == NULL)
    {
      foreman_batch_refuse (self->batch, number, failure);
      return TRUE;
    }
  request = foreman_submit_make_request (self->submit, prompt);
  return foreman_batch_add (self->batch, number, request, strlen (request), error);
}

static gboolean
submit_lines (Many *self, GInputStream *input, GError **error)
{
  g_autoptr (ForemanLineInput) lines =
      foreman_line_input_new (input, FOREMAN_CLIENT_LINE_MAX,
                              foreman_client_get_cancellable (self->client));
  g_autoptr (GError) failure = NULL;
  const char *line;
  gsize length;

  for (guint64 number = 1;
       foreman_line_input_next (lines, FOREMAN_AWAIT_FOREVER, &line, &length, &failure); number++)
    {
      gboolean is_added = TRUE;

      self->read += length + 1;
      while (length > 0 && g_ascii_isspace (line[length - 1]))
        length--;
      if (length > 0)
        is_added = self->submit->each != NULL
                       ? add_prompt (self, number, line, length, error)
                       : foreman_batch_add (self->batch, number, line, length, error);
      if (!is_added)
        return FALSE;
      show_progress (self);
    }
  if (failure == NULL)
    return foreman_batch_finish (self->batch, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* For people; who reads ids by a program counts them. */
static void
tell_sum (Many *self)
{
  g_autofree char *accepted =
      foreman_human_count ((gint64) foreman_batch_get_accepted (self->batch));
  g_autofree char *refused = foreman_human_count ((gint64) foreman_batch_get_refused (self->batch));
  const char *name = self->submit->fields.group;
  g_autofree char *group = name != NULL ? foreman_group_quote (name) : NULL;

  foreman_progress_hide (self->progress);
  g_printerr ("foreman: %s %s", accepted,
              foreman_batch_get_accepted (self->batch) == 1 ? "job" : "jobs");
  if (foreman_batch_get_refused (self->batch) > 0)
    g_printerr (", %s refused", refused);
  g_printerr ("\n");
  if (self->submit->wait)
    return;
  if (group != NULL)
    g_printerr (
        "\"foreman wait %s\" waits for them, \"foreman results %s -o FILE\" collects them\n", group,
        group);
  else if (!self->prints_ids && !self->submit->common.json)
    g_printerr ("with --group NAME they could be waited for and collected together\n");
}

static void
prepare (Many *self)
{
  ForemanSubmit *submit = self->submit;
  g_autofree char *words = g_strjoinv (" ", submit->words);

  self->progress = foreman_progress_new ();
  self->prints_ids = !submit->common.json && !submit->wait && !foreman_terminal_is (STDOUT_FILENO);
  self->batch = foreman_batch_new (self->client, &submit->fields, submit->model, on_reply, self);
  if (submit->wait)
    self->waiter = foreman_waiter_new (self->client, submit->common.json);
  if (submit->template != NULL)
    self->template = g_strdup (submit->template);
  else if (*words != '\0')
    self->template = g_steal_pointer (&words);
  foreman_client_set_farewell (self->client, "what was submitted goes on; the same command again "
                                             "submits the rest, and nothing twice");
}

/**
 * foreman_submit_many:
 * @submit: what was given
 * @client: whom to submit to
 *
 * Submits a job for every line of a file, in flat memory, and waits for all of them if that was
 * asked for.
 *
 * Returns: the exit code: %FOREMAN_EXIT_FAILED also if some lines were refused
 */
ForemanExit
foreman_submit_many (ForemanSubmit *submit, ForemanClient *client)
{
  g_auto (Many) self = { .submit = submit, .client = client };
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) input = NULL;
  ForemanExit code = FOREMAN_EXIT_OK, waited;

  prepare (&self);
  input = open_input (&self, submit->each != NULL ? submit->each : submit->batch, &error);
  if (input == NULL || !submit_lines (&self, input, &error))
    {
      foreman_progress_hide (self.progress);
      fflush (stdout);
      return foreman_client_fail (client, error);
    }
  fflush (stdout);
  tell_sum (&self);
  if (foreman_batch_get_refused (self.batch) > 0)
    code = FOREMAN_EXIT_FAILED;
  if (self.waiter == NULL)
    return code;
  waited = foreman_waiter_run (self.waiter);
  return waited != FOREMAN_EXIT_OK ? waited : code;
}

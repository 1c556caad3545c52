/* SPDX-License-Identifier: MIT */
#include "commands/foreman-follow.h"

#include <stdio.h>
#include <string.h>

#include "commands/foreman-await.h"
#include "commands/foreman-client-error.h"
#include "commands/foreman-client-options.h"
#include "commands/foreman-events.h"
#include "commands/foreman-human.h"
#include "commands/foreman-job-answer.h"
#include "commands/foreman-progress.h"
#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-job-state.h"

typedef struct
{
  ForemanClient *client;
  const char *id;
  ForemanFollowStyle style;
  ForemanProgress *progress; /* (owned) */
  GString *printed;          /* (owned): of the answer */
  gint64 run;                /* whose text that is */
  JsonNode *job;             /* (owned) (nullable): as it was last asked for */
  GBytes *bytes;             /* (owned) (nullable): the same */
} Follow;

static void
follow_clear (Follow *self)
{
  foreman_progress_free (self->progress);
  g_string_free (self->printed, TRUE);
  g_clear_pointer (&self->job, json_node_unref);
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Follow, follow_clear)

static gboolean
is_over (JsonObject *object)
{
  const char *text = foreman_reply_json_get_string (object, "state");
  ForemanJobState state;

  return text != NULL && foreman_job_state_from_string (text, &state) &&
         foreman_job_state_is_terminal (state);
}

static gboolean
ask (Follow *self, GError **error)
{
  JsonNode *job = NULL;
  GBytes *bytes = foreman_job_fetch (self->client, self->id, &job, error);

  if (bytes == NULL)
    return FALSE;
  g_clear_pointer (&self->job, json_node_unref);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  self->job = job;
  self->bytes = bytes;
  return TRUE;
}

/* What a new attempt writes stands on a line of its own. */
static void
begin_anew (Follow *self)
{
  if (self->printed->len > 0)
    puts ("\n");
  g_string_truncate (self->printed, 0);
}

/* A part of the text that a run of the job writes, and where in the text it stands. */
static void
print_part (Follow *self, const char *text, gint64 run, gint64 offset)
{
  gint64 overlap;

  if (run != self->run)
    begin_anew (self);
  self->run = run;
  overlap = (gint64) self->printed->len - offset;
  /* what is between was missed; the whole answer comes in the end */
  if (overlap < 0 || overlap >= (gint64) strlen (text))
    return;
  foreman_progress_hide (self->progress);
  foreman_job_answer_print (text + overlap);
  g_string_append (self->printed, text + overlap);
}

static void
show_progress (Follow *self, JsonObject *data)
{
  const char *state = foreman_reply_json_get_string (data, "state");
  gint64 tokens = foreman_reply_json_get_int (data, "tokens");
  g_autofree char *count = foreman_human_count (tokens);
  g_autofree char *text = NULL;

  if (self->printed->len > 0)
    return;
  if (state != NULL)
    text = g_strdup_printf ("%s: %s", self->id, state);
  else
    text = g_strdup_printf ("%s: %s tokens", self->id, count);
  foreman_progress_show (self->progress, -1, text);
}

static void
take_event (Follow *self, const ForemanEvent *event)
{
  if (self->style == FOREMAN_FOLLOW_JSON_STREAM)
    {
      json_object_set_string_member (event->data, "event", event->name);
      foreman_print_json (event->data);
    }
  else if (!g_str_equal (event->name, "output"))
    show_progress (self, event->data);
  else if (self->style == FOREMAN_FOLLOW_STREAM)
    {
      const char *text = foreman_reply_json_get_string (event->data, "text");

      if (text != NULL)
        print_part (self, text, foreman_reply_json_get_int (event->data, "run"),
                    foreman_reply_json_get_int (event->data, "offset"));
    }
}

/* Returns: once the job is over, and self->job is as it is then */
static gboolean
wait_for_end (Follow *self, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/jobs/%s/events", self->id);
  g_autoptr (ForemanEvents) events = foreman_events_new (self->client, path);
  ForemanEvent event;

  while (foreman_events_next (events, FOREMAN_AWAIT_FOREVER, &event, error))
    {
      g_autoptr (GError) failure = NULL;

      if (event.name != NULL)
        take_event (self, &event);
      if (event.name != NULL && !is_over (event.data))
        continue;
      /* the stream was opened, or this was the end */
      if (!ask (self, &failure) &&
          (self->job == NULL || !foreman_client_error_is_passing (failure)))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (failure == NULL && is_over (json_node_get_object (self->job)))
        return TRUE;
    }
  return FALSE;
}

/* All of the text that was not printed as it came. */
static gboolean
print_answer (Follow *self, JsonObject *job, GError **error)
{
  g_autofree char *text = foreman_job_answer_fetch_text (self->client, job, error);

  if (text == NULL)
    return FALSE;
  if (!g_str_has_prefix (text, self->printed->str))
    begin_anew (self);
  foreman_job_answer_print_line (text + self->printed->len);
  return TRUE;
}

static ForemanExit
end (Follow *self)
{
  JsonObject *job = json_node_get_object (self->job);
  const char *state = foreman_reply_json_get_string (job, "state");
  const char *why = foreman_reply_json_get_string (job, "error");
  g_autoptr (GError) error = NULL;

  foreman_progress_hide (self->progress);
  if (self->style == FOREMAN_FOLLOW_JSON || self->style == FOREMAN_FOLLOW_JSON_STREAM)
    foreman_print_bytes (self->bytes);
  if (!g_str_equal (state, "done"))
    {
      if (self->printed->len > 0)
        puts ("");
      g_printerr ("foreman: job %s is %s%s%s\n", self->id, state, why != NULL ? ": " : "",
                  why != NULL ? why : "");
      return FOREMAN_EXIT_FAILED;
    }
  if ((self->style == FOREMAN_FOLLOW_ANSWER || self->style == FOREMAN_FOLLOW_STREAM) &&
      !print_answer (self, job, &error))
    return foreman_client_fail (self->client, error);
  return FOREMAN_EXIT_OK;
}

/**
 * foreman_follow:
 * @client: whom to ask
 * @id: of a job
 * @style: what to print
 *
 * Waits until a job is over, however often the connection breaks off meanwhile, and prints what
 * came of it. Ctrl-C ends the waiting, not the job.
 *
 * Returns: the exit code: %FOREMAN_EXIT_FAILED also for a job that is not done
 */
ForemanExit
foreman_follow (ForemanClient *client, const char *id, ForemanFollowStyle style)
{
  g_auto (Follow) self = { .client = client, .id = id, .style = style };
  g_autoptr (GError) error = NULL;

  self.progress = foreman_progress_new ();
  self.printed = g_string_new (NULL);
  foreman_client_set_farewell (client,
                               "job %s goes on; \"foreman jobs output %s\" prints its answer", id,
                               id);
  if (wait_for_end (&self, &error))
    return end (&self);
  foreman_progress_hide (self.progress);
  if (self.printed->len > 0)
    puts ("");
  return foreman_client_fail (client, error);
}

/* SPDX-License-Identifier: MIT */
#include "commands/foreman-waiter.h"

#include <stdio.h>
#include <string.h>

#include "commands/foreman-await.h"
#include "commands/foreman-client-error.h"
#include "commands/foreman-client-options.h"
#include "commands/foreman-events.h"
#include "commands/foreman-group.h"
#include "commands/foreman-human.h"
#include "commands/foreman-progress.h"
#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-job-state.h"

/* However fast jobs end, groups are not counted more often than this. */
#define COUNT_INTERVAL G_USEC_PER_SEC

struct _ForemanWaiter
{
  ForemanClient *client;
  gboolean json;
  GPtrArray *order;   /* (owned) (element-type utf8): ids, as they were added */
  GHashTable *jobs;   /* (owned) (element-type utf8 int): the state of each, plus one */
  GHashTable *groups; /* (owned) (element-type utf8 JsonNode): (nullable) each as last counted */
  ForemanProgress *progress; /* (owned) */
  gint64 due;                /* monotonic, when groups are to be counted */
  gboolean is_complete;      /* it knows of all, but for events that are still to come */
  gboolean was_complete;
};

static void
clear_node (gpointer node)
{
  if (node != NULL)
    json_node_unref (node);
}

/**
 * foreman_waiter_new:
 * @client: whom to ask
 * @json: whether the outcome is told as JSON
 *
 * Returns: (transfer full): what waits for nothing yet
 */
ForemanWaiter *
foreman_waiter_new (ForemanClient *client, gboolean json)
{
  ForemanWaiter *self = g_new0 (ForemanWaiter, 1);

  self->client = client;
  self->json = json;
  self->order = g_ptr_array_new_with_free_func (g_free);
  self->jobs = g_hash_table_new (g_str_hash, g_str_equal);
  self->groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, clear_node);
  self->progress = foreman_progress_new ();
  self->due = FOREMAN_AWAIT_FOREVER;
  return self;
}

/**
 * foreman_waiter_free:
 * @self: (nullable): what waits
 *
 * Frees it.
 */
void
foreman_waiter_free (ForemanWaiter *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->jobs);
  g_ptr_array_unref (self->order);
  g_hash_table_unref (self->groups);
  foreman_progress_free (self->progress);
  g_free (self);
}

/**
 * foreman_waiter_add_job:
 * @self: what waits
 * @id: of a job
 *
 * Waits for that, too.
 */
void
foreman_waiter_add_job (ForemanWaiter *self, const char *id)
{
  char *copy;

  if (g_hash_table_contains (self->jobs, id))
    return;
  copy = g_strdup (id);
  g_ptr_array_add (self->order, copy);
  g_hash_table_insert (self->jobs, copy, NULL);
}

/**
 * foreman_waiter_add_group:
 * @self: what waits
 * @group: the name of a group
 *
 * Waits for that, too.
 */
void
foreman_waiter_add_group (ForemanWaiter *self, const char *group)
{
  g_hash_table_insert (self->groups, g_strdup (group), NULL);
}

static void
set_state (ForemanWaiter *self, JsonObject *object)
{
  const char *id = foreman_reply_json_get_string (object, "job_id");
  const char *text = foreman_reply_json_get_string (object, "state");
  gpointer key;
  ForemanJobState state;

  if (id != NULL && text != NULL && g_hash_table_lookup_extended (self->jobs, id, &key, NULL) &&
      foreman_job_state_from_string (text, &state))
    g_hash_table_insert (self->jobs, key, GINT_TO_POINTER (state + 1));
}

static gboolean
get_state (ForemanWaiter *self, const char *id, ForemanJobState *state)
{
  int known = GPOINTER_TO_INT (g_hash_table_lookup (self->jobs, id));

  if (known > 0)
    *state = (ForemanJobState) (known - 1);
  return known > 0;
}

static gboolean
count_groups (ForemanWaiter *self, GError **error)
{
  GHashTableIter iter;
  gpointer name;

  self->due = FOREMAN_AWAIT_FOREVER;
  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      JsonNode *group = foreman_group_fetch (self->client, name, error);

      if (group == NULL)
        return FALSE;
      g_hash_table_iter_replace (&iter, group);
    }
  return TRUE;
}

/* Who begins to listen, or listens again, has to ask for what was before. */
static gboolean
ask_for_all (ForemanWaiter *self, GError **error)
{
  for (guint i = 0; i < self->order->len; i++)
    {
      const char *id = self->order->pdata[i];
      g_autofree char *path = g_strconcat ("/jobs/", id, NULL);
      g_autoptr (JsonNode) job = NULL;
      ForemanJobState state;

      if (get_state (self, id, &state) && foreman_job_state_is_terminal (state))
        continue;
      job = foreman_client_get_json (self->client, path, error);
      if (job == NULL)
        return FALSE;
      set_state (self, json_node_get_object (job));
    }
  return count_groups (self, error);
}

typedef struct
{
  gint64 total;
  gint64 left; /* not over */
  gint64 held;
  gint64 done;
  gint64 end; /* µs UTC, when the last is expected to be over; 0: nobody knows */
} Sum;

static void
add_jobs (ForemanWaiter *self, Sum *sum)
{
  for (guint i = 0; i < self->order->len; i++)
    {
      ForemanJobState state = FOREMAN_JOB_QUEUED;

      get_state (self, self->order->pdata[i], &state);
      sum->total++;
      sum->left += !foreman_job_state_is_terminal (state);
      sum->held += state == FOREMAN_JOB_HELD;
      sum->done += state == FOREMAN_JOB_DONE;
    }
}

static Sum
add_up (ForemanWaiter *self)
{
  Sum sum = { 0 };
  GHashTableIter iter;
  gpointer node;

  add_jobs (self, &sum);
  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, NULL, &node))
    {
      JsonObject *group = node != NULL ? json_node_get_object (node) : NULL;

      sum.total += foreman_reply_json_get_int (group, "total");
      sum.left += foreman_group_get_left (group);
      sum.held += foreman_group_get_count (group, "held");
      sum.done += foreman_group_get_count (group, "done");
      sum.end = MAX (sum.end, foreman_reply_json_get_time (group, "expected_end"));
    }
  return sum;
}

static void
show_progress (ForemanWaiter *self, const Sum *sum)
{
  g_autofree char *over = foreman_human_count (sum->total - sum->left);
  g_autofree char *total = foreman_human_count (sum->total);
  gint64 now = g_get_real_time ();
  g_autofree char *end = foreman_human_time_within (sum->end, now);
  gint64 failed = sum->total - sum->left - sum->done;
  g_autofree char *bad =
      failed > 0 ? g_strdup_printf (", %" G_GINT64_FORMAT " not done", failed) : NULL;
  g_autofree char *held =
      sum->held > 0 ? g_strdup_printf (", %" G_GINT64_FORMAT " held", sum->held) : NULL;
  g_autofree char *text = g_strdup_printf ("%s of %s%s%s%s%s", over, total, bad != NULL ? bad : "",
                                           held != NULL ? held : "", sum->end > now ? ", end " : "",
                                           sum->end > now ? end : "");

  foreman_progress_show (self->progress,
                         sum->total > 0 ? (double) (sum->total - sum->left) / (double) sum->total
                                        : 0,
                         text);
}

/* Held jobs go on only when somebody lets them. */
static gboolean
is_over (ForemanWaiter *self)
{
  Sum sum = add_up (self);

  show_progress (self, &sum);
  return sum.left == sum.held;
}

static void
take_event (ForemanWaiter *self, const ForemanEvent *event)
{
  const char *group = foreman_reply_json_get_string (event->data, "group");

  if (!g_str_equal (event->name, "state"))
    return;
  set_state (self, event->data);
  if (group != NULL && g_hash_table_contains (self->groups, group) &&
      self->due == FOREMAN_AWAIT_FOREVER)
    self->due = g_get_monotonic_time () + COUNT_INTERVAL;
}

/* What was there and is away for a moment is asked again. */
static gboolean
refresh (ForemanWaiter *self, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (self->is_complete ? count_groups (self, &failure) : ask_for_all (self, &failure))
    {
      self->is_complete = self->was_complete = TRUE;
      return TRUE;
    }
  if (self->was_complete && foreman_client_error_is_passing (failure))
    {
      self->due = g_get_monotonic_time () + COUNT_INTERVAL;
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
wait_for_all (ForemanWaiter *self, GError **error)
{
  g_autoptr (ForemanEvents) events = foreman_events_new (self->client, "/events");

  for (;;)
    {
      g_autoptr (GError) failure = NULL;
      ForemanEvent event;
      gboolean is_due = g_get_monotonic_time () >= self->due;

      if (!is_due && foreman_events_next (events, self->due, &event, &failure))
        {
          if (event.name != NULL)
            take_event (self, &event);
          else
            self->is_complete = FALSE;
        }
      else if (failure != NULL && !g_error_matches (failure, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if ((is_due || failure != NULL || !self->is_complete) && !refresh (self, error))
        return FALSE;
      if (self->is_complete && is_over (self))
        return TRUE;
    }
}

static void
tell_job (ForemanWaiter *self, const char *id)
{
  ForemanJobState state = FOREMAN_JOB_QUEUED;
  const char *text;

  get_state (self, id, &state);
  text = foreman_job_state_to_string (state);
  if (self->json)
    printf ("{\"job_id\":\"%s\",\"state\":\"%s\"}\n", id, text);
  else
    printf ("%s  %s\n", id, text);
}

static ForemanExit
tell (ForemanWaiter *self)
{
  Sum sum = add_up (self);
  GHashTableIter iter;
  gpointer name, node;

  foreman_progress_hide (self->progress);
  for (guint i = 0; i < self->order->len; i++)
    tell_job (self, self->order->pdata[i]);
  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, &name, &node))
    {
      g_autofree char *text = foreman_group_describe (json_node_get_object (node));

      if (self->json)
        foreman_print_json (json_node_get_object (node));
      else
        printf ("%s  %s\n", (char *) name, text);
    }
  if (sum.held > 0)
    g_printerr ("foreman: %" G_GINT64_FORMAT " %s held because others failed as they would; "
                "\"foreman jobs retry --group NAME\" lets them go on\n",
                sum.held, sum.held == 1 ? "job is" : "jobs are");
  return sum.done == sum.total ? FOREMAN_EXIT_OK : FOREMAN_EXIT_FAILED;
}

/**
 * foreman_waiter_run:
 * @self: what waits
 *
 * Waits until all is over, or nothing but held jobs is left, and prints what came of it. Ctrl-C
 * ends the waiting, not the jobs.
 *
 * Returns: the exit code: %FOREMAN_EXIT_FAILED also if something is not done
 */
ForemanExit
foreman_waiter_run (ForemanWaiter *self)
{
  g_autoptr (GError) error = NULL;

  foreman_client_set_farewell (self->client,
                               "the jobs go on; the same command waits for them again");
  if (wait_for_all (self, &error))
    return tell (self);
  foreman_progress_hide (self->progress);
  return foreman_client_fail (self->client, error);
}

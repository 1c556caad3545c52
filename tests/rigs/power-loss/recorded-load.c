/* SPDX-License-Identifier: MIT */
#include "recorded-load.h"

#include <string.h>

#include "recording-vfs.h"
#include "store-calls.h"

#define OWNER         "01ARYZ6S41008J4CT4ANK7F24S"
#define BOOT_ID       "0f5f0a5e-4f2c-4d2b-9f59-5d0e2a3b7c11"
#define CANDIDATES    3
#define LONG_PIECE    (100 * 1024)
#define DELAY         (60 * G_USEC_PER_SEC)
#define ROUNDS_A_REST 15
#define REST          1000 /* ms */

typedef struct
{
  ForemanStore *store;  /* (owned) */
  Chronicle *chronicle; /* (unowned) */
  GRand *rand;          /* (unowned) */
  GPtrArray *running;   /* (owned) (element-type ForemanClaim) */
  guint pending;        /* calls that have not come back */
  guint keys;           /* given out */
} Load;

/* A call of which something is to be written down when it comes back. */
typedef struct
{
  Load *load;
  char *text; /* (owned) (nullable): a key, or a job */
} Call;

static Call *
call_new (Load *load, const char *text)
{
  Call *call = g_new0 (Call, 1);

  call->load = load;
  call->text = g_strdup (text);
  load->pending++;
  return call;
}

static void
call_end (Call *call)
{
  call->load->pending--;
  g_free (call->text);
  g_free (call);
}

static void
settle (Load *load)
{
  while (load->pending > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
complain (Call *call, const char *what, const GError *error)
{
  if (error)
    chronicle_add_problem (call->load->chronicle, "%s %s: %s", what, call->text, error->message);
}

static void
on_changed (ForemanStore *store, GPtrArray *records, Load *load)
{
  guint position = recording_vfs_get_position ();

  for (guint i = 0; i < records->len; i++)
    {
      const ForemanJobRecord *record = g_ptr_array_index (records, i);
      JobStory *story = chronicle_ensure (load->chronicle, record->id);

      if (record->previous_state != -1 || story->states->len == 0)
        job_story_add_state (story, record->state, position);
    }
}

static void
on_submitted (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_submit_finish (FOREMAN_STORE (source), result, NULL, &error);

  if (job)
    {
      JobStory *story = chronicle_ensure (call->load->chronicle, job->id);

      story->acknowledged = recording_vfs_get_position ();
      story->key = g_strdup (call->text);
      if (story->states->len == 0)
        job_story_add_state (story, job->state, story->acknowledged);
    }
  complain (call, "submitting", error);
  call_end (call);
}

/* Returns: (nullable): one of the jobs whose last state is one of @states */
static JobStory *
pick (Load *load, guint states)
{
  GHashTableIter stories;
  gpointer story;
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  g_hash_table_iter_init (&stories, load->chronicle->stories);
  while (g_hash_table_iter_next (&stories, NULL, &story))
    {
      GArray *had = ((JobStory *) story)->states;
      ForemanJobState last = g_array_index (had, StoryState, had->len - 1).state;

      if (!((JobStory *) story)->purge_asked && (states & (1u << last)))
        g_ptr_array_add (found, story);
    }
  if (found->len == 0)
    return NULL;
  return g_ptr_array_index (found, g_rand_int_range (load->rand, 0, (gint32) found->len));
}

static void
submit (Load *load)
{
  g_autofree char *key = g_strdup_printf ("key-%u", ++load->keys);
  g_autoptr (ForemanSubmission) submission = calls_new_submission (key);
  JobStory *before = pick (load, 1u << FOREMAN_JOB_QUEUED | 1u << FOREMAN_JOB_WORKING);

  switch (g_rand_int_range (load->rand, 0, 5))
    {
    case 0:
      if (before)
        submission->after = g_strsplit (before->id, ",", -1); /* blocked until that one is done */
      break;
    case 1:
      submission->webhook_url = g_strdup ("http://127.0.0.1:9/");
      break;
    case 2:
      submission->delay = DELAY;
      break;
    case 3:
      submission->group = g_strdup ("night");
      submission->labels = g_strsplit ("a,b", ",", -1);
      break;
    default:
      break;
    }
  foreman_store_submit_async (load->store, submission, g_get_real_time (), NULL, on_submitted,
                              call_new (load, key));
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  foreman_store_begin_finish (FOREMAN_STORE (source), result, &error);
  complain (data, "beginning", error);
  call_end (data);
}

static void
on_appended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  foreman_store_append_finish (FOREMAN_STORE (source), result, &error);
  complain (data, "appending to", error);
  call_end (data);
}

static void
append (Load *load, const ForemanClaim *claim, const char *name, GBytes *piece)
{
  foreman_store_append_async (load->store, claim->job->id, claim->job->claim, OWNER, name,
                              "text/plain", piece, NULL, on_appended,
                              call_new (load, claim->job->id));
}

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  Load *load = call->load;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) claims =
      foreman_store_claim_finish (FOREMAN_STORE (source), result, &error);
  g_autoptr (GBytes) partial = g_bytes_new_static ("so far", strlen ("so far"));

  complain (call, "claiming", error);
  for (guint i = 0; claims && i < claims->len; i++)
    {
      ForemanClaim *claim = g_ptr_array_index (claims, i);

      foreman_store_begin_async (load->store, claim->job->id, claim->job->claim, OWNER,
                                 FOREMAN_JOB_WORKING, g_get_real_time (), NULL, on_begun,
                                 call_new (load, claim->job->id));
      append (load, claim, "partial", partial);
    }
  if (claims)
    g_ptr_array_extend_and_steal (load->running, g_steal_pointer (&claims));
  call_end (call);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_end_finish (FOREMAN_STORE (source), result, &error);

  complain (data, "ending", error);
  call_end (data);
}

static void
on_ended_too_late (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_end_finish (FOREMAN_STORE (source), result, NULL);

  if (job)
    chronicle_add_problem (call->load->chronicle, "late: a claim that had ended made %s %s",
                           call->text, foreman_job_state_to_string (job->state));
  call_end (call);
}

static void
on_acted (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_act_finish (FOREMAN_STORE (source), result, &error);
  JobStory *story = chronicle_ensure (call->load->chronicle, call->text);

  if (story->purge_asked && !error)
    story->purged = recording_vfs_get_position ();
  else if (story->purge_asked)
    story->purge_asked = 0; /* others wait for it */
  else
    complain (call, "acting on", error);
  call_end (call);
}

static void
act (Load *load, const char *id, ForemanJobAction action)
{
  foreman_store_act_async (load->store, id, NULL, action, g_get_real_time (), NULL, on_acted,
                           call_new (load, id));
}

/* Long answers come in pieces, of which the end brings the last. */
static void
complete (Load *load, const ForemanClaim *claim, ForemanAttemptEnd *end)
{
  JobStory *story = chronicle_ensure (load->chronicle, claim->job->id);
  gboolean is_long = g_rand_int_range (load->rand, 0, 5) == 0;
  g_autoptr (GString) text = g_string_new (NULL);
  gsize last;

  g_string_printf (text, "{\"answer to\":\"%s\"}", claim->job->id);
  while (is_long && text->len < 3 * LONG_PIECE)
    g_string_append_printf (text, "%08x", g_rand_int (load->rand));
  for (last = 0; text->len - last > LONG_PIECE; last += LONG_PIECE)
    {
      g_autoptr (GBytes) piece = g_bytes_new (text->str + last, LONG_PIECE);

      append (load, claim, "completion", piece);
    }
  story->completion = g_bytes_new (text->str, text->len);
  end->completion = g_bytes_new (text->str + last, text->len - last);
  end->content_type = g_strdup ("application/json");
  end->outcome = g_strdup ("done");
  end->state = FOREMAN_JOB_DONE;
}

/* By who had it before, and was thought to be dead. */
static void
end_too_late (Load *load, const ForemanClaim *claim)
{
  g_autoptr (ForemanAttemptEnd) end =
      foreman_attempt_end_new (claim->job->id, claim->job->claim - 1, OWNER);

  end->state = FOREMAN_JOB_FAILED;
  end->outcome = g_strdup ("failed");
  foreman_store_end_async (load->store, end, g_get_real_time (), NULL, on_ended_too_late,
                           call_new (load, claim->job->id));
}

static void
end_attempt (Load *load, const ForemanClaim *claim)
{
  g_autoptr (ForemanAttemptEnd) end =
      foreman_attempt_end_new (claim->job->id, claim->job->claim, OWNER);
  int fate = g_rand_int_range (load->rand, 0, 10);
  gboolean is_late = fate == 2;

  if (claim->job->claim > 1)
    end_too_late (load, claim);
  if (fate > 1)
    complete (load, claim, end);
  else
    {
      end->state = fate == 0 ? FOREMAN_JOB_FAILED : FOREMAN_JOB_QUEUED;
      end->outcome = g_strdup (fate == 0 ? "failed" : "retried");
      end->reason = fate == 0 ? NULL : g_strdup ("backoff");
      end->counts = TRUE;
      end->error = g_strdup ("it went wrong");
      end->error_code = g_strdup ("target_error");
    }
  if (is_late)
    act (load, claim->job->id, FOREMAN_JOB_CANCEL);
  foreman_store_end_async (load->store, end, g_get_real_time (), NULL,
                           is_late ? on_ended_too_late : on_ended, call_new (load, claim->job->id));
}

static void
on_woken (GObject *source, GAsyncResult *result, gpointer data)
{
  gint64 next;
  g_autoptr (GError) error = NULL;

  foreman_store_wake_finish (FOREMAN_STORE (source), result, &next, &error);
  complain (data, "waking", error);
  call_end (data);
}

static void
run_round (Load *load)
{
  JobStory *story;

  for (int i = g_rand_int_range (load->rand, 1, 6); i > 0; i--)
    submit (load);
  for (guint i = 0; i < load->running->len; i++)
    end_attempt (load, g_ptr_array_index (load->running, i));
  settle (load);
  g_ptr_array_set_size (load->running, 0);
  foreman_store_claim_async (load->store, OWNER, CANDIDATES, NULL, on_claimed, call_new (load, ""));
  if (g_rand_boolean (load->rand))
    foreman_store_wake_async (load->store, g_get_real_time () + 2 * DELAY, NULL, on_woken,
                              call_new (load, ""));
  if ((story = pick (load, 1u << FOREMAN_JOB_FAILED | 1u << FOREMAN_JOB_CANCELLED)))
    act (load, story->id, FOREMAN_JOB_RETRY);
  settle (load);
  if (g_rand_int_range (load->rand, 0, 4) == 0 && (story = pick (load, 1u << FOREMAN_JOB_DONE)))
    {
      story->purge_asked = MAX (recording_vfs_get_position (), 1);
      act (load, story->id, FOREMAN_JOB_PURGE);
    }
}

static gboolean
on_time_over (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Leaves the store alone until it has used the time to put its house in order, or a second if it
 * does not. */
static void
let_rest (Load *load)
{
  guint before = recording_vfs_get_position ();
  gboolean is_over = FALSE;
  guint timeout = g_timeout_add (REST, on_time_over, &is_over);

  while (!is_over && recording_vfs_get_position () == before)
    g_main_context_iteration (NULL, TRUE);
  if (!is_over)
    g_source_remove (timeout);
}

static gboolean
begin_run (Load *load, const char *path)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  load->store = calls_open (path, &error);
  if (load->store)
    {
      g_signal_connect (load->store, "changed", G_CALLBACK (on_changed), load);
      foreman_store_recover_async (load->store, OWNER, BOOT_ID, 0, g_get_real_time (), NULL,
                                   calls_on_done, &result);
      if (foreman_store_recover_finish (load->store, calls_wait (&result), NULL, &error))
        return TRUE;
    }
  chronicle_add_problem (load->chronicle, "opening: %s", error->message);
  return FALSE;
}

void
recorded_load_run (const char *path, guint rounds, GRand *rand, Chronicle *chronicle)
{
  Load load = { .chronicle = chronicle, .rand = rand };

  load.running = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_claim_free);
  if (begin_run (&load, path))
    {
      for (guint i = 0; i < rounds; i++)
        {
          run_round (&load);
          settle (&load);
          if (i % ROUNDS_A_REST == 0)
            let_rest (&load);
        }
    }
  g_ptr_array_unref (load.running);
  if (load.store)
    calls_close (load.store);
}

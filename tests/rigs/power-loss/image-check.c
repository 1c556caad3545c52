/* SPDX-License-Identifier: MIT */
#include "image-check.h"

#include <sqlite3.h>
#include <string.h>

#include "store-calls.h"

typedef struct
{
  ForemanStore *store; /* (unowned) */
  GHashTable *jobs;    /* (owned): id → ForemanJobRecord, of the list */
  GHashTable *chains;  /* (owned): id → GArray of ForemanJobState (owned), by its events */
  guint position;
  Chronicle *chronicle; /* (unowned) */
} Image;

static void
complain (const Image *image, const char *kind, const char *id, const char *detail)
{
  chronicle_add_problem (image->chronicle, "%s: %s %s", kind, id, detail);
}

static void
check_integrity (const char *path, Chronicle *chronicle)
{
  sqlite3 *database = NULL;
  sqlite3_stmt *statement = NULL;
  const char *verdict = NULL;

  if (sqlite3_open_v2 (path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
      sqlite3_exec (database, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK &&
      sqlite3_prepare_v2 (database, "PRAGMA integrity_check", -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    verdict = (const char *) sqlite3_column_text (statement, 0);
  if (g_strcmp0 (verdict, "ok") != 0)
    chronicle_add_problem (chronicle, "corrupt: %s", verdict ? verdict : sqlite3_errmsg (database));
  sqlite3_finalize (statement);
  sqlite3_close (database);
}

static GArray *
ensure_chain (Image *image, const char *id)
{
  GArray *chain = g_hash_table_lookup (image->chains, id);

  if (chain)
    return chain;
  chain = g_array_new (FALSE, FALSE, sizeof (ForemanJobState));
  g_hash_table_insert (image->chains, g_strdup (id), chain);
  return chain;
}

/* Its events have to be the beginning of its story, with all that was told of, and to end where the
 * job stands. */
static void
check_chain (Image *image, const JobStory *story, const ForemanJobRecord *job)
{
  GArray *chain = ensure_chain (image, story->id);
  guint told = job_story_count_states (story, image->position);

  if (chain->len < told)
    complain (image, "lost", story->id, "is in a state from before one that was told of");
  for (guint i = 0; i < MIN (chain->len, story->states->len); i++)
    if (g_array_index (chain, ForemanJobState, i) !=
        g_array_index (story->states, StoryState, i).state)
      {
        complain (image, "half", story->id, "has other events than happened");
        return;
      }
  if (chain->len > story->states->len || chain->len == 0 ||
      g_array_index (chain, ForemanJobState, chain->len - 1) != job->state)
    complain (image, "half", story->id, "has no event for its state");
}

static void
check_completion (Image *image, const JobStory *story, const ForemanJobRecord *job)
{
  const ForemanArtifact *artifact = foreman_job_record_find_artifact (job, "completion");
  g_autoptr (GBytes) bytes = NULL;

  if (job->state != FOREMAN_JOB_DONE)
    {
      if (artifact && !foreman_job_state_is_running (job->state))
        complain (image, "half", job->id, "has an answer and is not done");
      return;
    }
  if (!artifact)
    {
      complain (image, "half", job->id, "is done without an answer");
      return;
    }
  bytes = artifact->data ? g_bytes_ref (artifact->data)
                         : calls_read (image->store, job->id, "completion", NULL);
  if (!bytes || (gint64) g_bytes_get_size (bytes) != artifact->size || !story->completion ||
      !g_bytes_equal (bytes, story->completion))
    complain (image, "half", job->id, "is done with another answer");
}

static void
check_dependencies (Image *image, const ForemanJobRecord *job)
{
  if (job->state != FOREMAN_JOB_BLOCKED)
    return;
  for (char **id = job->after; id && *id; id++)
    {
      const ForemanJobRecord *other = g_hash_table_lookup (image->jobs, *id);

      if (other && other->state != FOREMAN_JOB_DONE)
        return;
    }
  complain (image, "half", job->id, "waits for what is done");
}

static void
check_story (Image *image, const JobStory *story)
{
  const ForemanJobRecord *job = g_hash_table_lookup (image->jobs, story->id);

  if (!job)
    {
      if (story->acknowledged && story->acknowledged <= image->position &&
          !(story->purge_asked && story->purge_asked <= image->position))
        complain (image, "lost", story->id, "was accepted");
      return;
    }
  if (story->purged && story->purged <= image->position)
    complain (image, "lost", story->id, "was purged and is back");
  check_chain (image, story, job);
  check_completion (image, story, job);
  check_dependencies (image, job);
}

/* Who got no answer, or does not know whether, asks again: it must be the same job. */
static void
check_repetition (Image *image, const JobStory *story)
{
  g_autoptr (ForemanSubmission) submission = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_repeated = FALSE;

  if (!story->key || story->purge_asked)
    return;
  submission = calls_new_submission (story->key);
  job = calls_submit (image->store, submission, g_get_real_time (), &is_repeated, &error);
  if (!job)
    complain (image, "refused", story->key, error->message);
  else if (is_repeated != g_hash_table_contains (image->jobs, story->id))
    complain (image, "doubled", story->id, "was submitted again");
}

static void
check_stories (Image *image)
{
  GHashTableIter stories;
  gpointer story;

  g_hash_table_iter_init (&stories, image->chronicle->stories);
  while (g_hash_table_iter_next (&stories, NULL, &story))
    check_story (image, story);
  g_hash_table_iter_init (&stories, image->chronicle->stories);
  if (g_hash_table_iter_next (&stories, NULL, &story))
    check_repetition (image, story);
}

static gboolean
read_image (Image *image, GPtrArray **jobs, GError **error)
{
  g_autoptr (GPtrArray) events = NULL;

  *jobs = calls_list_jobs (image->store, error);
  if (!*jobs || !(events = calls_list_events (image->store, error)))
    return FALSE;
  for (guint i = 0; i < (*jobs)->len; i++)
    {
      ForemanJobRecord *job = g_ptr_array_index (*jobs, i);

      g_hash_table_insert (image->jobs, job->id, job);
      if (!g_hash_table_contains (image->chronicle->stories, job->id))
        complain (image, "invented", job->id, "was never submitted");
    }
  for (guint i = 0; i < events->len; i++)
    {
      const ForemanJobEvent *event = g_ptr_array_index (events, i);

      g_array_append_val (ensure_chain (image, event->job_id), event->state);
    }
  return TRUE;
}

void
image_check (const char *path, guint position, Chronicle *chronicle)
{
  Image image = { .position = position, .chronicle = chronicle };
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;

  image.store = calls_open (path, &error);
  if (!image.store)
    {
      chronicle_add_problem (chronicle, "unopened: %s", error->message);
      return;
    }
  image.jobs = g_hash_table_new (g_str_hash, g_str_equal);
  image.chains =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  if (read_image (&image, &jobs, &error))
    check_stories (&image);
  else
    chronicle_add_problem (chronicle, "unreadable: %s", error->message);
  calls_close (image.store);
  check_integrity (path, chronicle);
  g_hash_table_unref (image.jobs);
  g_hash_table_unref (image.chains);
}

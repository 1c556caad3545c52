/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-dispatcher-private.h"

#include "libforeman/foreman-error.h"

/* Jobs that wait for their turn: enough that none of the places stays empty while the next claim is
 * written to a slow disk. */
#define SPARE           2
#define SPARE_PER_PLACE 8

/* So many that are done keep their text for readers who are a moment behind. */
#define MAX_RECENT 16

/* How many run beside the gate at once. */
#define MAX_BESIDE 4

/* How many requests too large to come with the claim are in memory at once. */
#define MAX_LARGE 2

/* How many results may wait for the disk; while there are more nothing is claimed. */
#define MAX_STORING 64

typedef struct
{
  guint claimed; /* that were not started */
  guint waiting;
  guint storing;
  guint beside; /* that run */
  guint large;  /* with their request in memory */
} Census;

static Census
window_count (ForemanDispatcher *self)
{
  Census census = { 0 };
  GHashTableIter iter;
  gpointer run;

  g_hash_table_iter_init (&iter, self->runs);
  while (g_hash_table_iter_next (&iter, NULL, &run))
    {
      ForemanJobPhase phase = foreman_job_run_get_phase (run);
      gboolean is_started = phase == FOREMAN_JOB_PHASE_WAITING || foreman_job_run_is_running (run);

      census.claimed += phase == FOREMAN_JOB_PHASE_CLAIMED;
      census.waiting += foreman_job_run_is_waiting (run);
      census.storing += phase == FOREMAN_JOB_PHASE_STORING;
      census.beside += is_started && foreman_job_run_is_beside (run);
      census.large += is_started && foreman_job_run_is_large (run);
    }
  return census;
}

/* How many may wait. A capacity that is larger for one model shows in how many run. */
static guint
window_get_size (ForemanDispatcher *self)
{
  ForemanGate *gate = self->context->gate;
  guint places = MAX (foreman_gate_get_places (gate), foreman_gate_get_running (gate));

  return SPARE + SPARE_PER_PLACE * places;
}

/* (element-type ForemanJobRun): so that the table may change meanwhile */
GPtrArray *
foreman_dispatcher_list_runs (ForemanDispatcher *self)
{
  GPtrArray *runs = g_ptr_array_new_full (g_hash_table_size (self->runs), g_object_unref);
  GHashTableIter iter;
  gpointer run;

  g_hash_table_iter_init (&iter, self->runs);
  while (g_hash_table_iter_next (&iter, NULL, &run))
    g_ptr_array_add (runs, g_object_ref (run));
  return runs;
}

/* The order in which the store picks. */
static gint
compare_runs (gconstpointer a, gconstpointer b)
{
  const ForemanJobRecord *left = foreman_job_run_get_job (*(ForemanJobRun **) a);
  const ForemanJobRecord *right = foreman_job_run_get_job (*(ForemanJobRun **) b);

  if (left->priority != right->priority)
    return left->priority > right->priority ? -1 : 1;
  return strcmp (left->id, right->id);
}

static GPtrArray *
window_list_waiting (ForemanDispatcher *self)
{
  GPtrArray *runs = foreman_dispatcher_list_runs (self);

  for (guint i = runs->len; i > 0; i--)
    if (!foreman_job_run_is_waiting (runs->pdata[i - 1]))
      g_ptr_array_remove_index_fast (runs, i - 1);
  g_ptr_array_sort (runs, compare_runs);
  return runs;
}

/* Starts what there is room for, in order. */
static void
window_start (ForemanDispatcher *self)
{
  Census census = window_count (self);
  g_autoptr (GPtrArray) waiting = NULL;

  if (census.claimed == 0)
    return;
  waiting = window_list_waiting (self);
  for (guint i = 0; i < waiting->len && foreman_dispatcher_is_open (self); i++)
    {
      ForemanJobRun *run = waiting->pdata[i];
      gboolean is_beside = foreman_job_run_is_beside (run);
      gboolean is_large = foreman_job_run_is_large (run);

      if (foreman_job_run_get_phase (run) != FOREMAN_JOB_PHASE_CLAIMED ||
          (is_beside && census.beside >= MAX_BESIDE) || (is_large && census.large >= MAX_LARGE))
        continue;
      census.beside += is_beside;
      census.large += is_large;
      foreman_job_run_start (run);
    }
}

/* Gives back the least urgent of those that wait, if more urgent ones have taken their places. */
static void
window_trim (ForemanDispatcher *self)
{
  g_autoptr (GPtrArray) waiting = window_list_waiting (self);
  guint size = window_get_size (self);

  for (guint i = size; i < waiting->len; i++)
    foreman_job_run_withdraw (waiting->pdata[i]);
}

/* What became of a job says something about others. */
static void
on_held (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!foreman_store_hold_finish (FOREMAN_STORE (source), result, &error))
    g_debug ("jobs were not held: %s", error->message);
}

static void
window_learn (ForemanDispatcher *self, ForemanJobRun *run)
{
  const ForemanJobRecord *job = foreman_job_run_get_job (run);
  const ForemanJobVerdict *verdict = foreman_job_run_get_verdict (run);
  const char *error = foreman_job_run_get_error (run);

  if (verdict->is_permanent)
    {
      if (foreman_hold_rule_note_failure (self->hold_rule, job, error, verdict->error_code))
        foreman_store_hold_async (self->context->store, job->submitter, job->group, job->model_key,
                                  error, verdict->error_code,
                                  foreman_clock_get_real (self->context->clock), NULL, on_held,
                                  NULL);
    }
  else if (verdict->state == FOREMAN_JOB_DONE || verdict->counts)
    foreman_hold_rule_note_other (self->hold_rule, job);
}

static void
window_remember (ForemanDispatcher *self, ForemanJobRun *run)
{
  g_queue_push_head (&self->recent, g_object_ref (run));
  if (self->recent.length > MAX_RECENT)
    g_object_unref (g_queue_pop_tail (&self->recent));
}

/* For the dispatcher: (transfer none) (nullable): who has text of that job, whether it runs or was
 * done just now. */
ForemanJobRun *
foreman_dispatcher_find_told (ForemanDispatcher *self, const char *id)
{
  ForemanJobRun *run = g_hash_table_lookup (self->runs, id);

  if (run != NULL && foreman_job_run_get_phase (run) >= FOREMAN_JOB_PHASE_RUNNING)
    return run;
  for (GList *link = self->recent.head; run == NULL && link != NULL; link = link->next)
    if (g_str_equal (foreman_job_run_get_job (link->data)->id, id))
      return link->data;
  return NULL;
}

/* Only a job that is queued can be told to wait for its model. */
static void
window_forget (ForemanDispatcher *self, ForemanJobRun *run)
{
  g_autoptr (ForemanJobRun) alive = g_object_ref (run);
  const ForemanJobRecord *job = foreman_job_run_get_job (run);

  g_signal_handlers_disconnect_by_data (run, self);
  g_hash_table_remove (self->runs, job->id);
  if (foreman_job_run_get_verdict (run)->state == FOREMAN_JOB_DONE)
    window_remember (self, run);
  if (g_strcmp0 (foreman_job_run_get_verdict (run)->reason, "model_missing") == 0)
    foreman_job_models_park (self->models, job);
}

static void
on_phase_changed (ForemanJobRun *run, ForemanDispatcher *self)
{
  ForemanJobPhase phase = foreman_job_run_get_phase (run);

  if (phase == FOREMAN_JOB_PHASE_STORING)
    {
      window_learn (self, run);
      foreman_dispatcher_emit_attempt_ended (self, run);
    }
  if (phase == FOREMAN_JOB_PHASE_OVER)
    window_forget (self, run);
  if (phase >= FOREMAN_JOB_PHASE_RUNNING)
    foreman_dispatcher_pump (self);
  foreman_dispatcher_check_idle (self);
}

static void
on_progress (ForemanJobRun *run, guint64 tokens, ForemanDispatcher *self)
{
  foreman_dispatcher_emit_progress (self, foreman_job_run_get_job (run)->id, tokens);
}

static void
on_output (ForemanJobRun *run, const char *text, guint64 offset, ForemanDispatcher *self)
{
  foreman_dispatcher_emit_output (self, foreman_job_run_get_job (run)->id, text, offset);
}

/* Claiming */

static void
window_take (ForemanDispatcher *self, const ForemanClaim *claim)
{
  g_autoptr (ForemanJobRun) run = foreman_job_run_new (self->context, claim);
  const char *id = claim->job->id;

  /* An earlier attempt of the same job is still being written; it will come up again. */
  if (g_hash_table_contains (self->runs, id))
    {
      foreman_job_run_withdraw (run);
      return;
    }
  g_signal_connect (run, "phase-changed", G_CALLBACK (on_phase_changed), self);
  g_signal_connect (run, "progress", G_CALLBACK (on_progress), self);
  g_signal_connect (run, "output", G_CALLBACK (on_output), self);
  g_hash_table_insert (self->runs, g_strdup (id), g_object_ref (run));
  if (foreman_job_models_is_missing (self->models, claim->job))
    {
      foreman_job_run_withdraw (run);
      foreman_job_models_park (self->models, claim->job);
    }
  else if (!foreman_dispatcher_is_open (self))
    foreman_job_run_withdraw (run);
}

typedef struct
{
  ForemanDispatcher *dispatcher; /* (owned) */
  guint n_starts;
  guint limit;
} Claiming;

static void
claiming_free (Claiming *claiming)
{
  g_object_unref (claiming->dispatcher);
  g_free (claiming);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Claiming, claiming_free)

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Claiming) claiming = data;
  ForemanDispatcher *self = claiming->dispatcher;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) claims =
      foreman_store_claim_finish (FOREMAN_STORE (source), result, &error);

  self->is_claiming = FALSE;
  if (claims == NULL)
    {
      g_debug ("no jobs were claimed: %s", error->message);
      foreman_dispatcher_begin_again (self);
    }
  else
    {
      foreman_failpoint ("pick-after");
      self->may_have_more |= claims->len >= claiming->limit;
      for (guint i = 0; i < claims->len && claiming->n_starts == self->n_starts; i++)
        window_take (self, g_ptr_array_index (claims, i));
      window_trim (self);
    }
  foreman_dispatcher_pump (self);
  foreman_dispatcher_check_idle (self);
}

static void
window_claim (ForemanDispatcher *self, guint limit)
{
  Claiming *claiming = g_new0 (Claiming, 1);

  claiming->dispatcher = g_object_ref (self);
  claiming->n_starts = self->n_starts;
  claiming->limit = limit;
  self->is_claiming = TRUE;
  self->may_have_more = FALSE;
  self->n_overtaking = 0;
  foreman_store_claim_async (self->context->store, self->context->owner, limit, NULL, on_claimed,
                             claiming);
}

/* Starts and claims what there is room for; called after anything that can have made some. */
void
foreman_dispatcher_pump (ForemanDispatcher *self)
{
  Census census;
  guint size, room;

  if (!foreman_dispatcher_is_open (self))
    return;
  window_start (self);
  census = window_count (self);
  size = window_get_size (self);
  room = size > census.waiting ? size - census.waiting : 0;
  room = MAX (room, MIN (self->n_overtaking, size));
  if (room > 0 && self->may_have_more && !self->is_claiming && census.storing < MAX_STORING)
    window_claim (self, room);
}

/* Gives all claims of what has not begun back. */
void
foreman_dispatcher_withdraw (ForemanDispatcher *self)
{
  g_autoptr (GPtrArray) waiting = window_list_waiting (self);

  for (guint i = 0; i < waiting->len; i++)
    foreman_job_run_withdraw (waiting->pdata[i]);
  self->may_have_more = TRUE;
}

/* Changes */

/* A job of ours was changed by somebody. */
static void
window_note_own (ForemanDispatcher *self, ForemanJobRun *run, const ForemanJobRecord *job)
{
  const ForemanJobRecord *known = foreman_job_run_get_job (run);
  gboolean is_taken = job->claim > known->claim || job->state == FOREMAN_JOB_HELD ||
                      foreman_job_state_is_terminal (job->state);

  if (is_taken)
    foreman_job_run_abandon (run);
  else if (foreman_job_run_is_waiting (run) &&
           (job->priority != known->priority || g_strcmp0 (job->model_key, known->model_key) != 0 ||
            job->state != FOREMAN_JOB_QUEUED))
    foreman_job_run_withdraw (run);
}

static int
window_get_lowest_priority (ForemanDispatcher *self)
{
  int lowest = G_MAXINT;
  GHashTableIter iter;
  gpointer run;

  g_hash_table_iter_init (&iter, self->runs);
  while (g_hash_table_iter_next (&iter, NULL, &run))
    if (foreman_job_run_is_waiting (run))
      lowest = MIN (lowest, foreman_job_run_get_job (run)->priority);
  return lowest;
}

/* The store's news: who was cancelled or changed while we have it, and who is more urgent than
 * those that wait. */
void
foreman_dispatcher_note_changes (ForemanDispatcher *self, GPtrArray *jobs)
{
  int lowest = window_get_lowest_priority (self);

  for (guint i = 0; i < jobs->len; i++)
    {
      const ForemanJobRecord *job = g_ptr_array_index (jobs, i);
      ForemanJobRun *run = g_hash_table_lookup (self->runs, job->id);

      if (run != NULL)
        {
          g_autoptr (ForemanJobRun) alive = g_object_ref (run);

          window_note_own (self, run, job);
        }
      else if (job->state == FOREMAN_JOB_QUEUED && job->priority > lowest)
        self->n_overtaking++;
    }
  if (self->n_overtaking > 0)
    foreman_dispatcher_pump (self);
}

/* Lets go of everything, without a word to the store. */
void
foreman_dispatcher_window_clear (ForemanDispatcher *self)
{
  g_autoptr (GPtrArray) runs = foreman_dispatcher_list_runs (self);

  for (guint i = 0; i < runs->len; i++)
    {
      g_signal_handlers_disconnect_by_data (runs->pdata[i], self);
      foreman_job_run_abandon (runs->pdata[i]);
    }
  g_hash_table_remove_all (self->runs);
  g_queue_clear_full (&self->recent, g_object_unref);
}

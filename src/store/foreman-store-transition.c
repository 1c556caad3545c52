/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "store/foreman-job-machine.h"
#include "store/foreman-store-events-private.h"
#include "store/foreman-store-job-private.h"

/* One that became terminal, in ForemanStoreDatabase.settled. */
typedef struct
{
  gint64 key;
  gint64 is_done;
} Settled;

/* What happens with every change of state: its event, and who is told */

static int
choose_delivery (ForemanStoreJob *self)
{
  const ForemanJobRecord *record = self->record;

  if (record->webhook_url == NULL ||
      (record->webhook_events != 0 && (record->webhook_events & 1u << record->state) == 0))
    return FOREMAN_STORE_DELIVERY_NONE;
  return record->webhook_pending > 0 ? FOREMAN_STORE_DELIVERY_WAITS : FOREMAN_STORE_DELIVERY_NEXT;
}

static void
insert_event (ForemanStoreDatabase *database, ForemanStoreJob *self, gint64 now)
{
  ForemanJobRecord *record = self->record;
  int delivery = choose_delivery (self);

  if (delivery != FOREMAN_STORE_DELIVERY_NONE)
    record->webhook_pending++;
  foreman_store_run (database,
                     "INSERT INTO events (sequence, job, previous_state, state, at, attempt, error,"
                     " error_code, delivery) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     SQL_INT (++database->last_event), SQL_INT (self->key),
                     SQL_INT (record->previous_state), SQL_INT (record->state), SQL_INT (now),
                     SQL_INT (record->attempt), SQL_TEXT (record->error),
                     SQL_TEXT (record->error_code), SQL_INT (delivery));
}

static void
tell (ForemanStoreDatabase *database, ForemanStoreJob *self, gint64 now)
{
  insert_event (database, self, now);
  g_ptr_array_add (database->changed, foreman_job_record_ref (self->record));
}

/* What the rest of the transaction, and everybody after it, has to know. */
static void
note_change (ForemanStoreDatabase *database, ForemanStoreJob *self)
{
  if (self->record->state == FOREMAN_JOB_QUEUED && self->parked_at == 0 &&
      self->record->not_before == 0)
    database->wanted = TRUE;
  if (foreman_job_state_is_terminal (self->record->state))
    {
      Settled settled = { self->key, self->record->state == FOREMAN_JOB_DONE };

      g_array_append_val (database->settled, settled);
    }
}

static void
write_row (ForemanStoreDatabase *database, ForemanStoreJob *self)
{
  const ForemanJobRecord *record = self->record;

  foreman_store_run (
      database,
      "UPDATE jobs SET state = ?, previous_state = ?, reason = ?, attempt = ?, crashes = ?,"
      " owner = ?, run_at = ?, not_before = ?, is_relative = ?, queued_at = ?, parked_at = ?,"
      " started_at = ?, finished_at = ?, expires_at = ?, error = ?, error_code = ?,"
      " http_status = ?, prompt_tokens = ?, completion_tokens = ?, queue_time = ?, load_time = ?,"
      " run_time = ?, webhook_pending = ? WHERE key = ?",
      SQL_INT (record->state), SQL_INT (record->previous_state), SQL_TEXT (record->reason),
      SQL_INT (record->attempt), SQL_INT (record->crashes), SQL_TEXT (self->owner),
      SQL_INT (record->run_at), SQL_INT (record->not_before), SQL_INT (self->is_relative),
      SQL_INT (self->queued_at), SQL_INT (self->parked_at), SQL_INT (record->started_at),
      SQL_INT (record->finished_at), SQL_INT (record->expires_at), SQL_TEXT (record->error),
      SQL_TEXT (record->error_code), SQL_INT (record->http_status), SQL_INT (record->prompt_tokens),
      SQL_INT (record->completion_tokens), SQL_INT (record->queue_time),
      SQL_INT (record->load_time), SQL_INT (record->run_time), SQL_INT (record->webhook_pending),
      SQL_INT (self->key));
}

/* What a state means for the row */

static void
leave_state (ForemanStoreJob *self, gint64 now)
{
  ForemanJobRecord *record = self->record;

  if (record->state == FOREMAN_JOB_QUEUED && self->parked_at == 0 && self->queued_at > 0)
    record->queue_time += MAX (0, now - self->queued_at);
  self->queued_at = 0;
  record->finished_at = 0;
  record->expires_at = 0;
}

/* Others of its model may be waiting for that to be installed: then so does this one. */
static gboolean
is_model_missing (ForemanStoreDatabase *database, const char *model_key)
{
  return g_hash_table_contains (database->parked, model_key) &&
         foreman_store_query_int (database,
                                  "SELECT 1 FROM jobs WHERE state = 2 AND model_key = ?"
                                  " AND parked_at > 0 LIMIT 1",
                                  SQL_TEXT (model_key)) != 0;
}

static void
park (ForemanStoreDatabase *database, ForemanStoreJob *self, gint64 now)
{
  self->parked_at = now;
  g_free (self->record->reason);
  self->record->reason = g_strdup (FOREMAN_STORE_MODEL_MISSING);
  if (!g_hash_table_contains (database->parked, self->record->model_key))
    g_hash_table_add (database->parked, g_strdup (self->record->model_key));
}

static void
enter_queue (ForemanStoreDatabase *database, ForemanStoreJob *self, gint64 now)
{
  ForemanJobRecord *record = self->record;

  if (record->not_before <= now)
    record->not_before = 0;
  self->queued_at = MAX (now, record->not_before);
  self->parked_at = 0;
  g_clear_pointer (&self->owner, g_free);
  if (g_strcmp0 (record->reason, FOREMAN_STORE_MODEL_MISSING) == 0 ||
      is_model_missing (database, record->model_key))
    park (database, self, now);
}

static void
enter_state (ForemanStoreDatabase *database, ForemanStoreJob *self, gint64 now)
{
  ForemanJobRecord *record = self->record;

  if (record->state == FOREMAN_JOB_QUEUED)
    enter_queue (database, self, now);
  else
    self->parked_at = 0;
  if (!foreman_job_state_is_running (record->state))
    g_clear_pointer (&self->owner, g_free);
  if (foreman_job_state_is_terminal (record->state))
    {
      record->not_before = 0;
      record->finished_at = now;
      record->expires_at = record->ttl > 0 ? now + record->ttl : 0;
    }
}

/* A new job, whose row is being written by the caller: @self->record has its state and times, but
 * for those that follow from it. */
void
foreman_store_job_enter (ForemanStoreDatabase *database, ForemanStoreJob *self)
{
  ForemanJobRecord *record = self->record;

  g_return_if_fail (foreman_job_machine_allows (FOREMAN_JOB_NOWHERE, record->state));

  record->previous_state = FOREMAN_JOB_NOWHERE;
  enter_state (database, self, record->created_at);
  tell (database, self, record->created_at);
  database->counts[record->state]++;
  note_change (database, self);
}

/* Brings a job into another state, with all that follows from it, but for the jobs that wait for
 * it: foreman_store_job_settle() does those. What else is to change of the row the caller has set
 * in the record. From queued to queued is no change that anybody is told of. FOREMAN_ERROR_CONFLICT
 * where the machine does not allow it; then nothing was done. */
gboolean
foreman_store_job_move (ForemanStoreDatabase *database,
                        ForemanStoreJob *self,
                        ForemanJobState state,
                        gint64 now,
                        GError **error)
{
  ForemanJobRecord *record = self->record;
  ForemanJobState before = record->state;

  if (!foreman_job_machine_allows (before, state))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
                   "job %s is %s and cannot become %s", record->id,
                   foreman_job_state_to_string (before), foreman_job_state_to_string (state));
      return FALSE;
    }
  leave_state (self, now);
  if (state != before)
    record->previous_state = before;
  record->state = state;
  enter_state (database, self, now);
  if (state != before)
    tell (database, self, now);
  write_row (database, self);
  database->counts[before]--;
  database->counts[state]++;
  note_change (database, self);
  return TRUE;
}

/* Those that wait for others */

static void
release (ForemanStoreDatabase *database, ForemanStoreJob *self, gint64 now)
{
  ForemanJobState state =
      self->record->not_before > now ? FOREMAN_JOB_SCHEDULED : FOREMAN_JOB_QUEUED;

  foreman_store_job_move (database, self, state, now, NULL);
}

/* One that waits for a job that will never be done. */
void
foreman_store_job_fail_dependent (ForemanStoreDatabase *database, ForemanStoreJob *self, gint64 now)
{
  g_free (self->record->error);
  g_free (self->record->error_code);
  self->record->error = g_strdup ("a job that this one waits for was not done");
  self->record->error_code = g_strdup ("dependency_failed");
  foreman_store_job_move (database, self, FOREMAN_JOB_FAILED, now, NULL);
}

/* (transfer full): the keys of those whose fate is settled by it. The others are not loaded: one
 * that waits for thousands would be, thousands of times. */
static GArray *
list_dependents (ForemanStoreDatabase *database, const Settled *settled)
{
  if (!settled->is_done)
    return foreman_store_query_keys (database,
                                     "SELECT key FROM dependencies JOIN jobs ON key = job"
                                     " WHERE needs = ? AND state = 1",
                                     SQL_INT (settled->key));
  foreman_store_run (database,
                     "UPDATE jobs SET waits_for = waits_for - 1 WHERE state = 1"
                     " AND key IN (SELECT job FROM dependencies WHERE needs = ?)",
                     SQL_INT (settled->key));
  return foreman_store_query_keys (database,
                                   "SELECT key FROM dependencies JOIN jobs ON key = job"
                                   " WHERE needs = ? AND state = 1 AND waits_for <= 0",
                                   SQL_INT (settled->key));
}

static void
settle_one (ForemanStoreDatabase *database, const Settled *settled, gint64 now)
{
  g_autoptr (GArray) dependents = list_dependents (database, settled);

  for (guint i = 0; i < dependents->len; i++)
    {
      g_autoptr (ForemanStoreJob) job =
          foreman_store_job_load (database, g_array_index (dependents, gint64, i));

      if (job == NULL || job->record->state != FOREMAN_JOB_BLOCKED)
        continue;
      if (settled->is_done)
        release (database, job, now);
      else
        foreman_store_job_fail_dependent (database, job, now);
    }
}

/* Sees to those that wait for the ones that became terminal, and to those that wait for these, and
 * so on. The worker calls it after each request. */
void
foreman_store_job_settle (ForemanStoreDatabase *database, gint64 now)
{
  for (guint i = 0; i < database->settled->len; i++)
    {
      Settled settled = g_array_index (database->settled, Settled, i);

      settle_one (database, &settled, now);
    }
  g_array_set_size (database->settled, 0);
}

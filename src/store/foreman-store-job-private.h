/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-database-private.h"

G_BEGIN_DECLS

/**
 * ForemanStoreJob:
 *
 * A row of `jobs` while something is done to it: the record, and what nobody outside is told.
 */
typedef struct
{
  gint64 key;
  ForemanJobRecord *record; /* (owned) */
  char *owner;              /* (owned) (nullable): the process that picked it */
  gint64 queued_at;         /* since when it could have run */
  gint64 parked_at;         /* since when its model is known to be missing */
  gboolean is_relative;     /* whether `not_before` follows elapsed time, not the wall clock */
  gint64 waits_for;         /* how many jobs are to be done before */
} ForemanStoreJob;

/* The reason of a queued job that waits for its model to be installed. */
#define FOREMAN_STORE_MODEL_MISSING "model_missing"

void foreman_store_job_free (ForemanStoreJob *self);
ForemanStoreJob *
foreman_store_job_find (ForemanStoreDatabase *database, const char *id, GError **error);
ForemanStoreJob *foreman_store_job_find_of (ForemanStoreDatabase *database,
                                            const char *id,
                                            const char *submitter,
                                            GError **error);
ForemanStoreJob *foreman_store_job_find_claimed (ForemanStoreDatabase *database,
                                                 const char *id,
                                                 gint64 claim,
                                                 const char *owner,
                                                 GError **error);
ForemanStoreJob *foreman_store_job_load (ForemanStoreDatabase *database, gint64 key);
ForemanStoreJob *foreman_store_job_from_row (ForemanStoreRows *rows);
ForemanJobRecord *foreman_store_job_to_record (ForemanStoreJob *self);

/* What foreman_store_job_from_row() reads. */
#define FOREMAN_STORE_SELECT_JOB "SELECT " FOREMAN_STORE_JOB_COLUMNS " FROM jobs "
#define FOREMAN_STORE_JOB_COLUMNS                                                                  \
  "key, id, submitter, endpoint, model, model_key, job_group, custom_id, idempotency_key,"         \
  " labels, after, state, previous_state, reason, priority, attempt, max_attempts,"                \
  " attempts_given, crashes, claim, owner, created_at, run_at, not_before, is_relative,"           \
  " queued_at, parked_at, started_at, finished_at, expires_at, timeout, ttl, error, error_code,"   \
  " http_status, prompt_tokens, completion_tokens, queue_time, load_time, run_time,"               \
  " webhook_url, webhook_events, webhook_pending, webhook_last_status, waits_for_model,"           \
  " waits_for"

/* In foreman-store-transition.c: the only ways in which a job's state changes. */
void foreman_store_job_enter (ForemanStoreDatabase *database, ForemanStoreJob *self);
gboolean foreman_store_job_move (ForemanStoreDatabase *database,
                                 ForemanStoreJob *self,
                                 ForemanJobState state,
                                 gint64 now,
                                 GError **error);
void foreman_store_job_fail_dependent (ForemanStoreDatabase *database,
                                       ForemanStoreJob *self,
                                       gint64 now);
void foreman_store_job_settle (ForemanStoreDatabase *database, gint64 now);

/* In foreman-store-artifacts.c */
#define FOREMAN_STORE_PIECE_SIZE (256 * 1024)
void foreman_store_append_piece (ForemanStoreDatabase *database,
                                 gint64 job,
                                 gint64 claim,
                                 const char *name,
                                 const char *content_type,
                                 GBytes *piece);
void foreman_store_remove_artifact (ForemanStoreDatabase *database, gint64 job, const char *name);
void foreman_store_load_artifacts (ForemanStoreDatabase *database,
                                   ForemanStoreJob *job,
                                   gboolean with_data);
gint64
foreman_store_get_artifact_claim (ForemanStoreDatabase *database, gint64 job, const char *name);
GBytes *foreman_store_read_pieces (ForemanStoreDatabase *database,
                                   gint64 job,
                                   const char *name,
                                   gint64 offset,
                                   gsize length);

void foreman_store_write_request (ForemanStoreDatabase *database, gint64 job, GBytes *request);
GBytes *foreman_store_read_request (ForemanStoreDatabase *database,
                                    gint64 job,
                                    gint64 offset,
                                    gsize length);

/* In foreman-store-labels.c */
void foreman_store_insert_labels (ForemanStoreDatabase *database, const ForemanStoreJob *job);
void foreman_store_remove_labels (ForemanStoreDatabase *database, const ForemanStoreJob *job);

/* In foreman-store-purge.c: removes all of it. */
void foreman_store_purge (ForemanStoreDatabase *database, const ForemanStoreJob *job);
#define FOREMAN_STORE_NOT_WAITED_FOR                                                               \
  " AND NOT EXISTS (SELECT 1 FROM dependencies JOIN jobs AS other"                                 \
  " ON other.key = dependencies.job WHERE needs = jobs.key AND other.state = 1)"
gboolean foreman_store_is_waited_for (ForemanStoreDatabase *database, gint64 job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanStoreJob, foreman_store_job_free)

G_END_DECLS

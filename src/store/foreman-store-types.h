/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-job-record.h"

G_BEGIN_DECLS

/**
 * FOREMAN_STORE_REQUEST:
 *
 * The name under which foreman_store_read_async() reads what was submitted.
 */
#define FOREMAN_STORE_REQUEST "request"

/**
 * ForemanStoreLimits:
 * @max_jobs: so many jobs may be there that are not terminal; 0: no limit (`FOREMAN_MAX_JOBS`)
 * @min_free: bytes of disk that submissions leave free (`FOREMAN_MIN_FREE`)
 * @inline_limit: bytes of an artifact that come with its job (`FOREMAN_INLINE_LIMIT`)
 */
typedef struct
{
  guint64 max_jobs;
  guint64 min_free;
  guint64 inline_limit;
} ForemanStoreLimits;

/**
 * ForemanJobAction:
 * @FOREMAN_JOB_CANCEL: make it cancelled; a terminal one is %FOREMAN_ERROR_CONFLICT
 * @FOREMAN_JOB_RETRY: a failed, cancelled or held one is queued again with its attempts anew
 * @FOREMAN_JOB_PURGE: remove a terminal one; %FOREMAN_ERROR_CONFLICT while others wait for it
 * @FOREMAN_JOB_REDELIVER: have its dropped and delivered webhooks sent again
 *
 * What somebody can do with a job.
 */
typedef enum
{
  FOREMAN_JOB_CANCEL,
  FOREMAN_JOB_RETRY,
  FOREMAN_JOB_PURGE,
  FOREMAN_JOB_REDELIVER,
} ForemanJobAction;

/**
 * ForemanJobPatch:
 * @has_priority: whether @priority is to be set, and so on
 * @model_key: set together with @model
 * @labels: (nullable) (array zero-terminated=1): names and values in turn, sorted by name
 *
 * What is to change of a job that has not started; otherwise %FOREMAN_ERROR_CONFLICT. @ttl may be
 * changed at any time.
 */
typedef struct
{
  gboolean has_priority;
  int priority;
  gboolean has_run_at;
  gint64 run_at;
  const char *model;
  const char *model_key;
  gboolean has_labels;
  const char *const *labels;
  gboolean has_ttl;
  gint64 ttl;
} ForemanJobPatch;

/**
 * ForemanClaim:
 * @job: (owned): the job, with its claim
 * @request: (owned) (nullable): what was submitted; %NULL if it is large: read it when it is needed
 *
 * A job that was picked to run next. It is still queued; nobody else picks it.
 */
typedef struct
{
  ForemanJobRecord *job;
  GBytes *request;
} ForemanClaim;

/**
 * ForemanAttemptEnd:
 * @id: (owned): the job
 * @claim: the claim it was picked with; another one there means that this one came too late
 * @owner: (owned): the process
 * @state: what becomes of it: %FOREMAN_JOB_DONE, %FOREMAN_JOB_FAILED or %FOREMAN_JOB_QUEUED
 * @counts: whether it was a failure that counts as an attempt
 * @not_before: of a queued one: µs UTC; 0: at once
 * @reason: (owned) (nullable): of a queued one
 * @error: (owned) (nullable): one line; of a done one a warning
 * @error_code: (owned) (nullable)
 * @http_status: what the target answered; 0: nothing
 * @outcome: (owned): for the row of the attempt: `done`, `failed`, `retried`, `preempted`,
 *   `drained`, `paused`, `unreachable`, `timeout`, `cancelled`
 * @completion: (owned) (nullable): the answer, or what of it was not appended before
 * @content_type: (owned) (nullable): what the answer is
 * @prompt_tokens: -1: not known
 * @completion_tokens: -1: not known
 * @load_time: µs
 * @run_time: µs
 *
 * How an attempt ended. With @state done everything appended under `completion` by this claim, and
 * then @completion, is the answer; `partial` goes. Otherwise `completion` goes and `partial` stays.
 */
typedef struct
{
  char *id;
  gint64 claim;
  char *owner;
  ForemanJobState state;
  gboolean counts;
  gint64 not_before;
  char *reason;
  char *error;
  char *error_code;
  int http_status;
  char *outcome;
  GBytes *completion;
  char *content_type;
  gint64 prompt_tokens;
  gint64 completion_tokens;
  gint64 load_time;
  gint64 run_time;
} ForemanAttemptEnd;

/**
 * ForemanJobAttempt:
 *
 * One try, as it is on record.
 */
typedef struct
{
  gint64 number;
  gint64 started_at;
  gint64 ended_at; /* 0: it runs */
  char *outcome;   /* (owned) (nullable) */
  char *error;     /* (owned) (nullable) */
  int http_status;
} ForemanJobAttempt;

/**
 * ForemanJobEvent:
 *
 * A job went from one state to another.
 */
typedef struct
{
  gint64 sequence;    /* rises */
  char *job_id;       /* (owned) */
  int previous_state; /* -1: it was submitted */
  ForemanJobState state;
  gint64 at;
  char *model; /* (owned) */
  char *group; /* (owned) (nullable) */
  int attempt;
  char *error;      /* (owned) (nullable) */
  char *error_code; /* (owned) (nullable) */
} ForemanJobEvent;

/**
 * ForemanDeliveryEnd:
 * @FOREMAN_DELIVERY_DONE: it was taken
 * @FOREMAN_DELIVERY_LATER: it is to be tried again
 * @FOREMAN_DELIVERY_DROPPED: it was tried often enough
 */
typedef enum
{
  FOREMAN_DELIVERY_DONE,
  FOREMAN_DELIVERY_LATER,
  FOREMAN_DELIVERY_DROPPED,
} ForemanDeliveryEnd;

/**
 * ForemanDelivery:
 *
 * An event somebody is to be told of; of one job never a later one before an earlier one has ended.
 */
typedef struct
{
  ForemanJobEvent *event; /* (owned) */
  ForemanJobRecord *job;  /* (owned): as it is now, without its artifacts' data */
  int tries;              /* that failed so far */
} ForemanDelivery;

/**
 * ForemanQueuedModel:
 *
 * A model that jobs wait for.
 */
typedef struct
{
  char *model_key; /* (owned) */
  char *model;     /* (owned): as one of them wrote it */
  gboolean parked; /* whether they are marked as waiting for it, so that none is picked */
} ForemanQueuedModel;

/**
 * ForemanGroupSummary:
 *
 * What became of the jobs of a group so far.
 */
typedef struct
{
  char *group; /* (owned) */
  gint64 counts[FOREMAN_N_JOB_STATES];
  gint64 prompt_tokens;
  gint64 completion_tokens;
  gint64 first_created_at;
  gint64 last_finished_at;
  gint64 run_time;    /* µs, of those that are done, together */
  GHashTable *errors; /* (owned) (element-type utf8 gint64*): how many failed, by error code */
} ForemanGroupSummary;

#define FOREMAN_TYPE_CLAIM (foreman_claim_get_type ())
GType foreman_claim_get_type (void);
ForemanClaim *foreman_claim_copy (const ForemanClaim *claim);
void foreman_claim_free (ForemanClaim *claim);

#define FOREMAN_TYPE_ATTEMPT_END (foreman_attempt_end_get_type ())
GType foreman_attempt_end_get_type (void);
ForemanAttemptEnd *foreman_attempt_end_copy (const ForemanAttemptEnd *end);
ForemanAttemptEnd *foreman_attempt_end_new (const char *id, gint64 claim, const char *owner);
void foreman_attempt_end_free (ForemanAttemptEnd *end);

#define FOREMAN_TYPE_JOB_ATTEMPT (foreman_job_attempt_get_type ())
GType foreman_job_attempt_get_type (void);
ForemanJobAttempt *foreman_job_attempt_copy (const ForemanJobAttempt *attempt);
void foreman_job_attempt_free (ForemanJobAttempt *attempt);

#define FOREMAN_TYPE_JOB_EVENT (foreman_job_event_get_type ())
GType foreman_job_event_get_type (void);
ForemanJobEvent *foreman_job_event_copy (const ForemanJobEvent *event);
void foreman_job_event_free (ForemanJobEvent *event);

#define FOREMAN_TYPE_DELIVERY (foreman_delivery_get_type ())
GType foreman_delivery_get_type (void);
ForemanDelivery *foreman_delivery_copy (const ForemanDelivery *delivery);
void foreman_delivery_free (ForemanDelivery *delivery);

#define FOREMAN_TYPE_QUEUED_MODEL (foreman_queued_model_get_type ())
GType foreman_queued_model_get_type (void);
ForemanQueuedModel *foreman_queued_model_copy (const ForemanQueuedModel *model);
void foreman_queued_model_free (ForemanQueuedModel *model);

#define FOREMAN_TYPE_GROUP_SUMMARY (foreman_group_summary_get_type ())
GType foreman_group_summary_get_type (void);
ForemanGroupSummary *foreman_group_summary_copy (const ForemanGroupSummary *summary);
void foreman_group_summary_free (ForemanGroupSummary *summary);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanClaim, foreman_claim_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanAttemptEnd, foreman_attempt_end_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobAttempt, foreman_job_attempt_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobEvent, foreman_job_event_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanDelivery, foreman_delivery_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanQueuedModel, foreman_queued_model_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanGroupSummary, foreman_group_summary_free)

G_END_DECLS

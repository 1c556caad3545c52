/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "libforeman/foreman-job-state.h"

G_BEGIN_DECLS

/**
 * ForemanArtifact:
 * @name: (owned): `completion`, `partial`, or another
 * @content_type: (owned): what it is
 * @size: its length in bytes
 * @data: (owned) (nullable): its bytes, where they were asked for and are few enough
 *
 * A named result of a job.
 */
typedef struct
{
  char *name;
  char *content_type;
  gint64 size;
  GBytes *data;
} ForemanArtifact;

/**
 * ForemanJobRecord:
 * @id: (owned): a ULID; later jobs have higher ones
 * @submitter: (owned): whose it is: `token:NAME`, `uid:N`, `local`
 * @endpoint: (owned): a path, such as `/api/chat`
 * @model: (owned): the model as the submitter wrote it
 * @model_key: (owned): the same for all spellings of one model, see foreman_model_name_to_key()
 * @group: (owned) (nullable): what it belongs to
 * @custom_id: (owned) (nullable): the name of an OpenAI batch line
 * @idempotency_key: (owned) (nullable): what makes a repeated submission the same
 * @labels: (owned) (nullable) (array zero-terminated=1): names and values in turn, sorted by name
 * @after: (owned) (nullable) (array zero-terminated=1): the ids of the jobs it waits for
 * @state: where it stands
 * @previous_state: (nullable): where it stood before; -1: nowhere
 * @reason: (owned) (nullable): why it stands there: `model_missing`, `backoff`, `preempted`,
 *   `drained`, `paused`, `target_unreachable`, `crashed`
 * @priority: -100 to 100; the higher one goes first
 * @attempt: failures that reached the target so far
 * @max_attempts: how many there may be
 * @attempts_given: whether the submitter named @max_attempts
 * @crashes: how often the process died over it
 * @claim: rises with every pick
 * @created_at: µs UTC, as are all times here; 0: never
 * @run_at: not before that, as the submitter wants it
 * @not_before: not before that, by @run_at or a backoff
 * @started_at: when the last attempt was begun
 * @finished_at: when it became terminal
 * @expires_at: when it will be removed; 0: never
 * @timeout: µs of one attempt, from its first byte; 0: none
 * @ttl: µs from its end to its removal; 0: for ever
 * @error: (owned) (nullable): one line
 * @error_code: (owned) (nullable): a word: `timeout`, `dependency_failed`, `poison`,
 * `model_missing`, `target_error`, …
 * @http_status: what the target answered; 0: nothing
 * @prompt_tokens: read; -1: not known
 * @completion_tokens: written; -1: not known
 * @queue_time: µs that it waited while it could have run
 * @load_time: µs of loading the model
 * @run_time: µs of its last attempt
 * @webhook_url: (owned) (nullable): who is told of its states
 * @webhook_events: the states that are told, a bit each: 1 << ForemanJobState
 * @webhook_pending: how many deliveries are still to be made
 * @webhook_last_status: what the last one was answered; 0: none was, -1: it did not arrive
 * @waits_for_model: whether it was accepted although its model was not installed (`if_missing`)
 * @position: how many go before it; -1: not known or not queued
 * @artifacts: (owned) (element-type ForemanArtifact): its results
 *
 * A job as the store has it, at one moment. Immutable once it was handed out.
 */
typedef struct
{
  /*< private >*/
  gatomicrefcount ref_count;
  /*< public >*/
  char *id;
  char *submitter;
  char *endpoint;
  char *model;
  char *model_key;
  char *group;
  char *custom_id;
  char *idempotency_key;
  char **labels;
  char **after;
  ForemanJobState state;
  int previous_state;
  char *reason;
  int priority;
  int attempt;
  int max_attempts;
  gboolean attempts_given;
  int crashes;
  gint64 claim;
  gint64 created_at;
  gint64 run_at;
  gint64 not_before;
  gint64 started_at;
  gint64 finished_at;
  gint64 expires_at;
  gint64 timeout;
  gint64 ttl;
  char *error;
  char *error_code;
  int http_status;
  gint64 prompt_tokens;
  gint64 completion_tokens;
  gint64 queue_time;
  gint64 load_time;
  gint64 run_time;
  char *webhook_url;
  guint webhook_events;
  int webhook_pending;
  int webhook_last_status;
  gboolean waits_for_model;
  gint64 position;
  GPtrArray *artifacts;
} ForemanJobRecord;

#define FOREMAN_TYPE_JOB_RECORD (foreman_job_record_get_type ())
GType foreman_job_record_get_type (void);
ForemanJobRecord *foreman_job_record_new (void);
ForemanJobRecord *foreman_job_record_ref (ForemanJobRecord *self);
void foreman_job_record_unref (ForemanJobRecord *self);
const ForemanArtifact *foreman_job_record_find_artifact (const ForemanJobRecord *self,
                                                         const char *name);
void foreman_job_record_take_artifact (ForemanJobRecord *self, ForemanArtifact *artifact);

#define FOREMAN_TYPE_ARTIFACT (foreman_artifact_get_type ())
GType foreman_artifact_get_type (void);
ForemanArtifact *foreman_artifact_copy (const ForemanArtifact *artifact);
void foreman_artifact_free (ForemanArtifact *artifact);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanJobRecord, foreman_job_record_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanArtifact, foreman_artifact_free)

G_END_DECLS

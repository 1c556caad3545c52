/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "libforeman/foreman-job-state.h"

G_BEGIN_DECLS

/**
 * ForemanSubmission:
 * @submitter: (owned): whose job it will be
 * @sees_all: whether @after may name jobs of other submitters
 * @endpoint: (owned): a path, such as `/api/chat`
 * @model: (owned): the model as the submitter wrote it
 * @model_key: (owned): see foreman_model_name_to_key()
 * @request: (owned): the request for the endpoint, to the byte, without extension fields
 * @request_hash: (owned) (nullable): hex SHA-256 of endpoint and request, where there is an
 *   @idempotency_key
 * @group: (owned) (nullable)
 * @custom_id: (owned) (nullable)
 * @idempotency_key: (owned) (nullable): unique per submitter
 * @labels: (owned) (nullable) (array zero-terminated=1): names and values in turn, sorted by name
 * @after: (owned) (nullable) (array zero-terminated=1): ids of jobs to wait for
 * @webhook_url: (owned) (nullable)
 * @webhook_events: states that are told, a bit each; 0 is all where there is a @webhook_url
 * @priority: -100 to 100
 * @max_attempts: 1 to 50
 * @attempts_given: whether the submitter named it
 * @run_at: µs UTC; 0: at once
 * @delay: µs from submission; 0: none. Excludes @run_at. Follows elapsed time, not the wall clock
 * @timeout: µs; 0: none
 * @ttl: µs; 0: for ever
 * @waits_for_model: `if_missing` is `wait`
 *
 * What is to become a job. A value: filled in by one owner, then only read.
 */
typedef struct
{
  /*< private >*/
  gatomicrefcount ref_count;
  /*< public >*/
  char *submitter;
  gboolean sees_all;
  char *endpoint;
  char *model;
  char *model_key;
  GBytes *request;
  char *request_hash;
  char *group;
  char *custom_id;
  char *idempotency_key;
  char **labels;
  char **after;
  char *webhook_url;
  guint webhook_events;
  int priority;
  int max_attempts;
  gboolean attempts_given;
  gint64 run_at;
  gint64 delay;
  gint64 timeout;
  gint64 ttl;
  gboolean waits_for_model;
} ForemanSubmission;

#define FOREMAN_TYPE_SUBMISSION (foreman_submission_get_type ())
GType foreman_submission_get_type (void);
ForemanSubmission *foreman_submission_new (void);
ForemanSubmission *foreman_submission_new_for (const char *submitter, const char *endpoint);
void foreman_submission_set_request (ForemanSubmission *self,
                                     const char *model,
                                     const char *model_key,
                                     GBytes *request);
ForemanSubmission *foreman_submission_ref (ForemanSubmission *self);
void foreman_submission_unref (ForemanSubmission *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanSubmission, foreman_submission_unref)

G_END_DECLS

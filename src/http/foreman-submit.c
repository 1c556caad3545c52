/* SPDX-License-Identifier: MIT */
#include "http/foreman-submit.h"

#include "http/foreman-model-check.h"
#include "http/foreman-router.h"
#include "jobs/foreman-webhooks.h"
#include "libforeman/foreman-failpoint.h"

#include <string.h>

/**
 * Submit:
 *
 * A submission on its way into the store. Its request counts against FOREMAN_MAX_BUFFERED until it
 * is there.
 */
typedef struct
{
  ForemanExchange *exchange;     /* (owned) */
  ForemanSubmission *submission; /* (owned) */
} Submit;

static gint64
request_size (Submit *self)
{
  return (gint64) g_bytes_get_size (self->submission->request);
}

static void
submit_free (Submit *self)
{
  foreman_exchange_get_context (self->exchange)->buffered -= request_size (self);
  foreman_submission_unref (self->submission);
  g_clear_object (&self->exchange);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Submit, submit_free)

/**
 * foreman_submit_get_defaults:
 * @exchange: an exchange
 * @defaults: (out caller-allocates): what holds for its submissions; points into @exchange
 * @error: return location for an error
 *
 * Finds out what the caller may ask for, and what the settings say. Main thread, as is everything
 * here.
 *
 * Returns: whether the request's Idempotency-Key can be one
 */
gboolean
foreman_submit_get_defaults (ForemanExchange *exchange,
                             ForemanSubmissionDefaults *defaults,
                             GError **error)
{
  ForemanConfig *config = foreman_exchange_get_context (exchange)->config;
  ForemanCaller *caller = foreman_exchange_get_caller (exchange);

  *defaults = (ForemanSubmissionDefaults){
    .submitter = caller->name,
    .sees_all = foreman_scopes_allow (caller->scopes, FOREMAN_SCOPE_JOBS_ALL),
    .max_priority = caller->max_priority,
    .max_attempts = foreman_config_get_int (config, FOREMAN_CONFIG_MAX_ATTEMPTS),
    .timeout = foreman_config_get_duration (config, FOREMAN_CONFIG_JOB_TIMEOUT),
    .ttl = foreman_config_get_duration (config, FOREMAN_CONFIG_JOB_TTL),
    .idempotency_key = foreman_head_get (foreman_exchange_get_head (exchange), "idempotency-key"),
  };
  return !defaults->idempotency_key ||
         foreman_submission_check_key (defaults->idempotency_key, error);
}

/**
 * foreman_submit_check_webhook:
 * @exchange: an exchange
 * @submission: what is to become a job
 * @error: return location for an error
 *
 * Returns: whether the caller may have its webhook's address called
 */
gboolean
foreman_submit_check_webhook (ForemanExchange *exchange,
                              ForemanSubmission *submission,
                              GError **error)
{
  ForemanCaller *caller = foreman_exchange_get_caller (exchange);
  gboolean is_trusted = foreman_webhook_submitter_is_trusted (caller->name);

  return !submission->webhook_url ||
         foreman_webhook_check_url (foreman_exchange_get_context (exchange)->config,
                                    submission->webhook_url, is_trusted, error);
}

/**
 * foreman_submit_dup_doubtful_model:
 * @exchange: an exchange
 * @submission: what is to become a job
 *
 * A job may wait for its model, or for a target that cannot be asked; cloud models are in no list.
 *
 * Returns: (transfer full) (nullable): the model, if it has to be asked for before @submission is
 *   accepted
 */
ForemanModelName *
foreman_submit_dup_doubtful_model (ForemanExchange *exchange, ForemanSubmission *submission)
{
  ForemanInventory *inventory = foreman_exchange_get_context (exchange)->inventory;
  g_autoptr (ForemanModelName) name = NULL;

  if (submission->waits_for_model || foreman_inventory_is_unreachable (inventory))
    return NULL;
  name = foreman_model_name_parse (submission->model, NULL);
  if (!name || name->source == FOREMAN_MODEL_SOURCE_CLOUD ||
      foreman_model_check_passes (inventory, name))
    return NULL;
  return g_steal_pointer (&name);
}

static void
answer_accepted (ForemanExchange *exchange, const char *id, gboolean is_repeated)
{
  const char *prefix = foreman_exchange_get_caller (exchange)->prefix;
  g_autofree char *location = g_strconcat (prefix ? prefix : "", "/jobs/", id, NULL);
  g_autofree char *body = g_strdup_printf ("{\"job_id\":\"%s\"}", id);

  foreman_exchange_add_header (exchange, "Location", location);
  if (!foreman_route_is_own (foreman_exchange_get_record (exchange)->route))
    foreman_exchange_add_header (exchange, "Preference-Applied", "respond-async");
  foreman_failpoint ("accepted-before");
  foreman_exchange_answer (exchange, is_repeated ? 200 : 202, "application/json; charset=utf-8",
                           body, strlen (body));
  foreman_failpoint ("accepted-after");
}

static void
on_submitted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Submit) self = user_data;
  gboolean is_repeated = FALSE;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_submit_finish (FOREMAN_STORE (source), result, &is_repeated, &error);

  if (foreman_exchange_is_over (self->exchange))
    return;
  if (job)
    answer_accepted (self->exchange, job->id, is_repeated);
  else
    foreman_exchange_answer_failure (self->exchange, error);
}

/* What was sent is not taken back when the client leaves: it may have counted on it. */
static void
store (Submit *self)
{
  ForemanHttpContext *context = foreman_exchange_get_context (self->exchange);

  foreman_store_submit_async (context->store, self->submission,
                              foreman_clock_get_real (context->clock), NULL, on_submitted, self);
}

/**
 * foreman_submit_dup_missing:
 * @submission: what is not to become a job
 *
 * Returns: (transfer full): one line that says that its model is not installed
 */
char *
foreman_submit_dup_missing (ForemanSubmission *submission)
{
  ForemanEndpoint endpoint = FOREMAN_ENDPOINT_OTHER;

  foreman_endpoint_from_path (submission->endpoint, &endpoint);
  return foreman_model_check_dup_missing (endpoint, submission->model);
}

static void
answer_missing (Submit *self)
{
  g_autofree char *message = foreman_submit_dup_missing (self->submission);

  foreman_exchange_answer_error (self->exchange, 404, FOREMAN_ERROR_NOT_FOUND, message,
                                 "pull it, or submit with if_missing=wait");
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Submit) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_find_submitted_finish (FOREMAN_STORE (source), result, &error);

  if (foreman_exchange_is_over (self->exchange))
    return;
  if (job)
    answer_accepted (self->exchange, job->id, TRUE);
  else if (error)
    foreman_exchange_answer_failure (self->exchange, error);
  else
    answer_missing (self);
}

/* The model may have been removed since the job was accepted; who asks again is told of the job. */
static void
refuse_missing (Submit *self)
{
  g_autoptr (Submit) owned = self;

  if (self->submission->idempotency_key)
    foreman_store_find_submitted_async (foreman_exchange_get_context (self->exchange)->store,
                                        self->submission,
                                        foreman_exchange_get_cancellable (self->exchange), on_found,
                                        g_steal_pointer (&owned));
  else
    answer_missing (self);
}

/* Of a target that cannot be asked the job is as patient as it has to be. */
static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Submit) self = user_data;
  g_autoptr (GError) error = NULL;

  foreman_model_check_finish (FOREMAN_INVENTORY (source), result, &error);
  if (foreman_exchange_is_over (self->exchange))
    return;
  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND))
    refuse_missing (g_steal_pointer (&self));
  else
    store (g_steal_pointer (&self));
}

/**
 * foreman_submit_run:
 * @exchange: an exchange whose answer has not begun
 * @submission: (transfer full): what is to become a job
 *
 * Brings a submission into the store and answers with the job's id, once it is on disk.
 */
void
foreman_submit_run (ForemanExchange *exchange, ForemanSubmission *submission)
{
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  g_autoptr (Submit) self = g_new0 (Submit, 1);
  g_autoptr (ForemanModelName) name = NULL;
  g_autoptr (GError) error = NULL;

  self->exchange = g_object_ref (exchange);
  self->submission = submission;
  context->buffered += request_size (self);
  foreman_exchange_get_record (exchange)->model = g_strdup (submission->model);
  if (!foreman_submit_check_webhook (exchange, submission, &error))
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  name = foreman_submit_dup_doubtful_model (exchange, submission);
  if (name)
    foreman_model_check_async (context->inventory, name,
                               foreman_exchange_get_cancellable (exchange), on_checked,
                               g_steal_pointer (&self));
  else
    store (g_steal_pointer (&self));
}

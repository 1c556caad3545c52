/* SPDX-License-Identifier: MIT */
#include "http/foreman-body.h"
#include "http/foreman-job-access.h"
#include "http/foreman-params.h"
#include "http/foreman-routes.h"
#include "jobs/foreman-job-patch.h"

static void
on_acted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_act_finish (FOREMAN_STORE (source), result, &error);

  if (error)
    foreman_exchange_answer_failure (exchange, error);
  else
    foreman_job_access_answer (exchange, job);
}

static void
on_redelivered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ForemanHttpContext *context = foreman_exchange_get_context (user_data);

  if (context->webhooks)
    foreman_webhooks_look (context->webhooks);
  on_acted (source, result, user_data);
}

static void
on_purged (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_act_finish (FOREMAN_STORE (source), result, &error);

  if (error)
    foreman_exchange_answer_failure (exchange, error);
  else
    foreman_exchange_answer (exchange, 204, NULL, "", 0);
}

/* What was begun is done, even if the client does not stay for the answer. */
static void
act_and (ForemanExchange *exchange, ForemanJobAction action, GAsyncReadyCallback callback)
{
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  g_autofree char *id = foreman_job_access_dup_id (exchange);

  if (id)
    foreman_store_act_async (context->store, id, foreman_job_access_get_submitter (exchange),
                             action, foreman_clock_get_real (context->clock), NULL, callback,
                             g_object_ref (exchange));
}

static void
act (ForemanExchange *exchange, ForemanJobAction action)
{
  act_and (exchange, action, action == FOREMAN_JOB_PURGE ? on_purged : on_acted);
}

/**
 * foreman_route_cancel_job:
 * @exchange: an exchange
 *
 * `POST /jobs/{id}/cancel`: what runs is ended within a second.
 */
void
foreman_route_cancel_job (ForemanExchange *exchange)
{
  act (exchange, FOREMAN_JOB_CANCEL);
}

/**
 * foreman_route_retry_job:
 * @exchange: an exchange
 *
 * `POST /jobs/{id}/retry`: a failed, cancelled or held job is queued again, its attempts anew.
 */
void
foreman_route_retry_job (ForemanExchange *exchange)
{
  act (exchange, FOREMAN_JOB_RETRY);
}

/**
 * foreman_route_redeliver_job:
 * @exchange: an exchange
 *
 * `POST /jobs/{id}/redeliver`: its webhooks are sent again.
 */
void
foreman_route_redeliver_job (ForemanExchange *exchange)
{
  act_and (exchange, FOREMAN_JOB_REDELIVER, on_redelivered);
}

/**
 * foreman_route_delete_job:
 * @exchange: an exchange
 *
 * `DELETE /jobs/{id}`: cancels it; with `?purge=true` removes it once it is terminal.
 */
void
foreman_route_delete_job (ForemanExchange *exchange)
{
  static const char *const known[] = { "purge", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, &error);
  gboolean purge = FALSE;

  if (params && foreman_params_get_boolean (params, "purge", &purge, &error))
    act (exchange, purge ? FOREMAN_JOB_PURGE : FOREMAN_JOB_CANCEL);
  else
    foreman_exchange_answer_failure (exchange, error);
}

static void
on_patched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_patch_finish (FOREMAN_STORE (source), result, &error);

  if (job)
    foreman_job_access_answer (exchange, job);
  else
    foreman_exchange_answer_failure (exchange, error);
}

static void
on_patch (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  ForemanCaller *caller = foreman_exchange_get_caller (exchange);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = foreman_body_read_finish (exchange, result, &error);
  g_autoptr (ForemanSubmission) values = NULL;
  g_autofree char *id = NULL;
  ForemanJobPatch patch;

  if (body)
    values = foreman_job_patch_read (body, caller->max_priority, &patch, &error);
  if (!values)
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  id = foreman_job_access_dup_id (exchange);
  if (id)
    foreman_store_patch_async (context->store, id, foreman_job_access_get_submitter (exchange),
                               &patch, foreman_clock_get_real (context->clock), NULL, on_patched,
                               g_object_ref (exchange));
}

/**
 * foreman_route_patch_job:
 * @exchange: an exchange
 *
 * `PATCH /jobs/{id}`: changes what a job that has not started is to be.
 */
void
foreman_route_patch_job (ForemanExchange *exchange)
{
  foreman_body_read_async (g_object_ref (exchange), on_patch, NULL);
}

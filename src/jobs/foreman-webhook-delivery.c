/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhook-delivery.h"

#include "engine/foreman-log.h"
#include "jobs/foreman-job-json.h"
#include "jobs/foreman-webhook-policy.h"
#include "jobs/foreman-webhook-post.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"

/* How long after each try that failed the next one comes: five more in about an hour. */
static const gint64 delays[] = {
  10 * (gint64) G_USEC_PER_SEC,  40 * (gint64) G_USEC_PER_SEC,   160 * (gint64) G_USEC_PER_SEC,
  640 * (gint64) G_USEC_PER_SEC, 2560 * (gint64) G_USEC_PER_SEC,
};

/* What has no status did not arrive. */
#define NOT_ARRIVED (-1)

/* When the store could not take how it ended, it is asked again: what was delivered should not be
 * sent again for that. */
#define STORE_RETRY (5 * (gint64) G_USEC_PER_SEC)

typedef struct
{
  ForemanDelivery *delivery; /* (owned) */
  ForemanStore *store;       /* (owned) */
  ForemanClock *clock;       /* (owned) */
  ForemanConfig *config;     /* (owned) */
  gboolean is_hopeless;
  gboolean is_gone; /* the job was removed meanwhile */
  int status;
} Delivery;

static void
delivery_free (Delivery *self)
{
  foreman_delivery_free (self->delivery);
  g_object_unref (self->store);
  g_object_unref (self->clock);
  g_object_unref (self->config);
  g_free (self);
}

static void delivery_end (GTask *task);

static void
on_store_retry (gpointer data)
{
  GTask *task = data;

  if (!g_task_return_error_if_cancelled (task))
    delivery_end (g_object_ref (task));
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Delivery *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (foreman_store_end_delivery_finish (self->store, result, &error) ||
      g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND))
    g_task_return_boolean (task, self->status > 0);
  else if (!g_task_return_error_if_cancelled (task))
    foreman_clock_add_timer (self->clock, foreman_clock_get_monotonic (self->clock) + STORE_RETRY,
                             on_store_retry, g_object_ref (task), g_object_unref);
}

static void
log_drop (const Delivery *self)
{
  g_autofree char *status = g_strdup_printf ("%d", self->status);

  foreman_log (G_LOG_LEVEL_WARNING, "a webhook was not taken and is dropped", "FOREMAN_JOB",
               self->delivery->event->job_id, "FOREMAN_STATUS", status, NULL);
}

static void
delivery_end (GTask *task)
{
  Delivery *self = g_task_get_task_data (task);
  guint tries = (guint) MAX (self->delivery->tries, 0);
  ForemanDeliveryEnd how = FOREMAN_DELIVERY_DROPPED;
  gint64 next_at = 0;

  if (self->status / 100 == 2)
    how = FOREMAN_DELIVERY_DONE;
  else if (!self->is_gone && tries < G_N_ELEMENTS (delays))
    {
      how = FOREMAN_DELIVERY_LATER;
      next_at = foreman_clock_get_real (self->clock) + delays[tries];
    }
  else if (!self->is_gone)
    log_drop (self);
  foreman_store_end_delivery_async (self->store, self->delivery->event->sequence, how, self->status,
                                    next_at, NULL, on_ended, task);
}

static void
on_posted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Delivery *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  guint status = foreman_webhook_post_finish (result, &error);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (error != NULL)
    foreman_log (G_LOG_LEVEL_DEBUG, "a webhook did not arrive", "FOREMAN_JOB",
                 self->delivery->event->job_id, "FOREMAN_REASON", error->message, NULL);
  foreman_failpoint ("webhook-after");
  self->status = status > 0 ? (int) status : NOT_ARRIVED;
  delivery_end (g_steal_pointer (&task));
}

static void
delivery_post (GTask *task)
{
  Delivery *self = g_task_get_task_data (task);
  g_autofree char *body = foreman_job_json_dup_webhook (self->delivery);
  const ForemanWebhookPost post = {
    .url = self->delivery->job->webhook_url,
    .body = body,
    .event_id = self->delivery->event->sequence,
    .is_trusted = foreman_webhook_submitter_is_trusted (self->delivery->job->submitter),
  };

  foreman_failpoint ("webhook-before");
  foreman_webhook_post_async (&post, self->config, self->clock, g_task_get_cancellable (task),
                              on_posted, task);
}

static void
on_job (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Delivery *self = g_task_get_task_data (task);
  GError *error = NULL;
  ForemanJobRecord *job = foreman_store_get_job_finish (self->store, result, &error);

  if (job == NULL && !g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND))
    {
      g_task_return_error (task, error);
      return;
    }
  if (job == NULL)
    {
      g_error_free (error);
      self->is_gone = TRUE;
      self->status = NOT_ARRIVED;
      delivery_end (g_steal_pointer (&task));
      return;
    }
  foreman_job_record_unref (self->delivery->job);
  self->delivery->job = job;
  delivery_post (g_steal_pointer (&task));
}

/**
 * foreman_webhook_deliver_async:
 * @delivery: (transfer full): an event and its job, without data
 * @is_hopeless: whether its receiver is known not to be there: it counts as tried
 * @store: where the answer is, and where it is noted how it ended
 * @clock: the time
 * @config: the settings
 * @cancellable: gives it up, as if it had not been begun
 * @callback: called when the store has noted how it ended
 * @data: for @callback
 *
 * Tells somebody of an event: once; when it is not taken, the store is told when to try again, or
 * that it was tried often enough. Main thread.
 */
void
foreman_webhook_deliver_async (ForemanDelivery *delivery,
                               gboolean is_hopeless,
                               ForemanStore *store,
                               ForemanClock *clock,
                               ForemanConfig *config,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Delivery *self = g_new0 (Delivery, 1);

  g_task_set_source_tag (task, foreman_webhook_deliver_async);
  self->delivery = delivery;
  self->store = g_object_ref (store);
  self->clock = g_object_ref (clock);
  self->config = g_object_ref (config);
  self->status = NOT_ARRIVED;
  g_task_set_task_data (task, self, (GDestroyNotify) delivery_free);

  if (is_hopeless)
    delivery_end (task);
  else if (delivery->event->state == FOREMAN_JOB_DONE)
    foreman_store_get_job_async (store, delivery->event->job_id, NULL, TRUE, cancellable, on_job,
                                 task);
  else
    delivery_post (task);
}

/**
 * foreman_webhook_deliver_finish:
 * @result: what the callback was given
 * @was_reached: (out): whether the receiver answered, whatever it said
 * @error: return location for an error
 *
 * Returns: %FALSE if it was given up, or the store could not be asked for the answer
 */
gboolean
foreman_webhook_deliver_finish (GAsyncResult *result, gboolean *was_reached, GError **error)
{
  GError *problem = NULL;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  *was_reached = g_task_propagate_boolean (G_TASK (result), &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

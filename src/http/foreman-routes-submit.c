/* SPDX-License-Identifier: MIT */
#include "engine/foreman-media-type.h"
#include "http/foreman-body.h"
#include "http/foreman-bulk.h"
#include "http/foreman-routes.h"
#include "http/foreman-submit.h"

/* (transfer full) (nullable) */
static ForemanSubmission *
read_submission (ForemanExchange *exchange, GBytes *body, GError **error)
{
  g_autoptr (GBytes) decoded = foreman_body_decode (exchange, body, error);
  ForemanSubmissionDefaults defaults;
  gsize length;
  const char *data;

  if (!decoded || !foreman_submit_get_defaults (exchange, &defaults, error))
    return NULL;
  data = g_bytes_get_data (decoded, &length);
  return foreman_submission_read_body (&defaults, data ? data : "", length, error);
}

static void
on_body (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = foreman_body_read_finish (exchange, result, &error);
  ForemanSubmission *submission = NULL;

  if (body)
    submission = read_submission (exchange, body, &error);
  if (submission)
    foreman_submit_run (exchange, submission);
  else
    foreman_exchange_answer_failure (exchange, error);
}

/* One line of several, by any of the names that are in use. */
static gboolean
is_bulk (ForemanExchange *exchange)
{
  static const char *const types[] = { "application/x-ndjson", "application/ndjson",
                                       "application/jsonl", "application/x-jsonlines", NULL };
  const char *value = foreman_head_get (foreman_exchange_get_head (exchange), "content-type");
  g_auto (ForemanMediaType) type = { NULL };

  return value && foreman_media_type_parse (&type, value) && g_strv_contains (types, type.type);
}

/**
 * foreman_route_submit:
 * @exchange: an exchange
 *
 * `POST /jobs`: a request that is to become a job, or many, one a line.
 */
void
foreman_route_submit (ForemanExchange *exchange)
{
  if (is_bulk (exchange))
    foreman_bulk_run (exchange);
  else
    foreman_body_read_async (exchange, on_body, g_object_ref (exchange));
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-byte-range.h"
#include "http/foreman-http-date.h"
#include "http/foreman-job-access.h"
#include "http/foreman-outflow.h"
#include "http/foreman-routes.h"
#include "http/foreman-stored-source.h"

#include <string.h>

/* What a client gets of an artifact. */
typedef struct
{
  guint status;
  gint64 offset;
  gint64 length;
} Part;

/* Another attempt has another claim, and one that goes on makes it longer: who has a part can tell
 * whether what follows belongs to it. */
static char *
dup_etag (const ForemanJobRecord *job, const ForemanArtifact *artifact)
{
  return g_strdup_printf ("\"%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "\"", job->claim,
                          artifact->size);
}

/* @list: (nullable): the value of `If-None-Match`, which compares weakly */
static gboolean
lists_etag (const char *list, const char *etag)
{
  g_auto (GStrv) tags = list ? g_strsplit (list, ",", -1) : NULL;

  for (gsize i = 0; tags && tags[i]; i++)
    {
      const char *tag = g_strstrip (tags[i]);

      if (g_str_has_prefix (tag, "W/"))
        tag += 2;
      if (g_str_equal (tag, "*") || g_str_equal (tag, etag))
        return TRUE;
    }
  return FALSE;
}

static Part
choose_part (ForemanHead *head, const char *etag, gint64 size)
{
  const char *range = foreman_head_get (head, "range");
  const char *if_range = foreman_head_get (head, "if-range");
  Part part = { .status = 200, .length = size };

  if (lists_etag (foreman_head_get (head, "if-none-match"), etag))
    return (Part){ .status = 304 };
  /* There are no dates to compare with. */
  if (if_range && !g_str_equal (if_range, etag))
    return part;
  switch (foreman_byte_range_parse (range, size, &part.offset, &part.length))
    {
    case FOREMAN_BYTE_RANGE_PART:
      part.status = 206;
      return part;
    case FOREMAN_BYTE_RANGE_OUTSIDE:
      return (Part){ .status = 416 };
    case FOREMAN_BYTE_RANGE_WHOLE:
    default:
      return part;
    }
}

static void
refuse_range (ForemanExchange *exchange, gint64 size)
{
  g_autofree char *content_range = g_strdup_printf ("bytes */%" G_GINT64_FORMAT, size);

  foreman_exchange_add_header (exchange, "Content-Range", content_range);
  foreman_exchange_answer_error (exchange, 416, FOREMAN_ERROR_INVALID_REQUEST,
                                 "the range lies outside of what there is", NULL);
}

static void
begin_part (ForemanExchange *exchange, const ForemanArtifact *artifact, const Part *part)
{
  g_autoptr (GString) headers = g_string_new (NULL);
  g_autofree char *content_range =
      g_strdup_printf ("bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
                       part->offset, part->offset + part->length - 1, artifact->size);

  if (part->status != 304)
    foreman_headers_append (headers, "Content-Type", artifact->content_type);
  if (part->status == 206)
    foreman_headers_append (headers, "Content-Range", content_range);
  foreman_headers_append (headers, "Date", foreman_http_date_now ());
  foreman_exchange_begin (exchange, part->status,
                          part->status == 206   ? "Partial Content"
                          : part->status == 304 ? "Not Modified"
                                                : "OK",
                          headers, part->length);
}

static void
send_artifact (ForemanExchange *exchange,
               const ForemanJobRecord *job,
               const ForemanArtifact *artifact)
{
  ForemanHead *head = foreman_exchange_get_head (exchange);
  g_autofree char *etag = dup_etag (job, artifact);
  Part part = choose_part (head, etag, artifact->size);
  g_autoptr (ForemanByteSource) source = NULL;

  foreman_exchange_add_header (exchange, "ETag", etag);
  foreman_exchange_add_header (exchange, "Accept-Ranges", "bytes");
  foreman_exchange_add_header (exchange, "Cache-Control", "private, no-cache");
  if (part.status == 416)
    {
      refuse_range (exchange, artifact->size);
      return;
    }
  begin_part (exchange, artifact, &part);
  if (part.status == 304 || g_str_equal (foreman_head_get_method (head), "HEAD"))
    {
      foreman_exchange_end (exchange);
      return;
    }
  source = foreman_stored_source_new (foreman_exchange_get_context (exchange)->store, job->id,
                                      artifact->name, part.offset, part.length,
                                      foreman_exchange_get_cancellable (exchange));
  foreman_outflow_run (exchange, source);
}

static void
on_job (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job = foreman_job_access_get_finish (exchange, result, &error);
  g_autofree char *name = foreman_exchange_dup_segment (exchange, "name");
  const ForemanArtifact *artifact = job ? foreman_job_record_find_artifact (job, name) : NULL;

  if (!job)
    foreman_exchange_answer_failure (exchange, error);
  else if (!artifact)
    foreman_exchange_answer_error (exchange, 404, FOREMAN_ERROR_NOT_FOUND,
                                   "the job has no such artifact, or not yet",
                                   "GET /jobs/{id} lists its artifacts");
  else
    send_artifact (exchange, job, artifact);
}

/**
 * foreman_route_artifact:
 * @exchange: an exchange
 *
 * `GET /jobs/{id}/artifacts/{name}`: its bytes, all or a range of them.
 */
void
foreman_route_artifact (ForemanExchange *exchange)
{
  foreman_job_access_get_async (g_object_ref (exchange), FALSE, on_job, NULL);
}

static void
begin_request (ForemanExchange *exchange, gint64 length)
{
  g_autoptr (GString) headers = g_string_new (NULL);

  foreman_headers_append (headers, "Content-Type", "application/json; charset=utf-8");
  foreman_headers_append (headers, "Date", foreman_http_date_now ());
  foreman_exchange_begin (exchange, 200, "OK", headers, length);
}

static void
on_request (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) start = foreman_store_read_finish (FOREMAN_STORE (source), result, &error);
  g_autofree char *id = foreman_exchange_dup_segment (exchange, "id");
  g_autoptr (ForemanByteSource) rest = NULL;
  gsize size;
  const char *data;

  if (!start)
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  data = g_bytes_get_data (start, &size);
  begin_request (exchange, size < FOREMAN_STORED_PIECE ? (gint64) size : -1);
  foreman_exchange_write (exchange, data, size);
  if (size < FOREMAN_STORED_PIECE)
    {
      foreman_exchange_end (exchange);
      return;
    }
  rest = foreman_stored_source_new (FOREMAN_STORE (source), id, FOREMAN_STORE_REQUEST, size, -1,
                                    foreman_exchange_get_cancellable (exchange));
  foreman_outflow_run (exchange, rest);
}

static void
on_job_of_request (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job = foreman_job_access_get_finish (exchange, result, &error);

  if (job)
    foreman_store_read_async (foreman_exchange_get_context (exchange)->store, job->id,
                              FOREMAN_STORE_REQUEST, 0, FOREMAN_STORED_PIECE,
                              foreman_exchange_get_cancellable (exchange), on_request,
                              g_object_ref (exchange));
  else
    foreman_exchange_answer_failure (exchange, error);
}

/**
 * foreman_route_job_request:
 * @exchange: an exchange
 *
 * `GET /jobs/{id}/request`: what was submitted. How long it is shows when it is read.
 */
void
foreman_route_job_request (ForemanExchange *exchange)
{
  foreman_job_access_get_async (g_object_ref (exchange), FALSE, on_job_of_request, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-multipart.h"
#include "http/foreman-admission.h"
#include "http/foreman-buffer.h"
#include "http/foreman-forward.h"
#include "http/foreman-routes.h"
#include "net/foreman-prefixed-source.h"

/* Where the model must have been named. The audio around it is streamed, and no more of it is held
 * here. */
#define PREFIX_LIMIT (1024 * 1024)
#define READ_SIZE    (16 * 1024)

/* A form in which the model is being looked for. */
typedef struct
{
  ForemanExchange *exchange; /* (owned) */
  ForemanBuffer *prefix; /* (owned) (nullable): what was read so far; %NULL once it was handed on */
  gulong readable_id;
  gulong gone_id;
} Transcription;

static void
transcription_free (Transcription *self)
{
  ForemanConnection *connection = foreman_exchange_get_connection (self->exchange);

  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (connection), FALSE);
  g_clear_signal_handler (&self->readable_id, connection);
  g_clear_signal_handler (&self->gone_id, self->exchange);
  g_clear_pointer (&self->prefix, foreman_buffer_free);
  g_clear_object (&self->exchange);
  g_free (self);
}

/* Ollama looks for form values in the query first, whatever the form says. */
static gboolean
query_names_model (ForemanExchange *exchange)
{
  const char *query = foreman_head_get_query (foreman_exchange_get_head (exchange));
  g_autoptr (GHashTable) values =
      query ? g_uri_parse_params (query, -1, "&;",
                                  G_URI_PARAMS_WWW_FORM | G_URI_PARAMS_PARSE_RELAXED, NULL)
            : NULL;

  return query && (!values || g_hash_table_contains (values, "model"));
}

/* Goes on to the gate with the form as it was. */
static void
proceed (Transcription *self, const char *model)
{
  g_autoptr (ForemanExchange) exchange = g_object_ref (self->exchange);
  g_autoptr (GBytes) prefix = foreman_buffer_free_to_bytes (g_steal_pointer (&self->prefix));
  g_autoptr (ForemanByteSource) body =
      foreman_prefixed_source_new (prefix, FOREMAN_BYTE_SOURCE (
                                               foreman_exchange_get_connection (exchange)));
  ForemanUpstreamRequest *request = foreman_forward_request (exchange);

  transcription_free (self);
  foreman_upstream_request_set_body_source (request, body,
                                            foreman_head_get_content_length (
                                                foreman_exchange_get_head (exchange)));
  foreman_admission_run (exchange, request, foreman_inference_peek_new_for_model (model));
}

/* Returns whether the search is over. */
static gboolean
search (Transcription *self, gboolean is_all)
{
  const char *type = foreman_head_get (foreman_exchange_get_head (self->exchange), "content-type");
  g_autofree char *model = NULL;
  ForemanMultipartResult result =
      foreman_multipart_find_model (type, foreman_buffer_get_data (self->prefix),
                                    foreman_buffer_get_length (self->prefix), &model);

  if (result == FOREMAN_MULTIPART_NEED_MORE && !is_all &&
      foreman_buffer_get_length (self->prefix) < PREFIX_LIMIT)
    return FALSE;
  proceed (self, query_names_model (self->exchange) ? NULL : model);
  return TRUE;
}

static void
pump (Transcription *self)
{
  ForemanByteSource *source =
      FOREMAN_BYTE_SOURCE (foreman_exchange_get_connection (self->exchange));
  g_autoptr (GError) error = NULL;
  guint8 buffer[READ_SIZE];
  gssize got = 1;

  while (got > 0)
    {
      got = foreman_byte_source_read (source, buffer, sizeof buffer, &error);
      if (got > 0 && !foreman_buffer_append (self->prefix, buffer, got, &error))
        break;
      if (got >= 0 && search (self, got == 0))
        return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      foreman_byte_source_set_wanted (source, TRUE);
      return;
    }
  foreman_exchange_answer_failure (self->exchange, error);
  transcription_free (self);
}

static void
on_gone (ForemanExchange *exchange, Transcription *self)
{
  transcription_free (self);
}

/**
 * foreman_route_transcription:
 * @exchange: an exchange
 *
 * `POST /v1/audio/transcriptions`: a form with a recording. It is read up to the name of the model,
 * and the rest when it is its turn.
 */
void
foreman_route_transcription (ForemanExchange *exchange)
{
  Transcription *self = g_new0 (Transcription, 1);
  ForemanConnection *connection = foreman_exchange_get_connection (exchange);

  self->exchange = g_object_ref (exchange);
  self->prefix = foreman_buffer_new (foreman_exchange_get_context (exchange), 0);
  self->readable_id = g_signal_connect_swapped (connection, "readable", G_CALLBACK (pump), self);
  self->gone_id = g_signal_connect (exchange, "gone", G_CALLBACK (on_gone), self);
  pump (self);
}

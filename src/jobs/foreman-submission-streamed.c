/* SPDX-License-Identifier: MIT */
/* What of a submitted request is changed on its way to the target. */
#include "engine/foreman-json-splice.h"
#include "jobs/foreman-submission-reader.h"

/* Returns: (transfer full) (nullable): `stream_options` with `include_usage`; %NULL if it is
 * something that the target has to refuse */
static char *
dup_stream_options (const char *data, gsize length)
{
  static const char *const names[] = { "stream_options", NULL };
  const ForemanJsonEdit edit = { "include_usage", "true" };
  g_autoptr (GBytes) options = NULL;
  ForemanJsonSpan span;

  if (!foreman_json_scan (data, length, names, &span, NULL))
    return NULL;
  if (span.length == 0 || span.nulled || foreman_json_span_is_null (data, span))
    return g_strdup ("{\"include_usage\":true}");
  options = foreman_json_splice (data + span.offset, span.length, &edit, 1, NULL);
  return options != NULL ? g_strndup (g_bytes_get_data (options, NULL), g_bytes_get_size (options))
                         : NULL;
}

/* Returns: (transfer full) (nullable): the name of @model as JSON, if it is not what the request
 * says: somebody has changed it since */
static char *
dup_other_model (const char *data, gsize length, const char *model)
{
  static const char *const names[] = { "model", NULL };
  g_autofree char *said = NULL;
  ForemanJsonSpan span;

  if (model == NULL || !foreman_json_scan (data, length, names, &span, NULL))
    return NULL;
  said =
      foreman_json_span_is_string (data, span) ? foreman_json_span_dup_string (data, span) : NULL;
  /* Names have no characters that would have to be escaped. */
  return g_strcmp0 (said, model) == 0 ? NULL : g_strdup_printf ("\"%s\"", model);
}

/**
 * foreman_submission_dup_streamed:
 * @endpoint: where the request is to be sent
 * @model: (nullable): the model that is to be asked; %NULL: the one that the request names
 * @request: a submitted request
 * @error: return location for an error
 *
 * Makes what is sent to the target: its answer is to come streamed, whatever the submitter said,
 * and with the usage where that has to be asked for. Embeddings are never streamed. Nothing else is
 * touched, and the model only if it is another one. Any thread.
 *
 * Returns: (transfer full): the request to send, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST if
 * @request is not an object in valid JSON
 */
GBytes *
foreman_submission_dup_streamed (ForemanEndpoint endpoint,
                                 const char *model,
                                 GBytes *request,
                                 GError **error)
{
  ForemanJsonEdit edits[3];
  g_autofree char *options = NULL;
  gsize length;
  const char *data = g_bytes_get_data (request, &length);
  g_autofree char *other = dup_other_model (data, length, model);
  guint n_edits = 0;

  if (other != NULL)
    edits[n_edits++] = (ForemanJsonEdit){ "model", other };
  if (foreman_endpoint_is_gated (endpoint))
    edits[n_edits++] = (ForemanJsonEdit){ "stream", "true" };
  if (endpoint == FOREMAN_ENDPOINT_V1_CHAT || endpoint == FOREMAN_ENDPOINT_V1_COMPLETIONS)
    options = dup_stream_options (data, length);
  if (options != NULL)
    edits[n_edits++] = (ForemanJsonEdit){ "stream_options", options };
  return n_edits > 0 ? foreman_json_splice (data, length, edits, n_edits, error)
                     : g_bytes_ref (request);
}

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

/**
 * foreman_submission_dup_streamed:
 * @endpoint: where the request is to be sent
 * @request: a submitted request
 * @error: return location for an error
 *
 * Makes what is sent to the target: its answer is to come streamed, whatever the submitter said,
 * and with the usage where that has to be asked for. Embeddings are never streamed and go as they
 * are. Nothing else is touched. Any thread.
 *
 * Returns: (transfer full): the request to send, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST if
 * @request is not an object in valid JSON
 */
GBytes *
foreman_submission_dup_streamed (ForemanEndpoint endpoint, GBytes *request, GError **error)
{
  ForemanJsonEdit edits[] = { { "stream", "true" }, { "stream_options", NULL } };
  g_autofree char *options = NULL;
  gsize length;
  const char *data = g_bytes_get_data (request, &length);

  if (!foreman_endpoint_is_gated (endpoint))
    return g_bytes_ref (request);
  if (endpoint == FOREMAN_ENDPOINT_V1_CHAT || endpoint == FOREMAN_ENDPOINT_V1_COMPLETIONS)
    options = dup_stream_options (data, length);
  edits[1].value = options;
  return foreman_json_splice (data, length, edits, options != NULL ? 2 : 1, error);
}

/* SPDX-License-Identifier: MIT */
/* How a request body was encoded. */
#include "engine/foreman-zstd.h"
#include "http/foreman-body.h"

/* What Ollama would decode at most. */
#define ZSTD_LIMIT (20 * 1024 * 1024)

static const char *
get_encoding (ForemanExchange *exchange)
{
  return foreman_head_get (foreman_exchange_get_head (exchange), "content-encoding");
}

/**
 * foreman_body_check_plain:
 * @exchange: an exchange
 * @error: return location for %FOREMAN_ERROR_INVALID_REQUEST
 *
 * Main thread.
 *
 * Returns: whether its body comes as it is
 */
gboolean
foreman_body_check_plain (ForemanExchange *exchange, GError **error)
{
  const char *encoding = get_encoding (exchange);

  if (!encoding || *encoding == '\0' || g_ascii_strcasecmp (encoding, "identity") == 0)
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
               "a body with this Content-Encoding cannot be read here; send it as it is");
  return FALSE;
}

/**
 * foreman_body_decode:
 * @exchange: an exchange
 * @body: its body, as it came
 * @error: return location for an error
 *
 * Decodes a body. On Ollama's routes that is what Ollama would decode, and no more; foreman's own
 * take `zstd` too, and refuse what they cannot decode. Main thread.
 *
 * Returns: (transfer full): the body as it is meant; %NULL with %FOREMAN_ERROR_INVALID_REQUEST or
 *   %FOREMAN_ERROR_TOO_LARGE
 */
GBytes *
foreman_body_decode (ForemanExchange *exchange, GBytes *body, GError **error)
{
  ForemanApi api = foreman_exchange_get_api (exchange);

  /* To the letter, as Ollama compares: what it would not decode must not be decoded here. */
  if (api != FOREMAN_API_OLLAMA && g_strcmp0 (get_encoding (exchange), "zstd") == 0)
    return foreman_zstd_decompress (body, ZSTD_LIMIT, error);
  if (api == FOREMAN_API_FOREMAN && !foreman_body_check_plain (exchange, error))
    return NULL;
  return g_bytes_ref (body);
}

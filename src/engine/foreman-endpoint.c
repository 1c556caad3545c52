/* SPDX-License-Identifier: MIT */
#include "engine/foreman-endpoint.h"

typedef struct
{
  const char *path; /* (nullable) */
  gboolean is_gated;
} Endpoint;

static const Endpoint endpoints[] = {
  [FOREMAN_ENDPOINT_CHAT] = { "/api/chat", TRUE },
  [FOREMAN_ENDPOINT_GENERATE] = { "/api/generate", TRUE },
  [FOREMAN_ENDPOINT_EMBED] = { "/api/embed", FALSE },
  [FOREMAN_ENDPOINT_EMBEDDINGS] = { "/api/embeddings", FALSE },
  [FOREMAN_ENDPOINT_V1_CHAT] = { "/v1/chat/completions", TRUE },
  [FOREMAN_ENDPOINT_V1_COMPLETIONS] = { "/v1/completions", TRUE },
  [FOREMAN_ENDPOINT_V1_RESPONSES] = { "/v1/responses", TRUE },
  [FOREMAN_ENDPOINT_V1_MESSAGES] = { "/v1/messages", TRUE },
  [FOREMAN_ENDPOINT_V1_EMBEDDINGS] = { "/v1/embeddings", FALSE },
  [FOREMAN_ENDPOINT_V1_AUDIO] = { "/v1/audio/transcriptions", TRUE },
};

G_STATIC_ASSERT (G_N_ELEMENTS (endpoints) == FOREMAN_N_ENDPOINTS);

/**
 * foreman_endpoint_get_path:
 * @endpoint: an endpoint
 *
 * Returns: (nullable): its path; %NULL for %FOREMAN_ENDPOINT_OTHER
 */
const char *
foreman_endpoint_get_path (ForemanEndpoint endpoint)
{
  g_return_val_if_fail ((guint) endpoint < FOREMAN_N_ENDPOINTS, NULL);

  return endpoints[endpoint].path;
}

/**
 * foreman_endpoint_from_path:
 * @path: a path, percent-decoded
 * @endpoint: (out): the endpoint; left alone if there is none
 *
 * Returns: whether a model is asked to work by a POST to @path
 */
gboolean
foreman_endpoint_from_path (const char *path, ForemanEndpoint *endpoint)
{
  g_return_val_if_fail (path != NULL, FALSE);

  for (guint i = FOREMAN_ENDPOINT_OTHER + 1; i < FOREMAN_N_ENDPOINTS; i++)
    if (g_str_equal (path, endpoints[i].path))
      {
        *endpoint = i;
        return TRUE;
      }
  return FALSE;
}

/**
 * foreman_endpoint_is_gated:
 * @endpoint: an endpoint
 *
 * Returns: whether its requests wait at the gate; those for embeddings pass beside it
 */
gboolean
foreman_endpoint_is_gated (ForemanEndpoint endpoint)
{
  g_return_val_if_fail ((guint) endpoint < FOREMAN_N_ENDPOINTS, TRUE);

  return endpoints[endpoint].is_gated;
}

/**
 * foreman_endpoint_is_native:
 * @endpoint: an endpoint
 *
 * Returns: whether it speaks Ollama's own API and not one of the `/v1` dialects
 */
gboolean
foreman_endpoint_is_native (ForemanEndpoint endpoint)
{
  const char *path = foreman_endpoint_get_path (endpoint);

  return path != NULL && g_str_has_prefix (path, "/api/");
}

/**
 * foreman_endpoint_is_json:
 * @endpoint: an endpoint
 *
 * Returns: whether its requests are JSON
 */
gboolean
foreman_endpoint_is_json (ForemanEndpoint endpoint)
{
  return endpoint != FOREMAN_ENDPOINT_OTHER && endpoint != FOREMAN_ENDPOINT_V1_AUDIO;
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanEndpoint:
 * @FOREMAN_ENDPOINT_OTHER: none of them
 * @FOREMAN_ENDPOINT_CHAT: `/api/chat`
 * @FOREMAN_ENDPOINT_GENERATE: `/api/generate`
 * @FOREMAN_ENDPOINT_EMBED: `/api/embed`
 * @FOREMAN_ENDPOINT_EMBEDDINGS: `/api/embeddings`
 * @FOREMAN_ENDPOINT_V1_CHAT: `/v1/chat/completions`
 * @FOREMAN_ENDPOINT_V1_COMPLETIONS: `/v1/completions`
 * @FOREMAN_ENDPOINT_V1_RESPONSES: `/v1/responses`
 * @FOREMAN_ENDPOINT_V1_MESSAGES: `/v1/messages`
 * @FOREMAN_ENDPOINT_V1_EMBEDDINGS: `/v1/embeddings`
 * @FOREMAN_ENDPOINT_V1_AUDIO: `/v1/audio/transcriptions`, whose body is a form, not JSON
 *
 * Where a model is asked to work.
 */
typedef enum
{
  FOREMAN_ENDPOINT_OTHER = 0,
  FOREMAN_ENDPOINT_CHAT,
  FOREMAN_ENDPOINT_GENERATE,
  FOREMAN_ENDPOINT_EMBED,
  FOREMAN_ENDPOINT_EMBEDDINGS,
  FOREMAN_ENDPOINT_V1_CHAT,
  FOREMAN_ENDPOINT_V1_COMPLETIONS,
  FOREMAN_ENDPOINT_V1_RESPONSES,
  FOREMAN_ENDPOINT_V1_MESSAGES,
  FOREMAN_ENDPOINT_V1_EMBEDDINGS,
  FOREMAN_ENDPOINT_V1_AUDIO,
} ForemanEndpoint;

#define FOREMAN_N_ENDPOINTS (FOREMAN_ENDPOINT_V1_AUDIO + 1)

const char *foreman_endpoint_get_path (ForemanEndpoint endpoint);
gboolean foreman_endpoint_from_path (const char *path, ForemanEndpoint *endpoint);
gboolean foreman_endpoint_is_gated (ForemanEndpoint endpoint);
gboolean foreman_endpoint_is_native (ForemanEndpoint endpoint);
gboolean foreman_endpoint_is_json (ForemanEndpoint endpoint);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanApi:
 * @FOREMAN_API_OLLAMA: Ollama's own routes, `/api/…`, and every path nobody knows
 * @FOREMAN_API_OPENAI: OpenAI's, `/v1/…`
 * @FOREMAN_API_ANTHROPIC: Anthropic's, `/v1/messages`
 * @FOREMAN_API_FOREMAN: foreman's own routes
 *
 * Which API a path belongs to, and so in what shape its clients expect errors.
 */
typedef enum
{
  FOREMAN_API_OLLAMA,
  FOREMAN_API_OPENAI,
  FOREMAN_API_ANTHROPIC,
  FOREMAN_API_FOREMAN,
} ForemanApi;

/**
 * ForemanErrorFacts:
 * @message: one line that says what is wrong
 * @code: (nullable): the machine readable code
 * @hint: (nullable): what to do
 * @field: (nullable): which member of the request is wrong
 *
 * What there is to say about an error; how much of it is said is a matter of the API.
 */
typedef struct
{
  const char *message;
  const char *code;
  const char *hint;
  const char *field;
} ForemanErrorFacts;

ForemanApi foreman_api_of_path (const char *path);
char *foreman_error_shape (ForemanApi api,
                           guint status,
                           const ForemanErrorFacts *facts,
                           const char **content_type);
char *foreman_error_shape_event (ForemanApi api, const char *message);

G_END_DECLS

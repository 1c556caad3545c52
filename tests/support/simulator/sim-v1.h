/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-handlers.h"
#include "sim-surface.h"

G_BEGIN_DECLS

/* Shared by the OpenAI and Anthropic routes. */

gboolean sim_v1_unpack (SimExchange *x);
gboolean sim_v1_admit (SimExchange *x);
gboolean sim_v1_decode (SimExchange *x, const SimSchema *schema, const SimJson **root);
gboolean sim_v1_refuse (SimExchange *x, int status, const char *message);
gboolean sim_v1_is_messages (SimExchange *x);

/* What a stream keeps from one moment to the next. */
typedef struct
{
  char *id;
  gboolean include_usage;
  gboolean tool_call_sent;
} SimOpenaiState;

SimOpenaiState *sim_v1_keep_state (SimExchange *x, const char *prefix, const SimJson *root);

char *sim_v1_decode_image (const SimJson *url, char **error);
gboolean sim_v1_write_calls (GString *out, const SimJson *calls, char **error);
void sim_v1_write_option (GString *out, const SimJson *root, const char *from, const char *to);
void
sim_v1_write_default (GString *out, const SimJson *root, const char *name, const char *fallback);
void sim_v1_write_stop (GString *out, const SimJson *stop);
const char *sim_v1_go_type (const SimJson *value);
void sim_write_openai_calls (GString *out, GPtrArray *calls);

G_END_DECLS

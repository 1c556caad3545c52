/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-surface.h"

G_BEGIN_DECLS

typedef struct
{
  const SimJson *request;
  char *response_id;
  char *item_id;
  char *reasoning_id;
  gint64 sequence;
  gint64 output_index;
  gboolean started;
  gboolean reasoning_started;
  gboolean reasoning_done;
  gboolean text_started;
  GString *text;
  GString *thinking;
  GString *calls; /* the items of the calls made so far, as JSON */
} SimResponsesState;

SimResponsesState *sim_responses_keep_state (SimExchange *x, const SimJson *request);
void sim_responses_write_text_or_null (GString *out, const SimJson *r, const char *name);
void sim_responses_write_or_null (GString *out, const SimJson *r, const char *name);
void sim_responses_write_reasoning (GString *out, const SimJson *r, gboolean with_nulls);
void sim_responses_write_format (GString *out, const SimJson *r);
void sim_responses_write_tools (GString *out, const SimJson *r, gboolean sorted);
void sim_responses_write_single (SimExchange *x, const SimChunk *chunk, GString *out);

G_END_DECLS

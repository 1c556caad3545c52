/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-answer-fields.h"

G_BEGIN_DECLS

/**
 * ForemanStage:
 * @FOREMAN_STAGE_READING: its body is being read
 * @FOREMAN_STAGE_QUEUED: it waits at the gate
 * @FOREMAN_STAGE_WAITING: it was sent to the target, which has not answered yet: it loads, or reads
 * the prompt
 * @FOREMAN_STAGE_STREAMING: the answer is on its way
 *
 * How far a request has come; a client that leaves is counted by the stage it left in.
 */
typedef enum
{
  FOREMAN_STAGE_READING,
  FOREMAN_STAGE_QUEUED,
  FOREMAN_STAGE_WAITING,
  FOREMAN_STAGE_STREAMING,
} ForemanStage;

typedef struct _ForemanRoute ForemanRoute;

/**
 * ForemanRecord:
 *
 * What an exchange remembers of itself for the log and the metrics. Times are monotonic, in µs; 0
 * where there was none.
 */
typedef struct
{
  char *request_id; /* (owned) */
  char *model;      /* (owned) (nullable): as the client wrote it */
  char *failure;    /* (owned) (nullable): why the answer is not what was asked for, one line */
  const ForemanRoute *route; /* (nullable): %NULL for a request whose head was refused */
  ForemanStage stage;
  gint64 started;
  gint64 first_byte;
  gint64 finished;
  gint64 queue_time;        /* a span: how long it waited at the gate */
  ForemanAnswerUsage usage; /* what the answer said of its cost */
  guint64 body_bytes;
  guint status;
  gboolean gated;
  gboolean client_left;
} ForemanRecord;

void foreman_record_init (ForemanRecord *self, const char *given_id);
void foreman_record_clear (ForemanRecord *self);
const char *foreman_stage_to_string (ForemanStage stage);

G_END_DECLS

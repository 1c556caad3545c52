/* SPDX-License-Identifier: MIT */
#pragma once

#include <time.h>

#include "sim-exchange.h"

G_BEGIN_DECLS

typedef struct
{
  char *text;
  double logprob;
  GArray *alternatives; /* (owned) (nullable) SimTokenProbability */
} SimTokenProbability;

typedef struct
{
  char *id;        /* (owned) */
  char *name;      /* (owned) */
  char *arguments; /* (owned) a JSON object */
  guint index;
} SimToolCall;

/* What the model has to say at one moment, or, for an answer that is not streamed, in all. */
typedef struct
{
  const char *model; /* as the request called it */
  struct timespec created;
  GString *content;      /* (owned) */
  GString *thinking;     /* (owned) */
  GPtrArray *tool_calls; /* (owned) SimToolCall */
  GPtrArray *logprobs;   /* (owned) SimTokenProbability */
  GArray *context;       /* (owned) (nullable) int, generate's last */
  const char *rendered;  /* (nullable) the prompt, where only that was asked for */
  gboolean role;         /* has a message of the assistant: FALSE after a failure */
  gboolean done;
  const char *done_reason; /* (nullable) */
  gint64 total_duration;
  gint64 load_duration;
  gint64 prompt_duration;
  gint64 eval_duration;
  gint64 prompt_count;
  gint64 eval_count;
} SimChunk;

/* One of the APIs through which a chat or completion can be asked for. */
struct _SimSurface
{
  const char *stream_type; /* Content-Type of a stream */
  const char *single_type;
  gboolean by_event; /* every event of the stream is a chunk on the wire */
  void (*error) (int status, const char *message, GString *out);
  /* Appends what one moment of the stream is on the wire. */
  void (*stream) (SimExchange *x, const SimChunk *chunk, GString *out);
  void (*single) (SimExchange *x, const SimChunk *chunk, GString *out);
  /* What an error after the first chunk looks like; NULL: nothing. */
  void (*late_error) (SimExchange *x, const char *message, GString *out);
};

extern const SimSurface sim_surface_chat, sim_surface_generate, sim_surface_openai_chat,
    sim_surface_openai_completion, sim_surface_openai_plain, sim_surface_responses,
    sim_surface_messages, sim_surface_transcription, sim_surface_image;

SimChunk *sim_chunk_new (const char *model);
void sim_chunk_free (SimChunk *chunk);
void sim_chunk_absorb (SimChunk *whole, SimChunk *part);
void sim_chunk_stamp (SimChunk *chunk);
void sim_tool_call_free (SimToolCall *call);
void sim_token_probability_free (SimTokenProbability *probability);
void sim_write_metrics (GString *out, const SimChunk *chunk);
void sim_write_logprobs (GString *out, GPtrArray *logprobs);

/* Content-Type and status of the stream are set by the first; both FALSE when the client is gone.
 */
gboolean sim_surface_send (SimExchange *x, const SimChunk *chunk);
gboolean sim_surface_send_single (SimExchange *x, const SimChunk *chunk);
gboolean sim_surface_send_only (SimExchange *x, const SimChunk *chunk, gboolean streaming);
gboolean sim_surface_fail (SimExchange *x, gboolean streaming, const char *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimChunk, sim_chunk_free)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-json-scan.h"
#include "jobs/foreman-assembler-shape.h"
#include "jobs/foreman-assembler.h"
#include "jobs/foreman-token-repeats.h"
#include "net/foreman-line-reader.h"
#include "net/foreman-sse-reader.h"

G_BEGIN_DECLS

typedef enum
{
  FOREMAN_ASSEMBLER_BYTES,
  FOREMAN_ASSEMBLER_LINES,
  FOREMAN_ASSEMBLER_EVENTS,
} ForemanAssemblerFraming;

/* How one kind of answer is taken apart and put together. */
typedef struct
{
  ForemanAssemblerFraming framing;
  const char *content_type; /* (nullable): NULL: as the target says */
  gpointer (*new_state) (void);
  void (*free_state) (gpointer state);
  /* The next line, event's data (terminated, valid UTF-8), or piece of bytes. */
  gboolean (*take) (ForemanAssembler *self, const char *data, gsize length, GError **error);
  /* After the last of them, if the answer is whole. */
  ForemanSpool *(*compose) (ForemanAssembler *self, GError **error);
} ForemanAssemblerDialect;

extern const ForemanAssemblerDialect foreman_assembler_plain;
extern const ForemanAssemblerDialect foreman_assembler_native;
extern const ForemanAssemblerDialect foreman_assembler_completions;
extern const ForemanAssemblerDialect foreman_assembler_responses;
extern const ForemanAssemblerDialect foreman_assembler_messages;

struct _ForemanAssembler
{
  const ForemanAssemblerDialect *dialect;
  ForemanEndpoint endpoint;
  char *content_type;       /* (owned) (nullable) */
  ForemanLineReader *lines; /* (owned) (nullable) */
  ForemanSseReader *events; /* (owned) (nullable) */
  gpointer state;           /* (owned) (nullable): the dialect's own */

  /* What was collected, escaped as it came: strings without quotes, elements without brackets. */
  ForemanSpool *text;       /* (owned) */
  ForemanSpool *thinking;   /* (owned) */
  ForemanSpool *tool_calls; /* (owned) */
  ForemanSpool *logprobs;   /* (owned) */
  GString *base;            /* (owned): the object that has the members which are told once */

  GString *fresh; /* (owned): decoded text that nobody has taken */
  GString *piece; /* (owned): decoded, while it is looked at */
  ForemanTokenRepeats repeats;
  ForemanAnswerFields fields; /* of what tells the usage */
  guint64 n_chunks;
  gboolean has_content;
  gboolean is_complete;
  gboolean is_broken; /* an error came that was not told */
};

gboolean foreman_assembler_scan (const char *data,
                                 gsize length,
                                 const char *const *names,
                                 ForemanJsonSpan *spans,
                                 GError **error);
void foreman_assembler_find (const char *data,
                             ForemanJsonSpan object,
                             const char *const *names,
                             ForemanJsonSpan *spans);
gboolean foreman_assembler_set_garbled (GError **error);
gboolean foreman_assembler_set_told (const char *data, ForemanJsonSpan problem, GError **error);
void foreman_assembler_decode (GString *out, const char *data, ForemanJsonSpan string);
gboolean foreman_assembler_equals (const char *data, ForemanJsonSpan string, const char *text);

void foreman_assembler_set_base (ForemanAssembler *self, const char *data, ForemanJsonSpan object);
gboolean foreman_assembler_add_text (ForemanAssembler *self,
                                     const char *data,
                                     ForemanJsonSpan string,
                                     GError **error);
gboolean foreman_assembler_add_thinking (ForemanAssembler *self,
                                         const char *data,
                                         ForemanJsonSpan string,
                                         GError **error);
gboolean foreman_assembler_add_tool_calls (ForemanAssembler *self,
                                           const char *data,
                                           ForemanJsonSpan array,
                                           GError **error);
gboolean foreman_assembler_add_logprobs (ForemanAssembler *self,
                                         const char *data,
                                         ForemanJsonSpan array,
                                         GError **error);
void foreman_assembler_take_usage (ForemanAssembler *self, const char *data, gsize length);

G_END_DECLS

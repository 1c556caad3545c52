/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-assembler.h"

G_BEGIN_DECLS

/* What became of a stream. */
typedef struct
{
  char *answer; /* (owned) (nullable): NULL: it failed */
  char *text;   /* (owned): all that was taken */
  const char *warning;
  GError *error; /* (owned) (nullable) */
  guint64 n_chunks;
  ForemanAnswerUsage usage;
  gboolean is_complete;
  gboolean is_empty;
  char *content_type; /* (owned) */
} Assembled;

/* @step: how large the pieces are, in bytes; 0: all at once. */
Assembled *assemble (ForemanEndpoint endpoint,
                     const char *content_type,
                     const char *stream,
                     gssize length,
                     gsize step);
void assembled_free (Assembled *assembled);
char *spool_dup_text (ForemanSpool *spool);
/* Whether it is a valid JSON object, and nothing follows it. */
gboolean is_one_object (const char *json);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Assembled, assembled_free)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-surface.h"

G_BEGIN_DECLS

typedef struct
{
  char *id;
  const char *model;
  gint64 estimate; /* of the prompt's tokens, said before they are counted */
  gint64 index;    /* of the content block */
  guint calls;
  gboolean started;
  gboolean thinking_started;
  gboolean thinking_done;
  gboolean text_started;
} SimMessagesState;

char *sim_messages_new_id (const char *prefix);
SimMessagesState *sim_messages_keep_state (SimExchange *x, const char *model, gint64 estimate);

G_END_DECLS

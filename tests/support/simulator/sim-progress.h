/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-exchange.h"

G_BEGIN_DECLS

/* The answer of pull, push and create: a line of status after another, or just the last one. */
typedef struct
{
  SimExchange *x;
  gboolean streaming;
  GString *last; /* (owned) */
} SimProgress;

void sim_progress_begin (SimProgress *progress, SimExchange *x, gboolean streaming);
void sim_progress_clear (SimProgress *progress);
gboolean sim_progress_say (SimProgress *progress, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean sim_progress_layer (SimProgress *progress,
                             const char *verb,
                             const char *hex,
                             gint64 total,
                             gint64 completed);
void sim_progress_fail (SimProgress *progress, int status, const char *message);
void sim_progress_end (SimProgress *progress);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimProgress, sim_progress_clear)

G_END_DECLS

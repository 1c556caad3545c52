/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-config.h"

G_BEGIN_DECLS

/* What a model is loaded with; another value means another load. */
typedef struct
{
  gint64 num_ctx;
  gint64 num_batch;
  gint64 num_gpu;
  gint64 main_gpu;
  gint64 num_thread;
  gint64 use_mmap;     /* -1: not said */
  gint64 shift;        /* since 0.30 */
  gint64 explicit_ctx; /* since 0.30 */
} SimLoadOptions;

typedef struct
{
  SimLoadOptions load;
  gint64 seed;
  gint64 num_predict;
  double temperature;
  GPtrArray *stop; /* (owned) strings */
} SimOptions;

gboolean sim_options_read (SimOptions *options,
                           const SimConfig *config,
                           const SimSpec *spec,
                           const SimJson *request,
                           char **error);
void sim_options_clear (SimOptions *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimOptions, sim_options_clear)

G_END_DECLS

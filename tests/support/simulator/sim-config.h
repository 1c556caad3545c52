/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-model.h"

G_BEGIN_DECLS

/* What the simulated machine and its Ollama are like. Read-only after the start. */
typedef struct
{
  char *version;
  char *models_path;
  gint64 memory; /* bytes */
  int max_loaded;
  int max_queue;
  int parallel;
  int context_length; /* default num_ctx */
  gint64 keep_alive;  /* ns */
  gboolean gpu;
  gboolean cloud;   /* reachable, but nobody is signed in */
  gint64 pull_rate; /* bytes a second */
  double scale;
  guint journal;
  GPtrArray *registry; /* (owned) SimModel: what can be pulled */
} SimConfig;

SimConfig *sim_config_new (void);
void sim_config_free (SimConfig *config);
gboolean
sim_config_load (SimConfig *config, SimStore *store, const char *text, gsize length, char **error);
gboolean sim_config_add_model (SimConfig *config,
                               SimStore *store,
                               const SimJson *description,
                               const struct timespec *modified,
                               char **error);
gboolean sim_config_is_modern (const SimConfig *config);
gint64 sim_config_scaled (const SimConfig *config, double seconds);

G_END_DECLS

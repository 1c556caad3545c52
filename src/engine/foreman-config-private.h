/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-config-value.h"
#include "engine/foreman-config.h"

G_BEGIN_DECLS

/* What the layers of settings are poured into, one after another. */
typedef struct
{
  const char *const *environment; /* (not owned) */
  char *home;                     /* (owned) */
  ForemanConfigValue *values;     /* (not owned): one a key */
  GPtrArray *warnings;            /* (owned): char * */
} ForemanConfigLoader;

gboolean foreman_config_loader_run (ForemanConfigLoader *loader,
                                    const ForemanConfigSources *sources,
                                    GError **error);

G_END_DECLS

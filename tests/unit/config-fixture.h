/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-config.h"

G_BEGIN_DECLS

/* The shipped settings but for @setting (nullable), as in `WEBHOOK_ALLOW=10.0.0.0/8`. */
static inline ForemanConfig *
make_config (const char *setting)
{
  g_autofree char *variable = setting != NULL ? g_strconcat ("FOREMAN_", setting, NULL) : NULL;
  const char *const environment[] = { variable, NULL };
  const ForemanConfigSources sources = { .environment = environment, .directory = "" };
  GError *error = NULL;
  ForemanConfig *config = foreman_config_load (&sources, &error);

  g_assert_no_error (error);
  return config;
}

G_END_DECLS

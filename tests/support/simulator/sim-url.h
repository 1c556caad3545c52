/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A request target, taken apart. */
typedef struct
{
  char *path;    /* (owned) decoded */
  char *escaped; /* (owned) the same as it came */
  char *query;   /* (owned) (nullable) raw, without the ? */
  char *host;    /* (owned) (nullable) of a target that names one */
} SimUrl;

gboolean sim_url_parse_target (const char *target, gboolean authority, SimUrl *url);
void sim_url_clear (SimUrl *url);
char *sim_url_clean_path (const char *path);

G_END_DECLS

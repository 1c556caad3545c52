/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  SIM_SOURCE_NONE,
  SIM_SOURCE_LOCAL,
  SIM_SOURCE_CLOUD,
} SimSource;

typedef enum
{
  SIM_NAME_OK,
  SIM_NAME_MISSING,     /* "model is required" */
  SIM_NAME_INVALID,     /* "invalid model name" */
  SIM_NAME_CONFLICTING, /* both suffixes; `error` says it */
} SimNameStatus;

typedef struct
{
  char *scheme; /* (owned) */
  char *host;   /* (owned) */
  char *namespace;
  char *model;
  char *tag;
  char *base; /* (owned) the text without its source suffix */
  SimSource source;
} SimName;

SimNameStatus
sim_name_parse_reference (const char *text, gsize length, SimName *name, char **error);
gboolean sim_name_parse (const char *text, SimName *name);
void sim_name_clear (SimName *name);
char *sim_name_full (const SimName *name);
char *sim_name_shortest (const SimName *name);
gboolean sim_name_same (const SimName *a, const SimName *b, gboolean fold);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimName, sim_name_clear)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * ForemanModelSource:
 * @FOREMAN_MODEL_SOURCE_NONE: the name does not say
 * @FOREMAN_MODEL_SOURCE_LOCAL: `:local`, a model of the box itself
 * @FOREMAN_MODEL_SOURCE_CLOUD: `:cloud` or a tag that ends in `-cloud`: goes to ollama.com and
 * needs no slot here
 *
 * What the end of a model name says about where the model runs.
 */
typedef enum
{
  FOREMAN_MODEL_SOURCE_NONE,
  FOREMAN_MODEL_SOURCE_LOCAL,
  FOREMAN_MODEL_SOURCE_CLOUD,
} ForemanModelSource;

/**
 * ForemanModelName:
 * @host: the registry
 * @namespace: the owner
 * @model: the model
 * @tag: the variant
 * @source: what the name said about where it runs; no part of the identity
 *
 * A model's name in its four parts, with Ollama's defaults filled in. All parts are legal and
 * ASCII.
 */
typedef struct
{
  char *host;
  char *namespace;
  char *model;
  char *tag;
  ForemanModelSource source;
} ForemanModelName;

#define FOREMAN_TYPE_MODEL_NAME (foreman_model_name_get_type ())
GType foreman_model_name_get_type (void);
ForemanModelName *foreman_model_name_parse (const char *text, GError **error);
ForemanModelName *foreman_model_name_copy (const ForemanModelName *name);
void foreman_model_name_free (ForemanModelName *name);

char *foreman_model_name_to_string (const ForemanModelName *name);
char *foreman_model_name_to_key (const ForemanModelName *name);
gboolean foreman_model_name_equal (gconstpointer a, gconstpointer b);
guint foreman_model_name_hash (gconstpointer name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanModelName, foreman_model_name_free)

G_END_DECLS

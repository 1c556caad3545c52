/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-model-name.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * ForemanModelEntry:
 * @text: the name as the target spells it
 * @key: the name's key, see foreman_model_name_to_key(); @text itself if it is no legal name
 * @digest: what the name stands for, empty if not told
 * @expires_at: when a resident model is going to be unloaded, empty if not told
 * @size: bytes on disk, or in memory if resident
 * @size_vram: of those, bytes in the GPU's memory
 * @context_length: with how long a context it is loaded, 0 if not told
 *
 * One model of a list.
 */
typedef struct
{
  char *text;
  char *key;
  char *digest;
  char *expires_at;
  gint64 size;
  gint64 size_vram;
  gint64 context_length;
} ForemanModelEntry;

#define FOREMAN_TYPE_MODEL_LIST (foreman_model_list_get_type ())
typedef struct _ForemanModelList ForemanModelList;

GType foreman_model_list_get_type (void);
ForemanModelList *foreman_model_list_new (GBytes *body, GError **error);
ForemanModelList *foreman_model_list_ref (ForemanModelList *list);
void foreman_model_list_unref (ForemanModelList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanModelList, foreman_model_list_unref)

GBytes *foreman_model_list_get_bytes (ForemanModelList *list);
guint foreman_model_list_get_n (ForemanModelList *list);
const ForemanModelEntry *foreman_model_list_get (ForemanModelList *list, guint index);
const ForemanModelEntry *foreman_model_list_find (ForemanModelList *list,
                                                  const ForemanModelName *name);
gboolean foreman_model_list_has_same_models (ForemanModelList *list, ForemanModelList *other);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-inventory.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_EMBEDDER (foreman_embedder_get_type ())
G_DECLARE_FINAL_TYPE (ForemanEmbedder, foreman_embedder, FOREMAN, EMBEDDER, GObject)

ForemanEmbedder *foreman_embedder_new (ForemanTarget *target,
                                       ForemanInventory *inventory,
                                       const ForemanModelName *model);
void foreman_embedder_start (ForemanEmbedder *embedder);
void foreman_embedder_stop (ForemanEmbedder *embedder);

G_END_DECLS

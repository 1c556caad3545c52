/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-model-list.h"
#include "engine/foreman-target.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * ForemanInventoryLists:
 * @FOREMAN_INVENTORY_INSTALLED: what `/api/tags` lists
 * @FOREMAN_INVENTORY_RESIDENT: what `/api/ps` lists
 * @FOREMAN_INVENTORY_ALL: both
 *
 * Which lists are meant.
 */
typedef enum
{
  FOREMAN_INVENTORY_INSTALLED = 1 << 0,
  FOREMAN_INVENTORY_RESIDENT = 1 << 1,
  FOREMAN_INVENTORY_ALL = FOREMAN_INVENTORY_INSTALLED | FOREMAN_INVENTORY_RESIDENT,
} ForemanInventoryLists;

/**
 * ForemanInventoryMatch:
 * @FOREMAN_INVENTORY_KNOWN: the model is installed
 * @FOREMAN_INVENTORY_UNKNOWN: it is not in the last list
 * @FOREMAN_INVENTORY_NO_LISTS_YET: the target has not listed its models so far
 *
 * What is known about a model.
 */
typedef enum
{
  FOREMAN_INVENTORY_KNOWN,
  FOREMAN_INVENTORY_UNKNOWN,
  FOREMAN_INVENTORY_NO_LISTS_YET,
} ForemanInventoryMatch;

#define FOREMAN_TYPE_INVENTORY (foreman_inventory_get_type ())
G_DECLARE_FINAL_TYPE (ForemanInventory, foreman_inventory, FOREMAN, INVENTORY, GObject)

ForemanInventory *
foreman_inventory_new (ForemanTarget *target, ForemanClock *clock, gint64 poll_interval);
void foreman_inventory_set_poll_interval (ForemanInventory *inventory, gint64 poll_interval);
void foreman_inventory_start (ForemanInventory *inventory);
void foreman_inventory_stop (ForemanInventory *inventory);

void foreman_inventory_refresh_async (ForemanInventory *inventory,
                                      ForemanInventoryLists lists,
                                      gboolean fresh,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean foreman_inventory_refresh_finish (ForemanInventory *inventory,
                                           GAsyncResult *result,
                                           GError **error);
gboolean foreman_inventory_is_settled (ForemanInventory *inventory, ForemanInventoryLists lists);
void foreman_inventory_settle_async (ForemanInventory *inventory,
                                     ForemanInventoryLists lists,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean
foreman_inventory_settle_finish (ForemanInventory *inventory, GAsyncResult *result, GError **error);
void foreman_inventory_expect_change (ForemanInventory *inventory, const ForemanModelName *leaving);

ForemanInventoryMatch foreman_inventory_find (ForemanInventory *inventory,
                                              const ForemanModelName *name);
gboolean foreman_inventory_is_resident (ForemanInventory *inventory, const ForemanModelName *name);
ForemanModelList *foreman_inventory_get_installed (ForemanInventory *inventory);
ForemanModelList *foreman_inventory_get_resident (ForemanInventory *inventory);
GBytes *foreman_inventory_get_tags (ForemanInventory *inventory);
GBytes *foreman_inventory_get_ps (ForemanInventory *inventory);

gboolean foreman_inventory_is_degraded (ForemanInventory *inventory);
gboolean foreman_inventory_is_unreachable (ForemanInventory *inventory);
const char *foreman_inventory_get_reason (ForemanInventory *inventory);
gint64 foreman_inventory_get_since (ForemanInventory *inventory);
gint64 foreman_inventory_get_last_poll (ForemanInventory *inventory);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-inventory.h"

#include "engine/foreman-inventory-private.h"

/**
 * foreman_inventory_find:
 * @inventory: an inventory
 * @name: a model's name, not of a cloud model: those need not be installed
 *
 * Returns: whether the target had @name installed when it was asked last
 */
ForemanInventoryMatch
foreman_inventory_find (ForemanInventory *inventory, const ForemanModelName *name)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), FOREMAN_INVENTORY_NO_LISTS_YET);
  g_return_val_if_fail (name != NULL, FOREMAN_INVENTORY_NO_LISTS_YET);

  if (inventory->installed == NULL)
    return FOREMAN_INVENTORY_NO_LISTS_YET;
  return foreman_model_list_find (inventory->installed, name) != NULL ? FOREMAN_INVENTORY_KNOWN
                                                                      : FOREMAN_INVENTORY_UNKNOWN;
}

/**
 * foreman_inventory_is_resident:
 * @inventory: an inventory
 * @name: a model's name
 *
 * Returns: whether the target had @name loaded when it was asked last
 */
gboolean
foreman_inventory_is_resident (ForemanInventory *inventory, const ForemanModelName *name)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  return inventory->resident != NULL && foreman_model_list_find (inventory->resident, name) != NULL;
}

/**
 * foreman_inventory_get_installed:
 * @inventory: an inventory
 *
 * Returns: (transfer none) (nullable): the models on disk; %NULL before the first poll
 */
ForemanModelList *
foreman_inventory_get_installed (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), NULL);

  return inventory->installed;
}

/**
 * foreman_inventory_get_resident:
 * @inventory: an inventory
 *
 * Returns: (transfer none) (nullable): the models in memory; %NULL before the first poll
 */
ForemanModelList *
foreman_inventory_get_resident (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), NULL);

  return inventory->resident;
}

/**
 * foreman_inventory_get_tags:
 * @inventory: an inventory
 *
 * Returns: (transfer none) (nullable): the target's last answer to `/api/tags`
 */
GBytes *
foreman_inventory_get_tags (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), NULL);

  return inventory->installed != NULL ? foreman_model_list_get_bytes (inventory->installed) : NULL;
}

/**
 * foreman_inventory_get_ps:
 * @inventory: an inventory
 *
 * Returns: (transfer none) (nullable): the target's last answer to `/api/ps`
 */
GBytes *
foreman_inventory_get_ps (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), NULL);

  return inventory->resident != NULL ? foreman_model_list_get_bytes (inventory->resident) : NULL;
}

/**
 * foreman_inventory_is_settled:
 * @inventory: an inventory
 * @lists: what is going to be read
 *
 * Returns: whether the lists can be read now, without foreman_inventory_settle_async(): they are
 *   there, and nothing is known to have happened that they do not show
 */
gboolean
foreman_inventory_is_settled (ForemanInventory *inventory, ForemanInventoryLists lists)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), FALSE);

  if ((lists & FOREMAN_INVENTORY_INSTALLED && inventory->installed == NULL) ||
      (lists & FOREMAN_INVENTORY_RESIDENT && inventory->resident == NULL))
    return FALSE;
  return (lists & foreman_expectations_get_lists (inventory->expectations)) == 0 &&
         foreman_poll_queue_is_settled (inventory->polls, lists);
}

/**
 * foreman_inventory_is_degraded:
 * @inventory: an inventory
 *
 * Returns: whether the last poll failed, or the target could not be reached, and it has answered
 *   nothing since
 */
gboolean
foreman_inventory_is_degraded (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), FALSE);

  return inventory->reason != NULL;
}

/**
 * foreman_inventory_is_unreachable:
 * @inventory: an inventory
 *
 * Returns: whether the target is degraded because nothing has answered there, so that there is no
 *   point in sending it anything before a refresh has succeeded
 */
gboolean
foreman_inventory_is_unreachable (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), FALSE);

  return inventory->reason != NULL &&
         !g_str_equal (inventory->reason, FOREMAN_INVENTORY_POLL_FAILED);
}

/**
 * foreman_inventory_get_reason:
 * @inventory: an inventory
 *
 * Returns: (nullable): why the target is degraded: `unreachable`, `timeout` or `poll_failed`
 */
const char *
foreman_inventory_get_reason (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), NULL);

  return inventory->reason;
}

/**
 * foreman_inventory_get_since:
 * @inventory: an inventory
 *
 * Returns: since when the target is degraded, in µs since the epoch, or 0
 */
gint64
foreman_inventory_get_since (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), 0);

  return inventory->since;
}

/**
 * foreman_inventory_get_last_poll:
 * @inventory: an inventory
 *
 * Returns: when both lists came last, in µs since the epoch, or 0 if they never did
 */
gint64
foreman_inventory_get_last_poll (ForemanInventory *inventory)
{
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), 0);

  return inventory->last_poll;
}

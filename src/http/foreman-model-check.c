/* SPDX-License-Identifier: MIT */
/* Whether the model that is asked for is there. */
#include "http/foreman-model-check.h"

#include "libforeman/foreman-error.h"

/* A name that could not be found out may be any. */
static gboolean
is_known (ForemanInventory *inventory, const ForemanModelName *name)
{
  return !name || foreman_inventory_find (inventory, name) == FOREMAN_INVENTORY_KNOWN;
}

/**
 * foreman_model_check_passes:
 * @inventory: what is known of the target
 * @name: (nullable): the model; %NULL: it may be any
 *
 * Main thread, as is everything here.
 *
 * Returns: whether the model is installed as far as is known, and the target there; otherwise ask
 *   foreman_model_check_async()
 */
gboolean
foreman_model_check_passes (ForemanInventory *inventory, const ForemanModelName *name)
{
  return is_known (inventory, name) && !foreman_inventory_is_unreachable (inventory);
}

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ForemanInventory *inventory = FOREMAN_INVENTORY (source);
  const ForemanModelName *name = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  foreman_inventory_refresh_finish (inventory, result, &error);
  if (error && !foreman_model_check_passes (inventory, name))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (is_known (inventory, name))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND,
                             "the model is not installed");
}

/**
 * foreman_model_check_async:
 * @inventory: what is known of the target
 * @name: (nullable): the model; %NULL: it may be any
 * @cancellable: (nullable): to stop waiting
 * @callback: called when it is known
 * @user_data: for @callback
 *
 * Asks the target once more what is installed, or while it is not there, whether it is.
 */
void
foreman_model_check_async (ForemanInventory *inventory,
                           const ForemanModelName *name,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (inventory, cancellable, callback, user_data);

  g_task_set_source_tag (task, foreman_model_check_async);
  if (name)
    g_task_set_task_data (task, foreman_model_name_copy (name),
                          (GDestroyNotify) foreman_model_name_free);
  foreman_inventory_refresh_async (inventory, FOREMAN_INVENTORY_INSTALLED,
                                   !foreman_inventory_is_unreachable (inventory), cancellable,
                                   on_refreshed, task);
}

/**
 * foreman_model_check_finish:
 * @inventory: the inventory
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_model_check_async().
 *
 * Returns: whether the model is installed; %FOREMAN_ERROR_NOT_FOUND if it is not, any other error
 *   if that could not be found out
 */
gboolean
foreman_model_check_finish (ForemanInventory *inventory, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * foreman_model_check_dup_missing:
 * @endpoint: where the model was asked for
 * @model: the model as the client wrote it
 *
 * Says that a model is not installed, as Ollama does: its routes say it in two ways, and clients
 * look at the words.
 *
 * Returns: (transfer full): one line
 */
char *
foreman_model_check_dup_missing (ForemanEndpoint endpoint, const char *model)
{
  if (!foreman_endpoint_is_gated (endpoint))
    return g_strdup_printf ("model \"%s\" not found, try pulling it first", model);
  return g_strdup_printf ("model '%s' not found", model);
}

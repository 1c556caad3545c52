/* SPDX-License-Identifier: MIT */
#include "engine/foreman-unload-all.h"

/**
 * ForemanUnloadAll:
 *
 * The box on its way to being empty.
 */
typedef struct
{
  ForemanTarget *target; /* (owned) */
  GStrvBuilder *names;   /* (owned): the models that were told to go */
  guint pending;
  GError *error; /* (owned) (nullable): the first that went wrong */
} ForemanUnloadAll;

static void
unload_all_free (ForemanUnloadAll *self)
{
  g_clear_object (&self->target);
  g_strv_builder_unref (self->names);
  g_clear_error (&self->error);
  g_free (self);
}

/* Takes one of the references that keep @task from its end. */
static void
end_one (GTask *taken)
{
  g_autoptr (GTask) task = taken;
  ForemanUnloadAll *self = g_task_get_task_data (task);

  if (--self->pending > 0)
    return;
  foreman_inventory_expect_change (g_task_get_source_object (task), NULL);
  if (self->error)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_pointer (task, g_strv_builder_end (self->names), (GDestroyNotify) g_strfreev);
}

static void
on_unloaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ForemanUnloadAll *self = g_task_get_task_data (user_data);
  GError *error = NULL;

  foreman_target_unload_finish (FOREMAN_TARGET (source), result, &error);
  if (error && !self->error)
    self->error = error;
  else
    g_clear_error (&error);
  end_one (user_data);
}

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ForemanInventory *inventory = FOREMAN_INVENTORY (source);
  ForemanUnloadAll *self = g_task_get_task_data (task);
  ForemanModelList *resident;

  if (foreman_inventory_refresh_finish (inventory, result, &self->error))
    {
      resident = foreman_inventory_get_resident (inventory);
      for (guint i = 0; resident && i < foreman_model_list_get_n (resident); i++)
        {
          const char *name = foreman_model_list_get (resident, i)->text;

          self->pending++;
          g_strv_builder_add (self->names, name);
          foreman_target_unload_async (self->target, name, g_task_get_cancellable (task),
                                       on_unloaded, g_object_ref (task));
        }
    }
  end_one (task);
}

/**
 * foreman_unload_all_async:
 * @inventory: what the target has
 * @target: the target
 * @cancellable: (nullable): ends it
 * @callback: called when every resident model was told to go
 * @user_data: for @callback
 *
 * Empties the box: looks which models are resident, the pinned ones among them, and unloads each. A
 * model that works goes when it is done. Main thread.
 */
void
foreman_unload_all_async (ForemanInventory *inventory,
                          ForemanTarget *target,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (inventory, cancellable, callback, user_data);
  ForemanUnloadAll *self = g_new0 (ForemanUnloadAll, 1);

  g_task_set_source_tag (task, foreman_unload_all_async);
  g_task_set_task_data (task, self, (GDestroyNotify) unload_all_free);
  self->target = g_object_ref (target);
  self->names = g_strv_builder_new ();
  self->pending = 1;
  foreman_inventory_refresh_async (inventory, FOREMAN_INVENTORY_RESIDENT, TRUE, cancellable,
                                   on_refreshed, task);
}

/**
 * foreman_unload_all_finish:
 * @inventory: the inventory
 * @result: what the callback got
 * @error: return location for an error, as in foreman_target_fetch_finish()
 *
 * Ends foreman_unload_all_async().
 *
 * Returns: (transfer full): the names of the models that were told to go
 */
GStrv
foreman_unload_all_finish (ForemanInventory *inventory, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, inventory), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

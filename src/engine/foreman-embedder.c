/* SPDX-License-Identifier: MIT */
#include "engine/foreman-embedder.h"

#include "libforeman/foreman-error.h"

/**
 * ForemanEmbedder:
 *
 * Keeps the embedding model warm: loads it to stay, once the target is known to have it, and again
 * whenever the target has recovered, since then it may have been restarted. A load that fails is
 * not tried again before that.
 */
struct _ForemanEmbedder
{
  GObject parent_instance;

  ForemanTarget *target;       /* (owned) */
  ForemanInventory *inventory; /* (owned) */
  ForemanModelName *model;     /* (owned) */
  gboolean started;
  gboolean was_degraded;
  ForemanInventoryMatch found; /* what the inventory said last about the model */
  GCancellable *warming;       /* (owned) (nullable): of the call under way */
  gboolean recovered;          /* the target did, during the call under way */
};

G_DEFINE_FINAL_TYPE (ForemanEmbedder, foreman_embedder, G_TYPE_OBJECT)

static void embedder_warm (ForemanEmbedder *self);

static void
on_warmed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanEmbedder) self = data;
  g_autofree char *model = foreman_model_name_to_string (self->model);
  g_autoptr (GError) error = NULL;
  gboolean warmed = foreman_target_warm_embedder_finish (FOREMAN_TARGET (source), result, &error);

  g_clear_object (&self->warming);
  if (!self->started)
    return;
  if (warmed)
    g_message ("the embedding model %s is loaded to stay", model);
  else
    g_message ("the embedding model %s could not be loaded: %s", model, error->message);
  if (!warmed && self->recovered)
    embedder_warm (self);
}

/* The call is held until the model is loaded: hanging up would make the target drop the load. */
static void
embedder_warm (ForemanEmbedder *self)
{
  g_autofree char *model = NULL;

  self->recovered = self->warming != NULL;
  if (self->warming != NULL || self->found != FOREMAN_INVENTORY_KNOWN)
    return;
  model = foreman_model_name_to_string (self->model);
  self->warming = g_cancellable_new ();
  foreman_target_warm_embedder_async (self->target, model, "-1", self->warming, on_warmed,
                                      g_object_ref (self));
}

static void
on_changed (ForemanEmbedder *self)
{
  ForemanInventoryMatch found = foreman_inventory_find (self->inventory, self->model);
  g_autofree char *model = NULL;

  if (found == self->found)
    return;
  self->found = found;
  if (found == FOREMAN_INVENTORY_UNKNOWN)
    {
      model = foreman_model_name_to_string (self->model);
      g_message ("the embedding model %s (FOREMAN_EMBED_MODEL) is not installed; pull it", model);
    }
  else if (!foreman_inventory_is_degraded (self->inventory))
    embedder_warm (self);
}

static void
on_degraded_changed (ForemanEmbedder *self)
{
  gboolean degraded = foreman_inventory_is_degraded (self->inventory);
  gboolean recovered = self->was_degraded && !degraded;

  self->was_degraded = degraded;
  if (recovered)
    embedder_warm (self);
}

static void
foreman_embedder_dispose (GObject *object)
{
  foreman_embedder_stop (FOREMAN_EMBEDDER (object));

  G_OBJECT_CLASS (foreman_embedder_parent_class)->dispose (object);
}

static void
foreman_embedder_finalize (GObject *object)
{
  ForemanEmbedder *self = FOREMAN_EMBEDDER (object);

  g_clear_pointer (&self->model, foreman_model_name_free);
  g_clear_object (&self->inventory);
  g_clear_object (&self->target);

  G_OBJECT_CLASS (foreman_embedder_parent_class)->finalize (object);
}

static void
foreman_embedder_class_init (ForemanEmbedderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = foreman_embedder_dispose;
  object_class->finalize = foreman_embedder_finalize;
}

static void
foreman_embedder_init (ForemanEmbedder *self)
{
}

/**
 * foreman_embedder_new:
 * @target: the target
 * @inventory: what the target has
 * @model: the embedding model
 *
 * Creates what keeps @model warm.
 *
 * Returns: (transfer full): an embedder
 */
ForemanEmbedder *
foreman_embedder_new (ForemanTarget *target,
                      ForemanInventory *inventory,
                      const ForemanModelName *model)
{
  ForemanEmbedder *self;

  g_return_val_if_fail (FOREMAN_IS_TARGET (target), NULL);
  g_return_val_if_fail (FOREMAN_IS_INVENTORY (inventory), NULL);
  g_return_val_if_fail (model != NULL, NULL);

  self = g_object_new (FOREMAN_TYPE_EMBEDDER, NULL);
  self->target = g_object_ref (target);
  self->inventory = g_object_ref (inventory);
  self->model = foreman_model_name_copy (model);
  self->found = FOREMAN_INVENTORY_NO_LISTS_YET;
  return self;
}

/**
 * foreman_embedder_start:
 * @embedder: an embedder
 *
 * Warms the model now, if the target is known to have it, and as described above from then on.
 */
void
foreman_embedder_start (ForemanEmbedder *embedder)
{
  g_return_if_fail (FOREMAN_IS_EMBEDDER (embedder));

  if (embedder->started)
    return;
  embedder->started = TRUE;
  embedder->was_degraded = foreman_inventory_is_degraded (embedder->inventory);
  g_signal_connect_swapped (embedder->inventory, "changed", G_CALLBACK (on_changed), embedder);
  g_signal_connect_swapped (embedder->inventory, "degraded-changed",
                            G_CALLBACK (on_degraded_changed), embedder);
  on_changed (embedder);
}

/**
 * foreman_embedder_stop:
 * @embedder: an embedder
 *
 * Stops that; a load under way is given up. The model stays loaded.
 */
void
foreman_embedder_stop (ForemanEmbedder *embedder)
{
  g_return_if_fail (FOREMAN_IS_EMBEDDER (embedder));

  if (!embedder->started)
    return;
  embedder->started = FALSE;
  embedder->found = FOREMAN_INVENTORY_NO_LISTS_YET;
  g_signal_handlers_disconnect_by_data (embedder->inventory, embedder);
  if (embedder->warming != NULL)
    g_cancellable_cancel (embedder->warming);
}

/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-models.h"

#define REASON "model_missing"

struct _ForemanJobModels
{
  GObject parent_instance;

  ForemanJobContext *context; /* (owned) */
  gboolean is_started;
  gboolean is_comparing; /* the store is being asked which models its jobs wait for */
  gboolean is_outdated;  /* it is to be asked again */
  GBytes *tags;          /* (owned) (nullable): what was installed when it was asked last */
  gulong changed_id;
};

G_DEFINE_FINAL_TYPE (ForemanJobModels, foreman_job_models, G_TYPE_OBJECT)

static void
foreman_job_models_dispose (GObject *object)
{
  ForemanJobModels *self = FOREMAN_JOB_MODELS (object);

  if (self->context != NULL)
    foreman_job_models_stop (self);
  g_clear_pointer (&self->tags, g_bytes_unref);
  g_clear_pointer (&self->context, foreman_job_context_unref);

  G_OBJECT_CLASS (foreman_job_models_parent_class)->dispose (object);
}

static void
foreman_job_models_class_init (ForemanJobModelsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_job_models_dispose;
}

static void
foreman_job_models_init (ForemanJobModels *self)
{
}

/**
 * foreman_job_models_new: (skip)
 * @context: the store, and the inventory
 *
 * Returns: (transfer full): what does nothing yet
 */
ForemanJobModels *
foreman_job_models_new (ForemanJobContext *context)
{
  ForemanJobModels *self = g_object_new (FOREMAN_TYPE_JOB_MODELS, NULL);

  self->context = foreman_job_context_ref (context);
  return self;
}

static void
on_parked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!foreman_store_park_finish (FOREMAN_STORE (source), result, &error))
    g_debug ("jobs were not told of their model: %s", error->message);
}

/* @reason: (nullable): %NULL lets them go */
static void
models_set_parked (ForemanJobModels *self, const char *model_key, const char *reason)
{
  foreman_store_park_async (self->context->store, model_key, reason,
                            foreman_clock_get_real (self->context->clock), NULL, on_parked, NULL);
}

/* A cloud model is in no list, and a name that is none is for Ollama to refuse. */
static ForemanInventoryMatch
models_find (ForemanJobModels *self, const char *model)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (model, NULL);

  if (name == NULL || name->source == FOREMAN_MODEL_SOURCE_CLOUD)
    return FOREMAN_INVENTORY_KNOWN;
  return foreman_inventory_find (self->context->inventory, name);
}

static void models_compare (ForemanJobModels *self);

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobModels) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) models =
      foreman_store_list_models_finish (FOREMAN_STORE (source), result, &error);

  self->is_comparing = FALSE;
  if (models == NULL)
    g_debug ("the jobs' models are not known: %s", error->message);
  for (guint i = 0; models != NULL && i < models->len; i++)
    {
      const ForemanQueuedModel *model = g_ptr_array_index (models, i);
      ForemanInventoryMatch match = models_find (self, model->model);

      if (match == FOREMAN_INVENTORY_UNKNOWN && !model->parked)
        models_set_parked (self, model->model_key, REASON);
      else if (match == FOREMAN_INVENTORY_KNOWN && model->parked)
        models_set_parked (self, model->model_key, NULL);
    }
  if (self->is_outdated)
    models_compare (self);
}

static void
models_compare (ForemanJobModels *self)
{
  self->is_outdated = self->is_comparing;
  if (self->is_comparing || !self->is_started)
    return;
  self->is_comparing = TRUE;
  foreman_store_list_models_async (self->context->store, NULL, on_listed, g_object_ref (self));
}

/* What is resident changes with every job; what is installed seldom does. */
static void
on_changed (ForemanJobModels *self)
{
  GBytes *tags = foreman_inventory_get_tags (self->context->inventory);

  if (tags == NULL || (self->tags != NULL && g_bytes_equal (tags, self->tags)))
    return;
  g_clear_pointer (&self->tags, g_bytes_unref);
  self->tags = g_bytes_ref (tags);
  models_compare (self);
}

/**
 * foreman_job_models_start: (skip)
 * @self: a #ForemanJobModels
 *
 * Compares the models that jobs wait for with those installed, now and whenever that changes. The
 * store is available. Main thread, as is everything here.
 */
void
foreman_job_models_start (ForemanJobModels *self)
{
  if (self->is_started)
    return;
  self->is_started = TRUE;
  self->changed_id =
      g_signal_connect_swapped (self->context->inventory, "changed", G_CALLBACK (on_changed), self);
  models_compare (self);
}

/**
 * foreman_job_models_stop: (skip)
 * @self: a #ForemanJobModels
 *
 * Compares no more.
 */
void
foreman_job_models_stop (ForemanJobModels *self)
{
  self->is_started = FALSE;
  g_clear_signal_handler (&self->changed_id, self->context->inventory);
}

/**
 * foreman_job_models_is_missing: (skip)
 * @self: a #ForemanJobModels
 * @job: a job
 *
 * Returns: whether its model was not there when the target was asked last
 */
gboolean
foreman_job_models_is_missing (ForemanJobModels *self, const ForemanJobRecord *job)
{
  return models_find (self, job->model) == FOREMAN_INVENTORY_UNKNOWN;
}

/**
 * foreman_job_models_park: (skip)
 * @self: a #ForemanJobModels
 * @job: a job whose model is missing
 *
 * Has all jobs of its model wait that are not claimed, before anything that is asked of the store
 * later; and asks the target once more, lest what was known is outdated.
 */
void
foreman_job_models_park (ForemanJobModels *self, const ForemanJobRecord *job)
{
  models_set_parked (self, job->model_key, REASON);
  models_compare (self);
  foreman_inventory_refresh_async (self->context->inventory, FOREMAN_INVENTORY_INSTALLED, FALSE,
                                   NULL, NULL, NULL);
}

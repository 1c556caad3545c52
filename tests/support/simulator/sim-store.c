/* SPDX-License-Identifier: MIT */
#include "sim-model.h"

#include <string.h>

/* The models that are installed, and the blobs that were uploaded. Thread-safe. */
struct _SimStore
{
  GMutex mutex;
  GPtrArray *models; /* (owned) SimModel */
  GHashTable *blobs; /* (owned) digests as in "sha256:…" */
};

static void
copy_name (SimName *to, const SimName *from)
{
  memset (to, 0, sizeof *to);
  to->scheme = g_strdup (from->scheme);
  to->host = g_strdup (from->host);
  to->namespace = g_strdup (from->namespace);
  to->model = g_strdup (from->model);
  to->tag = g_strdup (from->tag);
}

void
sim_model_unref (SimModel *model)
{
  if (!g_atomic_int_dec_and_test (&model->refs))
    return;
  sim_name_clear (&model->name);
  g_free (model->shortest);
  g_free (model->full);
  sim_spec_unref (model->spec);
  g_free (model);
}

SimStore *
sim_store_new (void)
{
  SimStore *store = g_new0 (SimStore, 1);

  g_mutex_init (&store->mutex);
  store->models = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_model_unref);
  store->blobs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return store;
}

void
sim_store_free (SimStore *store)
{
  g_ptr_array_unref (store->models);
  g_hash_table_unref (store->blobs);
  g_mutex_clear (&store->mutex);
  g_free (store);
}

static SimModel *
find (SimStore *store, const SimName *name, gboolean fold, guint *index)
{
  for (guint i = 0; i < store->models->len; i++)
    {
      SimModel *model = store->models->pdata[i];

      if (!sim_name_same (&model->name, name, fold))
        continue;
      if (index != NULL)
        *index = i;
      return model;
    }
  return NULL;
}

/* Adds or replaces a model. @modified: (nullable) now. */
void
sim_store_put (SimStore *store, const SimName *name, SimSpec *spec, const struct timespec *modified)
{
  SimModel *model = g_new0 (SimModel, 1), *old;
  guint index;

  model->refs = 1;
  model->spec = sim_spec_ref (spec);
  if (modified != NULL)
    model->modified = *modified;
  else
    clock_gettime (CLOCK_REALTIME, &model->modified);
  g_mutex_lock (&store->mutex);
  old = find (store, name, TRUE, &index);
  copy_name (&model->name, old != NULL ? &old->name : name);
  model->shortest = sim_name_shortest (&model->name);
  model->full = sim_name_full (&model->name);
  if (old != NULL)
    g_ptr_array_remove_index (store->models, index);
  g_ptr_array_add (store->models, model);
  g_mutex_unlock (&store->mutex);
}

/* Returns: (transfer full) (nullable) */
SimModel *
sim_store_find (SimStore *store, const SimName *name, gboolean fold)
{
  SimModel *model;

  g_mutex_lock (&store->mutex);
  model = find (store, name, fold, NULL);
  if (model != NULL)
    g_atomic_int_inc (&model->refs);
  g_mutex_unlock (&store->mutex);
  return model;
}

gboolean
sim_store_remove (SimStore *store, const SimName *name)
{
  gboolean found;
  guint index;

  g_mutex_lock (&store->mutex);
  found = find (store, name, TRUE, &index) != NULL;
  if (found)
    g_ptr_array_remove_index (store->models, index);
  g_mutex_unlock (&store->mutex);
  return found;
}

static gint
newest_first (gconstpointer a, gconstpointer b)
{
  const SimModel *first = *(SimModel *const *) a, *second = *(SimModel *const *) b;
  time_t x = first->modified.tv_sec, y = second->modified.tv_sec;

  return x < y ? 1 : x > y ? -1 : strcmp (first->shortest, second->shortest);
}

/* All models, the newest first. Returns: (transfer full) */
GPtrArray *
sim_store_list (SimStore *store)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_model_unref);

  g_mutex_lock (&store->mutex);
  for (guint i = 0; i < store->models->len; i++)
    {
      SimModel *model = store->models->pdata[i];

      g_atomic_int_inc (&model->refs);
      g_ptr_array_add (list, model);
    }
  g_mutex_unlock (&store->mutex);
  g_ptr_array_sort (list, newest_first);
  return list;
}

static gboolean
is_layer (SimStore *store, const char *hex)
{
  for (guint i = 0; i < store->models->len; i++)
    {
      GArray *layers = ((SimModel *) store->models->pdata[i])->spec->layers;

      for (guint j = 0; j < layers->len; j++)
        if (g_str_equal (g_array_index (layers, SimLayer, j).hex, hex))
          return TRUE;
    }
  return FALSE;
}

/* Whether a layer with that digest (hex) belongs to any model. */
gboolean
sim_store_has_layer (SimStore *store, const char *digest)
{
  gboolean found;

  g_mutex_lock (&store->mutex);
  found = is_layer (store, digest);
  g_mutex_unlock (&store->mutex);
  return found;
}

/* @digest: as in "sha256:…" */
gboolean
sim_store_has_blob (SimStore *store, const char *digest)
{
  gboolean found;

  g_mutex_lock (&store->mutex);
  found = g_hash_table_contains (store->blobs, digest) ||
          (strlen (digest) > 7 && is_layer (store, digest + 7));
  g_mutex_unlock (&store->mutex);
  return found;
}

void
sim_store_add_blob (SimStore *store, const char *digest)
{
  g_mutex_lock (&store->mutex);
  g_hash_table_add (store->blobs, g_strdup (digest));
  g_mutex_unlock (&store->mutex);
}

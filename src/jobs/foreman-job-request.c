/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-request.h"

/* As much as the store's thread reads at once. */
#define PIECE (4 * 1024 * 1024)

typedef struct
{
  char *id;           /* (owned) */
  GByteArray *so_far; /* (owned) */
} Fetch;

static void
fetch_free (Fetch *fetch)
{
  g_free (fetch->id);
  g_clear_pointer (&fetch->so_far, g_byte_array_unref);
  g_free (fetch);
}

static void fetch_next (GTask *task);

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) piece = foreman_store_read_finish (FOREMAN_STORE (source), result, &error);
  gsize length;
  const guint8 *bytes;

  if (piece == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  bytes = g_bytes_get_data (piece, &length);
  if (length > 0)
    g_byte_array_append (fetch->so_far, bytes, (guint) length);
  if (length == PIECE)
    {
      fetch_next (g_steal_pointer (&task));
      return;
    }
  g_task_return_pointer (task, g_byte_array_free_to_bytes (g_steal_pointer (&fetch->so_far)),
                         (GDestroyNotify) g_bytes_unref);
}

static void
fetch_next (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);

  foreman_store_read_async (g_task_get_source_object (task), fetch->id, FOREMAN_STORE_REQUEST,
                            fetch->so_far->len, PIECE, g_task_get_cancellable (task), on_read,
                            task);
}

/**
 * foreman_job_request_fetch_async: (skip)
 * @context: where jobs are kept
 * @id: a job
 * @cancellable: (nullable): ends it
 * @callback: called when it was read
 * @data: for @callback
 *
 * Reads the request of a job, piece by piece. Main thread.
 */
void
foreman_job_request_fetch_async (ForemanJobContext *context,
                                 const char *id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data)
{
  GTask *task = g_task_new (context->store, cancellable, callback, data);
  Fetch *fetch = g_new0 (Fetch, 1);

  g_task_set_source_tag (task, foreman_job_request_fetch_async);
  fetch->id = g_strdup (id);
  fetch->so_far = g_byte_array_new ();
  g_task_set_task_data (task, fetch, (GDestroyNotify) fetch_free);
  fetch_next (task);
}

/**
 * foreman_job_request_fetch_finish: (skip)
 * @store: the store
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable): the request as it was submitted
 */
GBytes *
foreman_job_request_fetch_finish (ForemanStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

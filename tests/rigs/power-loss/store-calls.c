/* SPDX-License-Identifier: MIT */
#include "store-calls.h"

#include <string.h>

#define PAGE  1000
#define PIECE (1024 * 1024)

/* For a `GAsyncResult *` that is still %NULL. */
void
calls_on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* Returns: (transfer none): @result, once it has come */
GAsyncResult *
calls_wait (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

ForemanStore *
calls_open (const char *path, GError **error)
{
  ForemanStoreLimits limits = { .inline_limit = 256 * 1024 };
  g_autoptr (ForemanStore) store = foreman_store_new (path, &limits);
  g_autoptr (GAsyncResult) result = NULL;

  foreman_store_open_async (store, NULL, calls_on_done, &result);
  if (foreman_store_open_finish (store, calls_wait (&result), error))
    return g_steal_pointer (&store);
  calls_close (g_steal_pointer (&store));
  return NULL;
}

void
calls_close (ForemanStore *store)
{
  g_autoptr (GAsyncResult) result = NULL;

  foreman_store_close_async (store, NULL, calls_on_done, &result);
  foreman_store_close_finish (store, calls_wait (&result), NULL);
  g_object_unref (store);
}

/* Returns: (transfer full) (element-type ForemanJobRecord): all of them, the oldest first, with the
 * data of what is small */
GPtrArray *
calls_list_jobs (ForemanStore *store, GError **error)
{
  g_autoptr (ForemanJobQuery) query = foreman_job_query_new ();
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_record_unref);
  gboolean has_more = TRUE;

  query->oldest_first = TRUE;
  query->limit = PAGE;
  query->with_data = TRUE;
  while (has_more)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GPtrArray) page = NULL;

      foreman_store_list_jobs_async (store, query, NULL, calls_on_done, &result);
      page = foreman_store_list_jobs_finish (store, calls_wait (&result), &has_more, error);
      if (!page)
        {
          g_ptr_array_unref (all);
          return NULL;
        }
      for (guint i = 0; i < page->len; i++)
        g_ptr_array_add (all, foreman_job_record_ref (g_ptr_array_index (page, i)));
      g_free (query->after);
      query->after =
          all->len > 0 ? g_strdup (((ForemanJobRecord *) all->pdata[all->len - 1])->id) : NULL;
    }
  return all;
}

/* Returns: (transfer full) (element-type ForemanJobEvent): those of all jobs, in order */
GPtrArray *
calls_list_events (ForemanStore *store, GError **error)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_job_event_free);
  gint64 after = 0;
  guint got = PAGE;

  while (got == PAGE)
    {
      g_autoptr (GAsyncResult) result = NULL;
      GPtrArray *page;

      foreman_store_list_events_async (store, NULL, NULL, after, PAGE, NULL, calls_on_done,
                                       &result);
      page = foreman_store_list_events_finish (store, calls_wait (&result), error);
      if (!page)
        {
          g_ptr_array_unref (all);
          return NULL;
        }
      got = page->len;
      g_ptr_array_extend_and_steal (all, page);
      if (got > 0)
        after = ((ForemanJobEvent *) all->pdata[all->len - 1])->sequence;
    }
  return all;
}

GBytes *
calls_read (ForemanStore *store, const char *id, const char *name, GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();

  for (;;)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GBytes) piece = NULL;

      foreman_store_read_async (store, id, name, all->len, PIECE, NULL, calls_on_done, &result);
      piece = foreman_store_read_finish (store, calls_wait (&result), error);
      if (!piece)
        return NULL;
      if (g_bytes_get_size (piece) == 0)
        return g_byte_array_free_to_bytes (g_steal_pointer (&all));
      g_byte_array_append (all, g_bytes_get_data (piece, NULL), (guint) g_bytes_get_size (piece));
    }
}

ForemanJobRecord *
calls_submit (ForemanStore *store,
              ForemanSubmission *submission,
              gint64 now,
              gboolean *is_repeated,
              GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  foreman_store_submit_async (store, submission, now, NULL, calls_on_done, &result);
  return foreman_store_submit_finish (store, calls_wait (&result), is_repeated, error);
}

/* A small chat that differs by @key (nullable). */
ForemanSubmission *
calls_new_submission (const char *key)
{
  ForemanSubmission *submission = foreman_submission_new ();
  g_autofree char *request =
      g_strdup_printf ("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}",
                       key ? key : "");

  submission->submitter = g_strdup ("local");
  submission->endpoint = g_strdup ("/api/chat");
  submission->model = g_strdup ("m");
  submission->model_key = g_strdup ("m:latest");
  submission->request = g_bytes_new (request, strlen (request));
  submission->request_hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, request, -1);
  submission->idempotency_key = g_strdup (key);
  submission->max_attempts = 3;
  return submission;
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-results-source.h"

#include "http/foreman-piece-source.h"
#include "http/foreman-result-line.h"
#include "http/foreman-stored-source.h"

/* Their answers, up to FOREMAN_INLINE_LIMIT each, are in memory together. */
#define JOBS_A_PAGE 16

/**
 * ForemanResultsSource:
 *
 * What became of jobs, a line each, in the order in which they were submitted. However many there
 * are and however long their answers, a page of them and a piece of one is all that is held.
 */
#define FOREMAN_TYPE_RESULTS_SOURCE (foreman_results_source_get_type ())
G_DECLARE_FINAL_TYPE (ForemanResultsSource,
                      foreman_results_source,
                      FOREMAN,
                      RESULTS_SOURCE,
                      ForemanPieceSource)

struct _ForemanResultsSource
{
  ForemanPieceSource parent_instance;

  ForemanStore *store;       /* (owned) */
  GCancellable *cancellable; /* (owned) (nullable) */
  ForemanJobQuery *query;    /* (owned): its `after` moves on with what was sent */
  GPtrArray *page;           /* (owned) (nullable): of ForemanJobRecord */
  guint next;                /* in @page: the job whose line comes next */
  gboolean has_more;         /* behind @page */
  gint64 offset;             /* of the answer that is sent in pieces */
  gboolean in_line;          /* whether one is: it is @page[@next]'s */
};

G_DEFINE_FINAL_TYPE (ForemanResultsSource, foreman_results_source, FOREMAN_TYPE_PIECE_SOURCE)

static void fetch_lines (ForemanResultsSource *self);

static void
give (ForemanResultsSource *self, GString *text)
{
  g_autoptr (GBytes) piece = g_string_free_to_bytes (text);

  foreman_piece_source_give (FOREMAN_PIECE_SOURCE (self), piece);
}

static void
on_piece (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanResultsSource) self = user_data;
  const ForemanJobRecord *job = self->page->pdata[self->next];
  GError *error = NULL;
  g_autoptr (GBytes) piece = foreman_store_read_finish (FOREMAN_STORE (source), result, &error);
  GString *text;

  if (!piece)
    {
      foreman_piece_source_fail (FOREMAN_PIECE_SOURCE (self), error);
      return;
    }
  text = g_string_sized_new (g_bytes_get_size (piece));
  self->offset += g_bytes_get_size (piece);
  foreman_result_line_append_piece (text, job, piece);
  if (g_bytes_get_size (piece) == 0)
    {
      foreman_result_line_end (text, job);
      self->in_line = FALSE;
      self->next++;
    }
  give (self, text);
}

static void
fetch_piece (ForemanResultsSource *self)
{
  const ForemanJobRecord *job = self->page->pdata[self->next];

  foreman_store_read_async (self->store, job->id, FOREMAN_RESULT_ARTIFACT, self->offset,
                            FOREMAN_STORED_PIECE, self->cancellable, on_piece, g_object_ref (self));
}

/* Who asks for no state gets what can be collected to its end: everything up to the first job that
 * is not terminal. What comes later is behind that. */
static gboolean
is_last (ForemanResultsSource *self, const ForemanJobRecord *job)
{
  return self->query->states == 0 && !foreman_job_state_is_terminal (job->state);
}

static void
take_page (ForemanResultsSource *self, GPtrArray *page /* (transfer full) */)
{
  for (guint i = 0; i < page->len; i++)
    if (is_last (self, page->pdata[i]))
      {
        self->has_more = FALSE;
        g_ptr_array_set_size (page, i);
      }
  g_clear_pointer (&self->page, g_ptr_array_unref);
  self->page = page;
  self->next = 0;
  if (page->len == 0)
    return;
  g_free (self->query->after);
  self->query->after = g_strdup (((ForemanJobRecord *) page->pdata[page->len - 1])->id);
}

static void
on_page (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanResultsSource) self = user_data;
  GError *error = NULL;
  GPtrArray *page =
      foreman_store_list_jobs_finish (FOREMAN_STORE (source), result, &self->has_more, &error);

  if (!page)
    {
      foreman_piece_source_fail (FOREMAN_PIECE_SOURCE (self), error);
      return;
    }
  take_page (self, page);
  fetch_lines (self);
}

static void
fetch_page (ForemanResultsSource *self)
{
  foreman_store_list_jobs_async (self->store, self->query, self->cancellable, on_page,
                                 g_object_ref (self));
}

/* All lines of the page up to one that has to be sent in pieces. */
static void
fetch_lines (ForemanResultsSource *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (!self->in_line && self->page && self->next < self->page->len)
    {
      self->in_line = foreman_result_line_begin (text, self->page->pdata[self->next]);
      self->offset = 0;
      if (!self->in_line)
        self->next++;
    }
  if (text->len > 0)
    give (self, g_steal_pointer (&text));
  else if (self->has_more)
    fetch_page (self);
  else
    foreman_piece_source_end (FOREMAN_PIECE_SOURCE (self));
}

static void
foreman_results_source_fetch (ForemanPieceSource *source)
{
  ForemanResultsSource *self = FOREMAN_RESULTS_SOURCE (source);

  if (self->in_line)
    fetch_piece (self);
  else
    fetch_lines (self);
}

static void
foreman_results_source_finalize (GObject *object)
{
  ForemanResultsSource *self = FOREMAN_RESULTS_SOURCE (object);

  g_clear_object (&self->store);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->query, foreman_job_query_free);
  g_clear_pointer (&self->page, g_ptr_array_unref);
  G_OBJECT_CLASS (foreman_results_source_parent_class)->finalize (object);
}

static void
foreman_results_source_class_init (ForemanResultsSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_results_source_finalize;
  FOREMAN_PIECE_SOURCE_CLASS (klass)->fetch = foreman_results_source_fetch;
}

static void
foreman_results_source_init (ForemanResultsSource *self)
{
  self->has_more = TRUE;
}

/**
 * foreman_results_source_new:
 * @store: the store
 * @query: which jobs; without states: all up to the first that is not terminal
 * @cancellable: (nullable): ends it
 *
 * Makes a source of result lines. Main thread.
 *
 * Returns: (transfer full): a new source
 */
ForemanByteSource *
foreman_results_source_new (ForemanStore *store,
                            const ForemanJobQuery *query,
                            GCancellable *cancellable)
{
  ForemanResultsSource *self = g_object_new (FOREMAN_TYPE_RESULTS_SOURCE, NULL);

  self->store = g_object_ref (store);
  g_set_object (&self->cancellable, cancellable);
  self->query = foreman_job_query_copy (query);
  self->query->oldest_first = TRUE;
  self->query->limit = JOBS_A_PAGE;
  self->query->with_data = TRUE;
  return FOREMAN_BYTE_SOURCE (self);
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-stored-source.h"

#include "http/foreman-piece-source.h"
#include "libforeman/foreman-error.h"

/**
 * ForemanStoredSource:
 *
 * Bytes of an artifact, or of a request, piece by piece out of the store.
 */
#define FOREMAN_TYPE_STORED_SOURCE (foreman_stored_source_get_type ())
G_DECLARE_FINAL_TYPE (ForemanStoredSource,
                      foreman_stored_source,
                      FOREMAN,
                      STORED_SOURCE,
                      ForemanPieceSource)

struct _ForemanStoredSource
{
  ForemanPieceSource parent_instance;

  ForemanStore *store;       /* (owned) */
  GCancellable *cancellable; /* (owned) (nullable) */
  char *id;                  /* (owned) */
  char *name;                /* (owned) */
  gint64 offset;             /* of the next piece */
  gint64 left;               /* so much is still to come; -1: not known */
};

G_DEFINE_FINAL_TYPE (ForemanStoredSource, foreman_stored_source, FOREMAN_TYPE_PIECE_SOURCE)

static void
take_piece (ForemanStoredSource *self, GBytes *piece)
{
  gsize size = g_bytes_get_size (piece);

  self->offset += size;
  if (self->left > 0)
    self->left -= size;
  if (size > 0)
    foreman_piece_source_give (FOREMAN_PIECE_SOURCE (self), piece);
  else if (self->left < 0)
    foreman_piece_source_end (FOREMAN_PIECE_SOURCE (self));
  else
    /* A retry of the job has replaced it. */
    foreman_piece_source_fail (FOREMAN_PIECE_SOURCE (self),
                               g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
                                                    "what is being read has changed"));
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanStoredSource) self = user_data;
  GError *error = NULL;
  g_autoptr (GBytes) piece = foreman_store_read_finish (FOREMAN_STORE (source), result, &error);

  if (piece)
    take_piece (self, piece);
  else
    foreman_piece_source_fail (FOREMAN_PIECE_SOURCE (self), error);
}

static void
foreman_stored_source_fetch (ForemanPieceSource *source)
{
  ForemanStoredSource *self = FOREMAN_STORED_SOURCE (source);
  gsize length = self->left < 0 ? FOREMAN_STORED_PIECE : MIN (self->left, FOREMAN_STORED_PIECE);

  if (length == 0)
    foreman_piece_source_end (source);
  else
    foreman_store_read_async (self->store, self->id, self->name, self->offset, length,
                              self->cancellable, on_read, g_object_ref (self));
}

static void
foreman_stored_source_finalize (GObject *object)
{
  ForemanStoredSource *self = FOREMAN_STORED_SOURCE (object);

  g_clear_object (&self->store);
  g_clear_object (&self->cancellable);
  g_free (self->id);
  g_free (self->name);
  G_OBJECT_CLASS (foreman_stored_source_parent_class)->finalize (object);
}

static void
foreman_stored_source_class_init (ForemanStoredSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_stored_source_finalize;
  FOREMAN_PIECE_SOURCE_CLASS (klass)->fetch = foreman_stored_source_fetch;
}

static void
foreman_stored_source_init (ForemanStoredSource *self)
{
}

/**
 * foreman_stored_source_new:
 * @store: the store
 * @id: a job
 * @name: an artifact of it, or %FOREMAN_STORE_REQUEST
 * @offset: the first byte
 * @length: how many bytes; fewer is an error; -1: all there are
 * @cancellable: (nullable): ends it
 *
 * Makes a source that reads no more of the store at once than FOREMAN_STORED_PIECE. Main thread.
 *
 * Returns: (transfer full): a new source
 */
ForemanByteSource *
foreman_stored_source_new (ForemanStore *store,
                           const char *id,
                           const char *name,
                           gint64 offset,
                           gint64 length,
                           GCancellable *cancellable)
{
  ForemanStoredSource *self = g_object_new (FOREMAN_TYPE_STORED_SOURCE, NULL);

  self->store = g_object_ref (store);
  self->id = g_strdup (id);
  self->name = g_strdup (name);
  self->offset = offset;
  self->left = length;
  g_set_object (&self->cancellable, cancellable);
  return FOREMAN_BYTE_SOURCE (self);
}

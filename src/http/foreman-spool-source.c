/* SPDX-License-Identifier: MIT */
#include "http/foreman-spool-source.h"

#define PIECE_SIZE (64 * 1024)

/**
 * ForemanSpoolSource:
 *
 * What was spooled, as the body of an answer.
 */
struct _ForemanSpoolSource
{
  ForemanPieceSource parent_instance;

  ForemanSpool *spool; /* (owned) */
  gint64 offset;
};

G_DEFINE_FINAL_TYPE (ForemanSpoolSource, foreman_spool_source, FOREMAN_TYPE_PIECE_SOURCE)

static void
foreman_spool_source_fetch (ForemanPieceSource *source)
{
  ForemanSpoolSource *self = FOREMAN_SPOOL_SOURCE (source);
  GError *error = NULL;
  g_autoptr (GBytes) piece = foreman_spool_read (self->spool, self->offset, PIECE_SIZE, &error);

  if (!piece)
    foreman_piece_source_fail (source, error);
  else if (g_bytes_get_size (piece) == 0)
    foreman_piece_source_end (source);
  else
    {
      self->offset += (gint64) g_bytes_get_size (piece);
      foreman_piece_source_give (source, piece);
    }
}

static void
foreman_spool_source_finalize (GObject *object)
{
  g_clear_pointer (&FOREMAN_SPOOL_SOURCE (object)->spool, foreman_spool_free);
  G_OBJECT_CLASS (foreman_spool_source_parent_class)->finalize (object);
}

static void
foreman_spool_source_class_init (ForemanSpoolSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_spool_source_finalize;
  FOREMAN_PIECE_SOURCE_CLASS (klass)->fetch = foreman_spool_source_fetch;
}

static void
foreman_spool_source_init (ForemanSpoolSource *self)
{
}

/**
 * foreman_spool_source_new:
 * @spool: (transfer full): what was spooled; nothing is added any more
 *
 * Makes a source of all that is in @spool. Main thread.
 *
 * Returns: (transfer full): a new source
 */
ForemanByteSource *
foreman_spool_source_new (ForemanSpool *spool)
{
  ForemanSpoolSource *self = g_object_new (FOREMAN_TYPE_SPOOL_SOURCE, NULL);

  self->spool = spool;
  return FOREMAN_BYTE_SOURCE (self);
}

/* SPDX-License-Identifier: MIT */
#include "http/foreman-piece-source.h"

#include <string.h>

/**
 * ForemanPieceSource:
 *
 * A source whose bytes come in pieces that somebody has to get first, one at a time and only when
 * the one before has been read.
 */
typedef struct
{
  GBytes *piece; /* (owned) (nullable): what is being read */
  gsize offset;  /* of @piece: that much was read */
  GError *error; /* (owned) (nullable): why there will be no more */
  gboolean ended;
  gboolean fetching;
  gboolean reading; /* who reads sees for himself what was fetched meanwhile */
  gboolean wanted;
} ForemanPieceSourcePrivate;

static void foreman_piece_source_iface_init (ForemanByteSourceInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (ForemanPieceSource,
                                  foreman_piece_source,
                                  G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (ForemanPieceSource)
                                      G_IMPLEMENT_INTERFACE (FOREMAN_TYPE_BYTE_SOURCE,
                                                             foreman_piece_source_iface_init))

static gboolean
has_something_to_tell (ForemanPieceSourcePrivate *priv)
{
  return priv->piece || priv->ended || priv->error;
}

static gsize
take (ForemanPieceSourcePrivate *priv, guint8 *buffer, gsize length)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (priv->piece, &size);

  length = MIN (length, size - priv->offset);
  memcpy (buffer, data + priv->offset, length);
  priv->offset += length;
  if (priv->offset == size)
    g_clear_pointer (&priv->piece, g_bytes_unref);
  return length;
}

static gssize
foreman_piece_source_read (ForemanByteSource *source, guint8 *buffer, gsize length, GError **error)
{
  ForemanPieceSource *self = FOREMAN_PIECE_SOURCE (source);
  ForemanPieceSourcePrivate *priv = foreman_piece_source_get_instance_private (self);

  if (!has_something_to_tell (priv) && !priv->fetching)
    {
      priv->fetching = priv->reading = TRUE;
      FOREMAN_PIECE_SOURCE_GET_CLASS (self)->fetch (self);
      priv->reading = FALSE;
    }
  if (priv->piece)
    return take (priv, buffer, length);
  if (priv->ended)
    return 0;
  if (priv->error)
    g_propagate_error (error, g_error_copy (priv->error));
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "the next piece is not there");
  return -1;
}

static void
foreman_piece_source_set_wanted (ForemanByteSource *source, gboolean wanted)
{
  ForemanPieceSourcePrivate *priv =
      foreman_piece_source_get_instance_private (FOREMAN_PIECE_SOURCE (source));

  priv->wanted = wanted;
}

static void
foreman_piece_source_finalize (GObject *object)
{
  ForemanPieceSourcePrivate *priv =
      foreman_piece_source_get_instance_private (FOREMAN_PIECE_SOURCE (object));

  g_clear_pointer (&priv->piece, g_bytes_unref);
  g_clear_error (&priv->error);
  G_OBJECT_CLASS (foreman_piece_source_parent_class)->finalize (object);
}

static void
foreman_piece_source_iface_init (ForemanByteSourceInterface *iface)
{
  iface->read = foreman_piece_source_read;
  iface->set_wanted = foreman_piece_source_set_wanted;
}

static void
foreman_piece_source_class_init (ForemanPieceSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_piece_source_finalize;
}

static void
foreman_piece_source_init (ForemanPieceSource *self)
{
}

static void
fetched (ForemanPieceSource *self)
{
  ForemanPieceSourcePrivate *priv = foreman_piece_source_get_instance_private (self);

  priv->fetching = FALSE;
  if (priv->wanted && !priv->reading)
    foreman_byte_source_emit_readable (FOREMAN_BYTE_SOURCE (self));
}

/**
 * foreman_piece_source_give:
 * @self: a source whose next piece was asked for
 * @piece: (transfer none): it, not empty
 *
 * For subclasses: here is the next piece. Main thread, as is everything here.
 */
void
foreman_piece_source_give (ForemanPieceSource *self, GBytes *piece)
{
  ForemanPieceSourcePrivate *priv = foreman_piece_source_get_instance_private (self);

  g_return_if_fail (g_bytes_get_size (piece) > 0);

  priv->piece = g_bytes_ref (piece);
  priv->offset = 0;
  fetched (self);
}

/**
 * foreman_piece_source_end:
 * @self: a source whose next piece was asked for
 *
 * For subclasses: there is none.
 */
void
foreman_piece_source_end (ForemanPieceSource *self)
{
  ForemanPieceSourcePrivate *priv = foreman_piece_source_get_instance_private (self);

  priv->ended = TRUE;
  fetched (self);
}

/**
 * foreman_piece_source_fail:
 * @self: a source whose next piece was asked for
 * @error: (transfer full): why it will not come
 *
 * For subclasses: it cannot be had.
 */
void
foreman_piece_source_fail (ForemanPieceSource *self, GError *error)
{
  ForemanPieceSourcePrivate *priv = foreman_piece_source_get_instance_private (self);

  priv->error = error;
  fetched (self);
}

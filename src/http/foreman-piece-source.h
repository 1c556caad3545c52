/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-byte-source.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_PIECE_SOURCE (foreman_piece_source_get_type ())
G_DECLARE_DERIVABLE_TYPE (ForemanPieceSource, foreman_piece_source, FOREMAN, PIECE_SOURCE, GObject)

/**
 * ForemanPieceSourceClass:
 * @fetch: gets the next piece; it has to end, now or later, with one call of
 *   foreman_piece_source_give(), foreman_piece_source_end() or foreman_piece_source_fail()
 */
struct _ForemanPieceSourceClass
{
  GObjectClass parent_class;

  void (*fetch) (ForemanPieceSource *self);
};

void foreman_piece_source_give (ForemanPieceSource *self, GBytes *piece);
void foreman_piece_source_end (ForemanPieceSource *self);
void foreman_piece_source_fail (ForemanPieceSource *self, GError *error);

G_END_DECLS

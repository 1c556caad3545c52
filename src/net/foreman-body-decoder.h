/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What chunk framing may cost at most. */
#define FOREMAN_BODY_MAX_CHUNK_LINE 1024
#define FOREMAN_BODY_MAX_TRAILERS   (8 * 1024)

/**
 * ForemanBodyDecoder:
 *
 * Takes the framing off a message body: by length, in chunks, or none until the connection ends.
 * Plain memory: nothing is to be freed. Its members are its own.
 */
typedef struct
{
  /*< private >*/
  guint state;
  guint overhead;   /* bytes of this chunk's line, or of the trailers, so far */
  guint digits;     /* of the chunk's size, so far */
  gint64 remaining; /* payload bytes to come: of the body, or of this chunk */
} ForemanBodyDecoder;

void foreman_body_decoder_init_length (ForemanBodyDecoder *self, gint64 length);
void foreman_body_decoder_init_chunked (ForemanBodyDecoder *self);
void foreman_body_decoder_init_until_close (ForemanBodyDecoder *self);

gboolean foreman_body_decoder_decode (ForemanBodyDecoder *self,
                                      guint8 *data,
                                      gsize length,
                                      gsize *consumed,
                                      gsize *produced,
                                      GError **error);
gboolean foreman_body_decoder_end (ForemanBodyDecoder *self, GError **error);

gboolean foreman_body_decoder_is_done (const ForemanBodyDecoder *self);
gint64 foreman_body_decoder_get_remaining (const ForemanBodyDecoder *self);

G_END_DECLS

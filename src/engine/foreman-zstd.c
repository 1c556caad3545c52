/* SPDX-License-Identifier: MIT */
#include "engine/foreman-zstd.h"

#include "libforeman/foreman-error.h"

#include <zstd.h>

/* 8 MiB: what decoders of HTTP bodies allow (RFC 9659). A frame may ask for gigabytes otherwise. */
#define WINDOW_LOG_MAX 23

static void
free_stream (ZSTD_DStream *stream)
{
  ZSTD_freeDStream (stream);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ZSTD_DStream, free_stream)

/**
 * foreman_zstd_decompress:
 * @compressed: one or more zstd frames
 * @limit: how many bytes may come out
 * @error: return location for an error
 *
 * Decompresses a body, in memory that does not depend on what its frames promise. Any thread.
 *
 * Returns: (transfer full): the content; %NULL with FOREMAN_ERROR_INVALID_REQUEST or
 *   FOREMAN_ERROR_TOO_LARGE
 */
GBytes *
foreman_zstd_decompress (GBytes *compressed, gsize limit, GError **error)
{
  g_autoptr (ZSTD_DStream) stream = ZSTD_createDStream ();
  g_autoptr (GByteArray) content = g_byte_array_new ();
  g_autofree guint8 *piece = g_malloc (ZSTD_DStreamOutSize ());
  ZSTD_inBuffer input = { .size = g_bytes_get_size (compressed) };
  gsize left = 1;

  input.src = g_bytes_get_data (compressed, NULL);
  ZSTD_DCtx_setParameter (stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
  while (input.pos < input.size || left == 0)
    {
      ZSTD_outBuffer output = { .dst = piece, .size = ZSTD_DStreamOutSize () };

      if (left == 0 && input.pos == input.size)
        return g_byte_array_free_to_bytes (g_steal_pointer (&content));
      left = ZSTD_decompressStream (stream, &output, &input);
      if (ZSTD_isError (left))
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                       "the body is not zstd: %s", ZSTD_getErrorName (left));
          return NULL;
        }
      if (content->len + output.pos > limit)
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE,
                       "the decompressed body is larger than %" G_GSIZE_FORMAT " bytes", limit);
          return NULL;
        }
      g_byte_array_append (content, piece, output.pos);
    }
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                       "the zstd body ends in the middle of a frame");
  return NULL;
}

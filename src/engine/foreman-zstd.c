/* SPDX-License-Identifier: MIT */
#include "engine/foreman-zstd.h"

#include <zstd.h>

#include "libforeman/foreman-error.h"

#define FIRST_SIZE (64 * 1024)

/* Makes room for more output, one byte more than allowed at most, to tell "just as much" from
 * "more". */
static void
grow (GByteArray *out, gsize used, gsize max_size)
{
  if (used == out->len)
    g_byte_array_set_size (out, MIN (MAX (out->len * 2, FIRST_SIZE), max_size + 1));
}

static gboolean
decompress (ZSTD_DStream *stream,
            ZSTD_inBuffer *in,
            GByteArray *out,
            gsize max_size,
            GError **error)
{
  gsize used = 0, hint = 0;

  for (;;)
    {
      ZSTD_outBuffer room;

      grow (out, used, max_size);
      room = (ZSTD_outBuffer){ .dst = out->data, .size = out->len, .pos = used };
      if (in->pos == in->size && hint == 0)
        break;
      hint = ZSTD_decompressStream (stream, &room, in);
      if (ZSTD_isError (hint))
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                       "the body is not valid zstd: %s", ZSTD_getErrorName (hint));
          return FALSE;
        }
      if (room.pos > max_size)
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE,
                       "the body is larger than %" G_GSIZE_FORMAT " bytes when decompressed",
                       max_size);
          return FALSE;
        }
      if (room.pos < room.size && in->pos == in->size && hint != 0)
        {
          g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                               "the body is not valid zstd: it ends too early");
          return FALSE;
        }
      used = room.pos;
    }
  g_byte_array_set_size (out, used);
  return TRUE;
}

/**
 * foreman_zstd_decompress:
 * @compressed: a body with `Content-Encoding: zstd`, one or more frames
 * @max_size: how large the result may be, in bytes
 * @error: return location for an error
 *
 * Decompresses a request in order to look into it. Memory grows with what really comes out.
 *
 * Returns: (transfer full): the content, or %NULL with %FOREMAN_ERROR_TOO_LARGE or, for what is not
 * whole or not zstd, %FOREMAN_ERROR_INVALID_REQUEST
 */
GBytes *
foreman_zstd_decompress (GBytes *compressed, gsize max_size, GError **error)
{
  g_autoptr (GByteArray) out = NULL;
  ZSTD_DStream *stream;
  ZSTD_inBuffer in = { 0 };
  gboolean ok;

  g_return_val_if_fail (compressed != NULL, NULL);
  g_return_val_if_fail (max_size < G_MAXUINT / 2, NULL);

  stream = ZSTD_createDStream ();
  if (stream == NULL)
    g_error ("no memory for zstd");
  in.src = g_bytes_get_data (compressed, &in.size);
  out = g_byte_array_new ();
  ok = decompress (stream, &in, out, max_size, error);
  ZSTD_freeDStream (stream);
  return ok ? g_byte_array_free_to_bytes (g_steal_pointer (&out)) : NULL;
}

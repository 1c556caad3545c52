/* SPDX-License-Identifier: MIT */
#include "engine/foreman-zstd.h"

#include <zstd.h>
#include <zstd_errors.h>

#include "libforeman/foreman-error.h"

#define FIRST_SIZE (64 * 1024)
/* What RFC 8878 asks every decoder to take, 8 MiB, and what libzstd takes unasked, 128 MiB. */
#define WINDOW_LOG_MIN 23
#define WINDOW_LOG_MAX 27

typedef ZSTD_DCtx Decoder;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Decoder, ZSTD_freeDCtx)

/* A window is memory that a few bytes can ask for. One that holds the whole answer is always
 * enough. */
static int
window_log_for (gsize limit)
{
  int log = WINDOW_LOG_MIN;

  while (log < WINDOW_LOG_MAX && (G_GUINT64_CONSTANT (1) << log) < limit)
    log++;
  return log;
}

static gboolean
fail_too_large (gsize limit, GError **error)
{
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE,
               "the body is larger than %" G_GSIZE_FORMAT " bytes when decompressed: send less",
               limit);
  return FALSE;
}

static gboolean
check (gsize result, gsize limit, GError **error)
{
  if (!ZSTD_isError (result))
    return TRUE;
  if (ZSTD_getErrorCode (result) == ZSTD_error_frameParameter_windowTooLarge)
    return fail_too_large (limit, error);
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
               "the body is not valid zstd: %s", ZSTD_getErrorName (result));
  return FALSE;
}

/* Makes room for more, but never for more than one byte over the limit: that one shows an excess.
 */
static void
grow (guint8 **data, ZSTD_outBuffer *out, gsize limit)
{
  gsize most = limit < G_MAXSIZE ? limit + 1 : limit;
  gsize size = out->size == 0 ? FIRST_SIZE : out->size > most / 2 ? most : out->size * 2;

  out->size = MIN (size, most);
  *data = g_realloc (*data, out->size);
  out->dst = *data;
}

static gboolean
decompress (Decoder *decoder,
            ZSTD_inBuffer *in,
            guint8 **data,
            ZSTD_outBuffer *out,
            gsize limit,
            GError **error)
{
  gsize result = 1;

  /* A frame may hold back output when the room for it has run out. */
  while (in->pos < in->size || (result > 0 && out->size > 0 && out->pos == out->size))
    {
      if (out->pos == out->size)
        grow (data, out, limit);
      result = ZSTD_decompressStream (decoder, out, in);
      if (!check (result, limit, error))
        return FALSE;
      if (out->pos > limit)
        return fail_too_large (limit, error);
    }
  if (result > 0)
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                           "the body is not valid zstd: it ends too early");
      return FALSE;
    }
  return TRUE;
}

/**
 * foreman_zstd_decompress:
 * @compressed: one or more zstd frames
 * @limit: how much may come out, in bytes
 * @error: return location for an error
 *
 * Decompresses a body whose Content-Encoding is `zstd`. Takes no more memory than fits @limit and a
 * window for it, whatever the frames ask for.
 *
 * Returns: (transfer full) (nullable): what was compressed; %NULL with
 * %FOREMAN_ERROR_INVALID_REQUEST if the frames are not valid or not whole, with
 * %FOREMAN_ERROR_TOO_LARGE if more than @limit would come out or a frame asks for a larger window
 */
GBytes *
foreman_zstd_decompress (GBytes *compressed, gsize limit, GError **error)
{
  g_autoptr (Decoder) decoder = NULL;
  g_autofree guint8 *data = NULL;
  ZSTD_inBuffer in = { 0 };
  ZSTD_outBuffer out = { 0 };

  g_return_val_if_fail (compressed != NULL, NULL);

  decoder = ZSTD_createDCtx ();
  if (decoder == NULL)
    g_error ("out of memory for a zstd decoder");
  ZSTD_DCtx_setParameter (decoder, ZSTD_d_windowLogMax, window_log_for (limit));
  in.src = g_bytes_get_data (compressed, &in.size);
  if (!decompress (decoder, &in, &data, &out, limit, error))
    return NULL;
  data = g_realloc (data, out.pos);
  return g_bytes_new_take (g_steal_pointer (&data), out.pos);
}

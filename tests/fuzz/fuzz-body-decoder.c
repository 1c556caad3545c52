/* SPDX-License-Identifier: MIT */
/* Chunked bodies from any bytes: how they are cut into reads must not matter.
 * The first byte of the input says how. */
#include "fuzz.h"

#include <string.h>

#include "net/foreman-body-decoder.h"

typedef struct
{
  GByteArray *payload;
  gsize consumed;
  gboolean refused;
  gboolean done;
} Outcome;

static void
decode (const guint8 *data, gsize size, gsize step, Outcome *outcome)
{
  ForemanBodyDecoder decoder;

  foreman_body_decoder_init_chunked (&decoder);
  outcome->payload = g_byte_array_new ();
  while (outcome->consumed < size && !outcome->refused && !outcome->done)
    {
      gsize length = MIN (step, size - outcome->consumed);
      g_autofree guint8 *piece = g_memdup2 (data + outcome->consumed, length);
      gsize consumed, produced;

      outcome->refused =
          !foreman_body_decoder_decode (&decoder, piece, length, &consumed, &produced, NULL);
      if (outcome->refused)
        return;
      outcome->done = foreman_body_decoder_is_done (&decoder);
      g_assert (produced <= consumed && consumed <= length);
      g_assert (consumed == length || outcome->done);
      g_assert (memcmp (piece + consumed, data + outcome->consumed + consumed, length - consumed) ==
                0);
      g_byte_array_append (outcome->payload, piece, produced);
      outcome->consumed += consumed;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Outcome whole = { 0 }, pieces = { 0 };

  if (size < 2)
    return 0;
  decode (data + 1, size - 1, size, &whole);
  decode (data + 1, size - 1, 1 + data[0] % 64, &pieces);
  g_assert (whole.refused == pieces.refused && whole.done == pieces.done);
  if (!whole.refused)
    {
      g_assert (whole.consumed == pieces.consumed);
      g_assert (whole.payload->len == pieces.payload->len);
      g_assert (whole.payload->len == 0 ||
                memcmp (whole.payload->data, pieces.payload->data, whole.payload->len) == 0);
    }
  g_byte_array_unref (whole.payload);
  g_byte_array_unref (pieces.payload);
  return 0;
}

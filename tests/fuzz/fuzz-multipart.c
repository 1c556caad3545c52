/* SPDX-License-Identifier: MIT */
/* The first byte says how large the pieces are: what is found may not depend on where the body was
 * cut, and once found it stays. */
#include "engine/foreman-multipart.h"

#include <string.h>

#include "fuzz.h"

#define TYPE "multipart/form-data; boundary=XX"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (ForemanMultipart) whole = foreman_multipart_new (TYPE);
  g_autoptr (ForemanMultipart) pieces = foreman_multipart_new (TYPE);
  ForemanMultipartResult expected, result = FOREMAN_MULTIPART_NEED_MORE;
  size_t step;

  if (size < 2)
    return 0;
  step = data[0] % 32 + 1;
  data++;
  size--;
  expected = foreman_multipart_look (whole, data, size, TRUE);
  g_assert_true (expected != FOREMAN_MULTIPART_NEED_MORE);
  for (size_t at = 0; at < size && result == FOREMAN_MULTIPART_NEED_MORE; at += step)
    {
      size_t n = MIN (at + step, size);
      g_autofree uint8_t *copy = g_memdup2 (data, n);

      result = foreman_multipart_look (pieces, copy, n, n == size);
    }
  g_assert_true (result == expected);
  g_assert_cmpstr (foreman_multipart_get_model (whole), ==, foreman_multipart_get_model (pieces));
  return 0;
}

/* SPDX-License-Identifier: MIT */
/* The first line is a Content-Type, the rest a body. What is known of its beginning stays true. */
#include "engine/foreman-multipart.h"

#include <string.h>

#include "fuzz.h"

static void
check (const char *type, const uint8_t *body, size_t length)
{
  g_autofree char *model = NULL;
  ForemanMultipartResult result = foreman_multipart_find_model (type, body, length, &model);

  g_assert_true ((result == FOREMAN_MULTIPART_FOUND) == (model != NULL));
  g_assert_true (model == NULL || g_utf8_validate (model, -1, NULL));
  for (size_t n = 0; n < length; n++)
    {
      g_autofree uint8_t *cut = g_memdup2 (body, n);
      g_autofree char *early = NULL;
      ForemanMultipartResult known = foreman_multipart_find_model (type, cut, n, &early);

      if (known == FOREMAN_MULTIPART_NEED_MORE)
        continue;
      g_assert_cmpint (known, ==, result);
      g_assert_cmpstr (early, ==, model);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const uint8_t *newline = size > 0 ? memchr (data, '\n', size) : NULL;
  g_autofree char *type = NULL;

  if (newline == NULL || size > 4096)
    return 0;
  type = g_strndup ((const char *) data, newline - data);
  check (type, newline + 1, size - (newline + 1 - data));
  return 0;
}

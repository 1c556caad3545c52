/* SPDX-License-Identifier: MIT */
#include "sim-schema.h"

static gsize
skip_newlines (const char *text, gsize length, gsize at)
{
  while (at < length && (text[at] == '\r' || text[at] == '\n'))
    at++;
  return at;
}

/* What is wrong with the padding whose first '=' is before @at, as the position Go names; -1:
 * nothing. */
static gssize
check_padding (const char *text, gsize length, gsize at, guint have)
{
  if (have < 2)
    return (gssize) at - 1;
  if (have == 2)
    {
      at = skip_newlines (text, length, at);
      if (at == length)
        return (gssize) length;
      if (text[at] != '=')
        return (gssize) at - 1;
      at++;
    }
  at = skip_newlines (text, length, at);
  return at < length ? (gssize) at : -1;
}

/* What Go's base64.StdEncoding says of @text (transfer full), or NULL. */
char *
sim_base64_error (const char *text, gsize length)
{
  guint have = 0;
  gssize wrong = -1;
  gsize at = 0;

  while (at < length && wrong < 0)
    {
      char c = text[at++];

      if (g_ascii_isalnum (c) || c == '+' || c == '/')
        have = (have + 1) % 4;
      else if (c == '=')
        {
          wrong = check_padding (text, length, at, have);
          if (wrong < 0)
            return NULL;
        }
      else if (c != '\r' && c != '\n')
        wrong = (gssize) at - 1;
    }
  if (wrong < 0 && have == 0)
    return NULL;
  if (wrong < 0)
    wrong = (gssize) (length - have);
  return g_strdup_printf ("illegal base64 data at input byte %" G_GSSIZE_FORMAT, wrong);
}

/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-token-repeats.h"

#include <string.h>

/* The repeat after this many is not sent any more. */
#define MAX_REPEATS 30

/**
 * foreman_token_repeats_init:
 * @repeats: where to count
 *
 * Begins to count.
 */
void
foreman_token_repeats_init (ForemanTokenRepeats *repeats)
{
  *repeats = (ForemanTokenRepeats){ .last = g_string_new (NULL) };
}

/**
 * foreman_token_repeats_clear:
 * @repeats: the count
 *
 * Frees what @repeats holds.
 */
void
foreman_token_repeats_clear (ForemanTokenRepeats *repeats)
{
  g_string_free (repeats->last, TRUE);
}

/* As Go's unicode.IsSpace(). */
static gboolean
is_space (gunichar c)
{
  return g_unichar_isspace (c) || c == '\v' || c == 0x85;
}

/**
 * foreman_token_repeats_add:
 * @repeats: the count
 * @token: what the model has written, UTF-8
 * @length: its length in bytes
 *
 * Counts one more token.
 */
void
foreman_token_repeats_add (ForemanTokenRepeats *repeats, const char *token, gsize length)
{
  const char *end = token + length;

  while (token < end && is_space (g_utf8_get_char (token)))
    token = g_utf8_next_char (token);
  while (token < end && is_space (g_utf8_get_char (g_utf8_prev_char (end))))
    end = g_utf8_prev_char (end);

  if (repeats->last->len == (gsize) (end - token) &&
      memcmp (repeats->last->str, token, end - token) == 0)
    {
      repeats->n_repeats++;
      return;
    }
  g_string_truncate (repeats->last, 0);
  g_string_append_len (repeats->last, token, end - token);
  repeats->n_repeats = 0;
}

/**
 * foreman_token_repeats_may_stop:
 * @repeats: the count
 *
 * Returns: whether the same token once more would make Ollama stop, so that an end here is one
 */
gboolean
foreman_token_repeats_may_stop (const ForemanTokenRepeats *repeats)
{
  return repeats->n_repeats >= MAX_REPEATS;
}

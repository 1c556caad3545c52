/* SPDX-License-Identifier: MIT */
#include "engine/foreman-keep-alive.h"

#include "libforeman/foreman-duration.h"

/**
 * foreman_keep_alive_to_json:
 * @text: how long a model stays: a number of seconds, `-1` for ever, or a duration
 *
 * Writes it as a request to Ollama has it, which takes numbers of seconds as numbers and Go
 * durations (no days) as strings. Any thread.
 *
 * Returns: (transfer full) (nullable): a JSON value such as `-1` or `"5m0s"`; %NULL if @text is
 *   neither
 */
char *
foreman_keep_alive_to_json (const char *text)
{
  g_autofree char *duration = NULL;
  gint64 number;

  if (g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return g_strdup_printf ("%" G_GINT64_FORMAT, number);
  if (!foreman_duration_parse (text, &number, NULL))
    return NULL;
  duration = foreman_duration_to_string (number);
  return g_strdup_printf ("\"%s\"", duration);
}

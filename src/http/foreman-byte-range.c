/* SPDX-License-Identifier: MIT */
#include "http/foreman-byte-range.h"

/* Digits at *@text. Returns whether there are any; more than fit are the highest number. */
static gboolean
read_number (const char **text, gint64 *number)
{
  const char *start = *text;

  *number = 0;
  for (; g_ascii_isdigit (**text); (*text)++)
    {
      int digit = g_ascii_digit_value (**text);

      *number = *number > (G_MAXINT64 - digit) / 10 ? G_MAXINT64 : *number * 10 + digit;
    }
  return *text > start;
}

/**
 * foreman_byte_range_parse:
 * @header: (nullable): the value of `Range`
 * @size: how many bytes there are
 * @offset: (out): the first byte to send
 * @length: (out): how many to send
 *
 * Reads a `Range` of one part, as RFC 9110 has it. An end past the last byte means the last byte.
 * What is not understood is as if it were not there. Any thread.
 *
 * Returns: what was asked for
 */
ForemanByteRangeResult
foreman_byte_range_parse (const char *header, gint64 size, gint64 *offset, gint64 *length)
{
  gint64 first, last = G_MAXINT64;
  gboolean has_first, has_last;

  *offset = 0;
  *length = size;
  if (!header || g_ascii_strncasecmp (header, "bytes=", 6) != 0)
    return FOREMAN_BYTE_RANGE_WHOLE;
  header += 6;
  has_first = read_number (&header, &first);
  if (*header++ != '-')
    return FOREMAN_BYTE_RANGE_WHOLE;
  has_last = read_number (&header, &last);
  if (*header != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first))
    return FOREMAN_BYTE_RANGE_WHOLE;

  if (!has_first)
    {
      first = size - MIN (last, size);
      last = G_MAXINT64;
    }
  else if (!has_last)
    last = G_MAXINT64;
  if (first >= size)
    return FOREMAN_BYTE_RANGE_OUTSIDE;
  *offset = first;
  *length = MIN (last, size - 1) - first + 1;
  return FOREMAN_BYTE_RANGE_PART;
}

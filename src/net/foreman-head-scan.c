/* SPDX-License-Identifier: MIT */
/* Where a head ends, byte by byte. */
#include "libforeman/foreman-error.h"
#include "net/foreman-head.h"

static gsize
refuse (GError **error, ForemanError code, const char *why)
{
  g_set_error_literal (error, FOREMAN_ERROR, code, why);
  return 0;
}

/**
 * foreman_head_scan:
 * @scan: where the last call got to; zeroed before a head's first byte
 * @data: the bytes there are, from the head's first one on
 * @length: how many, in bytes; not fewer than in the last call
 * @error: return location
 *
 * Looks for the end of a head, and for what no head may have: control characters, a CR or LF
 * alone, an empty first line, too many bytes or lines. Bytes that an earlier call has seen are not
 * looked at again.
 *
 * Returns: the head's length in bytes with its empty line, or 0: if @error is set the head is
 *   refused (%FOREMAN_ERROR_INVALID_REQUEST, %FOREMAN_ERROR_TOO_LARGE), else it is incomplete
 */
gsize
foreman_head_scan (ForemanHeadScan *scan, const guint8 *data, gsize length, GError **error)
{
  gsize limit = MIN (length, FOREMAN_HEAD_MAX_BYTES);
  gsize i = scan->scanned;

  for (; i < limit; i++)
    {
      if ((data[i] >= ' ' && data[i] != 0x7f) || data[i] == '\t')
        continue;
      if (data[i] == '\n')
        return refuse (error, FOREMAN_ERROR_INVALID_REQUEST,
                       "The head has a line that ends with LF alone");
      if (data[i] != '\r')
        return refuse (error, FOREMAN_ERROR_INVALID_REQUEST, "The head has a control character");
      if (i + 1 == limit)
        break;
      if (data[i + 1] != '\n')
        return refuse (error, FOREMAN_ERROR_INVALID_REQUEST, "The head has a CR without LF");
      if (i == scan->line_start && scan->lines > 0)
        return i + 2;
      if (i == scan->line_start)
        return refuse (error, FOREMAN_ERROR_INVALID_REQUEST, "The head starts with an empty line");
      if (++scan->lines > FOREMAN_HEAD_MAX_FIELDS + 1)
        return refuse (error, FOREMAN_ERROR_TOO_LARGE, "The head has more than 200 fields");
      i++;
      scan->line_start = i + 1;
    }
  scan->scanned = i;
  if (length >= FOREMAN_HEAD_MAX_BYTES)
    refuse (error, FOREMAN_ERROR_TOO_LARGE, "The head is larger than 64 KiB");
  return 0;
}

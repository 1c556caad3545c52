/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanByteRangeResult:
 * @FOREMAN_BYTE_RANGE_WHOLE: no range, several, or what is none: the whole is to be sent
 * @FOREMAN_BYTE_RANGE_PART: one range, of which there is something
 * @FOREMAN_BYTE_RANGE_OUTSIDE: one range, of which there is nothing: 416
 *
 * What a `Range` header asks for.
 */
typedef enum
{
  FOREMAN_BYTE_RANGE_WHOLE,
  FOREMAN_BYTE_RANGE_PART,
  FOREMAN_BYTE_RANGE_OUTSIDE,
} ForemanByteRangeResult;

ForemanByteRangeResult
foreman_byte_range_parse (const char *header, gint64 size, gint64 *offset, gint64 *length);

G_END_DECLS

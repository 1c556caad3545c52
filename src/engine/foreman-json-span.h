/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanJsonSpan:
 * @offset: where the value begins, in bytes
 * @length: how long it is in bytes; 0: there is none
 * @nulled: whether a `null` for the same name came after it. Go's decoder ignores that for a
 * string, a number or a bool, but a pointer, slice or map is unset by it (`stream` of the native
 * routes, `messages`, `keep_alive`, `options`).
 *
 * A value of a JSON text that was scanned.
 */
typedef struct
{
  gsize offset;
  gsize length;
  gboolean nulled;
} ForemanJsonSpan;

gboolean foreman_json_span_is_null (const char *data, ForemanJsonSpan span);
gboolean foreman_json_span_is_string (const char *data, ForemanJsonSpan span);
gboolean foreman_json_span_is_object (const char *data, ForemanJsonSpan span);
gboolean foreman_json_span_is_array (const char *data, ForemanJsonSpan span);
gboolean foreman_json_span_is_empty (const char *data, ForemanJsonSpan span);
gboolean foreman_json_span_get_boolean (const char *data, ForemanJsonSpan span, gboolean *value);
gboolean foreman_json_span_get_double (const char *data, ForemanJsonSpan span, double *value);
char *foreman_json_span_dup_string (const char *data, ForemanJsonSpan span);
char *foreman_json_span_dup_text (const char *data, ForemanJsonSpan span);

gunichar foreman_json_string_next (const char **position, const char *end);

G_END_DECLS

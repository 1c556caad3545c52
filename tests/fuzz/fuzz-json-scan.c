/* SPDX-License-Identifier: MIT */
/* Whatever comes in: the scanner stays inside it, what it finds is whole, and what the splicer
 * makes of a valid text is valid and says what was asked for. */
#include "engine/foreman-json-scan.h"
#include "engine/foreman-json-splice.h"

#include <string.h>

#include "fuzz.h"

static const char *const names[] = { "model", "stream", "keep_alive", "options", "x", NULL };

static void
check_span (const char *data, gsize size, ForemanJsonSpan span)
{
  g_autofree char *string = NULL;
  ForemanJsonIter iter;
  ForemanJsonSpan element;
  g_autoptr (GError) error = NULL;
  gboolean boolean;
  double number;

  g_assert_true (span.length <= size && span.offset <= size - span.length);
  string = foreman_json_span_dup_string (data, span);
  g_assert_true (string == NULL || g_utf8_validate (string, -1, NULL));
  foreman_json_span_is_empty (data, span);
  foreman_json_span_get_boolean (data, span, &boolean);
  foreman_json_span_get_double (data, span, &number);

  if (foreman_json_span_is_object (data, span) || foreman_json_span_is_array (data, span))
    {
      g_assert_true (foreman_json_iter_init (&iter, data, span, NULL));
      while (foreman_json_iter_next (&iter, NULL, &element, &error))
        g_assert_true (element.offset > span.offset &&
                       element.offset + element.length < span.offset + span.length);
      g_assert_no_error (error);
      g_assert_true (iter.position == span.offset + span.length);
      foreman_json_scan_member (data, span, "num_ctx", FOREMAN_JSON_MATCH_MAP, &element);
    }
}

static void
check_splice (const char *data, gsize size)
{
  const ForemanJsonEdit edits[] = { { "stream", "true" }, { "x", NULL } };
  g_autoptr (GBytes) same = foreman_json_splice (data, size, NULL, 0, NULL);
  g_autoptr (GBytes) edited = foreman_json_splice (data, size, edits, G_N_ELEMENTS (edits), NULL);
  g_autoptr (GError) error = NULL;
  ForemanJsonSpan before[5], after[5];
  const char *text;
  gsize length;

  g_assert_cmpmem (g_bytes_get_data (same, NULL), g_bytes_get_size (same), data, size);

  text = g_bytes_get_data (edited, &length);
  foreman_json_scan (data, size, names, before, NULL);
  foreman_json_scan (text, length, names, after, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (text + after[1].offset, after[1].length, "true", 4);
  g_assert_cmpuint (after[4].length, ==, 0);
  g_assert_cmpmem (text + after[0].offset, after[0].length, data + before[0].offset,
                   before[0].length);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  const char *text = (const char *) data;
  ForemanJsonSpan spans[5];

  if (!foreman_json_scan (text, size, names, spans, &error))
    {
      g_assert_nonnull (error);
      g_assert_null (foreman_json_splice (text, size, NULL, 0, NULL));
      return 0;
    }
  for (guint i = 0; names[i] != NULL; i++)
    check_span (text, size, spans[i]);
  check_splice (text, size);
  return 0;
}

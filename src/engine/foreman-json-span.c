/* SPDX-License-Identifier: MIT */
#include "engine/foreman-json-span.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define REPLACEMENT 0xfffd

static char
span_first (const char *data, ForemanJsonSpan span)
{
  return span.length > 0 ? data[span.offset] : '\0';
}

/**
 * foreman_json_span_is_null:
 * @data: the text that was scanned
 * @span: a value in it
 *
 * Returns: whether the value is `null`; %FALSE if there is no value
 */
gboolean
foreman_json_span_is_null (const char *data, ForemanJsonSpan span)
{
  return span_first (data, span) == 'n';
}

/**
 * foreman_json_span_is_string:
 * @data: the text that was scanned
 * @span: a value in it
 *
 * Returns: whether the value is a string
 */
gboolean
foreman_json_span_is_string (const char *data, ForemanJsonSpan span)
{
  return span_first (data, span) == '"';
}

/**
 * foreman_json_span_is_object:
 * @data: the text that was scanned
 * @span: a value in it
 *
 * Returns: whether the value is an object
 */
gboolean
foreman_json_span_is_object (const char *data, ForemanJsonSpan span)
{
  return span_first (data, span) == '{';
}

/**
 * foreman_json_span_is_array:
 * @data: the text that was scanned
 * @span: a value in it
 *
 * Returns: whether the value is an array
 */
gboolean
foreman_json_span_is_array (const char *data, ForemanJsonSpan span)
{
  return span_first (data, span) == '[';
}

/**
 * foreman_json_span_is_empty:
 * @data: the text that was scanned
 * @span: a value in it
 *
 * Returns: whether the value is a string without characters, or an array or object that holds
 * nothing
 */
gboolean
foreman_json_span_is_empty (const char *data, ForemanJsonSpan span)
{
  char first = span_first (data, span);

  if (first == '"')
    return span.length == 2;
  if (first != '[' && first != '{')
    return FALSE;
  for (gsize i = 1; i < span.length - 1; i++)
    if (strchr (" \t\r\n", data[span.offset + i]) == NULL)
      return FALSE;
  return TRUE;
}

/**
 * foreman_json_span_get_boolean:
 * @data: the text that was scanned
 * @span: a value in it
 * @value: (out): the value; left alone if it is none
 *
 * Returns: whether the value is `true` or `false`
 */
gboolean
foreman_json_span_get_boolean (const char *data, ForemanJsonSpan span, gboolean *value)
{
  char first = span_first (data, span);

  if (first != 't' && first != 'f')
    return FALSE;
  *value = first == 't';
  return TRUE;
}

/**
 * foreman_json_span_get_double:
 * @data: the text that was scanned
 * @span: a value in it
 * @value: (out): the value; left alone if it is none
 *
 * Returns: whether the value is a number that a double can hold; too large is none, as for Go, too
 * small is 0
 */
gboolean
foreman_json_span_get_double (const char *data, ForemanJsonSpan span, double *value)
{
  char first = span_first (data, span);
  g_autofree char *text = NULL;
  double number;

  if (first != '-' && !g_ascii_isdigit (first))
    return FALSE;
  text = g_strndup (data + span.offset, span.length);
  number = g_ascii_strtod (text, NULL);
  if (!isfinite (number))
    return FALSE;
  *value = number;
  return TRUE;
}

static guint
read_hex4 (const char *digits)
{
  guint value = 0;

  for (guint i = 0; i < 4; i++)
    value = value << 4 | (guint) g_ascii_xdigit_value (digits[i]);
  return value;
}

/* At the character after a backslash. A pair of surrogates is one character, a lone one is
 * replaced. */
static gunichar
read_escape (const char **position, const char *end)
{
  const char *p = *position;
  guint c, low;

  *position = p + 1;
  switch (*p)
    {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'u':
      break;
    default:
      return (guchar) *p;
    }

  c = read_hex4 (p + 1);
  p += 5;
  *position = p;
  if (c < 0xd800 || c > 0xdfff)
    return c;
  if (c > 0xdbff || end - p < 6 || p[0] != '\\' || p[1] != 'u')
    return REPLACEMENT;
  low = read_hex4 (p + 2);
  if (low < 0xdc00 || low > 0xdfff)
    return REPLACEMENT;
  *position = p + 6;
  return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

/**
 * foreman_json_string_next:
 * @position: (inout): a place inside a scanned string, behind its opening quote; moved on
 * @end: the string's closing quote, not yet reached by @position
 *
 * Decodes one character as Go does: escapes, and U+FFFD for each byte that is no UTF-8 and for a
 * lone surrogate.
 *
 * Returns: the character
 */
gunichar
foreman_json_string_next (const char **position, const char *end)
{
  const char *p = *position;
  gunichar c;

  if (*p == '\\')
    {
      *position = p + 1;
      return read_escape (position, end);
    }
  if ((guchar) *p < 0x80)
    {
      *position = p + 1;
      return (guchar) *p;
    }
  c = g_utf8_get_char_validated (p, end - p);
  if (c == (gunichar) -1 || c == (gunichar) -2)
    {
      *position = p + 1;
      return REPLACEMENT;
    }
  *position = g_utf8_next_char (p);
  return c;
}

/**
 * foreman_json_span_dup_string:
 * @data: the text that was scanned
 * @span: a value in it
 *
 * Decodes a string as Go does.
 *
 * Returns: (transfer full) (nullable): valid UTF-8, or %NULL if the value is no string, or one with
 * a U+0000 in it, which no C string can hold
 */
char *
foreman_json_span_dup_string (const char *data, ForemanJsonSpan span)
{
  const char *p, *end;
  GString *string;

  if (!foreman_json_span_is_string (data, span))
    return NULL;

  p = data + span.offset + 1;
  end = data + span.offset + span.length - 1;
  string = g_string_sized_new (end - p);
  while (p < end)
    {
      gunichar c = foreman_json_string_next (&p, end);

      if (c == 0)
        {
          g_string_free (string, TRUE);
          return NULL;
        }
      g_string_append_unichar (string, c);
    }
  return g_string_free (string, FALSE);
}

/**
 * foreman_json_span_dup_text:
 * @data: the text that was scanned
 * @span: a value in it
 *
 * Returns: (transfer full) (nullable): the value's bytes as they stand, or %NULL if there is no
 * value
 */
char *
foreman_json_span_dup_text (const char *data, ForemanJsonSpan span)
{
  return span.length > 0 ? g_strndup (data + span.offset, span.length) : NULL;
}

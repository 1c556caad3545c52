/* SPDX-License-Identifier: MIT */
/* Finds the members of objects by their names. */
#include "engine/foreman-json-scan.h"

#include <string.h>

#include "libforeman/foreman-error.h"

/* The characters outside of ASCII that fold to an ASCII letter are these two. Not with GLib's
 * function: every member of every body is compared with each name that is looked for. */
static gunichar
fold (gunichar c)
{
  if (c == 0x17f)
    return 's';
  if (c == 0x212a)
    return 'k';
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/**
 * foreman_json_name_matches:
 * @data: the text that was scanned
 * @span: where a member's name is, with its quotes
 * @name: a name, ASCII
 * @match: how to compare
 *
 * Returns: whether Go's decoder would take the one for the other
 */
gboolean
foreman_json_name_matches (const char *data,
                           ForemanJsonSpan span,
                           const char *name,
                           ForemanJsonMatch match)
{
  const char *p = data + span.offset + 1;
  const char *end = data + span.offset + span.length - 1;

  for (; p < end && *name != '\0'; name++)
    {
      gunichar c = foreman_json_string_next (&p, end);
      gunichar wanted = (guchar) *name;

      if (match == FOREMAN_JSON_MATCH_STRUCT ? fold (c) != fold (wanted) : c != wanted)
        return FALSE;
    }
  return p == end && *name == '\0';
}

static void
take_value (ForemanJsonSpan *span, const char *data, ForemanJsonSpan value, ForemanJsonMatch match)
{
  if (match == FOREMAN_JSON_MATCH_STRUCT && span->length > 0 &&
      foreman_json_span_is_null (data, value))
    span->nulled = !foreman_json_span_is_null (data, *span);
  else
    *span = value;
}

/* @end: (out): where the object ends */
static gboolean
scan_members (const char *data,
              ForemanJsonSpan object,
              const char *const *names,
              ForemanJsonMatch match,
              ForemanJsonSpan *spans,
              gsize *end,
              GError **error)
{
  ForemanJsonSpan key, value;
  g_autoptr (GError) problem = NULL;
  ForemanJsonIter iter;

  for (guint i = 0; names[i] != NULL; i++)
    spans[i] = (ForemanJsonSpan){ 0 };
  if (!foreman_json_iter_init_object (&iter, data, object, error))
    return FALSE;

  while (foreman_json_iter_next (&iter, &key, &value, &problem))
    for (guint i = 0; names[i] != NULL; i++)
      if (foreman_json_name_matches (data, key, names[i], match))
        take_value (&spans[i], data, value, match);

  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  *end = iter.position;
  return TRUE;
}

/**
 * foreman_json_scan:
 * @data: JSON text, not necessarily terminated
 * @length: its length in bytes
 * @names: (array zero-terminated=1): members to look for, ASCII
 * @spans: (out caller-allocates): as many as @names: where each one's value is; of length 0 if
 * there is none
 * @error: return location for an error
 *
 * Finds members of the outermost object as Go's `encoding/json` does for a struct: letters of a
 * name fold, also U+017F and U+212A, escapes in names count, the last of several wins but a `null`
 * does not replace a value (see `nulled`), and what follows the object is not read. The text up to
 * there is checked strictly. Linear, without copying or recursion.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST if the text is not an object in valid JSON
 */
gboolean
foreman_json_scan (const char *data,
                   gsize length,
                   const char *const *names,
                   ForemanJsonSpan *spans,
                   GError **error)
{
  return foreman_json_scan_members (data, (ForemanJsonSpan){ .length = length }, names,
                                    FOREMAN_JSON_MATCH_STRUCT, spans, error);
}

/**
 * foreman_json_scan_whole:
 * @data: JSON text, not necessarily terminated
 * @length: its length in bytes
 * @names: (array zero-terminated=1): members to look for, ASCII
 * @spans: (out caller-allocates): as many as @names: where each one's value is; of length 0 if
 * there is none
 * @error: return location for an error
 *
 * As foreman_json_scan(), for a text that is this object and nothing else.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST if the text is not one object in valid JSON
 */
gboolean
foreman_json_scan_whole (const char *data,
                         gsize length,
                         const char *const *names,
                         ForemanJsonSpan *spans,
                         GError **error)
{
  gsize end;

  if (!scan_members (data, (ForemanJsonSpan){ .length = length }, names, FOREMAN_JSON_MATCH_STRUCT,
                     spans, &end, error))
    return FALSE;
  for (; end < length; end++)
    if (strchr (" \n\r\t", data[end]) == NULL || data[end] == '\0')
      {
        g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                     "the body is not valid JSON at byte %" G_GSIZE_FORMAT
                     ": something follows the object",
                     end);
        return FALSE;
      }
  return TRUE;
}

/**
 * foreman_json_scan_members:
 * @data: JSON text
 * @object: a value in it
 * @names: (array zero-terminated=1): members to look for, ASCII
 * @match: how Ollama reads the object
 * @spans: (out caller-allocates): as many as @names: where each one's value is in @data; of length
 * 0 if there is none
 * @error: return location for an error
 *
 * Finds members of an object inside the text, all in one pass, as foreman_json_scan() does.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST if @object is not an object in valid JSON
 */
gboolean
foreman_json_scan_members (const char *data,
                           ForemanJsonSpan object,
                           const char *const *names,
                           ForemanJsonMatch match,
                           ForemanJsonSpan *spans,
                           GError **error)
{
  gsize end;

  return scan_members (data, object, names, match, spans, &end, error);
}

/**
 * foreman_json_scan_member:
 * @data: the text that was scanned
 * @object: a value in it
 * @name: a member's name, ASCII
 * @match: how Ollama reads the object
 * @span: (out): where the member's value is in @data; of length 0 if there is none
 *
 * Finds a member of an object inside the text, such as `num_ctx` in `options`.
 *
 * Returns: whether @object is an object that has it
 */
gboolean
foreman_json_scan_member (const char *data,
                          ForemanJsonSpan object,
                          const char *name,
                          ForemanJsonMatch match,
                          ForemanJsonSpan *span)
{
  const char *names[] = { name, NULL };

  *span = (ForemanJsonSpan){ 0 };
  return foreman_json_span_is_object (data, object) &&
         foreman_json_scan_members (data, object, names, match, span, NULL) && span->length > 0;
}

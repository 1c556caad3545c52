/* SPDX-License-Identifier: MIT */
#include "commands/foreman-json-text.h"

#include <string.h>

/* Requests are written as text: json-glib would write 0.1 as 0.10000000000000001, and what comes
 * from a file must stay to the byte. */

static const char *
skip_digits (const char *text)
{
  while (g_ascii_isdigit (*text))
    text++;
  return text;
}

/**
 * foreman_json_text_is_number:
 * @text: any text
 *
 * Returns: whether @text is a JSON number
 */
gboolean
foreman_json_text_is_number (const char *text)
{
  const char *start = text + (*text == '-' ? 1 : 0);
  const char *p = skip_digits (start);
  const char *part;

  if (p == start || (*start == '0' && p > start + 1))
    return FALSE;
  if (*p == '.')
    {
      part = p + 1;
      p = skip_digits (part);
      if (p == part)
        return FALSE;
    }
  if (*p == 'e' || *p == 'E')
    {
      part = p + (p[1] == '+' || p[1] == '-' ? 2 : 1);
      p = skip_digits (part);
      if (p == part)
        return FALSE;
    }
  return *p == '\0';
}

/**
 * foreman_json_text_append_string:
 * @json: where to append
 * @text: any text; what is no UTF-8 becomes U+FFFD
 *
 * Appends a JSON string.
 */
void
foreman_json_text_append_string (GString *json, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (json, '"');
  for (const char *p = valid; *p != '\0'; p++)
    switch (*p)
      {
      case '"':
      case '\\':
        g_string_append_c (json, '\\');
        g_string_append_c (json, *p);
        break;
      case '\n':
        g_string_append (json, "\\n");
        break;
      case '\t':
        g_string_append (json, "\\t");
        break;
      case '\r':
        g_string_append (json, "\\r");
        break;
      default:
        if ((guchar) *p < 0x20)
          g_string_append_printf (json, "\\u%04x", (guint) *p);
        else
          g_string_append_c (json, *p);
      }
  g_string_append_c (json, '"');
}

/**
 * foreman_json_text_begin_member:
 * @json: members of an object so far, perhaps with its brace
 * @name: of the next
 *
 * Appends the name, and a comma before it where there has to be one.
 */
void
foreman_json_text_begin_member (GString *json, const char *name)
{
  if (json->len > 0 && strchr ("{,[", json->str[json->len - 1]) == NULL)
    g_string_append_c (json, ',');
  foreman_json_text_append_string (json, name);
  g_string_append_c (json, ':');
}

/**
 * foreman_json_text_append_member:
 * @json: members of an object so far, perhaps with its brace
 * @name: of the next
 * @text: (nullable): its value, a string; %NULL: it has none
 *
 * Appends a member.
 */
void
foreman_json_text_append_member (GString *json, const char *name, const char *text)
{
  if (text == NULL)
    return;
  foreman_json_text_begin_member (json, name);
  foreman_json_text_append_string (json, text);
}

/**
 * foreman_json_text_add_members:
 * @object: (array length=length): a JSON object
 * @length: how long it is
 * @members: members to add, without braces; may be empty
 *
 * Puts members behind those that are there, which stay as they are. Where names are the same, the
 * last wins.
 *
 * Returns: (transfer full) (nullable): the object; %NULL if @object does not end as one
 */
char *
foreman_json_text_add_members (const char *object, gsize length, const char *members)
{
  gsize end = length, last;
  GString *out;

  while (end > 0 && g_ascii_isspace (object[end - 1]))
    end--;
  if (end < 2 || object[end - 1] != '}')
    return NULL;
  for (last = end - 1; last > 0 && g_ascii_isspace (object[last - 1]); last--)
    ;
  if (last == 0)
    return NULL;
  out = g_string_new_len (object, (gssize) end - 1);
  if (*members != '\0' && object[last - 1] != '{')
    g_string_append_c (out, ',');
  g_string_append (out, members);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

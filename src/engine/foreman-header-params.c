/* SPDX-License-Identifier: MIT */
#include "engine/foreman-header-params.h"

#include <string.h>

static gboolean
is_special (char c)
{
  return c != '\0' && strchr ("()<>@,;:\\\"/[]?=", c) != NULL;
}

static gboolean
is_token_char (char c)
{
  return g_ascii_isgraph (c) && !is_special (c);
}

static const char *
skip_space (const char *p)
{
  return p + strspn (p, " \t");
}

static char *
read_token (const char **position)
{
  const char *start = *position;

  while (is_token_char (**position))
    ++*position;
  return *position > start ? g_strndup (start, *position - start) : NULL;
}

/* A backslash counts only before what may need one: old browsers send file paths with plain ones.
 */
static char *
read_quoted (const char **position)
{
  GString *text = g_string_new (NULL);
  const char *p = *position + 1;

  for (; *p != '\0' && *p != '"'; p++)
    {
      if (*p == '\\' && is_special (p[1]))
        p++;
      g_string_append_c (text, *p);
    }
  if (*p != '"')
    {
      g_string_free (text, TRUE);
      return NULL;
    }
  *position = p + 1;
  return g_string_free (text, FALSE);
}

/* "; name=value" at @position; FALSE if it is something else. */
static gboolean
read_param (const char **position, GHashTable *params)
{
  g_autofree char *name = NULL;
  g_autofree char *value = NULL;
  g_autofree char *key = NULL;

  *position = skip_space (*position + 1);
  name = read_token (position);
  if (name == NULL)
    return **position == '\0';
  *position = skip_space (*position);
  if (**position != '=')
    return FALSE;
  *position = skip_space (*position + 1);
  value = **position == '"' ? read_quoted (position) : read_token (position);
  if (value == NULL)
    return FALSE;

  key = g_ascii_strdown (name, -1);
  if (g_hash_table_contains (params, key))
    return FALSE;
  g_hash_table_insert (params, g_steal_pointer (&key), g_steal_pointer (&value));
  *position = skip_space (*position);
  return TRUE;
}

/**
 * foreman_header_params_parse:
 * @value: a header's value, as of Content-Type or Content-Disposition
 * @type: (out) (transfer full): what is before the first semicolon, in small letters
 * @params: (out) (transfer full) (element-type utf8 utf8): what is behind it, by names in small
 * letters
 *
 * Reads `type; name=value; name="quoted"`. Values are given as they are sent; the extended ones of
 * RFC 2231 (`name*`) are not decoded, but show by the asterisk in their names.
 *
 * Returns: whether it is one, without duplicates
 */
gboolean
foreman_header_params_parse (const char *value, char **type, GHashTable **params)
{
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gsize length = strcspn (value, ";");
  g_autofree char *before = g_strstrip (g_ascii_strdown (value, length));
  const char *p = value + length;

  while (*p == ';')
    if (!read_param (&p, found))
      return FALSE;
  if (*p != '\0' || *before == '\0')
    return FALSE;
  *type = g_steal_pointer (&before);
  *params = g_steal_pointer (&found);
  return TRUE;
}

/* SPDX-License-Identifier: MIT */
#include "engine/foreman-media-type.h"

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
  while (*p != '\0' && strchr (" \t\r\n", *p) != NULL)
    p++;
  return p;
}

static char *
take_token (const char **position)
{
  const char *start = *position;
  const char *p = start;

  while (is_token_char (*p))
    p++;
  *position = p;
  return p > start ? g_strndup (start, p - start) : NULL;
}

/* A backslash before what needs none is itself: there are clients that send whole Windows paths. */
static char *
take_quoted (const char **position)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *p = *position + 1;

  for (; *p != '"'; p++)
    {
      if (*p == '\\' && is_special (p[1]))
        p++;
      if (*p == '\0' || *p == '\r' || *p == '\n')
        return NULL;
      g_string_append_c (text, *p);
    }
  *position = p + 1;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* At a semicolon. */
static gboolean
take_parameter (GHashTable *parameters, const char **position)
{
  const char *p = skip_space (*position + 1);
  g_autofree char *token = take_token (&p);
  g_autofree char *name = token != NULL ? g_ascii_strdown (token, -1) : NULL;
  g_autofree char *value = NULL;
  const char *other;

  p = skip_space (p);
  if (name == NULL || *p != '=')
    return FALSE;
  p = skip_space (p + 1);
  value = *p == '"' ? take_quoted (&p) : take_token (&p);
  if (value == NULL)
    return FALSE;
  other = g_hash_table_lookup (parameters, name);
  if (other != NULL && !g_str_equal (other, value))
    return FALSE;
  g_hash_table_replace (parameters, g_steal_pointer (&name), g_steal_pointer (&value));
  *position = skip_space (p);
  return TRUE;
}

static gboolean
take_parameters (GHashTable *parameters, const char *p)
{
  while (*p == ';')
    {
      if (*skip_space (p + 1) == '\0')
        return TRUE;
      if (!take_parameter (parameters, &p))
        return FALSE;
    }
  return *p == '\0';
}

/**
 * foreman_media_type_parse:
 * @media_type: (out caller-allocates): the result, to be cleared in any case
 * @value: a header's value
 *
 * Reads a header's value as Go's `mime.ParseMediaType` does, but for RFC 2231: a name with an
 * asterisk is simply a name.
 *
 * Returns: whether it could be read
 */
gboolean
foreman_media_type_parse (ForemanMediaType *media_type, const char *value)
{
  gsize length = strcspn (value, ";");
  g_autofree char *type = g_strndup (value, length);

  media_type->type = g_ascii_strdown (g_strstrip (type), -1);
  media_type->parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return *media_type->type != '\0' && take_parameters (media_type->parameters, value + length);
}

/**
 * foreman_media_type_get:
 * @media_type: a value that was read
 * @name: a parameter's name, in lower case
 *
 * Returns: (nullable): the parameter, or %NULL if there is none
 */
const char *
foreman_media_type_get (const ForemanMediaType *media_type, const char *name)
{
  return g_hash_table_lookup (media_type->parameters, name);
}

/**
 * foreman_media_type_clear:
 * @media_type: a value
 *
 * Frees what it holds.
 */
void
foreman_media_type_clear (ForemanMediaType *media_type)
{
  g_clear_pointer (&media_type->type, g_free);
  g_clear_pointer (&media_type->parameters, g_hash_table_unref);
}

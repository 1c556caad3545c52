/* SPDX-License-Identifier: MIT */
#include "http/foreman-multipart.h"

#include <libsoup/soup.h>
#include <string.h>

/* A name is short; what claims to be a model and is longer is none. */
#define MODEL_MAX 1024

/* Returns: (transfer full) (nullable): what stands before each part, CRLF and all */
static char *
dup_delimiter (const char *content_type)
{
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_MULTIPART);
  g_autoptr (GHashTable) parameters = NULL;
  const char *type, *boundary;

  if (content_type == NULL)
    return NULL;
  soup_message_headers_append (headers, "Content-Type", content_type);
  type = soup_message_headers_get_content_type (headers, &parameters);
  if (type == NULL || g_ascii_strcasecmp (type, "multipart/form-data") != 0)
    return NULL;
  boundary = g_hash_table_lookup (parameters, "boundary");
  if (boundary == NULL || *boundary == '\0' || strlen (boundary) > 70)
    return NULL;
  return g_strconcat ("\r\n--", boundary, NULL);
}

/* Whether a part's head is that of the plain field `model`. */
static gboolean
is_model_head (const guint8 *head, gsize length)
{
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_MULTIPART);
  g_autofree char *text = g_strndup ((const char *) head, length);
  g_autoptr (GHashTable) parameters = NULL;
  g_autofree char *disposition = NULL;

  /* The parser skips a first line, which in a message is the request's. */
  g_autofree char *message = g_strconcat ("\r\n", text, NULL);

  if (strlen (text) != length || !soup_headers_parse (message, strlen (message), headers) ||
      !soup_message_headers_get_content_disposition (headers, &disposition, &parameters))
    return FALSE;
  return g_ascii_strcasecmp (disposition, "form-data") == 0 &&
         g_hash_table_lookup (parameters, "filename") == NULL &&
         g_strcmp0 (g_hash_table_lookup (parameters, "name"), "model") == 0;
}

/* Where the next part begins, behind the line that the delimiter starts; %NULL: not there yet. */
static const guint8 *
skip_delimiter (const guint8 *at, const guint8 *end, const char *delimiter, gboolean *closes)
{
  gsize length = strlen (delimiter);
  const guint8 *found = memmem (at, end - at, delimiter, length);

  if (found == NULL || found + length + 2 > end)
    return NULL;
  found += length;
  *closes = memcmp (found, "--", 2) == 0;
  found = memmem (found, end - found, "\r\n", 2);
  /* The CRLF stays: an empty head ends with its second one. */
  return found;
}

/**
 * foreman_multipart_find_model:
 * @content_type: (nullable): the body's content type
 * @data: what has come of the body so far
 * @length: how many bytes
 * @model: (out) (optional): the value of the field `model`; set only when it was found
 *
 * Looks for the field `model` in a multipart form. Each call looks at all of @data. Any thread.
 *
 * Returns: what the search came to
 */
ForemanMultipartResult
foreman_multipart_find_model (const char *content_type, const guint8 *data, gsize length, char **model)
{
  g_autofree char *delimiter = dup_delimiter (content_type);
  g_autofree guint8 *copy = NULL;
  const guint8 *at, *end;
  gboolean closes = FALSE;

  if (delimiter == NULL)
    return FOREMAN_MULTIPART_NOT_FOUND;
  /* The first delimiter has no CRLF before it when there is no preamble. */
  copy = g_malloc (length + 2);
  memcpy (copy, "\r\n", 2);
  if (length > 0)
    memcpy (copy + 2, data, length);
  end = copy + 2 + length;
  for (at = copy; (at = skip_delimiter (at, end, delimiter, &closes)) != NULL && !closes;)
    {
      const guint8 *body = memmem (at, end - at, "\r\n\r\n", 4);
      const guint8 *body_end;

      if (body == NULL)
        return FOREMAN_MULTIPART_NEED_MORE;
      if (is_model_head (at + 2, body + 2 - at - 2))
        {
          body += 4;
          body_end = memmem (body - 2, end - body + 2, delimiter, strlen (delimiter));
          if (body_end == NULL)
            return end - body > MODEL_MAX ? FOREMAN_MULTIPART_NOT_FOUND : FOREMAN_MULTIPART_NEED_MORE;
          if (body_end < body)
            body_end = body;
          *model = g_strndup ((const char *) body, body_end - body);
          return FOREMAN_MULTIPART_FOUND;
        }
      at = body + 2;
    }
  return closes ? FOREMAN_MULTIPART_NOT_FOUND : FOREMAN_MULTIPART_NEED_MORE;
}

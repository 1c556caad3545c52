/* SPDX-License-Identifier: MIT */
#include "engine/foreman-multipart.h"

#include <string.h>

#include "engine/foreman-media-type.h"

/* Where the search is. A step returns FOUND where the search goes on. */
typedef struct
{
  const char *p;
  const char *end;
  const char *line_end;  /* as the form's first delimiter has it */
  const char *delimiter; /* "--" and the boundary */
  gsize delimiter_length;
} Form;

/* RFC 2046 allows less, but Go takes what it gets, and no form must get past the gate by that. */
static char *
dup_boundary (const char *content_type)
{
  g_auto (ForemanMediaType) type = { 0 };
  const char *boundary;

  if (content_type == NULL || !foreman_media_type_parse (&type, content_type) ||
      !g_str_equal (type.type, "multipart/form-data"))
    return NULL;
  boundary = foreman_media_type_get (&type, "boundary");
  if (boundary == NULL || *boundary == '\0')
    return NULL;
  for (const char *p = boundary; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return NULL;
  return g_strdup (boundary);
}

static gboolean
at_text (const Form *form, const char *p, const char *text, gsize length)
{
  return (gsize) (form->end - p) >= length && memcmp (p, text, length) == 0;
}

static const char *
skip_blanks (const Form *form, const char *p)
{
  while (p < form->end && (*p == ' ' || *p == '\t'))
    p++;
  return p;
}

/* At a delimiter: goes past its line. NOT_FOUND: it is none, or the last. */
static ForemanMultipartResult
pass_delimiter (Form *form)
{
  const char *p = form->p + form->delimiter_length;
  const char *newline = memchr (p, '\n', form->end - p);

  if (at_text (form, p, "--", 2))
    return FOREMAN_MULTIPART_NOT_FOUND;
  if (newline == NULL)
    return FOREMAN_MULTIPART_NEED_MORE;
  p = skip_blanks (form, p);
  if (form->line_end == NULL)
    form->line_end = p == newline ? "\n" : "\r\n";
  if (!at_text (form, p, form->line_end, strlen (form->line_end)))
    return FOREMAN_MULTIPART_NOT_FOUND;
  form->p = newline + 1;
  return FOREMAN_MULTIPART_FOUND;
}

/* What comes before the first delimiter is not part of the form. */
static ForemanMultipartResult
pass_preamble (Form *form)
{
  for (;;)
    {
      const char *newline = memchr (form->p, '\n', form->end - form->p);

      if (at_text (form, form->p, form->delimiter, form->delimiter_length))
        {
          const char *p = form->p + form->delimiter_length;
          gboolean is_last = at_text (form, p, "--", 2);
          const char *rest = skip_blanks (form, is_last ? p + 2 : p);

          if (rest == form->end)
            return FOREMAN_MULTIPART_NEED_MORE;
          if (rest == newline || (*rest == '\r' && rest + 1 == newline))
            return pass_delimiter (form);
        }
      if (newline == NULL)
        return FOREMAN_MULTIPART_NEED_MORE;
      form->p = newline + 1;
    }
}

/* Whether a part's body ends here, or what looks like a delimiter only begins like one. */
static ForemanMultipartResult
is_body_end (const Form *form, const char *delimiter)
{
  const char *p = delimiter + form->delimiter_length;

  if (p == form->end)
    return FOREMAN_MULTIPART_NEED_MORE;
  if (strchr (" \t\r\n", *p) != NULL && *p != '\0')
    return FOREMAN_MULTIPART_FOUND;
  if (*p != '-')
    return FOREMAN_MULTIPART_NOT_FOUND;
  if (p + 1 == form->end)
    return FOREMAN_MULTIPART_NEED_MORE;
  return p[1] == '-' ? FOREMAN_MULTIPART_FOUND : FOREMAN_MULTIPART_NOT_FOUND;
}

/* At a part's body: to the delimiter behind it. */
static ForemanMultipartResult
pass_body (Form *form, gsize *length)
{
  const char *body = form->p;
  gsize line_end_length = strlen (form->line_end);
  gboolean is_first = TRUE;

  while (form->p < form->end)
    {
      const char *p = form->p;
      ForemanMultipartResult result;

      /* The line end before it may be the one that ends the part's head. */
      if (!is_first || !at_text (form, p, form->delimiter, form->delimiter_length))
        {
          p = memmem (p, form->end - p, form->line_end, line_end_length);
          if (p == NULL)
            return FOREMAN_MULTIPART_NEED_MORE;
          p += line_end_length;
        }
      is_first = FALSE;
      form->p = p;
      if (!at_text (form, p, form->delimiter, form->delimiter_length))
        continue;
      result = is_body_end (form, p);
      if (result == FOREMAN_MULTIPART_FOUND)
        *length = p == body ? 0 : p - line_end_length - body;
      if (result != FOREMAN_MULTIPART_NOT_FOUND)
        return result;
    }
  return FOREMAN_MULTIPART_NEED_MORE;
}

typedef enum
{
  FIELD_OTHER,
  FIELD_MODEL,
  FIELD_UNCLEAR, /* to Go it may be the model */
} Field;

/* Go also reads names and file names as RFC 2231 writes them. Nobody's client does so for a model:
 * where one does, nothing is guessed. */
static Field
find_field (const char *disposition)
{
  g_auto (ForemanMediaType) type = { 0 };
  const char *name, *filename;
  gboolean has_odd_filename = FALSE;
  GHashTableIter iter;
  gpointer key;

  if (!foreman_media_type_parse (&type, disposition) || !g_str_equal (type.type, "form-data"))
    return FIELD_OTHER;
  g_hash_table_iter_init (&iter, type.parameters);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      if (g_str_has_prefix (key, "name*"))
        return FIELD_UNCLEAR;
      has_odd_filename |= g_str_has_prefix (key, "filename*");
    }
  name = foreman_media_type_get (&type, "name");
  filename = foreman_media_type_get (&type, "filename");
  if (g_strcmp0 (name, "model") != 0 || (filename != NULL && *filename != '\0'))
    return FIELD_OTHER;
  return has_odd_filename ? FIELD_UNCLEAR : FIELD_MODEL;
}

/* One header with the lines that continue it. @name_length 0: it has none, which no form may. */
static GString *
take_header (const Form *form, const char **position, gsize *name_length)
{
  GString *header = g_string_new (NULL);
  const char *p = *position;
  const char *colon;

  do
    {
      const char *newline = memchr (p, '\n', form->end - p);
      gsize length = newline - p;

      g_string_append_len (header, p, length);
      if (length > 0 && header->str[header->len - 1] == '\r')
        g_string_truncate (header, header->len - 1);
      p = newline + 1;
    }
  while (*p == ' ' || *p == '\t');
  *position = p;
  colon = memchr (header->str, ':', header->len);
  *name_length = colon != NULL && strlen (header->str) == header->len ? colon - header->str : 0;
  return header;
}

/* Where the blank line is that ends a part's head; NULL: not here. */
static const char *
find_head_end (const Form *form)
{
  const char *p = form->p;

  while (p < form->end && !at_text (form, p, "\n", 1) && !at_text (form, p, "\r\n", 2))
    {
      p = memchr (p, '\n', form->end - p);
      if (p == NULL)
        return NULL;
      p++;
    }
  return p < form->end ? p : NULL;
}

/* At a part's head: to its body. */
static ForemanMultipartResult
pass_head (Form *form, gboolean *has_model)
{
  const char *head_end = find_head_end (form);
  gboolean seen = FALSE, is_encoded = FALSE;
  Field field = FIELD_OTHER;

  if (head_end == NULL)
    return FOREMAN_MULTIPART_NEED_MORE;
  for (const char *p = form->p; p < head_end;)
    {
      gsize name_length;
      g_autoptr (GString) header = take_header (form, &p, &name_length);

      if (name_length == 0)
        return FOREMAN_MULTIPART_NOT_FOUND;
      header->str[name_length] = '\0';
      if (g_ascii_strcasecmp (header->str, "Content-Transfer-Encoding") == 0)
        is_encoded = TRUE;
      if (seen || g_ascii_strcasecmp (header->str, "Content-Disposition") != 0)
        continue;
      seen = TRUE;
      field = find_field (header->str + name_length + 1);
    }
  if (field == FIELD_UNCLEAR || (field == FIELD_MODEL && is_encoded))
    return FOREMAN_MULTIPART_NOT_FOUND;
  *has_model = field == FIELD_MODEL;
  form->p = head_end + (*head_end == '\r' ? 2 : 1);
  return FOREMAN_MULTIPART_FOUND;
}

static ForemanMultipartResult
find_model (Form *form, char **model)
{
  ForemanMultipartResult result = pass_preamble (form);

  while (result == FOREMAN_MULTIPART_FOUND)
    {
      gboolean has_model;
      gsize length;
      const char *body;

      result = pass_head (form, &has_model);
      if (result != FOREMAN_MULTIPART_FOUND)
        break;
      body = form->p;
      result = pass_body (form, &length);
      if (result == FOREMAN_MULTIPART_FOUND && has_model)
        {
          if (!g_utf8_validate (body, length, NULL))
            return FOREMAN_MULTIPART_NOT_FOUND;
          *model = g_strndup (body, length);
          return FOREMAN_MULTIPART_FOUND;
        }
      if (result == FOREMAN_MULTIPART_FOUND)
        result = pass_delimiter (form);
    }
  return result;
}

/**
 * foreman_multipart_find_model:
 * @content_type: (nullable): the request's Content-Type
 * @data: the body, as far as it has arrived
 * @length: how much that is, in bytes
 * @model: (out) (transfer full) (nullable): the field's value; %NULL unless it was found
 *
 * Looks for the field `model` of a `multipart/form-data` body the way Go's `mime/multipart` reads
 * it: the first one counts, and one that is a file is none. A value that is not UTF-8 or has a NUL
 * in it is not found. Begins anew with each call, and is linear.
 *
 * Returns: %FOREMAN_MULTIPART_NEED_MORE if it may be in what is still to come
 */
ForemanMultipartResult
foreman_multipart_find_model (const char *content_type,
                              const guint8 *data,
                              gsize length,
                              char **model)
{
  g_autofree char *boundary = dup_boundary (content_type);
  g_autofree char *delimiter = NULL;
  Form form = { 0 };

  g_return_val_if_fail (model != NULL, FOREMAN_MULTIPART_NOT_FOUND);

  *model = NULL;
  if (boundary == NULL)
    return FOREMAN_MULTIPART_NOT_FOUND;
  if (length == 0)
    return FOREMAN_MULTIPART_NEED_MORE;
  delimiter = g_strconcat ("--", boundary, NULL);
  form.p = (const char *) data;
  form.end = form.p + length;
  form.delimiter = delimiter;
  form.delimiter_length = strlen (delimiter);
  return find_model (&form, model);
}

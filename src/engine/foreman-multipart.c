/* SPDX-License-Identifier: MIT */
#include "engine/foreman-multipart.h"

#include <string.h>

#include "engine/foreman-header-params.h"

#define MAX_BOUNDARY    200
#define MAX_PART_HEADER (16 * 1024)
#define MAX_MODEL       4096

typedef enum
{
  STATE_PREAMBLE,
  STATE_HEADER,
  STATE_BODY,
} State;

struct _ForemanMultipart
{
  char *delimiter; /* (owned) (nullable): what is between parts, its line end first; NULL: the type
                      is not understood */
  State state;
  gsize position; /* where the state begins */
  gsize searched; /* up to here its end was looked for in vain */
  gboolean is_model;
  char *model; /* (owned) (nullable) */
};

/**
 * foreman_multipart_new:
 * @content_type: (nullable): the request's Content-Type
 *
 * Begins to look for the `model` of a form.
 *
 * Returns: (transfer full): what looks
 */
ForemanMultipart *
foreman_multipart_new (const char *content_type)
{
  ForemanMultipart *self = g_new0 (ForemanMultipart, 1);
  g_autoptr (GHashTable) params = NULL;
  g_autofree char *type = NULL;
  const char *boundary;

  if (content_type == NULL || !foreman_header_params_parse (content_type, &type, &params) ||
      !g_str_equal (type, "multipart/form-data"))
    return self;
  boundary = g_hash_table_lookup (params, "boundary");
  if (boundary != NULL && *boundary != '\0' && strlen (boundary) <= MAX_BOUNDARY)
    self->delimiter = g_strconcat ("\n--", boundary, NULL);
  return self;
}

/**
 * foreman_multipart_free:
 * @multipart: (nullable): what looks
 *
 * Frees @multipart.
 */
void
foreman_multipart_free (ForemanMultipart *multipart)
{
  if (multipart == NULL)
    return;
  g_free (multipart->delimiter);
  g_free (multipart->model);
  g_free (multipart);
}

static void
go_on (ForemanMultipart *self, State state, gsize position)
{
  self->state = state;
  self->position = self->searched = position;
}

/* Where the delimiter begins (@start) and ends. The first bytes of a body may be one without the
 * line end before it. */
static gboolean
find_delimiter (ForemanMultipart *self, const char *data, gsize length, gsize *start, gsize *end)
{
  const char *dashes = strstr (self->delimiter, "--");
  gsize size = strlen (self->delimiter);
  const char *found;

  if (self->searched == self->position && length - self->position >= strlen (dashes) &&
      memcmp (data + self->position, dashes, strlen (dashes)) == 0)
    {
      *start = self->position;
      *end = self->position + strlen (dashes);
      return TRUE;
    }

  found = memmem (data + self->searched, length - self->searched, self->delimiter, size);
  if (found == NULL)
    {
      if (length - self->searched >= size)
        self->searched = length - size + 1;
      return FALSE;
    }
  *start = found - data;
  *end = *start + size;
  return TRUE;
}

typedef enum
{
  LINE_UNFINISHED,
  LINE_DELIMITER,
  LINE_LAST,
  LINE_TEXT, /* it only begins like a delimiter */
} Line;

/* What a delimiter is followed by, from @at: the line's end, perhaps after blanks, or two dashes.
 * All lines end as the first delimiter's does. */
static Line
read_delimiter_line (ForemanMultipart *self, const char *data, gsize length, gsize at, gsize *next)
{
  gboolean has_return;
  gsize n_dashes = 0;
  gsize end;

  while (n_dashes < 2 && at + n_dashes < length && data[at + n_dashes] == '-')
    n_dashes++;
  if (n_dashes == 2)
    return LINE_LAST;
  if (at + n_dashes == length)
    return LINE_UNFINISHED;

  for (end = at; end < length && (data[end] == ' ' || data[end] == '\t'); end++)
    ;
  has_return = end < length && data[end] == '\r';
  end += has_return;
  if (end == length)
    return LINE_UNFINISHED;
  if (data[end] != '\n')
    return LINE_TEXT;

  if (self->state != STATE_PREAMBLE && has_return != (self->delimiter[0] == '\r'))
    return LINE_TEXT;
  if (self->state == STATE_PREAMBLE && has_return)
    {
      g_autofree char *without = g_steal_pointer (&self->delimiter);

      self->delimiter = g_strconcat ("\r", without, NULL);
    }
  *next = end + 1;
  return LINE_DELIMITER;
}

static gboolean
is_header (const char *line, const char *name, const char **value)
{
  gsize length = strlen (name);

  if (g_ascii_strncasecmp (line, name, length) != 0 || line[length] != ':')
    return FALSE;
  *value = line + length + 1;
  *value += strspn (*value, " \t");
  return TRUE;
}

/* FALSE if the part may be the model's but cannot be understood here: a name or a file name as RFC
 * 2231 writes it. */
static gboolean
read_disposition (ForemanMultipart *self, const char *value)
{
  g_autoptr (GHashTable) params = NULL;
  g_autofree char *type = NULL;
  gboolean has_odd_file = FALSE;
  const char *name, *file;
  GHashTableIter iter;
  gpointer key;

  if (!foreman_header_params_parse (value, &type, &params))
    return FALSE;
  g_hash_table_iter_init (&iter, params);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      if (g_str_has_prefix (key, "name*"))
        return FALSE;
      has_odd_file |= g_str_has_prefix (key, "filename*");
    }
  name = g_hash_table_lookup (params, "name");
  file = g_hash_table_lookup (params, "filename");
  self->is_model = g_str_equal (type, "form-data") && name != NULL && g_str_equal (name, "model") &&
                   (file == NULL || *file == '\0');
  return !(self->is_model && has_odd_file);
}

static gboolean
read_header (ForemanMultipart *self, const char *data, gsize length)
{
  g_autofree char *text = g_strndup (data, length);
  g_auto (GStrv) lines = NULL;
  gboolean has_disposition = FALSE;
  gboolean is_encoded = FALSE;
  const char *value;

  self->is_model = FALSE;
  if (strlen (text) < length)
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_strchomp (*line);
      if (**line == ' ' || **line == '\t')
        return FALSE; /* folded: nobody writes that, so nothing is guessed */
      if (is_header (*line, "Content-Disposition", &value) && !has_disposition)
        {
          has_disposition = TRUE;
          if (!read_disposition (self, value))
            return FALSE;
        }
      else if (is_header (*line, "Content-Transfer-Encoding", &value))
        is_encoded = TRUE;
    }
  return !(self->is_model && is_encoded);
}

/* An empty line ends the header, which may be empty itself. */
static gboolean
find_header_end (ForemanMultipart *self, const char *data, gsize length, gsize *end)
{
  gsize at = self->searched;
  const char *feed;

  while ((feed = memchr (data + at, '\n', length - at)) != NULL)
    {
      gsize line_end = feed - data;

      if (line_end == at || (line_end == at + 1 && data[at] == '\r'))
        {
          *end = line_end + 1;
          return TRUE;
        }
      self->searched = at = line_end + 1;
    }
  return FALSE;
}

static ForemanMultipartResult
take_model (ForemanMultipart *self, const char *data, gsize end)
{
  const char *start = data + self->position;
  gsize length = end - self->position;

  if (length > MAX_MODEL || memchr (start, '\0', length) != NULL)
    return FOREMAN_MULTIPART_NOT_FOUND;
  self->model = g_utf8_make_valid (start, length);
  return FOREMAN_MULTIPART_MODEL_FOUND;
}

static ForemanMultipartResult
look_for_header_end (ForemanMultipart *self, const char *data, gsize length)
{
  gsize next = length;
  gboolean found = find_header_end (self, data, length, &next);

  if (next - self->position > MAX_PART_HEADER)
    return FOREMAN_MULTIPART_NOT_FOUND;
  if (!found)
    return FOREMAN_MULTIPART_NEED_MORE;
  if (!read_header (self, data + self->position, next - self->position))
    return FOREMAN_MULTIPART_NOT_FOUND;
  go_on (self, STATE_BODY, next);
  return FOREMAN_MULTIPART_NEED_MORE;
}

static ForemanMultipartResult
look_for_delimiter (ForemanMultipart *self, const char *data, gsize length)
{
  gsize start, end, next = 0;
  Line line;

  if (!find_delimiter (self, data, length, &start, &end))
    return FOREMAN_MULTIPART_NEED_MORE;
  line = read_delimiter_line (self, data, length, end, &next);
  if (line == LINE_TEXT)
    self->searched = start + 1;
  if (line == LINE_TEXT || line == LINE_UNFINISHED)
    return FOREMAN_MULTIPART_NEED_MORE;

  if (self->state == STATE_BODY && self->is_model)
    return take_model (self, data, start);
  if (line == LINE_LAST)
    return FOREMAN_MULTIPART_NOT_FOUND;
  go_on (self, STATE_HEADER, next);
  return FOREMAN_MULTIPART_NEED_MORE;
}

/**
 * foreman_multipart_look:
 * @multipart: what looks
 * @data: (array length=length): all that has come of the body, from its first byte
 * @length: how much that is
 * @is_whole: whether nothing comes after it
 *
 * Looks as far as the body has come. Call it again with more of the same body as long as it needs
 * more; what it has seen before is not read again.
 *
 * Returns: what is known now
 */
ForemanMultipartResult
foreman_multipart_look (ForemanMultipart *multipart,
                        const void *data,
                        gsize length,
                        gboolean is_whole)
{
  ForemanMultipartResult result;
  State state;
  gsize searched;

  g_return_val_if_fail (multipart != NULL, FOREMAN_MULTIPART_NOT_FOUND);
  g_return_val_if_fail (length >= multipart->searched || is_whole, FOREMAN_MULTIPART_NOT_FOUND);

  if (multipart->model != NULL)
    return FOREMAN_MULTIPART_MODEL_FOUND;
  if (multipart->delimiter == NULL)
    return FOREMAN_MULTIPART_NOT_FOUND;
  if (length >= FOREMAN_MULTIPART_MAX_SIZE)
    {
      length = FOREMAN_MULTIPART_MAX_SIZE;
      is_whole = TRUE;
    }

  do
    {
      state = multipart->state;
      searched = multipart->searched;
      result = state == STATE_HEADER ? look_for_header_end (multipart, data, length)
                                     : look_for_delimiter (multipart, data, length);
    }
  while (result == FOREMAN_MULTIPART_NEED_MORE &&
         (multipart->state != state || multipart->searched != searched));

  if (result == FOREMAN_MULTIPART_NEED_MORE && is_whole)
    return FOREMAN_MULTIPART_NOT_FOUND;
  return result;
}

/**
 * foreman_multipart_get_model:
 * @multipart: what looks
 *
 * Returns: (nullable): the model as the client wrote it, valid UTF-8, once it was found
 */
const char *
foreman_multipart_get_model (ForemanMultipart *multipart)
{
  g_return_val_if_fail (multipart != NULL, NULL);

  return multipart->model;
}

/**
 * foreman_multipart_dup_query_model:
 * @query: (nullable): the request's query, as it was sent
 *
 * A `model` in the query comes before the one in the form.
 *
 * Returns: (transfer full) (nullable): the model, if the query has one
 */
char *
foreman_multipart_dup_query_model (const char *query)
{
  g_auto (GStrv) pairs = g_strsplit (query != NULL ? query : "", "&", -1);

  for (char **pair = pairs; *pair != NULL; pair++)
    {
      g_autofree char *name = NULL;
      char *value = strchr (*pair, '=');

      if (strchr (*pair, ';') != NULL)
        continue; /* Go refuses these */
      if (value != NULL)
        *value++ = '\0';
      g_strdelimit (*pair, "+", ' ');
      name = g_uri_unescape_string (*pair, NULL);
      if (name == NULL || !g_str_equal (name, "model"))
        continue;
      if (value == NULL)
        return g_strdup ("");
      g_strdelimit (value, "+", ' ');
      value = g_uri_unescape_string (value, NULL);
      if (value != NULL)
        return value;
    }
  return NULL;
}

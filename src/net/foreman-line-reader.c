/* SPDX-License-Identifier: MIT */
#include "net/foreman-line-reader.h"

#include <string.h>

#include "libforeman/foreman-error.h"

/* A buffer that had to grow beyond this is given back after its line. */
#define KEEP_SIZE (64 * 1024)

struct _ForemanLineReader
{
  ForemanLineEnd end;
  gsize max_length;
  const char *data;  /* (unowned) (nullable): what was fed and is not yet looked at */
  gsize length;      /* of data */
  GByteArray *begun; /* (owned): the beginning of a line whose end has not come */
  gboolean is_taken; /* begun holds a line that was given out */
  gboolean after_cr; /* a line feed now belongs to the carriage return before it */
  gboolean has_failed;
  gboolean is_skipping; /* over the rest of a line that was too long */
};

/**
 * foreman_line_reader_new:
 * @end: what ends a line
 * @max_length: how long a line may be, in bytes, without its end
 *
 * Begins to read lines, as of an NDJSON body.
 *
 * Returns: (transfer full): a reader
 */
ForemanLineReader *
foreman_line_reader_new (ForemanLineEnd end, gsize max_length)
{
  ForemanLineReader *self = g_new0 (ForemanLineReader, 1);

  self->end = end;
  self->max_length = max_length;
  self->begun = g_byte_array_new ();
  return self;
}

/**
 * foreman_line_reader_free:
 * @reader: (nullable): a reader
 *
 * Frees @reader.
 */
void
foreman_line_reader_free (ForemanLineReader *reader)
{
  if (reader == NULL)
    return;
  g_byte_array_unref (reader->begun);
  g_free (reader);
}

/**
 * foreman_line_reader_feed:
 * @reader: a reader
 * @data: (array length=length): the next bytes
 * @length: how many
 *
 * Gives @reader more to read. @data has to stay until foreman_line_reader_next() returned %FALSE,
 * and nothing may be fed before that.
 */
void
foreman_line_reader_feed (ForemanLineReader *reader, const void *data, gsize length)
{
  g_return_if_fail (reader != NULL && (reader->length == 0 || reader->has_failed));
  g_return_if_fail (data != NULL || length == 0);

  reader->data = data;
  reader->length = length;
}

static void
drop_taken (ForemanLineReader *self)
{
  if (!self->is_taken)
    return;
  self->is_taken = FALSE;
  if (self->begun->len > KEEP_SIZE)
    {
      g_byte_array_unref (self->begun);
      self->begun = g_byte_array_new ();
    }
  else
    g_byte_array_set_size (self->begun, 0);
}

static void
skip (ForemanLineReader *self, gsize n)
{
  self->data += n;
  self->length -= n;
}

static const char *
find_end (const ForemanLineReader *self)
{
  const char *feed = memchr (self->data, '\n', self->length);
  const char *end = feed != NULL ? feed : self->data + self->length;
  const char *carriage = NULL;

  if (self->end == FOREMAN_LINE_END_ANY)
    carriage = memchr (self->data, '\r', end - self->data);
  return carriage != NULL ? carriage : feed;
}

static gboolean
fail (ForemanLineReader *self, GError **error)
{
  self->has_failed = TRUE;
  g_byte_array_unref (self->begun);
  self->begun = g_byte_array_new ();
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE,
               "a line is longer than %" G_GSIZE_FORMAT " bytes", self->max_length);
  return FALSE;
}

/* A carriage return is no part of the line if a line feed comes after it. */
static gboolean
is_too_long (const ForemanLineReader *self, gsize size)
{
  gsize total = self->begun->len + size;
  char last = '\0';

  if (size > 0)
    last = self->data[size - 1];
  else if (total > 0)
    last = (char) self->begun->data[total - 1];
  if (self->end == FOREMAN_LINE_END_LF && last == '\r')
    total--;
  return total > self->max_length;
}

/* Goes on behind the end of a line that was too long, if it has come. */
static void
skip_rest (ForemanLineReader *self)
{
  const char *end = find_end (self);

  self->is_skipping = end == NULL;
  self->after_cr = end != NULL && *end == '\r';
  skip (self, end != NULL ? (gsize) (end + 1 - self->data) : self->length);
}

/* Without the carriage return before a line feed. */
static void
give (ForemanLineReader *self, const char *start, gsize size, const char **line, gsize *length)
{
  if (self->end == FOREMAN_LINE_END_LF && size > 0 && start[size - 1] == '\r')
    size--;
  *line = start;
  *length = size;
}

/**
 * foreman_line_reader_next:
 * @reader: a reader
 * @line: (out) (transfer none) (array length=length): the line without its end, not terminated;
 * valid until the next call
 * @length: (out): how long it is; an empty line is one too
 * @error: return location for an error
 *
 * Finds the next whole line in what was fed.
 *
 * Returns: %FALSE if more has to be fed, or with %FOREMAN_ERROR_TOO_LARGE for a line that is too
 * long; nothing comes after that, unless foreman_line_reader_skip() is called
 */
gboolean
foreman_line_reader_next (ForemanLineReader *reader,
                          const char **line,
                          gsize *length,
                          GError **error)
{
  const char *end;
  gsize size;

  g_return_val_if_fail (reader != NULL, FALSE);

  drop_taken (reader);
  if (reader->is_skipping && reader->length > 0)
    skip_rest (reader);
  if (reader->after_cr && reader->length > 0)
    {
      reader->after_cr = FALSE;
      if (*reader->data == '\n')
        skip (reader, 1);
    }
  if (reader->has_failed || reader->length == 0)
    {
      reader->length = 0;
      return FALSE;
    }

  end = find_end (reader);
  size = end != NULL ? (gsize) (end - reader->data) : reader->length;
  if (is_too_long (reader, size))
    return fail (reader, error);
  if (end == NULL)
    {
      g_byte_array_append (reader->begun, (const guint8 *) reader->data, size);
      reader->length = 0;
      return FALSE;
    }

  reader->after_cr = *end == '\r';
  if (reader->begun->len == 0)
    give (reader, reader->data, size, line, length);
  else
    {
      g_byte_array_append (reader->begun, (const guint8 *) reader->data, size);
      reader->is_taken = TRUE;
      give (reader, (const char *) reader->begun->data, reader->begun->len, line, length);
    }
  skip (reader, size + 1);
  return TRUE;
}

/**
 * foreman_line_reader_skip:
 * @reader: a reader that has just found a line too long
 *
 * Leaves that line out: foreman_line_reader_next() goes on with the one after it.
 */
void
foreman_line_reader_skip (ForemanLineReader *reader)
{
  g_return_if_fail (reader != NULL && reader->has_failed);

  reader->has_failed = FALSE;
  reader->is_skipping = TRUE;
}

/**
 * foreman_line_reader_take_rest:
 * @reader: a reader
 * @line: (out) (transfer none) (array length=length): the line; valid until the next call
 * @length: (out): how long it is
 *
 * At the end of what there is to read: the last line, if nothing ended it.
 *
 * Returns: whether there is such a line
 */
gboolean
foreman_line_reader_take_rest (ForemanLineReader *reader, const char **line, gsize *length)
{
  g_return_val_if_fail (reader != NULL, FALSE);

  drop_taken (reader);
  if (reader->begun->len == 0)
    return FALSE;
  reader->is_taken = TRUE;
  give (reader, (const char *) reader->begun->data, reader->begun->len, line, length);
  return TRUE;
}

/**
 * foreman_line_reader_get_pending:
 * @reader: a reader
 *
 * Returns: how many bytes of a line are kept whose end has not come
 */
gsize
foreman_line_reader_get_pending (ForemanLineReader *reader)
{
  g_return_val_if_fail (reader != NULL, 0);

  return reader->is_taken ? 0 : reader->begun->len;
}

/* SPDX-License-Identifier: MIT */
#include "net/foreman-sse-reader.h"

#include <string.h>

#include "libforeman/foreman-error.h"
#include "net/foreman-line-reader.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define MAX_NAME        256

struct _ForemanSseReader
{
  ForemanLineReader *lines; /* (owned) */
  gsize max_length;
  GString *name;      /* (owned): of the event that is coming */
  GString *data;      /* (owned) */
  gboolean has_begun; /* the first line was read */
  gboolean has_data;
  gboolean is_taken; /* the event was given out */
  gboolean has_failed;
};

/**
 * foreman_sse_reader_new:
 * @max_length: how much data an event may have, and how long a line may be, in bytes
 *
 * Begins to read a `text/event-stream`.
 *
 * Returns: (transfer full): a reader
 */
ForemanSseReader *
foreman_sse_reader_new (gsize max_length)
{
  ForemanSseReader *self = g_new0 (ForemanSseReader, 1);

  self->lines = foreman_line_reader_new (FOREMAN_LINE_END_ANY, max_length);
  self->max_length = max_length;
  self->name = g_string_new (NULL);
  self->data = g_string_new (NULL);
  return self;
}

/**
 * foreman_sse_reader_free:
 * @reader: (nullable): a reader
 *
 * Frees @reader.
 */
void
foreman_sse_reader_free (ForemanSseReader *reader)
{
  if (reader == NULL)
    return;
  foreman_line_reader_free (reader->lines);
  g_string_free (reader->name, TRUE);
  g_string_free (reader->data, TRUE);
  g_free (reader);
}

/**
 * foreman_sse_reader_feed:
 * @reader: a reader
 * @data: (array length=length): the next bytes
 * @length: how many
 *
 * Gives @reader more to read. @data has to stay until foreman_sse_reader_next() returned %FALSE,
 * and nothing may be fed before that.
 */
void
foreman_sse_reader_feed (ForemanSseReader *reader, const void *data, gsize length)
{
  g_return_if_fail (reader != NULL);

  foreman_line_reader_feed (reader->lines, data, length);
}

static void
begin_event (ForemanSseReader *self)
{
  g_string_truncate (self->name, 0);
  if (self->data->allocated_len > 64 * 1024)
    {
      g_string_free (self->data, TRUE);
      self->data = g_string_new (NULL);
    }
  g_string_truncate (self->data, 0);
  self->has_data = FALSE;
  self->is_taken = FALSE;
}

static void
add_field (ForemanSseReader *self, const char *line, gsize length, GError **error)
{
  const char *colon = memchr (line, ':', length);
  gsize name_length = colon != NULL ? (gsize) (colon - line) : length;
  const char *value = colon != NULL ? colon + 1 : line + length;
  gsize value_length = line + length - value;

  if (value_length > 0 && *value == ' ')
    {
      value++;
      value_length--;
    }

  if (name_length == 5 && memcmp (line, "event", 5) == 0)
    {
      g_string_truncate (self->name, 0);
      g_string_append_len (self->name, value, MIN (value_length, MAX_NAME));
    }
  else if (name_length == 4 && memcmp (line, "data", 4) == 0)
    {
      if (value_length + 1 > self->max_length - MIN (self->data->len, self->max_length))
        {
          self->has_failed = TRUE;
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE,
                       "an event is longer than %" G_GSIZE_FORMAT " bytes", self->max_length);
          return;
        }
      if (self->has_data)
        g_string_append_c (self->data, '\n');
      g_string_append_len (self->data, value, value_length);
      self->has_data = TRUE;
    }
}

/**
 * foreman_sse_reader_next:
 * @reader: a reader
 * @event: (out): the event
 * @error: return location for an error
 *
 * Finds the next whole event in what was fed. One without data is none, and neither is one that the
 * end of the stream cuts off. Comments are passed over.
 *
 * Returns: %FALSE if more has to be fed, or with %FOREMAN_ERROR_TOO_LARGE for an event that is too
 * long; nothing comes after that
 */
gboolean
foreman_sse_reader_next (ForemanSseReader *reader, ForemanSseEvent *event, GError **error)
{
  const char *line;
  gsize length;

  g_return_val_if_fail (reader != NULL, FALSE);

  if (reader->is_taken)
    begin_event (reader);
  while (
      foreman_line_reader_next (reader->lines, &line, &length, reader->has_failed ? NULL : error))
    {
      if (!reader->has_begun && length >= strlen (BYTE_ORDER_MARK) &&
          memcmp (line, BYTE_ORDER_MARK, strlen (BYTE_ORDER_MARK)) == 0)
        {
          line += strlen (BYTE_ORDER_MARK);
          length -= strlen (BYTE_ORDER_MARK);
        }
      reader->has_begun = TRUE;
      if (reader->has_failed)
        continue;
      if (length > 0)
        add_field (reader, line, length, error);
      else if (reader->has_data)
        {
          reader->is_taken = TRUE;
          event->name = reader->name->len > 0 ? reader->name->str : NULL;
          event->data = reader->data->str;
          event->length = reader->data->len;
          return TRUE;
        }
      else
        begin_event (reader);
    }
  return FALSE;
}

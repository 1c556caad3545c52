/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-spool-writer.h"

#include <string.h>

static void
put (ForemanSpoolWriter *self, const char *data, gsize length)
{
  if (self->error == NULL)
    foreman_spool_append (self->out, data, length, &self->error);
}

static void
put_spool (ForemanSpoolWriter *self, ForemanSpool *spool)
{
  if (self->error == NULL)
    foreman_spool_append_spool (self->out, spool, &self->error);
}

static void
begin_value (ForemanSpoolWriter *self)
{
  if (self->needs_comma)
    put (self, ",", 1);
  self->needs_comma = TRUE;
}

/**
 * foreman_spool_writer_init:
 * @writer: the writer
 * @out: where to write; it has to stay
 *
 * Begins to write a value. If @out ends with another one, a comma is put between them.
 */
void
foreman_spool_writer_init (ForemanSpoolWriter *writer, ForemanSpool *out)
{
  *writer = (ForemanSpoolWriter){ .out = out, .needs_comma = foreman_spool_get_size (out) > 0 };
}

/**
 * foreman_spool_writer_end:
 * @writer: the writer
 * @error: return location for an error
 *
 * Ends writing; has to be called.
 *
 * Returns: %FALSE with what foreman_spool_append() first failed with
 */
gboolean
foreman_spool_writer_end (ForemanSpoolWriter *writer, GError **error)
{
  if (writer->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&writer->error));
  return FALSE;
}

/**
 * foreman_spool_writer_open:
 * @writer: the writer
 * @bracket: `{` or `[`
 *
 * Begins an object or an array.
 */
void
foreman_spool_writer_open (ForemanSpoolWriter *writer, char bracket)
{
  begin_value (writer);
  put (writer, &bracket, 1);
  writer->needs_comma = FALSE;
}

/**
 * foreman_spool_writer_close:
 * @writer: the writer
 * @bracket: `}` or `]`
 *
 * Ends an object or an array.
 */
void
foreman_spool_writer_close (ForemanSpoolWriter *writer, char bracket)
{
  put (writer, &bracket, 1);
  writer->needs_comma = TRUE;
}

/**
 * foreman_spool_writer_name:
 * @writer: the writer
 * @name: a name that needs no escapes
 *
 * Begins a member; its value comes next.
 */
void
foreman_spool_writer_name (ForemanSpoolWriter *writer, const char *name)
{
  begin_value (writer);
  put (writer, "\"", 1);
  put (writer, name, strlen (name));
  put (writer, "\":", 2);
  writer->needs_comma = FALSE;
}

/**
 * foreman_spool_writer_value:
 * @writer: the writer
 * @json: a value as JSON
 *
 * Writes a value as it stands.
 */
void
foreman_spool_writer_value (ForemanSpoolWriter *writer, const char *json)
{
  begin_value (writer);
  put (writer, json, strlen (json));
}

/**
 * foreman_spool_writer_span:
 * @writer: the writer
 * @data: a text that was scanned
 * @span: a value in it; `null` is written if there is none
 *
 * Writes a value as it stands.
 */
void
foreman_spool_writer_span (ForemanSpoolWriter *writer, const char *data, ForemanJsonSpan span)
{
  begin_value (writer);
  if (span.length > 0)
    put (writer, data + span.offset, span.length);
  else
    put (writer, "null", 4);
}

/**
 * foreman_spool_writer_string:
 * @writer: the writer
 * @text: a string's content, escaped, without its quotes
 *
 * Writes a string.
 */
void
foreman_spool_writer_string (ForemanSpoolWriter *writer, ForemanSpool *text)
{
  begin_value (writer);
  put (writer, "\"", 1);
  put_spool (writer, text);
  put (writer, "\"", 1);
}

/**
 * foreman_spool_writer_elements:
 * @writer: the writer
 * @elements: values with commas between them, perhaps none
 *
 * Writes elements of an array that is open.
 */
void
foreman_spool_writer_elements (ForemanSpoolWriter *writer, ForemanSpool *elements)
{
  if (foreman_spool_get_size (elements) == 0)
    return;
  begin_value (writer);
  put_spool (writer, elements);
}

/**
 * foreman_spool_writer_array:
 * @writer: the writer
 * @elements: values with commas between them, perhaps none
 *
 * Writes an array.
 */
void
foreman_spool_writer_array (ForemanSpoolWriter *writer, ForemanSpool *elements)
{
  foreman_spool_writer_open (writer, '[');
  foreman_spool_writer_elements (writer, elements);
  foreman_spool_writer_close (writer, ']');
}

/**
 * foreman_spool_writer_end_line:
 * @writer: the writer
 *
 * Writes a line feed, with which Ollama ends what it answers on `/v1`.
 */
void
foreman_spool_writer_end_line (ForemanSpoolWriter *writer)
{
  put (writer, "\n", 1);
}

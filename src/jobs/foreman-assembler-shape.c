/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-assembler-shape.h"

#include "engine/foreman-json-scan.h"

static gboolean
is_known (const ForemanAssemblerShape *shape, const char *data, ForemanJsonSpan name)
{
  for (; shape->name != NULL; shape++)
    if (foreman_json_name_matches (data, name, shape->name, FOREMAN_JSON_MATCH_MAP))
      return TRUE;
  return FALSE;
}

/* What a later Ollama says besides is not lost; it goes to the end. */
static void
write_unknown (const ForemanAssemblerShape *shape,
               ForemanSpoolWriter *writer,
               const char *data,
               ForemanJsonSpan object)
{
  ForemanJsonIter iter;
  ForemanJsonSpan name, value;

  if (!foreman_json_iter_init_object (&iter, data, object, NULL))
    return;
  while (foreman_json_iter_next (&iter, &name, &value, NULL))
    {
      g_autofree char *text = NULL;

      if (is_known (shape, data, name))
        continue;
      text = g_strndup (data + name.offset + 1, name.length - 2);
      foreman_spool_writer_name (writer, text);
      foreman_spool_writer_span (writer, data, value);
    }
}

static void
write_member (const ForemanAssemblerShape *member,
              ForemanSpoolWriter *writer,
              const char *data,
              ForemanJsonSpan span)
{
  if (span.length == 0 || (member->omits_null && foreman_json_span_is_null (data, span)))
    return;
  foreman_spool_writer_name (writer, member->name);
  foreman_assembler_shape_write (member->inner, writer, data, span);
}

/**
 * foreman_assembler_shape_write_object:
 * @shape: the object's shape
 * @writer: where to write
 * @data: a text that was scanned and is valid
 * @object: an object in it; anything else counts as one without members
 * @write_other: (nullable) (scope call): asked for each member of @shape before it is written
 * @user_data: for @write_other
 *
 * Writes an object with its members in the order of @shape, and after them those that it does not
 * name.
 */
void
foreman_assembler_shape_write_object (const ForemanAssemblerShape *shape,
                                      ForemanSpoolWriter *writer,
                                      const char *data,
                                      ForemanJsonSpan object,
                                      ForemanAssemblerMemberFunc write_other,
                                      gpointer user_data)
{
  const char *names[FOREMAN_ASSEMBLER_SHAPE_MAX + 1] = { NULL };
  ForemanJsonSpan spans[FOREMAN_ASSEMBLER_SHAPE_MAX] = { { 0 } };

  for (guint i = 0; i < FOREMAN_ASSEMBLER_SHAPE_MAX && shape[i].name != NULL; i++)
    names[i] = shape[i].name;
  if (foreman_json_span_is_object (data, object))
    foreman_json_scan_members (data, object, names, FOREMAN_JSON_MATCH_MAP, spans, NULL);

  foreman_spool_writer_open (writer, '{');
  for (guint i = 0; names[i] != NULL; i++)
    if (write_other == NULL || !write_other (writer, names[i], data, spans[i], user_data))
      write_member (&shape[i], writer, data, spans[i]);
  if (foreman_json_span_is_object (data, object))
    write_unknown (shape, writer, data, object);
  foreman_spool_writer_close (writer, '}');
}

/**
 * foreman_assembler_shape_write:
 * @shape: (nullable): a shape; %NULL: as it stands
 * @writer: where to write
 * @data: a text that was scanned and is valid
 * @value: a value in it
 *
 * Writes an object, or an array of such, with their members in the order of @shape, and any other
 * value as it stands.
 */
void
foreman_assembler_shape_write (const ForemanAssemblerShape *shape,
                               ForemanSpoolWriter *writer,
                               const char *data,
                               ForemanJsonSpan value)
{
  ForemanJsonIter iter;
  ForemanJsonSpan element;

  if (shape != NULL && foreman_json_span_is_object (data, value))
    foreman_assembler_shape_write_object (shape, writer, data, value, NULL, NULL);
  else if (shape == NULL || !foreman_json_span_is_array (data, value) ||
           !foreman_json_iter_init (&iter, data, value, NULL))
    foreman_spool_writer_span (writer, data, value);
  else
    {
      foreman_spool_writer_open (writer, '[');
      while (foreman_json_iter_next (&iter, NULL, &element, NULL))
        foreman_assembler_shape_write (shape, writer, data, element);
      foreman_spool_writer_close (writer, ']');
    }
}

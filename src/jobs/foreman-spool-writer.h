/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-json-span.h"
#include "jobs/foreman-spool.h"

G_BEGIN_DECLS

/**
 * ForemanSpoolWriter:
 * @out: (unowned): where it writes
 * @error: (owned) (nullable): the first error; nothing is written after it
 * @needs_comma: whether a value stands right before
 *
 * Writes JSON into a spool: puts the commas, and remembers what went wrong until the end.
 */
typedef struct
{
  ForemanSpool *out;
  GError *error;
  gboolean needs_comma;
} ForemanSpoolWriter;

void foreman_spool_writer_init (ForemanSpoolWriter *writer, ForemanSpool *out);
gboolean foreman_spool_writer_end (ForemanSpoolWriter *writer, GError **error);

void foreman_spool_writer_open (ForemanSpoolWriter *writer, char bracket);
void foreman_spool_writer_close (ForemanSpoolWriter *writer, char bracket);
void foreman_spool_writer_name (ForemanSpoolWriter *writer, const char *name);
void foreman_spool_writer_value (ForemanSpoolWriter *writer, const char *json);
void foreman_spool_writer_span (ForemanSpoolWriter *writer, const char *data, ForemanJsonSpan span);
void foreman_spool_writer_string (ForemanSpoolWriter *writer, ForemanSpool *text);
void foreman_spool_writer_elements (ForemanSpoolWriter *writer, ForemanSpool *elements);
void foreman_spool_writer_array (ForemanSpoolWriter *writer, ForemanSpool *elements);
void foreman_spool_writer_end_line (ForemanSpoolWriter *writer);

G_END_DECLS

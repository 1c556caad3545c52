/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FOREMAN_LINE_MAX:
 *
 * How long a line of an answer may be, in bytes: as long as Ollama's own clients allow.
 */
#define FOREMAN_LINE_MAX (8 * 1024 * 1024)

/**
 * ForemanLineEnd:
 * @FOREMAN_LINE_END_LF: a line feed, perhaps with a carriage return before it: NDJSON
 * @FOREMAN_LINE_END_ANY: a line feed, a carriage return or both: server-sent events
 *
 * What ends a line.
 */
typedef enum
{
  FOREMAN_LINE_END_LF,
  FOREMAN_LINE_END_ANY,
} ForemanLineEnd;

/**
 * ForemanLineReader:
 *
 * Finds the lines in bytes that come in pieces. What is whole in one piece is not copied.
 */
typedef struct _ForemanLineReader ForemanLineReader;

ForemanLineReader *foreman_line_reader_new (ForemanLineEnd end, gsize max_length);
void foreman_line_reader_free (ForemanLineReader *reader);
void foreman_line_reader_feed (ForemanLineReader *reader, const void *data, gsize length);
gboolean foreman_line_reader_next (ForemanLineReader *reader,
                                   const char **line,
                                   gsize *length,
                                   GError **error);
gboolean
foreman_line_reader_take_rest (ForemanLineReader *reader, const char **line, gsize *length);
void foreman_line_reader_skip (ForemanLineReader *reader);
gsize foreman_line_reader_get_pending (ForemanLineReader *reader);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanLineReader, foreman_line_reader_free)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanSseEvent:
 * @name: (nullable): the event's name; %NULL if it has none
 * @data: its data, terminated, with a line feed between the lines
 * @length: how long @data is, in bytes
 *
 * A server-sent event. Valid until the next call to its reader.
 */
typedef struct
{
  const char *name;
  const char *data;
  gsize length;
} ForemanSseEvent;

/**
 * ForemanSseReader:
 *
 * Finds the events in bytes that come in pieces.
 */
typedef struct _ForemanSseReader ForemanSseReader;

ForemanSseReader *foreman_sse_reader_new (gsize max_length);
void foreman_sse_reader_free (ForemanSseReader *reader);
void foreman_sse_reader_feed (ForemanSseReader *reader, const void *data, gsize length);
gboolean foreman_sse_reader_next (ForemanSseReader *reader, ForemanSseEvent *event, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanSseReader, foreman_sse_reader_free)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FOREMAN_SPOOL_MEMORY:
 *
 * How much of a spool stands in memory, in bytes: what is inlined in a job never meets a file.
 */
#define FOREMAN_SPOOL_MEMORY (256 * 1024)

/**
 * ForemanSpool:
 *
 * Bytes that are written once and read once: the first in memory, what is over a limit in a file
 * without a name. For the main thread: the file is in the page cache, and no one waits for a disk.
 */
typedef struct _ForemanSpool ForemanSpool;

ForemanSpool *foreman_spool_new (void);
void foreman_spool_free (ForemanSpool *self);
gboolean foreman_spool_append (ForemanSpool *self, const void *data, gsize length, GError **error);
gboolean foreman_spool_append_spool (ForemanSpool *self, ForemanSpool *other, GError **error);
gint64 foreman_spool_get_size (ForemanSpool *self);
GBytes *foreman_spool_read (ForemanSpool *self, gint64 offset, gsize length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanSpool, foreman_spool_free)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A VFS that writes like SQLite's own one and remembers what was asked of the disk, in order. */

typedef enum
{
  DISK_WRITE,
  DISK_TRUNCATE,
  DISK_SYNC,
  DISK_DELETE,
} DiskVerb;

typedef struct
{
  DiskVerb verb;
  char *file;    /* (owned): its name, without the folder */
  gint64 offset; /* of a write; the length of a truncate */
  GBytes *data;  /* (owned) (nullable): of a write */
} DiskOperation;

/* Called in the writing thread, before each sync. */
typedef void (*BeforeSyncFunc) (void);

void recording_vfs_install (BeforeSyncFunc before_sync);
/* How many operations there were so far; any thread. */
guint recording_vfs_get_position (void);
/* Ends the recording; the VFS stays, since it waits for no disk. */
GPtrArray *recording_vfs_stop (void);

G_END_DECLS

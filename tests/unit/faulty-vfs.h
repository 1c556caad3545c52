/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SQLite's files on a disk that can be told to fail. */
typedef enum
{
  FAULTY_VFS_NONE,
  FAULTY_VFS_SYNC,  /* EIO of every fsync; what was written may be there all the same */
  FAULTY_VFS_WRITE, /* EIO of every write */
  FAULTY_VFS_FULL,  /* ENOSPC of every write */
  FAULTY_VFS_LARGE, /* ENOSPC of writes beyond the file's first 4 MiB */
} FaultyVfsFault;

void faulty_vfs_install (void); /* the files of all databases opened from now on */
void faulty_vfs_fail (FaultyVfsFault fault);
int faulty_vfs_get_failed (void); /* how often one did since that was said */

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#include "faulty-vfs.h"

#include <sqlite3.h>

#define ROOM (4 * 1024 * 1024)

static int present_fault;
static int n_failed;
static sqlite3_vfs faulty;
static sqlite3_io_methods methods;

/* Followed in memory by the file of the VFS below. */
typedef struct
{
  sqlite3_file base;
} FaultyFile;

static sqlite3_file *
below (sqlite3_file *file)
{
  return (sqlite3_file *) ((FaultyFile *) file + 1);
}

static gboolean
fails (gboolean does)
{
  if (does)
    g_atomic_int_inc (&n_failed);
  return does;
}

static int
faulty_close (sqlite3_file *file)
{
  return below (file)->pMethods->xClose (below (file));
}

static int
faulty_read (sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
  return below (file)->pMethods->xRead (below (file), data, size, offset);
}

static int
faulty_write (sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
  FaultyVfsFault fault = g_atomic_int_get (&present_fault);

  if (fails (fault == FAULTY_VFS_WRITE))
    return SQLITE_IOERR_WRITE;
  if (fails (fault == FAULTY_VFS_FULL || (fault == FAULTY_VFS_LARGE && offset > ROOM)))
    return SQLITE_FULL;
  return below (file)->pMethods->xWrite (below (file), data, size, offset);
}

static int
faulty_truncate (sqlite3_file *file, sqlite3_int64 size)
{
  return below (file)->pMethods->xTruncate (below (file), size);
}

static int
faulty_sync (sqlite3_file *file, int flags)
{
  if (fails (g_atomic_int_get (&present_fault) == FAULTY_VFS_SYNC))
    return SQLITE_IOERR_FSYNC;
  return below (file)->pMethods->xSync (below (file), flags);
}

static int
faulty_file_size (sqlite3_file *file, sqlite3_int64 *size)
{
  return below (file)->pMethods->xFileSize (below (file), size);
}

static int
faulty_lock (sqlite3_file *file, int level)
{
  return below (file)->pMethods->xLock (below (file), level);
}

static int
faulty_unlock (sqlite3_file *file, int level)
{
  return below (file)->pMethods->xUnlock (below (file), level);
}

static int
faulty_check_reserved_lock (sqlite3_file *file, int *reserved)
{
  return below (file)->pMethods->xCheckReservedLock (below (file), reserved);
}

static int
faulty_file_control (sqlite3_file *file, int op, void *argument)
{
  return below (file)->pMethods->xFileControl (below (file), op, argument);
}

static int
faulty_sector_size (sqlite3_file *file)
{
  return below (file)->pMethods->xSectorSize (below (file));
}

static int
faulty_device_characteristics (sqlite3_file *file)
{
  return below (file)->pMethods->xDeviceCharacteristics (below (file));
}

/* Version 1: neither shared memory nor mapped files, which the store does not use. */
static sqlite3_io_methods methods = {
  .iVersion = 1,
  .xClose = faulty_close,
  .xRead = faulty_read,
  .xWrite = faulty_write,
  .xTruncate = faulty_truncate,
  .xSync = faulty_sync,
  .xFileSize = faulty_file_size,
  .xLock = faulty_lock,
  .xUnlock = faulty_unlock,
  .xCheckReservedLock = faulty_check_reserved_lock,
  .xFileControl = faulty_file_control,
  .xSectorSize = faulty_sector_size,
  .xDeviceCharacteristics = faulty_device_characteristics,
};

static int
faulty_open (sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
  sqlite3_vfs *real = vfs->pAppData;
  int code = real->xOpen (real, name, below (file), flags, out_flags);

  file->pMethods = below (file)->pMethods != NULL ? &methods : NULL;
  return code;
}

void
faulty_vfs_install (void)
{
  sqlite3_vfs *real = sqlite3_vfs_find (NULL);

  if (real == &faulty)
    return;
  faulty = *real;
  faulty.zName = "faulty";
  faulty.pAppData = real;
  faulty.szOsFile = (int) sizeof (FaultyFile) + real->szOsFile;
  faulty.xOpen = faulty_open;
  g_assert_cmpint (sqlite3_vfs_register (&faulty, 1), ==, SQLITE_OK);
}

void
faulty_vfs_fail (FaultyVfsFault fault)
{
  g_atomic_int_set (&n_failed, 0);
  g_atomic_int_set (&present_fault, (int) fault);
}

int
faulty_vfs_get_failed (void)
{
  return g_atomic_int_get (&n_failed);
}

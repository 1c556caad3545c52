/* SPDX-License-Identifier: MIT */
#include "recording-vfs.h"

#include <sqlite3.h>

typedef struct
{
  sqlite3_file parent;
  char *name;          /* (owned) (nullable): NULL: a temporary one, which no crash survives */
  sqlite3_file *inner; /* behind this structure, in the same memory */
} RecordedFile;

static GMutex mutex;
static GPtrArray *operations; /* (owned) (nullable) (element-type DiskOperation), under the mutex */
static BeforeSyncFunc before_sync_func;
static sqlite3_vfs *inner_vfs;
static sqlite3_vfs recording_vfs;

static void
disk_operation_free (DiskOperation *operation)
{
  g_free (operation->file);
  g_clear_pointer (&operation->data, g_bytes_unref);
  g_free (operation);
}

static void
record (const char *file, DiskVerb verb, gint64 offset, const void *data, int length)
{
  DiskOperation *operation;

  if (!file)
    return;
  g_mutex_lock (&mutex);
  if (operations)
    {
      operation = g_new0 (DiskOperation, 1);
      operation->verb = verb;
      operation->file = g_strdup (file);
      operation->offset = offset;
      operation->data = data ? g_bytes_new (data, (gsize) length) : NULL;
      g_ptr_array_add (operations, operation);
    }
  g_mutex_unlock (&mutex);
}

static RecordedFile *
recorded (sqlite3_file *file)
{
  return (RecordedFile *) file;
}

static sqlite3_file *
inner (sqlite3_file *file)
{
  return recorded (file)->inner;
}

static int
on_close (sqlite3_file *file)
{
  int result = inner (file)->pMethods->xClose (inner (file));

  g_clear_pointer (&recorded (file)->name, g_free);
  return result;
}

static int
on_read (sqlite3_file *file, void *data, int length, sqlite3_int64 offset)
{
  return inner (file)->pMethods->xRead (inner (file), data, length, offset);
}

static int
on_write (sqlite3_file *file, const void *data, int length, sqlite3_int64 offset)
{
  record (recorded (file)->name, DISK_WRITE, offset, data, length);
  return inner (file)->pMethods->xWrite (inner (file), data, length, offset);
}

static int
on_truncate (sqlite3_file *file, sqlite3_int64 length)
{
  record (recorded (file)->name, DISK_TRUNCATE, length, NULL, 0);
  return inner (file)->pMethods->xTruncate (inner (file), length);
}

/* The real disk need not be waited for: what counts is the order on the recorded one. */
static int
on_sync (sqlite3_file *file, int flags)
{
  if (recorded (file)->name && before_sync_func)
    before_sync_func ();
  record (recorded (file)->name, DISK_SYNC, 0, NULL, 0);
  return SQLITE_OK;
}

static int
on_file_size (sqlite3_file *file, sqlite3_int64 *length)
{
  return inner (file)->pMethods->xFileSize (inner (file), length);
}

static int
on_lock (sqlite3_file *file, int level)
{
  return inner (file)->pMethods->xLock (inner (file), level);
}

static int
on_unlock (sqlite3_file *file, int level)
{
  return inner (file)->pMethods->xUnlock (inner (file), level);
}

static int
on_check_reserved_lock (sqlite3_file *file, int *is_reserved)
{
  return inner (file)->pMethods->xCheckReservedLock (inner (file), is_reserved);
}

static int
on_file_control (sqlite3_file *file, int operation, void *argument)
{
  return inner (file)->pMethods->xFileControl (inner (file), operation, argument);
}

static int
on_sector_size (sqlite3_file *file)
{
  return inner (file)->pMethods->xSectorSize (inner (file));
}

static int
on_device_characteristics (sqlite3_file *file)
{
  return inner (file)->pMethods->xDeviceCharacteristics (inner (file));
}

/* Version 1: neither shared memory nor mmap, neither of which the store may use. */
static const sqlite3_io_methods methods = {
  .iVersion = 1,
  .xClose = on_close,
  .xRead = on_read,
  .xWrite = on_write,
  .xTruncate = on_truncate,
  .xSync = on_sync,
  .xFileSize = on_file_size,
  .xLock = on_lock,
  .xUnlock = on_unlock,
  .xCheckReservedLock = on_check_reserved_lock,
  .xFileControl = on_file_control,
  .xSectorSize = on_sector_size,
  .xDeviceCharacteristics = on_device_characteristics,
};

static int
on_open (sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
  RecordedFile *self = recorded (file);
  int result;

  self->inner = (sqlite3_file *) (self + 1);
  self->name = path ? g_path_get_basename (path) : NULL;
  result = inner_vfs->xOpen (inner_vfs, path, self->inner, flags, out_flags);
  self->parent.pMethods = self->inner->pMethods ? &methods : NULL;
  if (!self->parent.pMethods)
    g_clear_pointer (&self->name, g_free);
  return result;
}

static int
on_delete (sqlite3_vfs *vfs, const char *path, int sync_folder)
{
  g_autofree char *name = g_path_get_basename (path);

  record (name, DISK_DELETE, 0, NULL, 0);
  return inner_vfs->xDelete (inner_vfs, path, sync_folder);
}

void
recording_vfs_install (BeforeSyncFunc before_sync)
{
  before_sync_func = before_sync;
  operations = g_ptr_array_new_with_free_func ((GDestroyNotify) disk_operation_free);
  inner_vfs = sqlite3_vfs_find (NULL);
  recording_vfs = *inner_vfs;
  recording_vfs.zName = "recording";
  recording_vfs.szOsFile = (int) sizeof (RecordedFile) + inner_vfs->szOsFile;
  recording_vfs.xOpen = on_open;
  recording_vfs.xDelete = on_delete;
  sqlite3_vfs_register (&recording_vfs, 1);
}

guint
recording_vfs_get_position (void)
{
  guint position;

  g_mutex_lock (&mutex);
  position = operations->len;
  g_mutex_unlock (&mutex);
  return position;
}

GPtrArray *
recording_vfs_stop (void)
{
  GPtrArray *recorded_operations;

  g_mutex_lock (&mutex);
  recorded_operations = g_steal_pointer (&operations);
  g_mutex_unlock (&mutex);
  before_sync_func = NULL;
  return recorded_operations;
}

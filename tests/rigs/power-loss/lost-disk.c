/* SPDX-License-Identifier: MIT */
#include "lost-disk.h"

#include <string.h>

#define SECTOR 512

struct _LostDisk
{
  GHashTable *files; /* (owned): name → DiskFile (owned) */
};

typedef struct
{
  GByteArray *durable; /* (owned) */
  GPtrArray *pending;  /* (owned) (element-type DiskOperation), of the recording */
} DiskFile;

/* How much of the writes is still to be kept, or whether each is asked about anew. */
typedef struct
{
  Loss loss;
  GRand *rand; /* (unowned) */
  guint left;  /* sectors, of LOST_TAIL */
} Chance;

static void
disk_file_free (DiskFile *file)
{
  g_byte_array_unref (file->durable);
  g_ptr_array_unref (file->pending);
  g_free (file);
}

LostDisk *
lost_disk_new (void)
{
  LostDisk *self = g_new0 (LostDisk, 1);

  self->files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) disk_file_free);
  return self;
}

void
lost_disk_free (LostDisk *self)
{
  g_hash_table_unref (self->files);
  g_free (self);
}

static DiskFile *
ensure_file (LostDisk *self, const char *name)
{
  DiskFile *file = g_hash_table_lookup (self->files, name);

  if (file)
    return file;
  file = g_new0 (DiskFile, 1);
  file->durable = g_byte_array_new ();
  file->pending = g_ptr_array_new ();
  g_hash_table_insert (self->files, g_strdup (name), file);
  return file;
}

/* A file that grows beyond its end has zeros between. */
static void
resize (GByteArray *bytes, guint length)
{
  guint before = bytes->len;

  g_byte_array_set_size (bytes, length);
  if (length > before)
    memset (bytes->data + before, 0, length - before);
}

static void
put (GByteArray *bytes, gsize offset, const guint8 *data, gsize length)
{
  if (offset + length > bytes->len)
    resize (bytes, (guint) (offset + length));
  memcpy (bytes->data + offset, data, length);
}

static gboolean
chance_takes_operation (Chance *chance)
{
  switch (chance->loss)
    {
    case LOST_ALL:
      return FALSE;
    case LOST_SOME:
      return g_rand_boolean (chance->rand);
    case LOST_TAIL:
      return chance->left > 0;
    default:
      return TRUE;
    }
}

static gboolean
chance_takes_sector (Chance *chance)
{
  if (chance->loss == LOST_SECTORS)
    return g_rand_boolean (chance->rand);
  return chance->loss != LOST_TAIL || (chance->left > 0 && chance->left--);
}

/* Sectors are the disk's, whatever a write is aligned to. */
static void
write_some (GByteArray *bytes, const DiskOperation *operation, Chance *chance)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (operation->data, &length);
  gsize begin = (gsize) operation->offset, end = begin + length;

  for (gsize at = begin, next; at < end; at = next)
    {
      next = MIN (end, (at / SECTOR + 1) * SECTOR);
      if (chance_takes_sector (chance))
        put (bytes, at, data + (at - begin), next - at);
    }
}

static void
replay (GByteArray *bytes, GPtrArray *pending, Chance *chance)
{
  for (guint i = 0; i < pending->len; i++)
    {
      const DiskOperation *operation = g_ptr_array_index (pending, i);

      if (!chance_takes_operation (chance))
        continue;
      if (operation->verb == DISK_WRITE)
        write_some (bytes, operation, chance);
      else
        resize (bytes, (guint) operation->offset);
    }
}

static guint
count_sectors (GPtrArray *pending)
{
  guint count = 0;

  for (guint i = 0; i < pending->len; i++)
    {
      const DiskOperation *operation = g_ptr_array_index (pending, i);

      count += operation->data ? (guint) (g_bytes_get_size (operation->data) / SECTOR) + 1 : 1;
    }
  return count;
}

void
lost_disk_apply (LostDisk *self, const DiskOperation *operation)
{
  DiskFile *file = ensure_file (self, operation->file);
  Chance all = { .loss = LOST_NONE };

  switch (operation->verb)
    {
    case DISK_WRITE:
    case DISK_TRUNCATE:
      g_ptr_array_add (file->pending, (gpointer) operation);
      break;
    case DISK_SYNC:
      replay (file->durable, file->pending, &all);
      g_ptr_array_set_size (file->pending, 0);
      break;
    case DISK_DELETE:
      g_hash_table_remove (self->files, operation->file);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
lost_disk_dump (LostDisk *self, Loss loss, GRand *rand, const char *folder)
{
  GHashTableIter files;
  gpointer name, value;

  g_hash_table_iter_init (&files, self->files);
  while (g_hash_table_iter_next (&files, &name, &value))
    {
      DiskFile *file = value;
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (GByteArray) bytes = g_byte_array_sized_new (file->durable->len);
      Chance chance = { .loss = loss, .rand = rand };
      g_autoptr (GError) error = NULL;

      g_byte_array_append (bytes, file->durable->data, file->durable->len);
      if (file->pending->len > 0)
        chance.left =
            (guint) g_rand_int_range (rand, 0, (gint32) count_sectors (file->pending) + 1);
      replay (bytes, file->pending, &chance);
      if (!g_file_set_contents_full (path, (const char *) bytes->data, bytes->len,
                                     G_FILE_SET_CONTENTS_NONE, 0600, &error))
        g_error ("%s", error->message);
    }
}

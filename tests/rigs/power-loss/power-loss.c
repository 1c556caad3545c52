/* SPDX-License-Identifier: MIT */
/* power-loss FOLDER [ROUNDS [SEED]]: records what a loaded store asks of its disk, cuts the power
 * at every sync, and looks at what is left. Prints one JSON object; ends with 1 if a job was lost,
 * or anything else is wrong. FOLDER is to be empty. */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image-check.h"
#include "lost-disk.h"
#include "recorded-load.h"

#define DATABASE       "foreman.db"
#define SHOWN_PROBLEMS 20

typedef struct
{
  char *folder; /* (owned): of the image that is looked at */
  GRand *rand;  /* (owned) */
  Chronicle *chronicle;
  guint images;
  guint syncs;
} Rig;

/* Sets the flag when the main loop has nothing else to do. */
typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean is_idle;
} Lull;

static gboolean
on_lull (gpointer data)
{
  Lull *lull = data;

  g_mutex_lock (&lull->mutex);
  lull->is_idle = TRUE;
  g_cond_signal (&lull->cond);
  g_mutex_unlock (&lull->mutex);
  return G_SOURCE_REMOVE;
}

/* The slowest of disks: whatever has been said by now is written down before the sync, so that an
 * answer that came too early does not look as if it had come after it. */
static void
wait_for_lull (void)
{
  Lull lull = { 0 };

  if (g_main_context_is_owner (g_main_context_default ()))
    return;
  g_idle_add_full (G_PRIORITY_LOW, on_lull, &lull, NULL);
  g_mutex_lock (&lull.mutex);
  while (!lull.is_idle)
    g_cond_wait (&lull.cond, &lull.mutex);
  g_mutex_unlock (&lull.mutex);
}

static void
make_folder (const char *path)
{
  if (g_mkdir (path, 0700) < 0)
    g_error ("%s: %s", path, g_strerror (errno));
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder && (name = g_dir_read_name (folder)))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_unlink (file);
    }
  g_rmdir (path);
}

static void
try_image (Rig *rig, LostDisk *disk, Loss loss, guint position)
{
  g_autofree char *path = g_build_filename (rig->folder, DATABASE, NULL);

  make_folder (rig->folder);
  lost_disk_dump (disk, loss, rig->rand, rig->folder);
  image_check (path, position, rig->chronicle);
  remove_folder (rig->folder);
  rig->images++;
}

static void
cut_power (Rig *rig, LostDisk *disk, guint position)
{
  for (int loss = 0; loss < N_LOSSES; loss++)
    try_image (rig, disk, loss, position);
}

/* In front of every sync, where most is at stake, and at the end. */
static void
replay (Rig *rig, GPtrArray *operations)
{
  g_autoptr (LostDisk) disk = lost_disk_new ();

  for (guint i = 0; i < operations->len; i++)
    {
      const DiskOperation *operation = g_ptr_array_index (operations, i);

      if (operation->verb == DISK_SYNC)
        {
          rig->syncs++;
          cut_power (rig, disk, i);
        }
      lost_disk_apply (disk, operation);
    }
  cut_power (rig, disk, operations->len);
}

static void
report (const Rig *rig)
{
  GPtrArray *problems = rig->chronicle->problems;

  for (guint i = 0; i < MIN (problems->len, SHOWN_PROBLEMS); i++)
    fprintf (stderr, "%s\n", (char *) problems->pdata[i]);
  printf ("{\"images\":%u,\"syncs\":%u,\"jobs\":%u,\"problems\":%u}\n", rig->images, rig->syncs,
          g_hash_table_size (rig->chronicle->stories), problems->len);
}

int
main (int argc, char **argv)
{
  g_autoptr (Chronicle) chronicle = chronicle_new ();
  g_autoptr (GPtrArray) operations = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  Rig rig = { .chronicle = chronicle };

  if (argc < 2)
    {
      fprintf (stderr, "usage: power-loss FOLDER [ROUNDS [SEED]]\n");
      return 2;
    }
  rig.rand = g_rand_new_with_seed (argc > 3 ? (guint32) atoi (argv[3]) : 1);
  folder = g_build_filename (argv[1], "recorded", NULL);
  rig.folder = g_build_filename (argv[1], "image", NULL);
  path = g_build_filename (folder, DATABASE, NULL);
  make_folder (folder);
  recording_vfs_install (wait_for_lull);
  recorded_load_run (path, argc > 2 ? (guint) atoi (argv[2]) : 60, rig.rand, chronicle);
  operations = recording_vfs_stop ();
  replay (&rig, operations);
  remove_folder (folder);
  report (&rig);
  g_rand_free (rig.rand);
  g_free (rig.folder);
  return chronicle->problems->len > 0;
}

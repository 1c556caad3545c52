/* SPDX-License-Identifier: MIT */
#pragma once

#include "recording-vfs.h"

G_BEGIN_DECLS

/* A disk at one moment of a recording: what has been synced stays, of what has not a power cut
 * leaves whatever it likes. */
typedef struct _LostDisk LostDisk;

/* What becomes of the writes that were not synced. */
typedef enum
{
  LOST_ALL,
  LOST_NONE,
  LOST_TAIL,    /* from a sector of one of them on */
  LOST_SOME,    /* any of them, so that a later one may be there without an earlier one */
  LOST_SECTORS, /* any of their sectors */
} Loss;

#define N_LOSSES (LOST_SECTORS + 1)

LostDisk *lost_disk_new (void);
void lost_disk_free (LostDisk *self);
void lost_disk_apply (LostDisk *self, const DiskOperation *operation);
/* Writes the files that are left into @folder, which has no others. */
void lost_disk_dump (LostDisk *self, Loss loss, GRand *rand, const char *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LostDisk, lost_disk_free)

G_END_DECLS

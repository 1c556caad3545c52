/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-clock.h"
#include "engine/foreman-inventory.h"
#include "engine/foreman-target.h"

G_BEGIN_DECLS

typedef struct _ForemanInventoryPoll ForemanInventoryPoll;

/* What a poll found, for the time of the call. After an error not all lists may be there. */
typedef struct
{
  ForemanInventoryLists lists; /* what was asked for */
  ForemanModelList *installed; /* (nullable) */
  ForemanModelList *resident;  /* (nullable) */
  const GError *error;         /* (nullable) */
} ForemanInventoryFindings;

typedef void (*ForemanInventoryPollFunc) (const ForemanInventoryFindings *findings, gpointer data);

ForemanInventoryPoll *foreman_inventory_poll_start (ForemanTarget *target,
                                                    ForemanClock *clock,
                                                    ForemanInventoryLists lists,
                                                    ForemanInventoryPollFunc func,
                                                    gpointer data);
void foreman_inventory_poll_cancel (ForemanInventoryPoll *poll);

G_END_DECLS

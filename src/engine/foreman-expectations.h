/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-inventory.h"

G_BEGIN_DECLS

typedef struct _ForemanExpectations ForemanExpectations;

ForemanExpectations *foreman_expectations_new (void);
void foreman_expectations_free (ForemanExpectations *expectations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanExpectations, foreman_expectations_free)

void foreman_expectations_add (ForemanExpectations *expectations,
                               const ForemanModelName *leaving,
                               ForemanModelList *installed,
                               ForemanModelList *resident,
                               guint64 serial,
                               gint64 now);
gint64 foreman_expectations_check (ForemanExpectations *expectations,
                                   ForemanModelList *installed,
                                   ForemanModelList *resident,
                                   guint64 serial,
                                   gint64 now);
ForemanInventoryLists foreman_expectations_get_lists (const ForemanExpectations *expectations);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client.h"

G_BEGIN_DECLS

/**
 * ForemanWaiter:
 *
 * Waits for jobs and groups of jobs, told of every change by foreman.
 */
typedef struct _ForemanWaiter ForemanWaiter;

ForemanWaiter *foreman_waiter_new (ForemanClient *client, gboolean json);
void foreman_waiter_free (ForemanWaiter *self);
void foreman_waiter_add_job (ForemanWaiter *self, const char *id);
void foreman_waiter_add_group (ForemanWaiter *self, const char *group);
ForemanExit foreman_waiter_run (ForemanWaiter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanWaiter, foreman_waiter_free)

G_END_DECLS

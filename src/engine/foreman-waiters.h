/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ForemanWaiters ForemanWaiters;

ForemanWaiters *foreman_waiters_new (void);
void foreman_waiters_free (ForemanWaiters *waiters);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanWaiters, foreman_waiters_free)

void foreman_waiters_take (ForemanWaiters *waiters, GTask *task);
void foreman_waiters_move (ForemanWaiters *waiters, ForemanWaiters *from);
gboolean foreman_waiters_is_empty (const ForemanWaiters *waiters);
void foreman_waiters_return (ForemanWaiters *waiters, const GError *error);

G_END_DECLS

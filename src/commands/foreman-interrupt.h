/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "libforeman/foreman-exit.h"

G_BEGIN_DECLS

/**
 * ForemanInterrupt:
 *
 * What ends a command before it is done: Ctrl-C, SIGTERM, and the time it was given.
 */
typedef struct _ForemanInterrupt ForemanInterrupt;

ForemanInterrupt *foreman_interrupt_new (void);
void foreman_interrupt_free (ForemanInterrupt *self);
GCancellable *foreman_interrupt_get_cancellable (ForemanInterrupt *self);
void foreman_interrupt_set_timeout (ForemanInterrupt *self, gint64 timeout);
ForemanExit foreman_interrupt_get_exit (ForemanInterrupt *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanInterrupt, foreman_interrupt_free)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * FOREMAN_AWAIT_FOREVER:
 *
 * As a deadline: none.
 */
#define FOREMAN_AWAIT_FOREVER G_MAXINT64

void foreman_await_ready (GObject *source, GAsyncResult *result, gpointer slot);
gboolean foreman_await (GAsyncResult **slot, gint64 deadline);
void foreman_await_time (gint64 duration, GCancellable *cancellable);

G_END_DECLS

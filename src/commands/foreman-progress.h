/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanProgress:
 *
 * A bar on stderr that shows how far something is; nothing at all where stderr is no terminal.
 */
typedef struct _ForemanProgress ForemanProgress;

ForemanProgress *foreman_progress_new (void);
void foreman_progress_free (ForemanProgress *self);
gboolean foreman_progress_is_due (ForemanProgress *self);
void foreman_progress_show (ForemanProgress *self, double fraction, const char *text);
void foreman_progress_hide (ForemanProgress *self);
char *foreman_progress_render (double fraction, const char *text, guint width);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanProgress, foreman_progress_free)

G_END_DECLS

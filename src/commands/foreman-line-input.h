/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * ForemanLineInput:
 *
 * The lines of a stream, one after the other, each waited for on the main loop.
 */
typedef struct _ForemanLineInput ForemanLineInput;

ForemanLineInput *
foreman_line_input_new (GInputStream *stream, gsize max_length, GCancellable *cancellable);
void foreman_line_input_free (ForemanLineInput *self);
gboolean foreman_line_input_next (ForemanLineInput *self,
                                  gint64 deadline,
                                  const char **line,
                                  gsize *length,
                                  GError **error);
gboolean foreman_line_input_is_torn (ForemanLineInput *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanLineInput, foreman_line_input_free)

G_END_DECLS

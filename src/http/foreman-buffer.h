/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-http-context.h"

G_BEGIN_DECLS

/**
 * ForemanBuffer:
 *
 * What of a request's body is in memory. It counts against FOREMAN_MAX_BUFFERED until it is freed.
 */
typedef struct _ForemanBuffer ForemanBuffer;

ForemanBuffer *foreman_buffer_new (ForemanHttpContext *context, gsize expected);
void foreman_buffer_free (ForemanBuffer *self);
gboolean
foreman_buffer_append (ForemanBuffer *self, const guint8 *data, gsize length, GError **error);
const guint8 *foreman_buffer_get_data (ForemanBuffer *self);
gsize foreman_buffer_get_length (ForemanBuffer *self);
GBytes *foreman_buffer_free_to_bytes (ForemanBuffer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanBuffer, foreman_buffer_free)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FOREMAN_TYPE_BYTE_SOURCE (foreman_byte_source_get_type ())
G_DECLARE_INTERFACE (ForemanByteSource, foreman_byte_source, FOREMAN, BYTE_SOURCE, GObject)

/**
 * ForemanByteSourceInterface:
 * @read: see foreman_byte_source_read()
 * @set_wanted: see foreman_byte_source_set_wanted()
 */
struct _ForemanByteSourceInterface
{
  GTypeInterface parent_interface;

  gssize (*read) (ForemanByteSource *self, guint8 *buffer, gsize length, GError **error);
  void (*set_wanted) (ForemanByteSource *self, gboolean wanted);
};

gssize
foreman_byte_source_read (ForemanByteSource *self, guint8 *buffer, gsize length, GError **error);
void foreman_byte_source_set_wanted (ForemanByteSource *self, gboolean wanted);
void foreman_byte_source_emit_readable (ForemanByteSource *self);

void foreman_byte_source_collect_async (ForemanByteSource *self,
                                        gsize max,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
GBytes *
foreman_byte_source_collect_finish (ForemanByteSource *self, GAsyncResult *result, GError **error);

G_END_DECLS

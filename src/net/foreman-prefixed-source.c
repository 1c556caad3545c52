/* SPDX-License-Identifier: MIT */
#include "net/foreman-prefixed-source.h"

#include <string.h>

/**
 * ForemanPrefixedSource:
 *
 * Bytes that were read from a source to look at them, followed by what the source still has: the
 * whole again.
 */
struct _ForemanPrefixedSource
{
  GObject parent_instance;

  GBytes *prefix;          /* (owned) (nullable): %NULL once it was read */
  gsize offset;            /* of the first byte of the prefix that was not read */
  ForemanByteSource *rest; /* (owned) */
  gulong readable_id;
};

static void foreman_prefixed_source_iface_init (ForemanByteSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ForemanPrefixedSource,
                               foreman_prefixed_source,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (FOREMAN_TYPE_BYTE_SOURCE,
                                                      foreman_prefixed_source_iface_init))

static gssize
foreman_prefixed_source_read (ForemanByteSource *source,
                              guint8 *buffer,
                              gsize length,
                              GError **error)
{
  ForemanPrefixedSource *self = FOREMAN_PREFIXED_SOURCE (source);
  const guint8 *data;
  gsize size;

  if (!self->prefix)
    return foreman_byte_source_read (self->rest, buffer, length, error);
  data = g_bytes_get_data (self->prefix, &size);
  length = MIN (length, size - self->offset);
  memcpy (buffer, data + self->offset, length);
  self->offset += length;
  if (self->offset == size)
    g_clear_pointer (&self->prefix, g_bytes_unref);
  return length;
}

/* Whoever wants bytes reads first, and so empties the prefix, before waiting for more. */
static void
foreman_prefixed_source_set_wanted (ForemanByteSource *source, gboolean wanted)
{
  foreman_byte_source_set_wanted (FOREMAN_PREFIXED_SOURCE (source)->rest, wanted);
}

static void
foreman_prefixed_source_iface_init (ForemanByteSourceInterface *iface)
{
  iface->read = foreman_prefixed_source_read;
  iface->set_wanted = foreman_prefixed_source_set_wanted;
}

static void
on_readable (ForemanByteSource *rest, ForemanPrefixedSource *self)
{
  g_signal_emit_by_name (self, "readable");
}

static void
foreman_prefixed_source_dispose (GObject *object)
{
  ForemanPrefixedSource *self = FOREMAN_PREFIXED_SOURCE (object);

  if (self->rest)
    g_clear_signal_handler (&self->readable_id, self->rest);
  g_clear_object (&self->rest);
  g_clear_pointer (&self->prefix, g_bytes_unref);
  G_OBJECT_CLASS (foreman_prefixed_source_parent_class)->dispose (object);
}

static void
foreman_prefixed_source_class_init (ForemanPrefixedSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = foreman_prefixed_source_dispose;
}

static void
foreman_prefixed_source_init (ForemanPrefixedSource *self)
{
}

/**
 * foreman_prefixed_source_new:
 * @prefix: what comes first
 * @rest: what comes after it
 *
 * Joins bytes and a source. Main thread.
 *
 * Returns: (transfer full): a new source
 */
ForemanByteSource *
foreman_prefixed_source_new (GBytes *prefix, ForemanByteSource *rest)
{
  ForemanPrefixedSource *self = g_object_new (FOREMAN_TYPE_PREFIXED_SOURCE, NULL);

  if (g_bytes_get_size (prefix) > 0)
    self->prefix = g_bytes_ref (prefix);
  self->rest = g_object_ref (rest);
  self->readable_id = g_signal_connect (rest, "readable", G_CALLBACK (on_readable), self);
  return FOREMAN_BYTE_SOURCE (self);
}

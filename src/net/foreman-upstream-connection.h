/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-origin.h"
#include "net/foreman-reactor.h"

G_BEGIN_DECLS

/**
 * ForemanUpstreamConnection:
 *
 * One connected socket to an origin, with TLS or without: non-blocking reads and writes, and one
 * watch on the reactor for its whole life. Private to the upstream client.
 */
typedef struct _ForemanUpstreamConnection ForemanUpstreamConnection;

/* What reads and writes return besides a number of bytes. */
enum
{
  FOREMAN_IO_WOULD_BLOCK = -1,
  FOREMAN_IO_FAILED = -2,
};

void foreman_upstream_connection_open_async (ForemanReactor *reactor,
                                             ForemanOrigin *origin,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer data);
ForemanUpstreamConnection *foreman_upstream_connection_open_finish (GAsyncResult *result,
                                                                    GError **error);
ForemanUpstreamConnection *foreman_upstream_connection_new (ForemanReactor *reactor,
                                                            ForemanOrigin *origin,
                                                            GSocketConnection *base,
                                                            GIOStream *tls);
void foreman_upstream_connection_free (ForemanUpstreamConnection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanUpstreamConnection, foreman_upstream_connection_free)

void foreman_upstream_connection_watch (ForemanUpstreamConnection *self,
                                        guint32 events,
                                        ForemanWatchFunc func,
                                        gpointer data);
void foreman_upstream_connection_set_events (ForemanUpstreamConnection *self, guint32 events);
void foreman_upstream_connection_unwatch (ForemanUpstreamConnection *self);

GError *foreman_upstream_connection_new_error (ForemanUpstreamConnection *self, const char *what);
gssize foreman_upstream_connection_read (ForemanUpstreamConnection *self,
                                         guint8 *buffer,
                                         gsize length,
                                         GError **error);
gssize foreman_upstream_connection_write (ForemanUpstreamConnection *self,
                                          const GOutputVector *vectors,
                                          guint n_vectors,
                                          GError **error);
gboolean foreman_upstream_connection_is_quiet (ForemanUpstreamConnection *self);
gboolean foreman_upstream_connection_reads_ahead (ForemanUpstreamConnection *self);
gboolean foreman_upstream_connection_looks_dead (ForemanUpstreamConnection *self);

G_END_DECLS

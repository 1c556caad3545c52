/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "net/foreman-head.h"
#include "net/foreman-reactor.h"

G_BEGIN_DECLS

/* How much of a body that nobody read is read away so that the connection can go on. */
#define FOREMAN_CONNECTION_MAX_DISCARD (256 * 1024)

/**
 * ForemanConnectionLimits:
 * @head_timeout: from a head's first byte to its last, in µs
 * @idle_timeout: from one request to the next, and to the first, in µs
 * @body_timeout: between two pieces of a body that is waited for, in µs
 *
 * How long a client may take; 0 is for ever.
 */
typedef struct
{
  gint64 head_timeout;
  gint64 idle_timeout;
  gint64 body_timeout;
} ForemanConnectionLimits;

#define FOREMAN_TYPE_CONNECTION (foreman_connection_get_type ())
G_DECLARE_FINAL_TYPE (ForemanConnection, foreman_connection, FOREMAN, CONNECTION, GObject)

ForemanConnection *foreman_connection_new (ForemanReactor *reactor,
                                           int fd,
                                           GSocketAddress *peer,
                                           const ForemanConnectionLimits *limits);
void foreman_connection_start (ForemanConnection *self);

GSocketAddress *foreman_connection_get_peer (ForemanConnection *self);
GSocketAddress *foreman_connection_get_local (ForemanConnection *self);
gint64 foreman_connection_get_peer_uid (ForemanConnection *self);
ForemanHead *foreman_connection_get_head (ForemanConnection *self);
gboolean foreman_connection_is_idle (ForemanConnection *self);
gboolean foreman_connection_is_lost (ForemanConnection *self);
gint64 foreman_connection_get_idle_since (ForemanConnection *self);
gsize foreman_connection_get_unsent (ForemanConnection *self);
gboolean foreman_connection_can_keep_alive (ForemanConnection *self);

void foreman_connection_write (ForemanConnection *self, const void *data, gsize length);
void foreman_connection_write_bytes (ForemanConnection *self, GBytes *bytes);
void foreman_connection_cork (ForemanConnection *self);
void foreman_connection_uncork (ForemanConnection *self);

void foreman_connection_finish (ForemanConnection *self, gboolean keep_alive);
void foreman_connection_abort (ForemanConnection *self);
void foreman_connection_close_when_idle (ForemanConnection *self);

G_END_DECLS

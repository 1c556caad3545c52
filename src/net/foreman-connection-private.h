/* SPDX-License-Identifier: MIT */
#pragma once

#include "libforeman/foreman-error.h"
#include "net/foreman-body-decoder.h"
#include "net/foreman-byte-source.h"
#include "net/foreman-connection.h"
#include "net/foreman-output.h"

G_BEGIN_DECLS

typedef enum
{
  STATE_IDLE,      /* no request, or one that came early and was not looked at yet */
  STATE_HEAD,      /* a part of a head is here */
  STATE_REQUEST,   /* a request, or a refused head, waits for the end of its answer */
  STATE_FINISHING, /* the answer is whole; it is being sent, and a body's rest is read away */
  STATE_LINGERING, /* we have said that this was all, and read away what still comes */
  STATE_CLOSED,
} ForemanConnectionState;

/* Kept small: thousands of these wait at the gate. Buffers come and go with the need. */
struct _ForemanConnection
{
  GObject parent_instance;

  ForemanReactor *reactor; /* (owned) */
  ForemanWatch *watch;     /* (owned) (nullable): none before the start and after the end */
  GSocketAddress *peer;    /* (owned) (nullable) */
  GSocketAddress *local;   /* (owned) (nullable): made when it is asked for */
  ForemanConnectionLimits limits;
  ForemanDeadline deadline; /* of the state */
  ForemanDeadline soon;     /* what a method started and the main loop has to end */

  ForemanHead *head;    /* (owned) (nullable) */
  GByteArray *stash;    /* (owned) (nullable): bytes that were read before their time */
  ForemanHeadScan scan; /* of the head in the stash */
  ForemanBodyDecoder decoder;
  GError *body_error; /* (owned) (nullable): how the body went wrong, for good */
  ForemanOutput output;
  gint64 idle_since;    /* monotonic µs */
  gint64 waiting_since; /* monotonic µs: for a head, a body, or its rest, by the state */
  guint32 events;       /* what the watch is set to */
  guint stash_start;    /* what of the stash was used already, in bytes */
  guint discarded;      /* how much of the body nobody wanted, in bytes */
  guint cork;           /* how many hold back the output */
  int fd;               /* (owned): -1 after the end */

  guint state : 8; /* a ForemanConnectionState */
  guint dead_looks : 8;
  guint wanted : 1;        /* somebody waits for the body */
  guint blocked : 1;       /* the kernel takes no more output now */
  guint broken : 1;        /* there is nobody to send to any more */
  guint draining : 1;      /* no request after this one */
  guint keep : 1;          /* the finished answer leaves the connection usable */
  guint peer_left : 1;     /* the peer sends nothing any more, while the answer is being sent */
  guint answering : 1;     /* some of the answer was written */
  guint owes_continue : 1; /* the peer waits for 100 Continue */
  guint closing : 1;       /* to be closed by the main loop */
  guint closed_announced : 1;
};

typedef enum
{
  HEAD_INCOMPLETE,
  HEAD_COMPLETE,
  HEAD_REFUSED,
  HEAD_NEVER, /* the peer left */
} ForemanConnectionHeadResult;

/* foreman-connection-input.c: what comes in */
void foreman_connection_byte_source_init (ForemanByteSourceInterface *iface);
gboolean foreman_connection_has_stash (const ForemanConnection *self);
void foreman_connection_drop_stash (ForemanConnection *self);
ForemanConnectionHeadResult
foreman_connection_receive_head (ForemanConnection *self, gboolean from_socket, GError **error);
void foreman_connection_begin_body (ForemanConnection *self);
gboolean foreman_connection_waits_for_body (const ForemanConnection *self);
void foreman_connection_fail_body (ForemanConnection *self, ForemanError code, const char *why);
gboolean foreman_connection_can_discard (const ForemanConnection *self);
void foreman_connection_discard (ForemanConnection *self);
gboolean foreman_connection_linger (ForemanConnection *self);

/* foreman-connection-loop.c: what the reactor calls, and what follows */
void foreman_connection_schedule (ForemanConnection *self);
void foreman_connection_update (ForemanConnection *self);
void foreman_connection_take_result (ForemanConnection *self, ForemanOutputResult result);
void foreman_connection_step (ForemanConnection *self);
void foreman_connection_on_watch (guint32 events, gpointer data);
void foreman_connection_on_deadline (gpointer data);
void foreman_connection_on_soon (gpointer data);
void foreman_connection_shut (ForemanConnection *self);

/* foreman-connection.c */
void foreman_connection_emit_request (ForemanConnection *self);
void foreman_connection_emit_rejected (ForemanConnection *self, const GError *error);
void foreman_connection_emit_drained (ForemanConnection *self);
void foreman_connection_emit_hung_up (ForemanConnection *self);
void foreman_connection_emit_closed (ForemanConnection *self);

G_END_DECLS

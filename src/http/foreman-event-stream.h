/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

/* How much may wait for a slow reader. */
#define FOREMAN_EVENT_STREAM_WINDOW (64 * 1024)

/* An answer of server-sent events. Signals: "drained": there is room again; "closed": nothing can
 * be sent any more, emitted once. */
#define FOREMAN_TYPE_EVENT_STREAM (foreman_event_stream_get_type ())
G_DECLARE_FINAL_TYPE (ForemanEventStream, foreman_event_stream, FOREMAN, EVENT_STREAM, GObject)

ForemanEventStream *foreman_event_stream_new (ForemanExchange *exchange);
gboolean foreman_event_stream_is_open (ForemanEventStream *self);
gboolean foreman_event_stream_has_room (ForemanEventStream *self);
void foreman_event_stream_send (ForemanEventStream *self,
                                const char *event,
                                const char *id,
                                const char *data);
void foreman_event_stream_send_state (ForemanEventStream *self,
                                      const char *id,
                                      const ForemanJobEvent *event);
void
foreman_event_stream_send_progress (ForemanEventStream *self, const char *job_id, gint64 tokens);
void foreman_event_stream_end (ForemanEventStream *self);

G_END_DECLS

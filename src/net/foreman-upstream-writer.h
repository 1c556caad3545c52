/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-upstream-connection.h"
#include "net/foreman-upstream-request.h"

G_BEGIN_DECLS

/**
 * ForemanUpstreamWriter:
 *
 * Sends one request over a connection. Private to the upstream client.
 */
typedef struct _ForemanUpstreamWriter ForemanUpstreamWriter;

/**
 * ForemanUpstreamWriterState:
 * @FOREMAN_UPSTREAM_WRITER_BLOCKED: the socket takes nothing now: run again when it does
 * @FOREMAN_UPSTREAM_WRITER_STARVED: the body's source has nothing now: the writer calls back
 * @FOREMAN_UPSTREAM_WRITER_DONE: everything was sent
 * @FOREMAN_UPSTREAM_WRITER_SOCKET_FAILED: the connection broke; an answer may be there all the same
 * @FOREMAN_UPSTREAM_WRITER_SOURCE_FAILED: the body broke off; the connection has to be closed
 *
 * Where a request has got to.
 */
typedef enum
{
  FOREMAN_UPSTREAM_WRITER_BLOCKED,
  FOREMAN_UPSTREAM_WRITER_STARVED,
  FOREMAN_UPSTREAM_WRITER_DONE,
  FOREMAN_UPSTREAM_WRITER_SOCKET_FAILED,
  FOREMAN_UPSTREAM_WRITER_SOURCE_FAILED,
} ForemanUpstreamWriterState;

/**
 * ForemanUpstreamWriterFunc:
 * @data: what was given to foreman_upstream_writer_new()
 *
 * Called when a starved writer should be run again.
 */
typedef void (*ForemanUpstreamWriterFunc) (gpointer data);

ForemanUpstreamWriter *foreman_upstream_writer_new (ForemanUpstreamRequest *request,
                                                    ForemanOrigin *origin,
                                                    ForemanUpstreamWriterFunc func,
                                                    gpointer data);
void foreman_upstream_writer_free (ForemanUpstreamWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanUpstreamWriter, foreman_upstream_writer_free)

ForemanUpstreamWriterState foreman_upstream_writer_run (ForemanUpstreamWriter *self,
                                                        ForemanUpstreamConnection *connection,
                                                        GError **error);
gboolean foreman_upstream_writer_has_begun (ForemanUpstreamWriter *self);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client.h"

G_BEGIN_DECLS

/**
 * ForemanEvent:
 * @name: what it is; %NULL: the stream was opened, at first or again, and what happened before is
 * to be asked for
 * @data: (nullable): what it says
 *
 * An event. Valid until the next one.
 */
typedef struct
{
  const char *name;
  JsonObject *data;
} ForemanEvent;

/**
 * ForemanEvents:
 *
 * A stream of foreman's events, which is opened again, where it was, when it breaks off.
 */
typedef struct _ForemanEvents ForemanEvents;

ForemanEvents *foreman_events_new (ForemanClient *client, const char *path);
void foreman_events_free (ForemanEvents *self);
gboolean
foreman_events_next (ForemanEvents *self, gint64 deadline, ForemanEvent *event, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanEvents, foreman_events_free)

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "libforeman/foreman-exit.h"

G_BEGIN_DECLS

/**
 * FOREMAN_CLIENT_LINE_MAX:
 *
 * How long a line or an event of an answer may be, in bytes; whole answers of jobs are such lines.
 */
#define FOREMAN_CLIENT_LINE_MAX (1024 * 1024 * 1024)

/**
 * ForemanCall:
 * @method: `GET`, `POST`, …
 * @path: with its query, percent-encoded
 * @content_type: (nullable): of @body
 * @body: (nullable): what is sent
 * @last_event_id: (nullable): where a stream of events goes on
 *
 * One request. All is the caller's, and may be sent again.
 */
typedef struct
{
  const char *method;
  const char *path;
  const char *content_type;
  GBytes *body;
  const char *last_event_id;
} ForemanCall;

/**
 * ForemanClient:
 *
 * The connection of a command to its foreman. Calls return when they are over, but Ctrl-C ends
 * them.
 */
typedef struct _ForemanClient ForemanClient;

ForemanClient *foreman_client_new (const char *url, const char *token, GError **error);
ForemanClient *foreman_client_new_from_login (GError **error);
void foreman_client_free (ForemanClient *self);

GInputStream *foreman_client_open (ForemanClient *self, const ForemanCall *call, GError **error);
GBytes *foreman_client_call (ForemanClient *self, const ForemanCall *call, GError **error);
JsonNode *foreman_client_call_json (ForemanClient *self, const ForemanCall *call, GError **error);
JsonNode *foreman_client_get_json (ForemanClient *self, const char *path, GError **error);

GCancellable *foreman_client_get_cancellable (ForemanClient *self);
void foreman_client_set_timeout (ForemanClient *self, gint64 timeout);
void foreman_client_set_farewell (ForemanClient *self, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
ForemanExit foreman_client_fail (ForemanClient *self, const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanClient, foreman_client_free)

G_END_DECLS

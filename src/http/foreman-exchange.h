/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-answer.h"
#include "http/foreman-error-shape.h"
#include "http/foreman-http-context.h"
#include "http/foreman-record.h"
#include "libforeman/foreman-error.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_EXCHANGE (foreman_exchange_get_type ())
G_DECLARE_FINAL_TYPE (ForemanExchange, foreman_exchange, FOREMAN, EXCHANGE, GObject)

ForemanExchange *foreman_exchange_new (ForemanHttpContext *context,
                                       ForemanConnection *connection,
                                       ForemanHead *head);

ForemanHttpContext *foreman_exchange_get_context (ForemanExchange *self);
ForemanConnection *foreman_exchange_get_connection (ForemanExchange *self);
ForemanHead *foreman_exchange_get_head (ForemanExchange *self);
GCancellable *foreman_exchange_get_cancellable (ForemanExchange *self);
ForemanRecord *foreman_exchange_get_record (ForemanExchange *self);
const char *foreman_exchange_get_path (ForemanExchange *self);
char *foreman_exchange_dup_segment (ForemanExchange *self, const char *name);
const char *foreman_exchange_get_target (ForemanExchange *self);
ForemanApi foreman_exchange_get_api (ForemanExchange *self);
ForemanCaller *foreman_exchange_get_caller (ForemanExchange *self);
void foreman_exchange_set_caller (ForemanExchange *self, ForemanCaller *caller);
void foreman_exchange_set_route (ForemanExchange *self, const ForemanRoute *route);

gboolean foreman_exchange_is_over (ForemanExchange *self);
gboolean foreman_exchange_has_begun (ForemanExchange *self);
gboolean foreman_exchange_is_framed (ForemanExchange *self);

void foreman_exchange_note_failure (ForemanExchange *self, const char *message);
void foreman_exchange_add_header (ForemanExchange *self, const char *name, const char *value);
void foreman_exchange_begin (ForemanExchange *self,
                             guint status,
                             const char *reason,
                             const GString *headers,
                             gint64 length);
void foreman_exchange_write_in_place (ForemanExchange *self, guint8 *payload, gsize length);
void foreman_exchange_write (ForemanExchange *self, const char *data, gsize length);
void foreman_exchange_flush_head (ForemanExchange *self);
void foreman_exchange_end (ForemanExchange *self);
void foreman_exchange_abort (ForemanExchange *self);

void foreman_exchange_answer (ForemanExchange *self,
                              guint status,
                              const char *content_type,
                              const char *body,
                              gsize length);
void foreman_exchange_answer_error (ForemanExchange *self,
                                    guint status,
                                    ForemanError code,
                                    const char *message,
                                    const char *hint);
void foreman_exchange_answer_failure (ForemanExchange *self, const GError *error);
void foreman_exchange_cut (ForemanExchange *self, const GError *error);

G_END_DECLS

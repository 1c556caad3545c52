/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What a head may be at most; over it is FOREMAN_ERROR_TOO_LARGE. */
#define FOREMAN_HEAD_MAX_BYTES  (64 * 1024)
#define FOREMAN_HEAD_MAX_FIELDS 200
#define FOREMAN_HEAD_MAX_TARGET (8 * 1024)

/**
 * ForemanHead:
 *
 * The head of one HTTP/1 message, request or response: immutable and counted.
 *
 * What a parser lets through as a request head can be read in one way only; every form that two
 * readers could take for two things is refused.
 */
typedef struct _ForemanHead ForemanHead;

#define FOREMAN_TYPE_HEAD (foreman_head_get_type ())

GType foreman_head_get_type (void);

/**
 * ForemanHeadScan:
 *
 * Where the search for a head's end has got to, so that a head that comes a byte at a time is
 * looked at once. Zero it before each head.
 */
typedef struct
{
  gsize scanned;
  gsize line_start;
  guint lines;
} ForemanHeadScan;

gsize foreman_head_scan (ForemanHeadScan *scan, const guint8 *data, gsize length, GError **error);

ForemanHead *
foreman_head_parse_request (const guint8 *data, gsize length, gsize *consumed, GError **error);
ForemanHead *
foreman_head_parse_response (const guint8 *data, gsize length, gsize *consumed, GError **error);
ForemanHead *foreman_head_ref (ForemanHead *self);
void foreman_head_unref (ForemanHead *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanHead, foreman_head_unref)

const char *foreman_head_get_method (const ForemanHead *self);
const char *foreman_head_get_target (const ForemanHead *self);
const char *foreman_head_get_path (const ForemanHead *self);
const char *foreman_head_get_query (const ForemanHead *self);
const char *foreman_head_get_host (const ForemanHead *self);
guint foreman_head_get_status (const ForemanHead *self);
const char *foreman_head_get_reason (const ForemanHead *self);
guint foreman_head_get_minor (const ForemanHead *self);

const char *foreman_head_get (const ForemanHead *self, const char *name);
guint foreman_head_get_n (const ForemanHead *self);
void foreman_head_nth (const ForemanHead *self, guint index, const char **name, const char **value);
gboolean foreman_head_has_token (const ForemanHead *self, const char *name, const char *token);

gint64 foreman_head_get_content_length (const ForemanHead *self);
gboolean foreman_head_is_chunked (const ForemanHead *self);
gboolean foreman_head_keeps_alive (const ForemanHead *self);
gboolean foreman_head_expects_continue (const ForemanHead *self);

G_END_DECLS

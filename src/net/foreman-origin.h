/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * ForemanOrigin:
 *
 * Where an upstream is, parsed from its URL: immutable and counted.
 */
typedef struct _ForemanOrigin ForemanOrigin;

#define FOREMAN_TYPE_ORIGIN (foreman_origin_get_type ())

GType foreman_origin_get_type (void);

ForemanOrigin *foreman_origin_parse (const char *url, GError **error);
ForemanOrigin *foreman_origin_ref (ForemanOrigin *self);
void foreman_origin_unref (ForemanOrigin *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanOrigin, foreman_origin_unref)

GSocketConnectable *foreman_origin_get_address (ForemanOrigin *self);
gboolean foreman_origin_is_tls (ForemanOrigin *self);
const char *foreman_origin_get_host_field (ForemanOrigin *self);
const char *foreman_origin_get_prefix (ForemanOrigin *self);
const char *foreman_origin_get_display_name (ForemanOrigin *self);

G_END_DECLS

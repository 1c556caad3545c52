/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * ForemanOriginKind:
 * @FOREMAN_ORIGIN_NONE: no `Origin`, or that of the service itself: nothing about CORS to say
 * @FOREMAN_ORIGIN_ALLOWED: a web page that may call
 * @FOREMAN_ORIGIN_FOREIGN: a web page that may not
 *
 * What the `Origin` of a request is to the service.
 */
typedef enum
{
  FOREMAN_ORIGIN_NONE,
  FOREMAN_ORIGIN_ALLOWED,
  FOREMAN_ORIGIN_FOREIGN,
} ForemanOriginKind;

gboolean
foreman_web_rules_allow_host (const char *host, GInetAddress *local, const char *const *extra);
ForemanOriginKind
foreman_web_rules_check_origin (const char *origin, const char *host, const char *const *extra);
GStrv foreman_web_rules_dup_cors_headers (const char *origin,
                                          gboolean is_preflight,
                                          const char *const *extra);
gboolean foreman_web_rules_is_loopback (GInetAddress *address);

G_END_DECLS

/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FOREMAN_ERROR:
 *
 * The one error domain of foreman; the codes are [enum@Foreman.Error].
 */
#define FOREMAN_ERROR foreman_error_quark ()

/**
 * ForemanError:
 * @FOREMAN_ERROR_FAILED: something failed that no other code names
 * @FOREMAN_ERROR_INVALID_CONFIG: a setting has a value that is not allowed
 * @FOREMAN_ERROR_INVALID_REQUEST: the request is malformed
 * @FOREMAN_ERROR_UNAUTHORIZED: a token is needed, or the one given is not known
 * @FOREMAN_ERROR_FORBIDDEN: the caller is known but may not do this
 * @FOREMAN_ERROR_NOT_FOUND: there is no such thing
 * @FOREMAN_ERROR_CONFLICT: the request contradicts the present state
 * @FOREMAN_ERROR_TOO_LARGE: a head, a body or a line is over its limit
 * @FOREMAN_ERROR_RATE_LIMITED: the caller asks for too much at once
 * @FOREMAN_ERROR_QUEUE_FULL: no more requests can wait
 * @FOREMAN_ERROR_PAUSED: the service was paused by its operator
 * @FOREMAN_ERROR_DRAINING: the service is shutting down
 * @FOREMAN_ERROR_CONNECTION: the target could not be reached or broke off; trying again may help
 * @FOREMAN_ERROR_HTTP: the target answered with an error status
 * @FOREMAN_ERROR_TIMEOUT: a deadline passed
 * @FOREMAN_ERROR_STORE_UNAVAILABLE: the job store cannot be used now
 * @FOREMAN_ERROR_STORAGE_FULL: there is no room to keep what was submitted
 * @FOREMAN_ERROR_LOOP: a request came back to the foreman that had forwarded it
 *
 * What can go wrong, by what a caller can do about it.
 */
typedef enum
{
  FOREMAN_ERROR_FAILED,
  FOREMAN_ERROR_INVALID_CONFIG,
  FOREMAN_ERROR_INVALID_REQUEST,
  FOREMAN_ERROR_UNAUTHORIZED,
  FOREMAN_ERROR_FORBIDDEN,
  FOREMAN_ERROR_NOT_FOUND,
  FOREMAN_ERROR_CONFLICT,
  FOREMAN_ERROR_TOO_LARGE,
  FOREMAN_ERROR_RATE_LIMITED,
  FOREMAN_ERROR_QUEUE_FULL,
  FOREMAN_ERROR_PAUSED,
  FOREMAN_ERROR_DRAINING,
  FOREMAN_ERROR_CONNECTION,
  FOREMAN_ERROR_HTTP,
  FOREMAN_ERROR_TIMEOUT,
  FOREMAN_ERROR_STORE_UNAVAILABLE,
  FOREMAN_ERROR_STORAGE_FULL,
  FOREMAN_ERROR_LOOP,
} ForemanError;

#define FOREMAN_N_ERRORS (FOREMAN_ERROR_LOOP + 1)

GQuark foreman_error_quark (void);
const char *foreman_error_to_code (ForemanError error);

GError *foreman_error_new_unreachable (const char *format, ...) G_GNUC_PRINTF (1, 2);
gboolean foreman_error_is_unreachable (const GError *error);
GError *foreman_error_new_http (guint status, const char *format, ...) G_GNUC_PRINTF (2, 3);
guint foreman_error_get_http_status (const GError *error);
GError *foreman_error_new_field (const char *field, const char *format, ...) G_GNUC_PRINTF (2, 3);
const char *foreman_error_get_field (const GError *error);

G_END_DECLS

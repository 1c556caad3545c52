/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"

G_DEFINE_QUARK (foreman-error-quark, foreman_error)

static const char *const codes[] = {
  [FOREMAN_ERROR_FAILED] = "failed",
  [FOREMAN_ERROR_INVALID_CONFIG] = "invalid_config",
  [FOREMAN_ERROR_INVALID_REQUEST] = "invalid_request",
  [FOREMAN_ERROR_UNAUTHORIZED] = "unauthorized",
  [FOREMAN_ERROR_FORBIDDEN] = "forbidden",
  [FOREMAN_ERROR_NOT_FOUND] = "not_found",
  [FOREMAN_ERROR_CONFLICT] = "conflict",
  [FOREMAN_ERROR_TOO_LARGE] = "too_large",
  [FOREMAN_ERROR_RATE_LIMITED] = "rate_limited",
  [FOREMAN_ERROR_QUEUE_FULL] = "queue_full",
  [FOREMAN_ERROR_PAUSED] = "paused",
  [FOREMAN_ERROR_DRAINING] = "draining",
  [FOREMAN_ERROR_CONNECTION] = "target_unreachable",
  [FOREMAN_ERROR_HTTP] = "target_error",
  [FOREMAN_ERROR_TIMEOUT] = "timeout",
  [FOREMAN_ERROR_STORE_UNAVAILABLE] = "store_unavailable",
  [FOREMAN_ERROR_STORAGE_FULL] = "storage_full",
  [FOREMAN_ERROR_LOOP] = "loop",
};

G_STATIC_ASSERT (G_N_ELEMENTS (codes) == FOREMAN_N_ERRORS);

/**
 * foreman_error_to_code:
 * @error: an error code of the domain %FOREMAN_ERROR
 *
 * The stable, machine readable name of @error, as the HTTP API gives it in `code`.
 *
 * Returns: a static string such as `queue_full`
 */
const char *
foreman_error_to_code (ForemanError error)
{
  g_return_val_if_fail ((guint) error < FOREMAN_N_ERRORS, codes[FOREMAN_ERROR_FAILED]);

  return codes[error];
}

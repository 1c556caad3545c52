/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"

/* What an error of the domain carries beside its code and message. */
typedef struct
{
  gboolean unreachable; /* of FOREMAN_ERROR_CONNECTION */
  guint http_status;    /* of FOREMAN_ERROR_HTTP */
  const char *field;    /* (nullable) (unowned): interned, of FOREMAN_ERROR_INVALID_REQUEST */
} ForemanErrorDetail;

/* GLib keeps an extended error's detail right before the error, in a block of this alignment. */
#define DETAIL_ALIGNMENT (2 * sizeof (gsize))
#define DETAIL_SIZE      ((sizeof (ForemanErrorDetail) + DETAIL_ALIGNMENT - 1) & -DETAIL_ALIGNMENT)

static ForemanErrorDetail *
get_detail (const GError *error)
{
  return (ForemanErrorDetail *) ((char *) error - DETAIL_SIZE);
}

static void
detail_init (GError *error)
{
  *get_detail (error) = (ForemanErrorDetail){ 0 };
}

static void
detail_copy (const GError *source, GError *copy)
{
  *get_detail (copy) = *get_detail (source);
}

static void
detail_clear (GError *error)
{
}

/**
 * foreman_error_quark:
 *
 * The domain %FOREMAN_ERROR.
 *
 * Returns: its quark
 */
GQuark
foreman_error_quark (void)
{
  static gsize quark;

  /* Not G_DEFINE_EXTENDED_ERROR: it would name the domain after the type, unlike all others. */
  if (g_once_init_enter (&quark))
    g_once_init_leave (&quark,
                       g_error_domain_register_static ("foreman-error-quark",
                                                       sizeof (ForemanErrorDetail), detail_init,
                                                       detail_copy, detail_clear));
  return (GQuark) quark;
}

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

/**
 * foreman_error_new_unreachable: (skip)
 * @format: printf() format of the message
 * @...: its arguments
 *
 * Makes a %FOREMAN_ERROR_CONNECTION for a target that no connection could be made to: refused, an
 * unknown name, no answer in time.
 *
 * Returns: (transfer full): the error
 */
GError *
foreman_error_new_unreachable (const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION, format, args);
  va_end (args);
  get_detail (error)->unreachable = TRUE;
  return error;
}

/**
 * foreman_error_is_unreachable:
 * @error: any error
 *
 * Tells a target that cannot be reached at all from a connection that broke off; both are
 * %FOREMAN_ERROR_CONNECTION.
 *
 * Returns: %TRUE if @error was made by foreman_error_new_unreachable()
 */
gboolean
foreman_error_is_unreachable (const GError *error)
{
  g_return_val_if_fail (error != NULL, FALSE);

  return error->domain == FOREMAN_ERROR && get_detail (error)->unreachable;
}

/**
 * foreman_error_new_http: (skip)
 * @status: the status that the target answered with
 * @format: printf() format of the message
 * @...: its arguments
 *
 * Makes a %FOREMAN_ERROR_HTTP.
 *
 * Returns: (transfer full): the error
 */
GError *
foreman_error_new_http (guint status, const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (FOREMAN_ERROR, FOREMAN_ERROR_HTTP, format, args);
  va_end (args);
  get_detail (error)->http_status = status;
  return error;
}

/**
 * foreman_error_get_http_status:
 * @error: any error
 *
 * The status that the target answered with.
 *
 * Returns: the status of a %FOREMAN_ERROR_HTTP, or 0
 */
guint
foreman_error_get_http_status (const GError *error)
{
  g_return_val_if_fail (error != NULL, 0);

  return error->domain == FOREMAN_ERROR ? get_detail (error)->http_status : 0;
}

/**
 * foreman_error_new_field: (skip)
 * @field: the name of what is wrong, such as `run_at`
 * @format: printf() format of the message
 * @...: its arguments
 *
 * Makes a %FOREMAN_ERROR_INVALID_REQUEST that names the member it is about.
 *
 * Returns: (transfer full): the error
 */
GError *
foreman_error_new_field (const char *field, const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST, format, args);
  va_end (args);
  get_detail (error)->field = g_intern_string (field);
  return error;
}

/**
 * foreman_error_get_field:
 * @error: any error
 *
 * Returns: (nullable): what a %FOREMAN_ERROR_INVALID_REQUEST is about, if it says so
 */
const char *
foreman_error_get_field (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  return error->domain == FOREMAN_ERROR ? get_detail (error)->field : NULL;
}

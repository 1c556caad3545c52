/* SPDX-License-Identifier: MIT */
#include "http/foreman-params.h"

#include "libforeman/foreman-duration.h"
#include "engine/foreman-json-scan.h"

struct _ForemanParams
{
  GHashTable *values;       /* (owned): name → value */
  const char *const *known; /* (unowned) (array zero-terminated=1): the names there are */
};

static gboolean
take (ForemanParams *self, const char *name, const char *value, GError **error)
{
  g_autofree char *known = NULL;

  if (g_strv_contains (self->known, name))
    {
      g_hash_table_replace (self->values, g_strdup (name), g_strdup (value));
      return TRUE;
    }
  known = g_strjoinv (", ", (char **) self->known);
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
               *known ? "there is no such parameter here; there are: %s"
                      : "no parameters are taken here%s",
               known);
  return FALSE;
}

static gboolean
take_form (ForemanParams *self, const char *text, gssize length, GError **error)
{
  g_autoptr (GError) problem = NULL;
  GUriParamsIter iter;
  char *name, *value;
  gboolean ok = TRUE;

  g_uri_params_iter_init (&iter, text, length, "&", G_URI_PARAMS_WWW_FORM);
  while (ok && g_uri_params_iter_next (&iter, &name, &value, &problem))
    {
      ok = take (self, name, value, error);
      g_free (name);
      g_free (value);
    }
  if (!problem)
    return ok;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
               "the parameters cannot be read: %s", problem->message);
  return FALSE;
}

/**
 * foreman_params_read:
 * @exchange: an exchange
 * @known: (array zero-terminated=1): the names its route knows, a literal
 * @error: return location for an error
 *
 * Reads the query of a request. Main thread, as is everything here.
 *
 * Returns: (transfer full): the parameters, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST
 */
ForemanParams *
foreman_params_read (ForemanExchange *exchange, const char *const *known, GError **error)
{
  g_autoptr (ForemanParams) self = g_new0 (ForemanParams, 1);
  const char *query = foreman_head_get_query (foreman_exchange_get_head (exchange));

  self->known = known;
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (query && !take_form (self, query, -1, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * foreman_params_free:
 * @self: (transfer full): parameters
 */
void
foreman_params_free (ForemanParams *self)
{
  g_hash_table_unref (self->values);
  g_free (self);
}

/* A string as it is, a number or a truth value as it is written; %NULL for all else. */
static char *
dup_scalar (const char *data, ForemanJsonSpan value)
{
  if (foreman_json_span_is_string (data, value))
    return foreman_json_span_dup_string (data, value);
  if (foreman_json_span_is_object (data, value) || foreman_json_span_is_array (data, value))
    return NULL;
  return foreman_json_span_dup_text (data, value);
}

static gboolean
take_json (ForemanParams *self, const char *data, gsize length, GError **error)
{
  ForemanJsonSpan whole = { .length = length };
  ForemanJsonSpan name, value;
  g_autoptr (GError) problem = NULL;
  ForemanJsonIter iter;

  if (!foreman_json_iter_init_object (&iter, data, whole, error))
    return FALSE;
  while (foreman_json_iter_next (&iter, &name, &value, &problem))
    {
      g_autofree char *name_text = foreman_json_span_dup_string (data, name);
      g_autofree char *text = dup_scalar (data, value);

      if (foreman_json_span_is_null (data, value))
        continue;
      if (!name_text || !text)
        {
          g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                               "each member has to be a string, a number or a truth value");
          return FALSE;
        }
      if (!take (self, name_text, text, error))
        return FALSE;
    }
  if (!problem)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/**
 * foreman_params_add_body:
 * @self: parameters
 * @body: the body of the request: a JSON object, a form, or nothing
 * @error: return location for an error
 *
 * Adds what the body says; it takes the place of what the query said.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST
 */
gboolean
foreman_params_add_body (ForemanParams *self, GBytes *body, GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  gsize start = 0;

  while (start < length && g_ascii_isspace (data[start]))
    start++;
  if (start == length)
    return TRUE;
  if (!g_utf8_validate (data, length, NULL))
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                           "the body is not valid UTF-8");
      return FALSE;
    }
  if (data[start] == '{')
    return take_json (self, data, length, error);
  return take_form (self, data, length, error);
}

/**
 * foreman_params_get:
 * @self: parameters
 * @name: one of those the route knows
 *
 * Returns: (transfer none) (nullable): its value
 */
const char *
foreman_params_get (const ForemanParams *self, const char *name)
{
  return g_hash_table_lookup (self->values, name);
}

/**
 * foreman_params_get_boolean:
 * @self: parameters
 * @name: one of those the route knows
 * @value: (inout): its value; stays what it is where it was not given
 * @error: return location for an error
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST for anything but `true`, `1`, `false`, `0`
 */
gboolean
foreman_params_get_boolean (const ForemanParams *self,
                            const char *name,
                            gboolean *value,
                            GError **error)
{
  const char *text = foreman_params_get (self, name);

  if (!text)
    return TRUE;
  *value = g_str_equal (text, "true") || g_str_equal (text, "1");
  if (*value || g_str_equal (text, "false") || g_str_equal (text, "0"))
    return TRUE;
  g_propagate_error (error, foreman_error_new_field (name, "%s must be true or false", name));
  return FALSE;
}

/**
 * foreman_params_get_number:
 * @self: parameters
 * @name: one of those the route knows
 * @min: the least it may be
 * @max: the most it may be
 * @value: (inout): its value; stays what it is where it was not given
 * @error: return location for an error
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST for what is no such number
 */
gboolean
foreman_params_get_number (const ForemanParams *self,
                           const char *name,
                           guint min,
                           guint max,
                           guint *value,
                           GError **error)
{
  const char *text = foreman_params_get (self, name);
  guint64 number;

  if (!text)
    return TRUE;
  if (g_ascii_string_to_unsigned (text, 10, min, max, &number, NULL))
    {
      *value = number;
      return TRUE;
    }
  g_propagate_error (error, foreman_error_new_field (name, "%s must be a number from %u to %u",
                                                     name, min, max));
  return FALSE;
}

/**
 * foreman_params_get_duration:
 * @self: parameters
 * @name: one of those the route knows
 * @max: the most it may be, in µs; what is longer is cut to it
 * @value: (inout): its value, in µs; stays what it is where it was not given
 * @error: return location for an error
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST for what is no duration, or a negative one
 */
gboolean
foreman_params_get_duration (const ForemanParams *self,
                             const char *name,
                             gint64 max,
                             gint64 *value,
                             GError **error)
{
  const char *text = foreman_params_get (self, name);
  gint64 duration;

  if (!text)
    return TRUE;
  if (foreman_duration_parse_usec (text, &duration, NULL) && duration >= 0)
    {
      *value = MIN (duration, max);
      return TRUE;
    }
  g_propagate_error (error,
                     foreman_error_new_field (name, "%s must be a duration such as 30s", name));
  return FALSE;
}

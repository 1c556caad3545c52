/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-submission-fields-private.h"

#include "engine/foreman-json-scan.h"
#include "jobs/foreman-submission-values-private.h"
#include "libforeman/foreman-error.h"

#include <string.h>

/* How a value is written in JSON; as text, lists have commas and pairs an `=` too. */
typedef enum
{
  SHAPE_STRING,
  SHAPE_INTEGER,
  SHAPE_DURATION,
  SHAPE_STRINGS,
  SHAPE_PAIRS,
} Shape;

static const char *const shapes[] = {
  [SHAPE_STRING] = "a string",
  [SHAPE_INTEGER] = "an integer",
  [SHAPE_DURATION] = "a string such as \"90s\"",
  [SHAPE_STRINGS] = "an array of strings",
  [SHAPE_PAIRS] = "an object of strings",
};

typedef struct
{
  const char *name;
  Shape shape;
  ForemanSubmissionTake take;
  const char *header; /* (nullable): beside X-Foreman- and the name in dashes */
} Field;

/* job-api.md's table of extension fields, for every way in. */
static const Field fields[] = {
  { "endpoint", SHAPE_STRING, foreman_submission_take_endpoint },
  { "state_webhook_url", SHAPE_STRING, foreman_submission_take_webhook_url,
    "x-foreman-webhook-url" },
  { "webhook_events", SHAPE_STRINGS, foreman_submission_take_webhook_events },
  { "group", SHAPE_STRING, foreman_submission_take_group },
  { "priority", SHAPE_INTEGER, foreman_submission_take_priority },
  { "max_attempts", SHAPE_INTEGER, foreman_submission_take_max_attempts },
  { "delay", SHAPE_DURATION, foreman_submission_take_delay },
  { "run_at", SHAPE_STRING, foreman_submission_take_run_at },
  { "timeout", SHAPE_DURATION, foreman_submission_take_timeout },
  { "ttl", SHAPE_DURATION, foreman_submission_take_ttl },
  { "idempotency_key", SHAPE_STRING, foreman_submission_take_idempotency_key, "idempotency-key" },
  { "labels", SHAPE_PAIRS, foreman_submission_take_labels },
  { "after", SHAPE_STRINGS, foreman_submission_take_after },
  { "if_missing", SHAPE_STRING, foreman_submission_take_if_missing },
};

G_STATIC_ASSERT (G_N_ELEMENTS (fields) == FOREMAN_N_SUBMISSION_FIELDS);

const char *
foreman_submission_field_get_name (guint index)
{
  return fields[index].name;
}

static gboolean
add_string (GStrvBuilder *values, const char *data, ForemanJsonSpan span)
{
  g_autofree char *string = foreman_json_span_dup_string (data, span);

  if (string != NULL)
    g_strv_builder_add (values, string);
  return string != NULL;
}

/* A number's digits are as good as a string: "ttl": 0. */
static gboolean
add_number (GStrvBuilder *values, const char *data, ForemanJsonSpan span)
{
  g_autofree char *text = NULL;
  double number;

  if (!foreman_json_span_get_double (data, span, &number))
    return FALSE;
  text = foreman_json_span_dup_text (data, span);
  g_strv_builder_add (values, text);
  return TRUE;
}

static gboolean
add_all (GStrvBuilder *values, const char *data, ForemanJsonSpan span)
{
  gboolean is_object = foreman_json_span_is_object (data, span);
  ForemanJsonSpan name, value;
  ForemanJsonIter iter;

  if (!foreman_json_iter_init (&iter, data, span, NULL))
    return FALSE;
  while (foreman_json_iter_next (&iter, &name, &value, NULL))
    if ((is_object && !add_string (values, data, name)) || !add_string (values, data, value))
      return FALSE;
  return TRUE;
}

static gboolean
add_value (GStrvBuilder *values, Shape shape, const char *data, ForemanJsonSpan span)
{
  switch (shape)
    {
    case SHAPE_INTEGER:
      return add_number (values, data, span);
    case SHAPE_DURATION:
      return add_string (values, data, span) || add_number (values, data, span);
    case SHAPE_STRINGS:
      return foreman_json_span_is_array (data, span) && add_all (values, data, span);
    case SHAPE_PAIRS:
      return foreman_json_span_is_object (data, span) && add_all (values, data, span);
    case SHAPE_STRING:
    default:
      return add_string (values, data, span);
    }
}

/* As Go's decoder: no value, and for what can be nil a null after it. */
static gboolean
is_unset (const Field *field, const char *data, ForemanJsonSpan span)
{
  return span.length == 0 || foreman_json_span_is_null (data, span) ||
         (span.nulled && field->shape >= SHAPE_STRINGS);
}

/**
 * foreman_submission_fields_take_json: (skip)
 * @submission: what to fill in
 * @data: the text that was scanned
 * @spans: where each field's value is in it
 * @error: return location for an error
 *
 * Reads the extension fields that are members of an object. Others are left as they are.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST that names a field
 */
gboolean
foreman_submission_fields_take_json (ForemanSubmission *submission,
                                     const char *data,
                                     const ForemanJsonSpan *spans,
                                     GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const Field *field = &fields[i];
      g_autoptr (GStrvBuilder) builder = NULL;
      g_auto (GStrv) values = NULL;

      if (is_unset (field, data, spans[i]))
        continue;
      builder = g_strv_builder_new ();
      if (!add_value (builder, field->shape, data, spans[i]))
        {
          g_propagate_error (error, foreman_error_new_field (field->name, "%s must be %s in JSON",
                                                             field->name, shapes[field->shape]));
          return FALSE;
        }
      values = g_strv_builder_end (builder);
      if (!field->take (submission, field->name, (const char *const *) values, error))
        return FALSE;
    }
  return TRUE;
}

/* Returns: (transfer full) (nullable): %NULL if it is not as @shape asks */
static char **
split_text (Shape shape, const char *text)
{
  g_autoptr (GStrvBuilder) values = g_strv_builder_new ();
  g_auto (GStrv) parts = NULL;

  if (shape < SHAPE_STRINGS)
    {
      g_strv_builder_add (values, text);
      return g_strv_builder_end (values);
    }
  parts = g_strsplit (text, ",", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      char *value = shape == SHAPE_PAIRS ? strchr (*part, '=') : NULL;

      if (*g_strstrip (*part) == '\0')
        continue;
      if (shape == SHAPE_PAIRS && value == NULL)
        return NULL;
      if (value != NULL)
        *value++ = '\0';
      g_strv_builder_add (values, g_strstrip (*part));
      if (value != NULL)
        g_strv_builder_add (values, g_strstrip (value));
    }
  return g_strv_builder_end (values);
}

static const char *
find_header (const Field *field, ForemanHeaderFunc get_header, gpointer header_data)
{
  g_autofree char *name = g_strconcat ("x-foreman-", field->name, NULL);
  const char *value = field->header != NULL ? get_header (header_data, field->header) : NULL;

  return value != NULL ? value : get_header (header_data, g_strdelimit (name, "_", '-'));
}

static gboolean
take_header (ForemanSubmission *submission, const Field *field, const char *text, GError **error)
{
  g_auto (GStrv) values = g_utf8_validate (text, -1, NULL) ? split_text (field->shape, text) : NULL;

  if (values != NULL)
    return field->take (submission, field->name, (const char *const *) values, error);
  g_propagate_error (error,
                     foreman_error_new_field (field->name, "%s must be %s in UTF-8", field->name,
                                              field->shape == SHAPE_PAIRS
                                                  ? "name=value, with commas between,"
                                                  : "text"));
  return FALSE;
}

/**
 * foreman_submission_fields_take_headers: (skip)
 * @submission: what to fill in
 * @get_header: finds a header
 * @header_data: for @get_header
 * @error: return location for an error
 *
 * Reads the extension fields that come as headers; which endpoint it is the path says.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST that names a field
 */
gboolean
foreman_submission_fields_take_headers (ForemanSubmission *submission,
                                        ForemanHeaderFunc get_header,
                                        gpointer header_data,
                                        GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *text = fields[i].take != foreman_submission_take_endpoint
                             ? find_header (&fields[i], get_header, header_data)
                             : NULL;

      if (text != NULL && !take_header (submission, &fields[i], text, error))
        return FALSE;
    }
  return TRUE;
}

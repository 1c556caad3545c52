/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-patch.h"

#include "engine/foreman-json-scan.h"
#include "engine/foreman-model-name.h"
#include "jobs/foreman-submission-values-private.h"
#include "libforeman/foreman-error.h"

enum
{
  PRIORITY,
  RUN_AT,
  MODEL,
  LABELS,
  TTL,
  N_FIELDS,
};

static const char *const names[] = { "priority", "run_at", "model", "labels", "ttl", NULL };

/* Returns: (transfer full) (nullable): names and values in turn; %NULL for what is no object of
 * strings */
static GStrv
dup_pairs (const char *data, ForemanJsonSpan object)
{
  g_autoptr (GStrvBuilder) pairs = g_strv_builder_new ();
  ForemanJsonSpan name, value;
  ForemanJsonIter iter;

  if (!foreman_json_span_is_object (data, object) ||
      !foreman_json_iter_init_object (&iter, data, object, NULL))
    return NULL;
  while (foreman_json_iter_next (&iter, &name, &value, NULL))
    {
      g_autofree char *key = foreman_json_span_dup_string (data, name);
      g_autofree char *text = foreman_json_span_dup_string (data, value);

      if (!key || !text)
        return NULL;
      g_strv_builder_add_many (pairs, key, text, NULL);
    }
  return g_strv_builder_end (pairs);
}

static gboolean
is_number (const char *data, ForemanJsonSpan value)
{
  double number;

  return foreman_json_span_get_double (data, value, &number);
}

/* Returns: (transfer full) (nullable): one text, or what dup_pairs() makes of the labels */
static GStrv
dup_values (guint field, const char *data, ForemanJsonSpan value)
{
  g_autofree char *text = NULL;

  if (field == LABELS)
    return dup_pairs (data, value);
  if (foreman_json_span_is_string (data, value))
    text = foreman_json_span_dup_string (data, value);
  else if ((field == PRIORITY || field == TTL) && is_number (data, value))
    text = foreman_json_span_dup_text (data, value);
  return text ? g_strdupv ((char *[]){ text, NULL }) : NULL;
}

static gboolean
take_priority (ForemanSubmission *values,
               const char *const *texts,
               int max_priority,
               GError **error)
{
  if (!foreman_submission_take_priority (values, names[PRIORITY], texts, error))
    return FALSE;
  if (values->priority <= max_priority)
    return TRUE;
  g_propagate_error (error,
                     foreman_error_new_field (names[PRIORITY],
                                              "with this token the priority may be %d at most",
                                              max_priority));
  return FALSE;
}

static gboolean
take_model (ForemanSubmission *values, const char *text, GError **error)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (text, NULL);

  if (!name)
    {
      g_propagate_error (error,
                         foreman_error_new_field (names[MODEL], "that is no name of a model"));
      return FALSE;
    }
  values->model = g_strdup (text);
  values->model_key = foreman_model_name_to_key (name);
  return TRUE;
}

static gboolean
take (ForemanSubmission *values,
      guint field,
      const char *const *texts,
      int max_priority,
      GError **error)
{
  switch (field)
    {
    case PRIORITY:
      return take_priority (values, texts, max_priority, error);
    case RUN_AT:
      return foreman_submission_take_run_at (values, names[field], texts, error);
    case MODEL:
      return take_model (values, texts[0], error);
    case LABELS:
      return foreman_submission_take_labels (values, names[field], texts, error);
    case TTL:
    default:
      return foreman_submission_take_ttl (values, names[field], texts, error);
    }
}

/* `null` takes away what there can be none of: the time to wait for, and all labels. */
static gboolean
take_member (ForemanSubmission *values,
             guint field,
             const char *data,
             ForemanJsonSpan span,
             int max_priority,
             GError **error)
{
  g_auto (GStrv) texts = NULL;

  if (foreman_json_span_is_null (data, span) && (field == RUN_AT || field == LABELS))
    return TRUE;
  texts = dup_values (field, data, span);
  if (texts && !foreman_json_span_is_null (data, span))
    return take (values, field, (const char *const *) texts, max_priority, error);
  g_propagate_error (error,
                     foreman_error_new_field (names[field], "%s has a value of the wrong type",
                                              names[field]));
  return FALSE;
}

static int
find_field (const char *data, ForemanJsonSpan name)
{
  for (int i = 0; i < N_FIELDS; i++)
    if (foreman_json_name_matches (data, name, names[i], FOREMAN_JSON_MATCH_MAP))
      return i;
  return -1;
}

static gboolean
take_members (ForemanSubmission *values,
              const char *data,
              gsize length,
              int max_priority,
              gboolean *has,
              GError **error)
{
  ForemanJsonSpan name, value;
  g_autoptr (GError) problem = NULL;
  ForemanJsonIter iter;

  if (!foreman_json_iter_init_object (&iter, data, (ForemanJsonSpan){ .length = length }, error))
    return FALSE;
  while (foreman_json_iter_next (&iter, &name, &value, &problem))
    {
      int field = find_field (data, name);

      if (field < 0 || has[field])
        {
          g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                               "what can be changed is priority, run_at, model, labels and ttl, "
                               "each once");
          return FALSE;
        }
      if (!take_member (values, field, data, value, max_priority, error))
        return FALSE;
      has[field] = TRUE;
    }
  if (!problem)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/**
 * foreman_job_patch_read:
 * @body: a JSON object with what is to change of a job
 * @max_priority: the highest priority its sender may give
 * @patch: (out caller-allocates): what is to change; its strings live as long as the result
 * @error: return location for an error
 *
 * Reads the body of a PATCH. Any thread.
 *
 * Returns: (transfer full): what owns the strings of @patch; %NULL with
 *   %FOREMAN_ERROR_INVALID_REQUEST
 */
ForemanSubmission *
foreman_job_patch_read (GBytes *body, int max_priority, ForemanJobPatch *patch, GError **error)
{
  g_autoptr (ForemanSubmission) values = foreman_submission_new ();
  gboolean has[N_FIELDS] = { FALSE };
  gsize length;
  const char *data = g_bytes_get_data (body, &length);

  if (!take_members (values, data ? data : "", length, max_priority, has, error))
    return NULL;
  *patch = (ForemanJobPatch){
    .has_priority = has[PRIORITY],
    .priority = values->priority,
    .has_run_at = has[RUN_AT],
    .run_at = values->run_at,
    .model = values->model,
    .model_key = values->model_key,
    .has_labels = has[LABELS],
    .labels = (const char *const *) values->labels,
    .has_ttl = has[TTL],
    .ttl = values->ttl,
  };
  return g_steal_pointer (&values);
}

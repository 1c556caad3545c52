/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-submission-values-private.h"

#include <string.h>

#include "libforeman/foreman-duration.h"
#include "engine/foreman-endpoint.h"
#include "jobs/foreman-submission-reader.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-job-state.h"
#include "libforeman/foreman-ulid.h"

#define PRIORITY_MIN   (-100)
#define PRIORITY_MAX   100
#define ATTEMPTS_MAX   50
#define KEY_MAX        255
#define GROUP_MAX      128
#define URL_MAX        2048
#define LABELS_MAX     16
#define LABEL_NAME_MAX 128
#define LABEL_MAX      1024

static gboolean
refuse (GError **error, const char *field, const char *allowed)
{
  g_propagate_error (error, foreman_error_new_field (field, "%s must be %s", field, allowed));
  return FALSE;
}

/* Clients that fill in a form leave out a text by leaving it empty. */
static gboolean
take_text (char **member, const char *field, const char *text, guint max, GError **error)
{
  g_autofree char *allowed = NULL;

  if (g_utf8_strlen (text, -1) <= max)
    {
      g_free (*member);
      *member = *text != '\0' ? g_strdup (text) : NULL;
      return TRUE;
    }
  allowed = g_strdup_printf ("a string of up to %u characters", max);
  return refuse (error, field, allowed);
}

static gboolean
take_integer (int *member, const char *field, const char *text, int min, int max, GError **error)
{
  g_autofree char *allowed = NULL;
  gint64 number;

  if (g_ascii_string_to_signed (text, 10, min, max, &number, NULL))
    {
      *member = (int) number;
      return TRUE;
    }
  allowed = g_strdup_printf ("an integer from %d to %d", min, max);
  return refuse (error, field, allowed);
}

static gboolean
take_duration (gint64 *member, const char *field, const char *text, GError **error)
{
  gint64 duration;

  if (!foreman_duration_parse_usec (text, &duration, NULL) || duration < 0)
    return refuse (error, field, "a duration such as 300ms, 90s, 1h30m or 7d, or 0");
  *member = duration;
  return TRUE;
}

gboolean
foreman_submission_take_endpoint (ForemanSubmission *submission,
                                  const char *field,
                                  const char *const *values,
                                  GError **error)
{
  g_autoptr (GString) allowed = g_string_new ("one of");
  ForemanEndpoint endpoint;

  if (foreman_endpoint_from_path (values[0], &endpoint) && foreman_endpoint_is_json (endpoint))
    {
      g_free (submission->endpoint);
      submission->endpoint = g_strdup (values[0]);
      return TRUE;
    }
  for (endpoint = FOREMAN_ENDPOINT_OTHER + 1; endpoint < FOREMAN_N_ENDPOINTS; endpoint++)
    if (foreman_endpoint_is_json (endpoint))
      g_string_append_printf (allowed, " %s", foreman_endpoint_get_path (endpoint));
  return refuse (error, field, allowed->str);
}

gboolean
foreman_submission_take_webhook_url (ForemanSubmission *submission,
                                     const char *field,
                                     const char *const *values,
                                     GError **error)
{
  return take_text (&submission->webhook_url, field, values[0], URL_MAX, error);
}

gboolean
foreman_submission_take_webhook_events (ForemanSubmission *submission,
                                        const char *field,
                                        const char *const *values,
                                        GError **error)
{
  g_autoptr (GString) allowed = g_string_new ("a list of states:");
  ForemanJobState state;
  guint events = 0;

  for (; *values != NULL && foreman_job_state_from_string (*values, &state); values++)
    events |= 1u << state;
  submission->webhook_events = events;
  if (*values == NULL)
    return TRUE;
  for (state = 0; state < FOREMAN_N_JOB_STATES; state++)
    g_string_append_printf (allowed, " %s", foreman_job_state_to_string (state));
  return refuse (error, field, allowed->str);
}

gboolean
foreman_submission_take_group (ForemanSubmission *submission,
                               const char *field,
                               const char *const *values,
                               GError **error)
{
  return take_text (&submission->group, field, values[0], GROUP_MAX, error);
}

gboolean
foreman_submission_take_priority (ForemanSubmission *submission,
                                  const char *field,
                                  const char *const *values,
                                  GError **error)
{
  return take_integer (&submission->priority, field, values[0], PRIORITY_MIN, PRIORITY_MAX, error);
}

gboolean
foreman_submission_take_max_attempts (ForemanSubmission *submission,
                                      const char *field,
                                      const char *const *values,
                                      GError **error)
{
  submission->attempts_given = TRUE;
  return take_integer (&submission->max_attempts, field, values[0], 1, ATTEMPTS_MAX, error);
}

gboolean
foreman_submission_take_delay (ForemanSubmission *submission,
                               const char *field,
                               const char *const *values,
                               GError **error)
{
  return take_duration (&submission->delay, field, values[0], error);
}

/* RFC 3339: what GLib takes for ISO 8601 is much more, with other meanings. `d` stands for a digit.
 */
static GDateTime *
parse_time (const char *text)
{
  static const char pattern[] = "dddd-dd-ddTdd:dd:dd";
  const char *p = text;

  for (const char *wanted = pattern; *wanted != '\0'; wanted++, p++)
    if (*wanted == 'd' ? !g_ascii_isdigit (*p) : g_ascii_toupper (*p) != *wanted)
      return NULL;
  if (*p == '.')
    {
      gsize digits = strspn (p + 1, "0123456789");

      if (digits == 0)
        return NULL;
      p += 1 + digits;
    }
  if (g_ascii_toupper (*p) == 'Z'
          ? p[1] != '\0'
          : (*p != '+' && *p != '-') || strlen (p) != strlen ("+00:00") || p[3] != ':')
    return NULL;
  return g_date_time_new_from_iso8601 (text, NULL);
}

gboolean
foreman_submission_take_run_at (ForemanSubmission *submission,
                                const char *field,
                                const char *const *values,
                                GError **error)
{
  g_autofree char *text = g_ascii_strup (values[0], -1);
  g_autoptr (GDateTime) time = parse_time (text);

  if (time == NULL)
    return refuse (error, field, "a time as in RFC 3339, such as 2026-01-31T22:00:00Z");
  /* 0 would be no time at all; what has passed has passed. */
  submission->run_at =
      MAX (1, g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time));
  return TRUE;
}

gboolean
foreman_submission_take_timeout (ForemanSubmission *submission,
                                 const char *field,
                                 const char *const *values,
                                 GError **error)
{
  return take_duration (&submission->timeout, field, values[0], error);
}

gboolean
foreman_submission_take_ttl (ForemanSubmission *submission,
                             const char *field,
                             const char *const *values,
                             GError **error)
{
  return take_duration (&submission->ttl, field, values[0], error);
}

/**
 * foreman_submission_check_key:
 * @key: an idempotency key
 * @error: return location for an error
 *
 * An empty key is a mistake that must not end in a job more. Any thread.
 *
 * Returns: whether @key may be one; otherwise %FOREMAN_ERROR_INVALID_REQUEST is set
 */
gboolean
foreman_submission_check_key (const char *key, GError **error)
{
  if (*key != '\0' && g_utf8_validate (key, -1, NULL) && g_utf8_strlen (key, -1) <= KEY_MAX)
    return TRUE;
  return refuse (error, "idempotency_key", "a string of 1 to 255 characters");
}

gboolean
foreman_submission_take_idempotency_key (ForemanSubmission *submission,
                                         const char *field,
                                         const char *const *values,
                                         GError **error)
{
  return foreman_submission_check_key (values[0], error) &&
         take_text (&submission->idempotency_key, field, values[0], KEY_MAX, error);
}

static gboolean
label_is_allowed (const char *name, const char *value)
{
  return *name != '\0' && strchr (name, ':') == NULL &&
         g_utf8_strlen (name, -1) <= LABEL_NAME_MAX && g_utf8_strlen (value, -1) <= LABEL_MAX;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* A name given twice has its last value, as in any map. Lists ask for `name:value`: hence no colon.
 */
gboolean
foreman_submission_take_labels (ForemanSubmission *submission,
                                const char *field,
                                const char *const *values,
                                GError **error)
{
  g_autoptr (GHashTable) labels = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GStrvBuilder) pairs = g_strv_builder_new ();
  g_autofree char **names = NULL;
  guint n;

  for (; values[0] != NULL; values += 2)
    {
      if (!label_is_allowed (values[0], values[1]))
        return refuse (error, field,
                       "names of 1 to 128 characters without a colon, with strings of up to 1024");
      g_hash_table_replace (labels, (char *) values[0], (char *) values[1]);
    }
  names = (char **) g_hash_table_get_keys_as_array (labels, &n);
  if (n > LABELS_MAX)
    return refuse (error, field, "at most 16 labels");
  qsort (names, n, sizeof *names, compare_names);
  for (guint i = 0; i < n; i++)
    g_strv_builder_add_many (pairs, names[i], g_hash_table_lookup (labels, names[i]), NULL);
  g_strfreev (submission->labels);
  submission->labels = n > 0 ? g_strv_builder_end (pairs) : NULL;
  return TRUE;
}

gboolean
foreman_submission_take_after (ForemanSubmission *submission,
                               const char *field,
                               const char *const *values,
                               GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (; *values != NULL; values++)
    {
      if (!foreman_ulid_is_valid (*values))
        return refuse (error, field, "a list of job ids");
      if (g_hash_table_add (seen, (char *) *values))
        g_strv_builder_add (ids, *values);
    }
  g_strfreev (submission->after);
  submission->after = g_hash_table_size (seen) > 0 ? g_strv_builder_end (ids) : NULL;
  return TRUE;
}

gboolean
foreman_submission_take_if_missing (ForemanSubmission *submission,
                                    const char *field,
                                    const char *const *values,
                                    GError **error)
{
  submission->waits_for_model = g_str_equal (values[0], "wait");
  return submission->waits_for_model || g_str_equal (values[0], "fail") ||
         refuse (error, field, "fail or wait");
}

/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-json.h"

#include "engine/foreman-json-scan.h"
#include "engine/foreman-media-type.h"

#include <string.h>

static void
append_character (GString *json, char c)
{
  switch (c)
    {
    case '"':
    case '\\':
      g_string_append_c (json, '\\');
      g_string_append_c (json, c);
      break;
    case '\n':
      g_string_append (json, "\\n");
      break;
    case '\r':
      g_string_append (json, "\\r");
      break;
    case '\t':
      g_string_append (json, "\\t");
      break;
    default:
      if ((guchar) c < 0x20 || c == 0x7f)
        g_string_append_printf (json, "\\u%04x", (guint) c);
      else
        g_string_append_c (json, c);
    }
}

static void
append_text (GString *json, const char *text, gsize length)
{
  g_autofree char *valid = NULL;

  if (!g_utf8_validate_len (text, length, NULL))
    {
      text = valid = g_utf8_make_valid (text, (gssize) length);
      length = strlen (valid);
    }
  g_string_append_c (json, '"');
  for (gsize i = 0; i < length; i++)
    append_character (json, text[i]);
  g_string_append_c (json, '"');
}

/**
 * foreman_job_json_append_string:
 * @json: where to append
 * @text: (nullable): a text; bytes that are no UTF-8 become U+FFFD
 *
 * Appends a JSON string, or `null` for %NULL. Any thread.
 */
void
foreman_job_json_append_string (GString *json, const char *text)
{
  if (text != NULL)
    append_text (json, text, strlen (text));
  else
    g_string_append (json, "null");
}

/**
 * foreman_job_json_append_time:
 * @json: where to append
 * @time: µs UTC
 *
 * Appends a time as RFC 3339 has it, in UTC and with microseconds; `null` for 0, which is never,
 * and for what is beyond the calendar. Any thread.
 */
void
foreman_job_json_append_time (GString *json, gint64 time)
{
  g_autoptr (GDateTime) seconds = NULL;
  g_autofree char *text = NULL;

  if (time > 0)
    seconds = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  if (seconds != NULL)
    text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  if (text != NULL)
    g_string_append_printf (json, "\"%s.%06dZ\"", text, (int) (time % G_USEC_PER_SEC));
  else
    g_string_append (json, "null");
}

/* The end of the object or array at the beginning of a text; 0: there is none. */
static gsize
find_end_of_json (const char *text, gsize length)
{
  ForemanJsonSpan value;
  ForemanJsonIter iter;
  GError *error = NULL;

  if (!foreman_json_iter_init (&iter, text, (ForemanJsonSpan){ .length = length }, NULL))
    return 0;
  while (foreman_json_iter_next (&iter, NULL, &value, &error))
    continue;
  if (error == NULL)
    return iter.position;
  g_error_free (error);
  return 0;
}

/* Valid JSON has line ends only where white space may be. */
static gboolean
append_json (GString *json, const char *text, gsize length)
{
  g_autofree char *valid = NULL;
  gsize start = json->len, end;

  if (!g_utf8_validate_len (text, length, NULL))
    {
      text = valid = g_utf8_make_valid (text, (gssize) length);
      length = strlen (valid);
    }
  end = find_end_of_json (text, length);
  if (end == 0)
    return FALSE;
  g_string_append_len (json, text, (gssize) end);
  for (char *p = json->str + start; *p != '\0'; p++)
    if (*p == '\n' || *p == '\r')
      *p = ' ';
  return TRUE;
}

static gboolean
is_json (const char *content_type)
{
  g_auto (ForemanMediaType) media_type = { 0 };

  return foreman_media_type_parse (&media_type, content_type) &&
         g_str_equal (media_type.type, "application/json");
}

/**
 * foreman_job_json_append_inline:
 * @json: where to append
 * @artifact: an artifact
 *
 * Appends what an artifact holds: an object or array of JSON as it is, to the byte but for line
 * ends, which become spaces; anything else as a string. `null` if it came without its bytes, since
 * it is too large or nobody asked for them. Any thread.
 */
void
foreman_job_json_append_inline (GString *json, const ForemanArtifact *artifact)
{
  const char *data;
  gsize length;

  if (artifact->data == NULL)
    {
      g_string_append (json, "null");
      return;
    }
  data = g_bytes_get_data (artifact->data, &length);
  if (!is_json (artifact->content_type) || !append_json (json, data, length))
    append_text (json, data, length);
}
